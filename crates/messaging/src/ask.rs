//! Asks providers about messages whose receipts never came.

use crate::{
    Accounts, Catalog, Found, Inbox, ProviderAccount, Pulse, QueryJob, Receipt, ReceiptTarget,
    ReceiptUpdate, Sign, Vault,
    deliver::open,
    pulse::Heard,
    salvage::{self, Readable},
    send::destination,
};
use std::sync::Arc;
use tidings_kernel::{Clock, StoreError, TenantId};
use time::Duration;

/// The use case: everything that it needs of the outside.
#[derive(Clone)]
pub struct Asking {
    /// What is overdue, and where answers are applied.
    pub inbox: Arc<dyn Inbox>,
    /// Accounts.
    pub accounts: Arc<dyn Accounts>,
    /// The providers.
    pub providers: Catalog,
    /// Opens credentials.
    pub vault: Arc<dyn Vault>,
    /// What is seen and known of accounts.
    pub pulse: Arc<Pulse>,
    /// The time.
    pub clock: Arc<dyn Clock>,
    /// Our address as the public sees it, without a slash at the end.
    pub public_url: String,
    /// How long after one question the next is asked.
    pub again_after: Duration,
    /// How often a provider is asked about one message at most.
    pub most: u32,
}

impl Asking {
    /// Asks about up to `limit` messages and says how many there were.
    ///
    /// # Errors
    /// [`StoreError`]: they are asked about again later.
    pub async fn ask(&self, limit: u16) -> Result<usize, StoreError> {
        let now = self.clock.now();
        let jobs = self
            .inbox
            .overdue(limit, now, now + self.again_after, self.most)
            .await?;
        let mut tenants: Vec<TenantId> = jobs.iter().map(|job| job.tenant).collect();
        tenants.sort_unstable();
        tenants.dedup();
        if jobs.is_empty() {
            return Ok(0);
        }
        let (accounts, _unreadable) = salvage::accounts(&*self.accounts, &tenants).await?;
        let mut updates = Vec::with_capacity(jobs.len());
        let mut were_missed = Vec::with_capacity(jobs.len());
        for job in &jobs {
            let found = self.look(job, &accounts).await;
            let is_told = found.as_ref().is_some_and(|update| {
                matches!(
                    update.receipt,
                    Some(Receipt::Delivered | Receipt::Read | Receipt::Failed)
                )
            });
            if job.asked == 0 && !is_told {
                let region = destination(Some(&job.query.to));
                let account = job.account;
                self.pulse.note(job.tenant, account, region, Sign::Missing);
            }
            if let Some(update) = found {
                updates.push(update);
                were_missed.push(job.asked > 0);
            }
        }
        let effects = salvage::apply(&*self.inbox, &updates).await?;
        let heard = updates.iter().zip(&effects).zip(were_missed);
        let heard = heard.filter_map(|((update, effect), was_missed)| match effect {
            Readable::Yes(Some(effect)) => Some(Heard {
                update,
                effect,
                was_missed,
            }),
            Readable::Yes(None) | Readable::No => None,
        });
        self.pulse.hear(heard, self.clock.now()).await;
        Ok(jobs.len())
    }

    async fn look(&self, job: &QueryJob, accounts: &[ProviderAccount]) -> Option<ReceiptUpdate> {
        let account = accounts.iter().find(|account| account.id == job.account)?;
        let provider = self.providers.get(&job.provider)?;
        let access = open(&*self.vault, account, &self.public_url).ok()?;
        match provider.find(&access, &job.query).await {
            Ok(Found::There {
                provider_message_id,
                receipt,
                error,
                cost,
            }) => Some(ReceiptUpdate {
                target: ReceiptTarget {
                    tenant: job.tenant,
                    account: job.account,
                    attempt: Some(job.query.attempt),
                    provider_message_id,
                },
                receipt,
                error,
                cost,
                at: self.clock.now(),
                source: job.provider.clone(),
                // The question itself has set when the next is asked.
                ask_at: None,
            }),
            Ok(Found::NotThere | Found::CannotTell) => None,
            Err(error) => {
                tracing::warn!(attempt = %job.query.attempt,
                    error = &error as &dyn std::error::Error, "the provider could not be asked");
                None
            }
        }
    }
}
