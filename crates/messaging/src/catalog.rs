use crate::{
    Address, Content, MediaSource, Provider, ProviderAccount, Rich, RichKind, TemplateSync,
    WhatsappAccount, WhatsappChat,
};
use std::{collections::BTreeMap, fmt, sync::Arc};
use tidings_kernel::Channel;
use tidings_routing::Candidate;

/// The providers that this installation speaks to, by name, and what some of them offer besides.
#[derive(Clone, Default)]
pub struct Catalog {
    providers: BTreeMap<&'static str, Arc<dyn Provider>>,
    offers: BTreeMap<&'static str, Offers>,
}

/// What a provider offers besides carrying messages.
#[derive(Clone, Default)]
struct Offers {
    templates: Option<Arc<dyn TemplateSync>>,
    media: Option<Arc<dyn MediaSource>>,
    account: Option<Arc<dyn WhatsappAccount>>,
    chat: Option<Arc<dyn WhatsappChat>>,
}

impl Catalog {
    /// A catalog of these providers, under the names of their descriptors.
    pub fn new(providers: impl IntoIterator<Item = Arc<dyn Provider>>) -> Self {
        Self {
            providers: providers
                .into_iter()
                .map(|provider| (provider.descriptor().name, provider))
                .collect(),
            offers: BTreeMap::new(),
        }
    }

    /// The provider of this name keeps templates by `templates`.
    #[must_use]
    pub fn with_templates(mut self, name: &'static str, templates: Arc<dyn TemplateSync>) -> Self {
        self.offers.entry(name).or_default().templates = Some(templates);
        self
    }

    /// The provider of this name hands out what contacts sent by `media`.
    #[must_use]
    pub fn with_media(mut self, name: &'static str, media: Arc<dyn MediaSource>) -> Self {
        self.offers.entry(name).or_default().media = Some(media);
        self
    }

    /// The provider of this name is asked about WhatsApp accounts by `account`.
    #[must_use]
    pub fn with_whatsapp_account(
        mut self,
        name: &'static str,
        account: Arc<dyn WhatsappAccount>,
    ) -> Self {
        self.offers.entry(name).or_default().account = Some(account);
        self
    }

    /// The provider of this name shows reading and writing, and takes files, by `chat`.
    #[must_use]
    pub fn with_whatsapp_chat(mut self, name: &'static str, chat: Arc<dyn WhatsappChat>) -> Self {
        self.offers.entry(name).or_default().chat = Some(chat);
        self
    }

    /// How the provider of this name keeps templates, if it does.
    pub fn templates(&self, name: &str) -> Option<&Arc<dyn TemplateSync>> {
        self.offers.get(name)?.templates.as_ref()
    }

    /// The names of the providers whose templates we can see to.
    pub fn keeping_templates(&self) -> impl Iterator<Item = &'static str> {
        let keeping = self
            .offers
            .iter()
            .filter(|(_, offers)| offers.templates.is_some());
        keeping.map(|(name, _)| *name)
    }

    /// How the provider of this name hands out what contacts sent, if that is not public.
    pub fn media(&self, name: &str) -> Option<&Arc<dyn MediaSource>> {
        self.offers.get(name)?.media.as_ref()
    }

    /// How the provider of this name is asked about WhatsApp accounts, if it can be.
    pub fn whatsapp_account(&self, name: &str) -> Option<&Arc<dyn WhatsappAccount>> {
        self.offers.get(name)?.account.as_ref()
    }

    /// How the provider of this name shows reading and writing on WhatsApp, and takes files, if it does.
    pub fn whatsapp_chat(&self, name: &str) -> Option<&Arc<dyn WhatsappChat>> {
        self.offers.get(name)?.chat.as_ref()
    }

    /// Whether the provider of this name carries this kind of rich message.
    pub fn carries(&self, name: &str, kind: RichKind) -> bool {
        let channels = self.get(name).map(|known| known.descriptor().channels);
        let mut abilities = channels.unwrap_or_default().iter();
        abilities.any(|ability| ability.rich.contains(&kind))
    }

    /// The providers of these ways that cannot carry all of a content to whom it goes: whatever else is asked of a way,
    /// a message goes only where it is carried whole.
    pub(crate) fn unfit(
        &self,
        ways: &[Candidate],
        channel: Channel,
        to: Option<&Address>,
        content: &Content,
    ) -> Vec<String> {
        let is_text_to_a_number = matches!(to, Some(Address::Phone(_)))
            && content.rich.is_none()
            && content.template.is_none()
            && content.media.is_empty();
        if is_text_to_a_number {
            return Vec::new();
        }
        let mut names: Vec<&str> = ways.iter().map(|way| way.provider.as_str()).collect();
        names.sort_unstable();
        names.dedup();
        let unfit = names
            .into_iter()
            .filter(|name| !self.can_carry(name, channel, to, content));
        unfit.map(ToOwned::to_owned).collect()
    }

    fn can_carry(
        &self,
        name: &str,
        channel: Channel,
        to: Option<&Address>,
        content: &Content,
    ) -> bool {
        let Some(provider) = self.get(name) else {
            return false;
        };
        let ability = provider.descriptor().ability(channel);
        let has_template = content.template.is_some();
        let kinds = content.rich.as_ref().map(Rich::kinds).unwrap_or_default();
        kinds.into_iter().all(|kind| self.carries(name, kind))
            && ability.is_some_and(|ability| ability.carries_templates || !has_template)
            && to.is_none_or(|to| provider.can_carry(channel, to, content))
    }

    /// The provider of this name.
    pub fn get(&self, name: &str) -> Option<&Arc<dyn Provider>> {
        self.providers.get(name)
    }

    /// Every provider, by name.
    pub fn iter(&self) -> impl Iterator<Item = &Arc<dyn Provider>> {
        self.providers.values()
    }

    /// The ways that accounts offer on a channel. Accounts of providers that are not in the catalog
    /// offer none.
    pub fn candidates<'accounts>(
        &self,
        accounts: impl IntoIterator<Item = &'accounts ProviderAccount>,
        channel: Channel,
    ) -> Vec<Candidate> {
        let mut all = Vec::new();
        for account in accounts {
            let Some(provider) = self.get(&account.provider) else {
                continue;
            };
            let descriptor = provider.descriptor();
            let ability = descriptor.ability(channel);
            for sender in &account.senders {
                all.push(Candidate {
                    account: account.id,
                    sender: sender.id,
                    provider: account.provider.clone(),
                    priority: account.priority,
                    is_enabled: account.is_enabled,
                    channels: sender
                        .channels
                        .iter()
                        .copied()
                        .filter(|channel| descriptor.ability(*channel).is_some())
                        .collect(),
                    region: sender.region,
                    carries_media: ability.is_some_and(|ability| ability.carries_media),
                    price: None,
                    condition: None,
                });
            }
        }
        all
    }
}

impl fmt::Debug for Catalog {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.providers.keys()).finish()
    }
}
