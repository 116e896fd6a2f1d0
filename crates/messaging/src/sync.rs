//! Keeps templates here and at their providers in step: what is handed in, what becomes of it, and what is there
//! without us. On the same occasions it learns how providers see the numbers that messages come from.

mod looking;
mod rating;
mod submitting;

pub use looking::Look;
pub use submitting::SubmitError;

use crate::{
    Access, Accounts, Catalog, Dispatch, ManageError, ProviderAccount, Ratings, Sameness, Sighting,
    StoredTemplate, TemplateError, TemplateEvent, TemplateLibrary, TemplateListing,
    TemplateListings, TemplateSync, Upkeeps, Vault, VaultError, deliver::open,
};
use std::{collections::BTreeSet, sync::Arc};
use tidings_kernel::{Channel, Clock, Ids, StoreError, TemplateId, TenantId};
use time::{Duration, OffsetDateTime};

/// The use case: everything that it needs of the outside.
#[derive(Clone)]
pub struct Syncing {
    /// Templates as providers list them.
    pub listings: Arc<dyn TemplateListings>,
    /// Whose turn it is to be looked at.
    pub upkeeps: Arc<dyn Upkeeps>,
    /// How providers see numbers.
    pub ratings: Arc<dyn Ratings>,
    /// Templates of ours.
    pub templates: Arc<dyn TemplateLibrary>,
    /// Accounts.
    pub accounts: Arc<dyn Accounts>,
    /// The queue, where messages may wait for a template.
    pub dispatch: Arc<dyn Dispatch>,
    /// The providers.
    pub providers: Catalog,
    /// Opens credentials.
    pub vault: Arc<dyn Vault>,
    /// The time.
    pub clock: Arc<dyn Clock>,
    /// Identities.
    pub ids: Arc<dyn Ids>,
    /// A number from 0 to 1, another each time, so that accounts are not looked at all at once.
    pub jitter: Arc<dyn Fn() -> f64 + Send + Sync>,
    /// Our address as the public sees it, without a slash at the end.
    pub public_url: String,
    /// How often each account is looked at.
    pub every: Duration,
}

/// How often a change of a template is tried that others make at the same moment.
const TRIES: usize = 3;
/// So many messages are woken at once when a template may be sent again, or a number stands otherwise.
const ALL: u32 = 10_000;

