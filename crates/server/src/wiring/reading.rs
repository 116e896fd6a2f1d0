use super::Adapters;
use crate::Config;
use tidings_messaging::reading::Reading;
use time::Duration;

/// For how long a receipt that is to be shown belongs to a worker: a call ends before.
const SHOWING: Duration = Duration::MINUTE;

impl Adapters {
    /// Shows contacts that somebody has read what they wrote.
    pub(super) fn reading(&self, config: &Config) -> Reading {
        Reading {
            receipts: self.postgres.clone(),
            tenants: self.postgres.clone(),
            accounts: self.postgres.clone(),
            providers: self.catalog.clone(),
            vault: self.vault.clone(),
            clock: self.clock.clone(),
            public_url: config.public_url.clone(),
            lease: config.worker.lease.unwrap_or(SHOWING),
        }
    }
}
