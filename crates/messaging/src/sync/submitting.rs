use super::{SyncError, Syncing};
use crate::{
    Access, DraftError, ManageError, ProviderAccount, RemoteTemplate, Sameness, Sighting,
    StoredTemplate, TemplateDraft, TemplateListing, TemplateSync, is_same_locale,
};
use tidings_kernel::{AccountId, Channel, StoreError, TemplateId, TenantId};
use tidings_templates::{ApprovalStatus, Variant};

/// Why a template was not handed in, named by what the caller does next.
#[derive(Debug, thiserror::Error)]
pub enum SubmitError {
    /// There is no such template.
    #[error("there is no such template")]
    NoTemplate,
    /// Nobody approves templates of this channel: it can be sent as it is.
    #[error("only WhatsApp templates are handed in; {0} needs nobody's approval")]
    NotWhatsapp(Channel),
    /// There is no such account, or none whose provider keeps templates: connect one, or name another.
    #[error("no account of a provider that keeps WhatsApp templates is switched on")]
    NoAccount,
    /// The template has no such language.
    #[error("the template has no text in {0}")]
    NoVariant(String),
    /// No provider was seen to have it, or not with this account or in this language: there is nothing to remove.
    #[error("no provider has the template there and in that language: there is nothing to remove")]
    NotListed,
    /// A text cannot be handed in as it is: correct it.
    #[error("the text in {locale} cannot be handed in")]
    Draft {
        /// The locale.
        locale: String,
        /// What is wrong.
        #[source]
        error: DraftError,
    },
    /// What stands between us and the provider.
    #[error(transparent)]
    Sync(#[from] SyncError),
}

impl From<StoreError> for SubmitError {
    fn from(error: StoreError) -> Self {
        Self::Sync(error.into())
    }
}

impl From<ManageError> for SubmitError {
    fn from(error: ManageError) -> Self {
        Self::Sync(error.into())
    }
}

impl Syncing {
    /// The account to hand templates in with: the one named, else the first by priority.
    ///
    /// # Errors
    /// [`SubmitError::NoAccount`], or the backend failed.
    pub async fn account(
        &self,
        tenant: TenantId,
        account: Option<AccountId>,
    ) -> Result<ProviderAccount, SubmitError> {
        let mut fitting = self.keepers(tenant).await?.into_iter();
        let found = fitting.find(|it| account.is_none_or(|wanted| wanted == it.id));
        found.ok_or(SubmitError::NoAccount)
    }

    /// Hands a template in for approval, in all its languages or the one given, and gives it as it stands then. What
    /// the provider has already in the same words is left alone, so that doing it again is harmless; what says
    /// something else there is changed.
    ///
    /// # Errors
    /// [`SubmitError`]: some languages may be handed in; do it again for the others.
    pub async fn submit(
        &self,
        tenant: TenantId,
        template: TemplateId,
        account: Option<AccountId>,
        locale: Option<&str>,
    ) -> Result<StoredTemplate, SubmitError> {
        let found = self.templates.get(tenant, template).await?;
        let template = found.ok_or(SubmitError::NoTemplate)?;
        if template.channel != Channel::Whatsapp {
            return Err(SubmitError::NotWhatsapp(template.channel));
        }
        let account = self.account(tenant, account).await?;
        let wanted: Vec<&Variant> = template
            .variants
            .iter()
            .filter(|it| locale.is_none_or(|locale| is_same_locale(locale, &it.locale)))
            .collect();
        if let (Some(locale), true) = (locale, wanted.is_empty()) {
            return Err(SubmitError::NoVariant(locale.to_owned()));
        }
        // All of them are read before anything is handed in.
        let drafts: Result<Vec<(&Variant, TemplateDraft)>, SubmitError> = wanted
            .into_iter()
            .map(|variant| match TemplateDraft::of(&template, variant) {
                Ok(draft) => Ok((variant, draft)),
                Err(error) => Err(SubmitError::Draft {
                    locale: variant.locale.clone(),
                    error,
                }),
            })
            .collect();
        let drafts = drafts?;
        // The answer to an earlier attempt may have been lost.
        self.look(&account).await?;
        for (variant, draft) in drafts {
            let listings = self.listings.of_template(tenant, template.id).await?;
            let listed = listings.into_iter().find(|it| {
                it.account == account.id
                    && !it.is_gone
                    && is_same_locale(&it.locale, &variant.locale)
            });
            self.hand_in(&account, (template.id, variant), &draft, listed)
                .await?;
        }
        self.restand(tenant, [template.id]).await?;
        let after = self.templates.get(tenant, template.id).await?;
        after.ok_or(SubmitError::NoTemplate)
    }