/// Why templates were not looked at, named by what the caller does next.
#[derive(Debug, thiserror::Error)]
pub enum SyncError {
    /// The provider of this account keeps no templates that we can see to: choose another account.
    #[error("the provider {0} keeps no templates that can be seen to from here")]
    NotOffered(String),
    /// The credentials do not open.
    #[error(transparent)]
    Vault(#[from] VaultError),
    /// The provider did not do it.
    #[error(transparent)]
    Provider(#[from] ManageError),
    /// The backend failed: try again.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl Syncing {
    /// A provider told something about a template, at `received`. What it is about may not be known here yet.
    ///
    /// # Errors
    /// [`StoreError`]: apply it again; nothing is counted twice.
    pub async fn hear(
        &self,
        account: &ProviderAccount,
        event: &TemplateEvent,
        received: OffsetDateTime,
    ) -> Result<(), StoreError> {
        let tenant = account.tenant;
        let Some(id) = self.id_of(account, event).await? else {
            tracing::info!(account = %account.id, name = event.name, locale = event.locale,
                "a provider speaks of a template that it gives no id of and that was never seen");
            return Ok(());
        };
        let whose = (tenant, account.id, account.provider.as_str());
        let mut sighting = Sighting::told(whose, id, event, received);
        let named = self.templates.named(tenant, &event.name).await?;
        let ours = named
            .iter()
            .find(|it| it.variant_listed(&event.name, &event.locale).is_some());
        sighting.template = ours.map(|template| template.id);
        let seen = self.listings.see(&[sighting]).await?;
        let changed: BTreeSet<TemplateId> = seen.iter().filter_map(|it| it.template).collect();
        self.restand(tenant, changed).await?;
        Ok(())
    }

    /// The provider's id of what it speaks about.
    async fn id_of(
        &self,
        account: &ProviderAccount,
        event: &TemplateEvent,
    ) -> Result<Option<String>, StoreError> {
        if event.id.is_some() {
            return Ok(event.id.clone());
        }
        let listings = self.listings.of_tenant(account.tenant).await?;
        let is_meant = |it: &&TemplateListing| {
            it.provider == account.provider
                && it.name == event.name
                && crate::is_same_locale(&it.locale, &event.locale)
        };
        Ok(listings.iter().find(is_meant).map(|it| it.id.clone()))
    }

    /// Has these templates stand as they are listed now, and what waits for one that may be sent again look at once.
    /// Gives those of which something is new.
    async fn restand(
        &self,
        tenant: TenantId,
        templates: impl IntoIterator<Item = TemplateId>,
    ) -> Result<Vec<StoredTemplate>, StoreError> {
        let mut changed = Vec::new();
        for id in templates {
            if let Some(template) = self.restand_one(tenant, id).await? {
                tracing::info!(template = %id, status = %template.status,
                    "a template stands otherwise at its providers");
                changed.push(template);
            }
        }
        if !changed.is_empty() {
            let now = self.clock.now();
            self.dispatch.wake(tenant, now, ALL).await?;
        }
        Ok(changed)
    }

    async fn restand_one(
        &self,
        tenant: TenantId,
        id: TemplateId,
    ) -> Result<Option<StoredTemplate>, StoreError> {
        for _ in 0..TRIES {
            let Some(template) = self.templates.get(tenant, id).await? else {
                return Ok(None);
            };
            let listings = self.listings.of_template(tenant, id).await?;
            let Some(changed) = template.restanding(&listings, self.clock.now()) else {
                return Ok(None);
            };
            match self.templates.update(&changed).await {
                Ok(true) => return Ok(Some(changed)),
                // Somebody changed it meanwhile.
                Ok(false) => {}
                Err(error) => return Err(store(error)),
            }
        }
        Err(StoreError::unavailable(Contended))
    }

    /// All templates of ours that a provider can list.
    async fn ours(&self, tenant: TenantId) -> Result<Vec<StoredTemplate>, StoreError> {
        let mut all = Vec::new();
        let mut page = crate::Page {
            limit: 200,
            after: None,
        };
        loop {
            let found = self
                .templates
                .list(tenant, Some(Channel::Whatsapp), page)
                .await?;
            all.extend(found.data);
            page.after = found.next;
            if page.after.is_none() {
                return Ok(all);
            }
        }
    }

    /// The accounts whose templates can be seen to: switched on, with WhatsApp, of a provider that keeps templates.
    ///
    /// # Errors
    /// [`StoreError`]: the backend failed.
    pub async fn keepers(&self, tenant: TenantId) -> Result<Vec<ProviderAccount>, StoreError> {
        let mut accounts = self.accounts.of_tenants(&[tenant]).await?;
        accounts.retain(|account| {
            account.is_enabled
                && looking::has_whatsapp(account)
                && self.providers.templates(&account.provider).is_some()
        });
        Ok(accounts)
    }

    /// How an account's templates are kept, and what that takes.
    fn keeper(
        &self,
        account: &ProviderAccount,
    ) -> Result<(&Arc<dyn TemplateSync>, Access), SyncError> {
        let keeper = self.providers.templates(&account.provider);
        let keeper = keeper.ok_or_else(|| SyncError::NotOffered(account.provider.clone()))?;
        Ok((keeper, open(&*self.vault, account, &self.public_url)?))
    }
}

#[derive(Debug, thiserror::Error)]
#[error("the template is changed by others all the time")]
struct Contended;

/// A change that leaves the name alone meets neither of the other errors.
fn store(error: TemplateError) -> StoreError {
    match error {
        TemplateError::Store(error) => error,
        other @ (TemplateError::NameTaken | TemplateError::KeyLost(_)) => {
            StoreError::unavailable(other)
        }
    }
}

/// Which of ours a listed template is, and the sighting that says so.
fn linked(mut sighting: Sighting, ours: &[StoredTemplate], provider: &str) -> Sighting {
    let by_name = || {
        ours.iter().find_map(|template| {
            let variant = template.variant_listed(&sighting.name, &sighting.locale)?;
            Some((template, variant))
        })
    };
    // A name that is not the provider's key may be another there.
    let by_id = || {
        ours.iter().find_map(|template| {
            let told = template.provider_status.get(provider)?.id.as_ref()?;
            let mut variants = template.variants.iter();
            let variant =
                variants.find(|it| crate::is_same_locale(&it.locale, &sighting.locale))?;
            (*told == sighting.id).then_some((template, variant))
        })
    };
    let Some((template, variant)) = by_name().or_else(by_id) else {
        return sighting;
    };
    let fits = TemplateListing::after(None, &sighting).fits(variant);
    let sameness = if fits {
        Sameness::Seems(variant.body.clone())
    } else {
        Sameness::Unknown
    };
    sighting.template = Some(template.id);
    sighting.sameness = sameness;
    sighting
}
