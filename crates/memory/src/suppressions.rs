use ring::{
    hmac::{HMAC_SHA256, Key, sign},
    rand::SystemRandom,
};
use std::collections::{BTreeMap, HashMap};
use tidings_consent::suppression::lookalikes;
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
        let Some(hash) = self.hash(tenant, address.kind(), &address.to_string()) else {
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

    /// What stays refused for an address: with a number, those that may reach the same handset.
    pub(crate) fn of(&self, tenant: TenantId, address: &Address) -> Vec<Suppression> {
        let spellings = match address {
            Address::Phone(number) => lookalikes(&number.to_string()),
            Address::WhatsappUser(_) | Address::Email(_) => vec![address.to_string()],
        };
        let mut latest = BTreeMap::new();
        for spelling in spellings {
            let found = self
                .hash(tenant, address.kind(), &spelling)
                .and_then(|hash| self.refused.get(&hash));
            for (channel, since) in found.into_iter().flatten() {
                let known = latest.entry(*channel).or_insert(*since);
                *known = (*since).max(*known);
            }
        }
        latest
            .into_iter()
            .map(|(channel, since)| Suppression { channel, since })
            .collect()
    }

    fn hash(&self, tenant: TenantId, kind: &str, address: &str) -> Option<Vec<u8>> {
        let text = format!("{tenant} {kind} {address}");
        self.key
            .as_ref()
            .map(|key| sign(key, text.as_bytes()).as_ref().to_vec())
    }
}

/// The generator of the operating system does not work.
pub(crate) fn no_randomness() -> StoreError {
    StoreError::unavailable("the system's generator of random numbers failed")
}
