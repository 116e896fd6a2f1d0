//! What the simulated providers say.

use super::api::client;
use crate::Outcome;
use serde::Deserialize;
use time::OffsetDateTime;

/// How many are read at once.
const PAGE: usize = 10_000;

/// A message that a provider has accepted.
#[derive(Debug, Clone, Deserialize)]
pub(crate) struct Sent {
    /// Its place in the order of all.
    pub(crate) number: u64,
    /// The provider.
    pub(crate) provider: String,
    /// The provider's id.
    pub(crate) provider_message_id: String,
    /// Our attempt.
    pub(crate) client_reference: Option<String>,
    /// Where it is.
    pub(crate) status: String,
    /// Whether its request was answered.
    pub(crate) is_answered: bool,
    /// Whether we have acknowledged a callback about this status.
    pub(crate) is_told: bool,
    /// When we acknowledged a callback about any status for the first time.
    #[serde(with = "time::serde::rfc3339::option")]
    pub(crate) told_at: Option<OffsetDateTime>,
}

#[derive(Debug, Deserialize)]
struct Page {
    first: u64,
    data: Vec<Sent>,
    next: Option<u64>,
}

/// Reads everything that was accepted.
pub(crate) async fn read(simulator_url: &str) -> Outcome<Vec<Sent>> {
    let client = client()?;
    let mut all = Vec::new();
    let mut after = 0;
    loop {
        let url = format!("{simulator_url}/ledger/sends?after={after}&limit={PAGE}");
        let answer = client.get(url).send().await?.error_for_status()?;
        let page: Page = answer.json().await?;
        if page.first > 1 {
            return Err("the simulator has forgotten messages: its record is not whole".into());
        }
        all.extend(page.data);
        match page.next {
            Some(next) => after = next,
            None => return Ok(all),
        }
    }
}
