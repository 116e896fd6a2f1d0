//! From a judged message to a call of its provider: the attempt is written first.

use super::{Delivering, Ready, pacing::Reserved};
use crate::{
    Access, Credentials, Held, Provider, ProviderAccount, SendableMessage, Settlement, Start,
    TraceId, Vault, salvage,
};
use secrecy::ExposeSecret;
use std::{collections::HashMap, sync::Arc};
use tidings_kernel::{AccountId, AttemptId, ContactId, MessageId, Region, SenderId, StoreError};
use tidings_routing::LATENESS;
use time::OffsetDateTime;

/// A call that may be made: its attempt is written.
#[derive(Clone)]
pub struct Call {
    pub(super) held: Held,
    pub(super) message: SendableMessage,
    pub(super) provider: Arc<dyn Provider>,
    pub(super) access: Arc<Access>,
    pub(super) contact: ContactId,
    pub(super) failures: u32,
    /// Until when it is kept trying.
    pub(super) gives_up_at: OffsetDateTime,
    /// Where it goes, as far as the number tells.
    pub(super) region: Option<Region>,
    /// The account and its credentials were read after this instant.
    pub(super) began_at: OffsetDateTime,
    /// Before its slot the call is not made: a limit gives it that.
    pub(super) slot: Option<Reserved>,
    /// After this instant the call is not made: its hold may run out under it, or its slot is over.
    pub(super) not_after: OffsetDateTime,
    pub(super) trace: Option<TraceId>,
}

impl Call {
    /// The message.
    pub fn message(&self) -> MessageId {
        self.message.message()
    }

    /// When the call may be made, if a limit says so; whoever makes it waits until then.
    pub fn not_before(&self) -> Option<OffsetDateTime> {
        self.slot.as_ref().map(|slot| slot.at)
    }

    /// The sender that the message leaves from.
    pub fn sender(&self) -> SenderId {
        self.message.sender()
    }

    /// What [`Delivering::abandon`] needs to know of it.
    pub const fn unanswered(&self) -> (Held, AttemptId) {
        (self.held, self.message.attempt())
    }

    /// The name of the provider that will be called.
    pub fn provider_name(&self) -> &'static str {
        self.provider.descriptor().name
    }
}

impl Delivering {
    /// Writes the attempts, and gives the calls that may be made.
    pub(super) async fn begin(
        &self,
        ready: Vec<Ready>,
        accounts: &[ProviderAccount],
        claimed_at: OffsetDateTime,
    ) -> Result<Vec<Call>, StoreError> {
        let mut opened: HashMap<AccountId, Option<Arc<Access>>> = HashMap::new();
        let mut callable = Vec::with_capacity(ready.len());
        let mut unopened = Vec::new();
        let mut unused = Vec::new();
        let now = self.clock.now();
        for go in ready {
            let access = opened
                .entry(go.account)
                .or_insert_with(|| self.access(accounts, go.account).map(Arc::new))
                .clone();
            let provider = self.providers.get(&go.start.attempt.provider).cloned();
            // A vault that does not open is an operator's problem: the message waits for the key.
            let (Some(access), Some(provider)) = (access, provider) else {
                unopened.push((go.start.held, self.wait(go.gives_up_at, now)));
                unused.extend(go.slot);
                continue;
            };
            let call = Call {
                held: go.start.held,
                contact: go.contact,
                message: go.message,
                provider,
                access,
                failures: go.failures,
                gives_up_at: go.gives_up_at,
                trace: go.trace,
                region: go.region,
                began_at: claimed_at,
                not_after: (go.slot.iter().map(|slot| slot.at + LATENESS))
                    .fold(claimed_at + self.timing.lease / 2, OffsetDateTime::min),
                slot: go.slot,
            };
            callable.push((go.start, call));
        }
        let (starts, callable): (Vec<Start>, Vec<Call>) = callable.into_iter().unzip();
        let begun = async {
            salvage::settle(&*self.dispatch, &unopened, now).await?;
            self.dispatch.begin(&starts).await
        };
        let begun = match begun.await {
            Ok(begun) => begun,
            Err(error) => {
                // Whether the attempts were written or not, no call is made on them.
                unused.extend(callable.into_iter().filter_map(|call| call.slot));
                self.give_back(unused).await;
                return Err(error);
            }
        };
        // What a cap held back is judged anew, and then knows of what took its place.
        let held_back: Vec<(Held, Settlement)> = starts
            .iter()
            .filter(|start| !start.caps.is_empty() && !begun.contains(&start.attempt.id))
            .map(|start| (start.held, Settlement::Released { due_at: now }))
            .collect();
        let (calls, left_out): (Vec<Call>, Vec<Call>) = callable
            .into_iter()
            .partition(|call| begun.contains(&call.message.attempt()));
        unused.extend(left_out.into_iter().filter_map(|call| call.slot));
        self.give_back(unused).await;
        // The calls are to be made, whatever becomes of the others.
        if let Err(error) = salvage::settle(&*self.dispatch, &held_back, now).await {
            tracing::warn!(
                error = &error as &dyn std::error::Error,
                "messages that were held back are left until their holds run out"
            );
        }
        Ok(calls)
    }

    /// Opens an account's credentials; `None`, with a log line, when the vault refuses.
    pub(crate) fn access(
        &self,
        accounts: &[ProviderAccount],
        account: AccountId,
    ) -> Option<Access> {
        let account = accounts.iter().find(|candidate| candidate.id == account)?;
        match open(&*self.vault, account, &self.public_url) {
            Ok(access) => Some(access),
            Err(error) => {
                tracing::error!(account = %account.id, error = &error as &dyn std::error::Error,
                    "the credentials of an account do not open");
                None
            }
        }
    }
}

/// Opens an account's credentials.
///
/// # Errors
/// [`crate::VaultError`]: the vault refuses.
pub fn open(
    vault: &dyn Vault,
    account: &ProviderAccount,
    public_url: &str,
) -> Result<Access, crate::VaultError> {
    let plain = vault.open(account.tenant, account.id, &account.sealed_credentials)?;
    Ok(Access {
        tenant: account.tenant,
        account: account.id,
        credentials: Credentials::from_plain(plain.expose_secret())?,
        callback_url: callback_url(public_url, account),
    })
}

/// The address to paste at the provider: unguessable, one for each account.
pub fn callback_url(public_url: &str, account: &ProviderAccount) -> String {
    format!(
        "{public_url}/callbacks/{}/{}",
        account.provider, account.callback_token
    )
}
