//! Shows contacts that somebody has read what they wrote.

use crate::{
    Accounts, Catalog, ManageError, ProviderAccount, ReadReceipt, ReadReceipts, Tenants, Typing,
    Vault, deliver::open,
};
use std::sync::Arc;
use tidings_kernel::{Clock, StoreError};
use tidings_routing::Class;
use time::{Duration, OffsetDateTime};

/// The use case: everything that it needs of the outside.
#[derive(Clone)]
pub struct Reading {
    /// Who is to be shown what.
    pub receipts: Arc<dyn ReadReceipts>,
    /// What tenants have chosen.
    pub tenants: Arc<dyn Tenants>,
    /// Accounts.
    pub accounts: Arc<dyn Accounts>,
    /// The providers.
    pub providers: Catalog,
    /// Opens credentials.
    pub vault: Arc<dyn Vault>,
    /// The time.
    pub clock: Arc<dyn Clock>,
    /// Our address as the public sees it, without a slash at the end.
    pub public_url: String,
    /// For how long what is taken is held; longer than a provider may take to answer.
    pub lease: Duration,
}

/// After a failure it is shown again after this, then twice as long, and so on.
const FIRST_WAIT: Duration = Duration::seconds(5);
/// After so many failures nobody is shown anything any more: it would come as a surprise.
const MOST_FAILURES: u16 = 8;

/// What became of a receipt.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Shown {
    /// The contact is shown it.
    Yes,
    /// The contact is not to be shown it, or cannot be.
    No,
    /// It did not work, and is tried again.
    Later,
}

impl Shown {
    /// The word in metrics.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Yes => "shown",
            Self::No => "not_shown",
            Self::Later => "later",
        }
    }
}

impl Reading {
    /// Takes up to `most` receipts that are due.
    ///
    /// # Errors
    /// [`StoreError`]: none was taken.
    pub async fn take(&self, most: u16) -> Result<Vec<ReadReceipt>, StoreError> {
        self.receipts.take(self.clock.now(), self.lease, most).await
    }

    /// Shows a receipt that was taken, where the tenant lets contacts see that and the provider can.
    ///
    /// # Errors
    /// [`StoreError`]: it is taken again when its lease ends.
    pub async fn show(&self, receipt: &ReadReceipt) -> Result<Shown, StoreError> {
        let shown = match self.account(receipt).await? {
            Some(account) => self.tell(&account, receipt).await,
            None => Shown::No,
        };
        self.receipts
            .ended(
                receipt,
                self.again(receipt).filter(|_| shown == Shown::Later),
            )
            .await?;
        Ok(shown)
    }

    /// The account to show it through, if it is to be shown.
    async fn account(&self, receipt: &ReadReceipt) -> Result<Option<ProviderAccount>, StoreError> {
        let tenant = self.tenants.get(receipt.tenant).await?;
        if !tenant.is_some_and(|tenant| tenant.settings.whatsapp.read_receipts) {
            return Ok(None);
        }
        let account = self.accounts.get(receipt.tenant, receipt.account).await?;
        Ok(account.filter(|account| account.is_enabled))
    }

    async fn tell(&self, account: &ProviderAccount, receipt: &ReadReceipt) -> Shown {
        let Some(chat) = self.providers.whatsapp_chat(&account.provider) else {
            return Shown::No;
        };
        let access = match open(&*self.vault, account, &self.public_url) {
            Ok(access) => access,
            Err(error) => {
                tracing::error!(account = %account.id, error = &error as &dyn std::error::Error,
                    "the credentials of an account do not open");
                return Shown::Later;
            }
        };
        let id = &receipt.provider_message_id;
        // To do it again changes nothing, so an answer that was lost is no worry.
        match chat.mark_read(&access, id, Typing::Hidden).await {
            Ok(()) => Shown::Yes,
            Err(error) => {
                let shown = if is_for_now(&error) {
                    Shown::Later
                } else {
                    Shown::No
                };
                tracing::info!(account = %account.id, message = %receipt.message, outcome = shown.as_str(),
                    error = &error as &dyn std::error::Error, "a contact was not shown that a message was read");
                shown
            }
        }
    }

    /// When to try again what has failed now, if at all.
    fn again(&self, receipt: &ReadReceipt) -> Option<OffsetDateTime> {
        let doubled = FIRST_WAIT * (1_u16 << receipt.failures.min(MOST_FAILURES));
        let is_worth_it = receipt.failures < MOST_FAILURES;
        is_worth_it.then(|| self.clock.now().saturating_add(doubled))
    }
}

/// Whether it may work later.
fn is_for_now(error: &ManageError) -> bool {
    match error {
        ManageError::NotAsked(_) | ManageError::Unknown(_) => true,
        ManageError::Refused(error) => {
            matches!(error.class, Class::RateLimited | Class::Transient)
        }
        ManageError::Credential { .. } | ManageError::NotThere => false,
    }
}
