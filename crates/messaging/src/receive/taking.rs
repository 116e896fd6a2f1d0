//! Claims callbacks and reads what they say.

use super::{Applied, Receiving};
use crate::{Access, ProviderAccount, ProviderEvent, RawCallback, deliver::open, salvage};
use std::{
    collections::{HashMap, HashSet},
    panic::{AssertUnwindSafe, catch_unwind},
};
use tidings_kernel::{AccountId, StoreError, TenantId};
use time::OffsetDateTime;

/// Callbacks that are held and read, and wait to be applied.
#[derive(Debug)]
pub struct Taken {
    /// When they were claimed.
    pub(super) at: OffsetDateTime,
    /// Their accounts.
    pub(super) accounts: Vec<ProviderAccount>,
    /// What each of them says.
    pub(super) readings: Vec<Reading>,
}

/// A callback with what it says: the place of its account, and the events.
#[derive(Debug)]
pub(super) struct Reading {
    pub(super) callback: RawCallback,
    pub(super) said: Result<(usize, Vec<ProviderEvent>), Applied>,
}

impl Taken {
    /// How many callbacks there are.
    pub fn len(&self) -> usize {
        self.readings.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.readings.is_empty()
    }

    /// Whether a contact speaks in one of them. What two batches hold of one contact must not be worked on
    /// at the same time: of two STOPs one is confirmed.
    pub fn has_words(&self) -> bool {
        self.readings
            .iter()
            .filter_map(|reading| reading.said.as_ref().ok())
            .flat_map(|(_, events)| events)
            .any(|event| match event {
                ProviderEvent::Inbound(_) | ProviderEvent::Preference(_) => true,
                ProviderEvent::Receipt(_)
                | ProviderEvent::Template(_)
                | ProviderEvent::FreeWindow(_)
                | ProviderEvent::Account(_)
                | ProviderEvent::Ignored(_) => false,
            })
    }
}

/// An account of the batch: its place, and its opened credentials or why they do not open.
type Opened = (usize, Result<Access, String>);

impl Receiving {
    /// Claims up to `limit` callbacks and reads them.
    ///
    /// # Errors
    /// [`StoreError`]: what was claimed comes back when its lease ends.
    pub async fn take(&self, limit: u16) -> Result<Taken, StoreError> {
        let now = self.clock.now();
        let callbacks = self.inbox.claim(limit, now, self.lease).await?;
        if callbacks.is_empty() {
            return Ok(Taken {
                at: now,
                accounts: Vec::new(),
                readings: Vec::new(),
            });
        }
        let mut tenants: Vec<TenantId> = callbacks.iter().map(|callback| callback.tenant).collect();
        tenants.sort_unstable();
        tenants.dedup();
        let (accounts, unreadable) = salvage::accounts(&*self.accounts, &tenants).await?;
        let unreadable: HashSet<TenantId> = unreadable.into_iter().collect();
        let spoken_of: HashSet<AccountId> =
            callbacks.iter().map(|callback| callback.account).collect();
        let opened: HashMap<AccountId, Opened> = accounts
            .iter()
            .enumerate()
            .filter(|(_, account)| spoken_of.contains(&account.id))
            .map(|(place, account)| {
                let access = open(&*self.vault, account, &self.public_url);
                (
                    account.id,
                    (place, access.map_err(|error| error.to_string())),
                )
            })
            .collect();
        let readings = callbacks
            .into_iter()
            .map(|callback| {
                let said = match opened.get(&callback.account) {
                    Some(opened) => self.read(&callback, opened),
                    None if unreadable.contains(&callback.tenant) => Err(Applied::Later(
                        "the tenant's accounts cannot be read".into(),
                    )),
                    None => Err(Applied::Hopeless("its account was removed".into())),
                };
                Reading { callback, said }
            })
            .collect();
        Ok(Taken {
            at: now,
            accounts,
            readings,
        })
    }

    /// Parses a callback with its account's credentials.
    fn read(
        &self,
        callback: &RawCallback,
        (place, access): &Opened,
    ) -> Result<(usize, Vec<ProviderEvent>), Applied> {
        // It was authentic when it came, so somebody has provider and key: this process will, too.
        let provider = self
            .providers
            .get(&callback.provider)
            .ok_or_else(|| Applied::Later("its provider is not in the catalog".into()))?;
        let access = access
            .as_ref()
            .map_err(|problem| Applied::Later(problem.clone()))?;
        // A body that trips the adapter up must not take the others with it, now and after every restart.
        let parsed = catch_unwind(AssertUnwindSafe(|| {
            provider.parse(access, &callback.request)
        }));
        let events = match parsed {
            Ok(parsed) => parsed.map_err(|error| Applied::Hopeless(error.to_string()))?,
            Err(_) => return Err(Applied::Hopeless("its provider's adapter panicked".into())),
        };
        Ok((*place, events))
    }
}
