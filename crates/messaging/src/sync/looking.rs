use super::{SyncError, Syncing, linked};
use crate::{
    ProviderAccount, Sameness, Sender, Sighting, StoredTemplate, TemplateError, TemplateListing,
    Upkeep, fields_of, listing::is_readable,
};
use std::collections::BTreeSet;
use tidings_kernel::{AccountId, Channel, Purpose, StoreError, TemplateId, TenantId};
use tidings_templates::{Category, Variant, VariantBody};
use time::Duration;

/// A provider that has more pages than this is not read to its end.
const MOST_PAGES: usize = 200;
/// For so long an account belongs to the worker that looks at it.
const LEASE: Duration = Duration::minutes(5);
/// After a failure it is looked at again after this, then twice as long, and so on
const FIRST_WAIT: Duration = Duration::MINUTE;
/// up to this, or the usual time if that is longer.
const LONGEST_WAIT: Duration = Duration::HOUR;

/// What a look at the templates of an account found.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Look {
    /// How many templates the provider has.
    pub seen: usize,
    /// Those of ours that stand otherwise than before.
    pub changed: Vec<StoredTemplate>,
    /// Those of ours that are not there any more.
    pub gone: Vec<TemplateListing>,
    /// Those that we do not have.
    pub foreign: Vec<TemplateListing>,
}

impl Syncing {
    /// Looks at all templates that an account's provider has.
    ///
    /// # Errors
    /// [`SyncError`]: what was seen until then is kept.
    pub async fn look(&self, account: &ProviderAccount) -> Result<Look, SyncError> {
        let (keeper, access) = self.keeper(account)?;
        let tenant = account.tenant;
        let ours = self.ours(tenant).await?;
        let began = self.clock.now();
        let whose = (tenant, account.id, account.provider.as_str());
        let mut look = Look::default();
        let mut touched: BTreeSet<TemplateId> = BTreeSet::new();
        let mut after = None;
        let mut is_whole = false;
        for _ in 0..MOST_PAGES {
            let asked = self.clock.now();
            // What is told unasked in the same second comes after.
            let second = asked.replace_nanosecond(0).unwrap_or(asked);
            let page = keeper.list(&access, after).await?;
            look.seen += page.templates.len();
            let sightings: Vec<Sighting> = page
                .templates
                .iter()
                .map(|remote| {
                    let sighting = Sighting::shown(whose, remote, second, asked);
                    linked(sighting, &ours, &account.provider)
                })
                .collect();
            for listing in self.listings.see(&sightings).await? {
                match listing.template {
                    Some(template) => _ = touched.insert(template),
                    None => look.foreign.push(listing),
                }
            }
            after = page.next;
            if after.is_none() {
                is_whole = true;
                break;
            }
        }
        if is_whole {
            look.gone = self.listings.vanish(tenant, account.id, began).await?;
            touched.extend(look.gone.iter().filter_map(|listing| listing.template));
        }
        look.changed = self.restand(tenant, touched).await?;
        Ok(look)
    }

    /// Looks at up to `most` accounts whose turn it is, one after the other, and says how many there were.
    ///
    /// # Errors
    /// [`StoreError`]: what was taken is looked at again when its lease ends.
    pub async fn look_after(&self, most: u16) -> Result<usize, StoreError> {
        let providers: Vec<&str> = self.providers.keeping_templates().collect();
        let now = self.clock.now();
        let due = self.upkeeps.take(&providers, now, LEASE, most).await?;
        for upkeep in &due {
            let problem = self.look_at(*upkeep).await?;
            let now = self.clock.now();
            let wait = if problem.is_some() {
                let doubled = FIRST_WAIT * (1_u16 << upkeep.failures.min(10));
                doubled.min(LONGEST_WAIT.max(self.every))
            } else {
                self.every
            };
            // A tenth more or less, so that accounts drift apart.
            let next = now.saturating_add(wait * (0.9 + 0.2 * (self.jitter)()));
            let whose = (upkeep.tenant, upkeep.account);
            self.upkeeps
                .looked(whose, problem.as_deref(), now, next)
                .await?;
        }
        Ok(due.len())
    }

    /// Looks at one account, and says what went wrong.
    async fn look_at(&self, upkeep: Upkeep) -> Result<Option<String>, StoreError> {
        let Some(account) = self.accounts.get(upkeep.tenant, upkeep.account).await? else {
            return Ok(None);
        };
        if !has_whatsapp(&account) {
            return Ok(None);
        }
        let looked = self.look(&account).await.map(|look| {
            tracing::debug!(account = %account.id, seen = look.seen, changed = look.changed.len(),
                foreign = look.foreign.len(), gone = look.gone.len(), "looked at templates");
        });
        // What keeps one from being told need not keep the other.
        let rated = self.rate(&account).await;
        match looked.and(rated) {
            Ok(()) => Ok(None),
            Err(SyncError::Store(error)) => Err(error),
            Err(error) => {
                tracing::warn!(account = %account.id, error = &error as &dyn std::error::Error,
                    "an account could not be looked at");
                Ok(Some(error.to_string().chars().take(300).collect()))
            }
        }
    }

