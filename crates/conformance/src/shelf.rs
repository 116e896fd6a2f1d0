use async_trait::async_trait;
use secrecy::SecretString;
use std::sync::{Mutex, MutexGuard, PoisonError};
use tidings_messaging::{
    Access, BusinessProfile, Credentials, ManageError, Media, NewFile, RemotePage, RemoteTemplate,
    TemplateDraft, TemplateSync, Typing, WhatsappAccount, WhatsappChat, WhatsappNumber,
};
use tidings_templates::{ApprovalStatus, Quality};

/// A provider's business account in memory, for tests of what looks after it: reviews whatever template is made, and
/// decides when it is told to. A page has two of them. It has two numbers, of which one is chosen by the credential
/// `account`.
#[derive(Debug, Default)]
pub struct Shelf(Mutex<State>);

#[derive(Debug, Default)]
struct State {
    templates: Vec<RemoteTemplate>,
    /// Whether it cannot be asked.
    is_away: bool,
    profile: BusinessProfile,
    is_subscribed: bool,
    registered: u32,
    made: u32,
    /// How the numbers are rated; medium, and 2,000 people, if nothing is said.
    rated: Option<(Quality, &'static str)>,
    /// What it was told was read.
    read: Vec<String>,
}

const PAGE: usize = 2;

impl Shelf {
    /// Has a template that nobody handed in.
    pub fn put(&self, template: RemoteTemplate) {
        self.lock().templates.push(template);
    }

    /// Decides about every template of a name.
    pub fn judge(&self, name: &str, status: ApprovalStatus) {
        for template in &mut self.lock().templates {
            if template.name == name {
                template.status = status;
                template.word = status.to_string().to_uppercase();
            }
        }
    }

    /// Takes everything away.
    pub fn clear(&self) {
        self.lock().templates.clear();
    }

    /// From now on it cannot be asked, or can again.
    pub fn go_away(&self, is_away: bool) {
        self.lock().is_away = is_away;
    }

    /// Rates the numbers.
    pub fn rate(&self, quality: Quality, messaging_limit: &'static str) {
        self.lock().rated = Some((quality, messaging_limit));
    }

    /// The messages that it was told were read, by its ids.
    pub fn read(&self) -> Vec<String> {
        self.lock().read.clone()
    }

    /// How often a number was registered.
    pub fn registered(&self) -> u32 {
        self.lock().registered
    }

    /// What it has.
    pub fn templates(&self) -> Vec<RemoteTemplate> {
        self.lock().templates.clone()
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn open(&self) -> Result<MutexGuard<'_, State>, ManageError> {
        let state = self.lock();
        if state.is_away {
            return Err(ManageError::NotAsked("it is away".into()));
        }
        Ok(state)
    }
}

fn of(draft: &TemplateDraft, id: String) -> RemoteTemplate {
    RemoteTemplate {
        id,
        name: draft.name.clone(),
        locale: draft.locale.clone(),
        category: Some(draft.category),
        status: ApprovalStatus::Pending,
        word: "PENDING".into(),
        rejection_reason: None,
        quality: None,
        components: Some(draft.components.clone()),
    }
}

#[async_trait]
impl TemplateSync for Shelf {
    async fn create(
        &self,
        _: &Access,
        draft: &TemplateDraft,
    ) -> Result<RemoteTemplate, ManageError> {
        let mut state = self.open()?;
        state.made += 1;
        let made = of(draft, format!("90{}", state.made));
        state.templates.push(made.clone());
        Ok(made)
    }

    async fn submit(
        &self,
        access: &Access,
        id: &str,
        _: &TemplateDraft,
    ) -> Result<RemoteTemplate, ManageError> {
        self.status(access, id).await
    }

    async fn edit(
        &self,
        _: &Access,
        id: &str,
        draft: &TemplateDraft,
    ) -> Result<RemoteTemplate, ManageError> {
        let mut state = self.open()?;
        let mut templates = state.templates.iter_mut();
        let known = templates.find(|template| template.id == id);
        let known = known.ok_or(ManageError::NotThere)?;
        *known = of(draft, id.to_owned());
        Ok(known.clone())
    }

