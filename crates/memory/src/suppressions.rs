use ring::{
    hmac::{HMAC_SHA256, Key, sign},
    rand::SystemRandom,
};
use std::collections::{BTreeMap, HashMap};
use tidings_kernel::{Channel, StoreError, TenantId};
use tidings_messaging::{Address, Suppression};
use time::OffsetDateTime;

/// Addresses that stay refused after an erasure, as keyed hashes: the addresses are not in here, and
/// cannot be guessed back from what is.
#[derive(Default)]
pub(crate) struct Suppressions {
    /// Drawn with the first erasure, gone with the store.
    key: Option<Key>,
    refused: HashMap<Vec<u8>, BTreeMap<Channel, OffsetDateTime>>,
}

impl Suppressions {
    /// Draws the key, which is all that can fail about suppressing.
    pub(crate) fn prepare(&mut self) -> Result<(), StoreError> {
        if self.key.is_none() {
            let key = Key::generate(HMAC_SHA256, &SystemRandom::new());
            self.key = Some(key.map_err(|_| no_randomness())?);
        }
        Ok(())
    }

    /// Refuses an address on a channel. The latest refusal counts: what was agreed to before it does
    /// not lift it. Nothing happens before [`Suppressions::prepare`].
    pub(crate) fn add(
        &mut self,
        tenant: TenantId,
        address: &Address,
        channel: Channel,
        since: OffsetDateTime,
    ) {
        let Some(hash) = self.hash(tenant, address) else {
            return;
        };
        let latest = self
            .refused
            .entry(hash)
            .or_default()
            .entry(channel)
            .or_insert(since);
        *latest = since.max(*latest);
    }

    /// What stays refused for an address.
    pub(crate) fn of(&self, tenant: TenantId, address: &Address) -> Vec<Suppression> {
        let found = self
            .hash(tenant, address)
            .and_then(|hash| self.refused.get(&hash));
        let channels = found.into_iter().flatten();
        channels
            .map(|(channel, since)| Suppression {
                channel: *channel,
                since: *since,
            })
            .collect()
    }

    fn hash(&self, tenant: TenantId, address: &Address) -> Option<Vec<u8>> {
        let text = format!("{tenant} {} {address}", address.kind());
        self.key
            .as_ref()
            .map(|key| sign(key, text.as_bytes()).as_ref().to_vec())
    }
}

/// The generator of the operating system does not work.
pub(crate) fn no_randomness() -> StoreError {
    StoreError::unavailable("the system's generator of random numbers failed")
}