    /// Makes templates of ours out of those of an account that we do not have and can read, and gives them. The
    /// purpose is what the category stands for; look at it before sending.
    ///
    /// # Errors
    /// [`StoreError`]: some may have been made.
    pub async fn import(
        &self,
        tenant: TenantId,
        account: AccountId,
    ) -> Result<Vec<StoredTemplate>, StoreError> {
        let listings = self.listings.of_tenant(tenant).await?;
        let mut made: BTreeSet<TemplateId> = BTreeSet::new();
        let foreign = listings.into_iter().filter(|listing| {
            listing.account == account && listing.template.is_none() && !listing.is_gone
        });
        for listing in foreign {
            made.extend(self.import_one(&listing).await?);
        }
        self.restand(tenant, made.iter().copied()).await?;
        let mut found = Vec::with_capacity(made.len());
        for id in made {
            found.extend(self.templates.get(tenant, id).await?);
        }
        Ok(found)
    }

    /// One more template, or one more language of one; `None` for what cannot be one of ours.
    async fn import_one(
        &self,
        listing: &TemplateListing,
    ) -> Result<Option<TemplateId>, StoreError> {
        let components = listing.components.clone().filter(|it| is_readable(it));
        let Some(components) = components else {
            return Ok(None);
        };
        let body = VariantBody::Components(components);
        let variant = Variant {
            locale: listing.locale.clone(),
            body: body.clone(),
        };
        let named = self.templates.named(listing.tenant, &listing.name).await?;
        let known = named.into_iter().find(|it| it.channel == Channel::Whatsapp);
        let now = self.clock.now();
        let id = if let Some(mut known) = known {
            // Of this language we have a text of our own, which says something else.
            if known
                .variant_listed(&listing.name, &listing.locale)
                .is_some()
            {
                return Ok(None);
            }
            known.variants.push(variant);
            known.fields = fields_of(&parsed(&known.variants));
            known.version = known.version.saturating_add(1);
            known.updated_at = now;
            match self.templates.update(&known).await {
                Ok(true) => known.id,
                Ok(false) => return Ok(None),
                Err(error) => return Err(super::store(error)),
            }
        } else {
            let template = self.made_of(listing, variant, now);
            match self.templates.create(&template, None).await {
                Ok(()) => template.id,
                // Somebody made one meanwhile.
                Err(TemplateError::NameTaken) => return Ok(None),
                Err(error) => return Err(super::store(error)),
            }
        };
        let sighting = Sighting {
            tenant: listing.tenant,
            account: listing.account,
            provider: listing.provider.clone(),
            id: listing.id.clone(),
            template: Some(id),
            name: listing.name.clone(),
            locale: listing.locale.clone(),
            asked_for: None,
            events: Vec::new(),
            said: None,
            sameness: Sameness::HandedIn(body),
            components: None,
            seen_at: listing.seen_at,
            is_gone: None,
        };
        self.listings.see(&[sighting]).await?;
        Ok(Some(id))
    }

    fn made_of(
        &self,
        listing: &TemplateListing,
        variant: Variant,
        now: time::OffsetDateTime,
    ) -> StoredTemplate {
        let category = listing.standing.category(now);
        let variants = vec![variant];
        StoredTemplate {
            id: TemplateId::new(&*self.ids),
            tenant: listing.tenant,
            name: listing.name.clone(),
            category: category.as_str().to_owned(),
            channel: Channel::Whatsapp,
            purpose: match category {
                Category::Marketing => Purpose::Marketing,
                Category::Utility => Purpose::Transactional,
                Category::Authentication => Purpose::Authentication,
            },
            fields: fields_of(&parsed(&variants)),
            variants,
            status: tidings_templates::ApprovalStatus::Draft,
            provider_status: std::collections::BTreeMap::new(),
            standings: Vec::new(),
            version: 1,
            created_at: now,
            updated_at: now,
        }
    }
}

/// What sends no WhatsApp has no templates worth looking at.
pub(super) fn has_whatsapp(account: &ProviderAccount) -> bool {
    account.senders.iter().any(has_whatsapp_on)
}

pub(super) fn has_whatsapp_on(sender: &Sender) -> bool {
    sender.channels.contains(&Channel::Whatsapp)
}

fn parsed(variants: &[Variant]) -> Vec<tidings_templates::ParsedBody> {
    variants
        .iter()
        .filter_map(|variant| variant.body.parse().ok())
        .collect()
}