    async fn remove(&self, _: &Access, id: &str, _: &str) -> Result<(), ManageError> {
        self.open()?.templates.retain(|template| template.id != id);
        Ok(())
    }

    async fn status(&self, _: &Access, id: &str) -> Result<RemoteTemplate, ManageError> {
        let state = self.open()?;
        let mut templates = state.templates.iter();
        let found = templates.find(|template| template.id == id);
        found.cloned().ok_or(ManageError::NotThere)
    }

    async fn list(&self, _: &Access, after: Option<String>) -> Result<RemotePage, ManageError> {
        let state = self.open()?;
        let start = after.and_then(|text| text.parse().ok()).unwrap_or(0);
        let rest: Vec<RemoteTemplate> = state.templates.iter().skip(start).cloned().collect();
        let next = (rest.len() > PAGE).then(|| (start + PAGE).to_string());
        Ok(RemotePage {
            templates: rest.into_iter().take(PAGE).collect(),
            next,
        })
    }
}

/// The numbers, by their ids.
const NUMBERS: [(&str, &str); 2] = [("AC1", "+1 202-555-0100"), ("AC2", "+1 202-555-0150")];

#[async_trait]
impl WhatsappAccount for Shelf {
    fn for_number(&self, credentials: &Credentials, number: &str) -> Credentials {
        credentials.with("account", number.to_owned().into())
    }

    fn passphrase(&self, _: &Credentials) -> Option<SecretString> {
        Some("open sesame".to_owned().into())
    }

    async fn profile(&self, _: &Access) -> Result<BusinessProfile, ManageError> {
        Ok(self.open()?.profile.clone())
    }

    async fn set_profile(&self, _: &Access, change: &BusinessProfile) -> Result<(), ManageError> {
        let profile = &mut self.open()?.profile;
        let change = change.clone();
        profile.about = change.about.or(profile.about.take());
        profile.address = change.address.or(profile.address.take());
        profile.description = change.description.or(profile.description.take());
        profile.email = change.email.or(profile.email.take());
        profile.websites = change.websites.or(profile.websites.take());
        profile.vertical = change.vertical.or(profile.vertical.take());
        Ok(())
    }

    async fn number(&self, access: &Access) -> Result<WhatsappNumber, ManageError> {
        let mut numbers = self.numbers(access).await?.into_iter();
        numbers.next().ok_or(ManageError::NotThere)
    }

    async fn numbers(&self, access: &Access) -> Result<Vec<WhatsappNumber>, ManageError> {
        let rated = self.open()?.rated;
        let (quality, limit) = rated.unwrap_or((Quality::Yellow, "TIER_2K"));
        let own = access.credentials.get("account");
        let own = own.map(secrecy::ExposeSecret::expose_secret);
        let numbers = NUMBERS.iter().map(|(id, shown)| WhatsappNumber {
            id: (*id).to_owned(),
            is_own: own == Some(*id),
            shown: (*shown).to_owned(),
            status: Some("CONNECTED".into()),
            quality: Some(quality),
            messaging_limit: Some(limit.to_owned()),
            ..WhatsappNumber::default()
        });
        Ok(numbers.collect())
    }

    async fn register(&self, _: &Access, _: &SecretString) -> Result<(), ManageError> {
        self.open()?.registered += 1;
        Ok(())
    }

    async fn subscribe(&self, _: &Access) -> Result<(), ManageError> {
        self.open()?.is_subscribed = true;
        Ok(())
    }

    async fn subscriptions(&self, _: &Access) -> Result<Vec<String>, ManageError> {
        let apps = self.open()?.is_subscribed.then(|| "Our app".to_owned());
        Ok(apps.into_iter().collect())
    }
}

#[async_trait]
impl WhatsappChat for Shelf {
    async fn mark_read(&self, _: &Access, message: &str, _: Typing) -> Result<(), ManageError> {
        self.open()?.read.push(message.to_owned());
        Ok(())
    }

    async fn upload(&self, _: &Access, file: &NewFile) -> Result<Media, ManageError> {
        drop(self.open()?);
        Ok(Media {
            url: format!("shelf:{}", file.name),
            content_type: Some(file.content_type.clone()),
        })
    }
}