    async fn hand_in(
        &self,
        account: &ProviderAccount,
        (template, variant): (TemplateId, &Variant),
        draft: &TemplateDraft,
        listed: Option<TemplateListing>,
    ) -> Result<(), SyncError> {
        let (keeper, access) = self.keeper(account)?;
        // Before the call, so that whatever is decided about it comes after.
        let at = self.clock.now();
        let Some(remote) = handed_in(&**keeper, &access, variant, draft, listed).await? else {
            return Ok(());
        };
        let whose = (account.tenant, account.id, account.provider.as_str());
        let shown = Sighting::shown(whose, &remote, at, self.clock.now());
        let sighting = Sighting {
            template: Some(template),
            name: draft.name.clone(),
            locale: draft.locale.clone(),
            asked_for: Some(draft.category),
            sameness: Sameness::HandedIn(variant.body.clone()),
            components: Some(draft.components.clone()),
            ..shown
        };
        self.listings.see(&[sighting]).await?;
        Ok(())
    }

    /// Removes what providers have of a template, at all accounts and in all languages or at the one and in the one
    /// given, and gives it as it stands then. Ours stays, and can be handed in again. What waits for it is judged anew
    /// when it is due. Doing it again is harmless.
    ///
    /// # Errors
    /// [`SubmitError`]: some languages may be gone; do it again for the others.
    pub async fn withdraw(
        &self,
        tenant: TenantId,
        template: TemplateId,
        account: Option<AccountId>,
        locale: Option<&str>,
    ) -> Result<StoredTemplate, SubmitError> {
        let found = self.templates.get(tenant, template).await?;
        let template = found.ok_or(SubmitError::NoTemplate)?;
        let mut listed = self.listings.of_template(tenant, template.id).await?;
        listed.retain(|it| {
            account.is_none_or(|account| account == it.account)
                && locale.is_none_or(|locale| is_same_locale(locale, &it.locale))
        });
        if listed.is_empty() {
            return Err(SubmitError::NotListed);
        }
        let accounts = self.accounts.of_tenants(&[tenant]).await?;
        let removed = self.remove_all(&accounts, &listed).await;
        // Whatever was removed stands so, also when something else was not.
        self.restand(tenant, [template.id]).await?;
        removed?;
        let after = self.templates.get(tenant, template.id).await?;
        after.ok_or(SubmitError::NoTemplate)
    }

    async fn remove_all(
        &self,
        accounts: &[ProviderAccount],
        listed: &[TemplateListing],
    ) -> Result<(), SubmitError> {
        for listing in listed.iter().filter(|it| !it.is_gone) {
            let account = accounts.iter().find(|it| it.id == listing.account);
            let account = account.ok_or(SubmitError::NoAccount)?;
            let (keeper, access) = self.keeper(account)?;
            keeper.remove(&access, &listing.id, &listing.name).await?;
            let gone = Sighting::removed(listing, self.clock.now());
            self.listings.see(&[gone]).await?;
        }
        Ok(())
    }
}

/// What the provider shows of a variant once it has it; `None` where it has just that already.
async fn handed_in(
    keeper: &dyn TemplateSync,
    access: &Access,
    variant: &Variant,
    draft: &TemplateDraft,
    listed: Option<TemplateListing>,
) -> Result<Option<RemoteTemplate>, ManageError> {
    let remote = match listed {
        None => keeper.create(access, draft).await?,
        Some(listed) => {
            let is_same = listed.same_as.as_ref() == Some(&variant.body);
            match listed.status() {
                ApprovalStatus::Draft if is_same => {
                    return keeper.submit(access, &listed.id, draft).await.map(Some);
                }
                ApprovalStatus::Pending
                | ApprovalStatus::Approved
                | ApprovalStatus::Paused
                | ApprovalStatus::Disabled
                    if is_same =>
                {
                    return Ok(None);
                }
                // Another text, or one that was refused: the provider looks at it again.
                ApprovalStatus::Draft
                | ApprovalStatus::Pending
                | ApprovalStatus::Approved
                | ApprovalStatus::Rejected
                | ApprovalStatus::Paused
                | ApprovalStatus::Disabled => keeper.edit(access, &listed.id, draft).await?,
            }
        }
    };
    if remote.status == ApprovalStatus::Draft {
        let id = remote.id.clone();
        return keeper.submit(access, &id, draft).await.map(Some);
    }
    Ok(Some(remote))
}
