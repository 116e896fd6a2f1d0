use crate::{Provider, ProviderAccount};
use std::{collections::BTreeMap, fmt, sync::Arc};
use tidings_kernel::Channel;
use tidings_routing::Candidate;

/// The providers that this installation speaks to, by name.
#[derive(Clone, Default)]
pub struct Catalog(BTreeMap<&'static str, Arc<dyn Provider>>);

impl Catalog {
    /// A catalog of these providers, under the names of their descriptors.
    pub fn new(providers: impl IntoIterator<Item = Arc<dyn Provider>>) -> Self {
        Self(
            providers
                .into_iter()
                .map(|provider| (provider.descriptor().name, provider))
                .collect(),
        )
    }

    /// The provider of this name.
    pub fn get(&self, name: &str) -> Option<&Arc<dyn Provider>> {
        self.0.get(name)
    }

    /// Every provider, by name.
    pub fn iter(&self) -> impl Iterator<Item = &Arc<dyn Provider>> {
        self.0.values()
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
        f.debug_set().entries(self.0.keys()).finish()
    }
}
