//! What the simulator is started with.

use std::collections::BTreeMap;
use std::net::{Ipv4Addr, SocketAddr};
use std::time::Duration;

use crate::rsa::SigningKey;
use crate::table::Accounts;

/// Everything that [`crate::Simulator::start`] needs.
#[derive(Debug, Clone)]
pub struct Config {
    /// Where to listen; refused unless it is a loopback address. Port 0 takes a free one.
    pub listen: SocketAddr,
    /// Addresses where one provider alone is spoken with, by its name. A provider that is down is
    /// really not there. Loopback only; port 0 takes a free one.
    pub doors: BTreeMap<String, SocketAddr>,
    /// Secrets of accounts that are registered without one, by the member of [`Accounts`]. With
    /// one for `twilio` any Account SID is accepted, even one that nobody registered.
    pub secrets: BTreeMap<String, String>,
    /// Accounts known from the start; their callback URLs are taken without a handshake.
    pub accounts: Accounts,
    /// From acceptance to `sent`.
    pub sent_after: Duration,
    /// From acceptance to `delivered`, `undelivered` or `failed`.
    pub delivered_after: Duration,
    /// First pause before a callback is repeated that was not answered with success. It doubles.
    pub retry_after: Duration,
    /// Seed of the random numbers behind fault rates: the same seed and the same order of
    /// requests give the same faults.
    pub seed: u64,
    /// What providers that sign with RSA sign with.
    pub signing_key: SigningKey,
    /// How many messages are remembered; the oldest are forgotten first.
    pub keep_messages: usize,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            listen: SocketAddr::from((Ipv4Addr::LOCALHOST, 0)),
            doors: BTreeMap::new(),
            secrets: BTreeMap::new(),
            accounts: Accounts::default(),
            sent_after: Duration::from_millis(50),
            delivered_after: Duration::from_millis(200),
            retry_after: Duration::from_secs(1),
            seed: 1,
            signing_key: SigningKey::default(),
            keep_messages: 200_000,
        }
    }
}
