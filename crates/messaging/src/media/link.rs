use super::{MediaKind, kept_as};
use crate::{Content, ParameterValue};
use std::{fmt, sync::Arc};
use tidings_kernel::{Channel, MediaId, TenantId};
use time::{Duration, OffsetDateTime};

/// Proves that a link is one of ours.
#[cfg_attr(feature = "mock", mockall::automock)]
pub trait LinkSigner: Send + Sync {
    /// The proof of a text: letters and digits. The same text always has the same proof.
    fn sign(&self, text: &str) -> String;

    /// Whether a proof is that of the text, told in a time that says nothing about the right one. Proofs by older keys
    /// of the ring count too.
    fn is_signed(&self, text: &str, proof: &str) -> bool;
}

/// Leave to fetch a file for some time, without a key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct MediaLink {
    /// Whose file.
    pub tenant: TenantId,
    /// Which.
    pub media: MediaId,
    /// What carries it, which decides whether a smaller picture is handed out; `None` for the file as it came.
    pub channel: Option<Channel>,
    /// Until when, in seconds since 1970.
    pub expires: i64,
}

/// Makes links to files, and knows them again.
#[derive(Clone)]
pub struct MediaLinks {
    /// Proves them.
    pub signer: Arc<dyn LinkSigner>,
    /// Where the API is reached, without a slash at the end.
    pub public_url: String,
}

impl MediaLinks {
    /// For how long a link works that a person or a tenant's program is shown.
    pub const FOR_TENANTS: Duration = Duration::HOUR;
    /// For how long one works that a provider is given, which may come late or ask again.
    pub const FOR_PROVIDERS: Duration = Duration::DAY;

    /// The address for whoever is at another place, behind [`MediaLinks::public_url`].
    pub fn url(&self, link: &MediaLink, kind: MediaKind) -> String {
        format!("{}{}", self.public_url, self.path(link, kind))
    }

    /// The address for our own pages. It ends like the names of such files, since some who fetch go by that.
    pub fn path(&self, link: &MediaLink, kind: MediaKind) -> String {
        let MediaLink {
            tenant,
            media,
            channel,
            expires,
        } = link;
        let by = channel.map_or_else(String::new, |channel| format!("&channel={channel}"));
        let signature = self.signer.sign(&said(link));
        let extension = kind.extension();
        format!("/media/{tenant}/{media}.{extension}?expires={expires}{by}&signature={signature}")
    }

    /// A link for a tenant, from now.
    pub fn for_tenant(&self, tenant: TenantId, media: MediaId, now: OffsetDateTime) -> MediaLink {
        MediaLink {
            tenant,
            media,
            channel: None,
            expires: (now + Self::FOR_TENANTS).unix_timestamp(),
        }
    }

    /// Whether a link was made here, and still works.
    pub fn is_open(&self, link: &MediaLink, signature: &str, now: OffsetDateTime) -> bool {
        self.signer.is_signed(&said(link), signature) && now.unix_timestamp() < link.expires
    }

    /// Puts addresses that a provider can fetch in place of the names of our files.
    pub fn resolve(
        &self,
        content: &mut Content,
        tenant: TenantId,
        channel: Channel,
        now: OffsetDateTime,
    ) {
        let expires = (now + Self::FOR_PROVIDERS).unix_timestamp();
        // A template's header repeats the address of a file.
        let mut renamed = Vec::new();
        for media in &mut content.media {
            let Some(id) = kept_as(media) else { continue };
            let link = MediaLink {
                tenant,
                media: id,
                channel: Some(channel),
                expires,
            };
            let kind = MediaKind::named(media.content_type.as_deref().unwrap_or_default());
            let url = self.url(&link, kind);
            renamed.push((std::mem::replace(&mut media.url, url.clone()), url));
        }
        if renamed.is_empty() {
            return;
        }
        let calls = content
            .template
            .iter_mut()
            .flat_map(|call| &mut call.components);
        for parameter in calls.flat_map(|component| &mut component.parameters) {
            let url = match &mut parameter.value {
                ParameterValue::Text(_) => continue,
                ParameterValue::Image(url)
                | ParameterValue::Video(url)
                | ParameterValue::Document(url) => url,
            };
            if let Some((_, new)) = renamed.iter().find(|(old, _)| old == url) {
                url.clone_from(new);
            }
        }
    }
}

impl fmt::Debug for MediaLinks {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("MediaLinks")
            .field("public_url", &self.public_url)
            .finish_non_exhaustive()
    }
}

/// What is signed: everything that a link says, so that no part of it can be changed.
fn said(link: &MediaLink) -> String {
    let channel = link.channel.map_or("none", Channel::as_str);
    let MediaLink {
        tenant,
        media,
        expires,
        ..
    } = link;
    format!("media {tenant} {media} {channel} {expires}")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        ComponentCall, ComponentKind, Media, Parameter, TemplateCall, media::media_address,
    };
    use tidings_kernel::TemplateId;
    use time::macros::datetime;
    use uuid::Uuid;

    const NOW: OffsetDateTime = datetime!(2026-11-30 10:00 UTC);

    /// Proves by repeating, which is enough to see what is proven.
    struct Echo;

    impl LinkSigner for Echo {
        fn sign(&self, text: &str) -> String {
            text.replace(' ', "-")
        }

        fn is_signed(&self, text: &str, proof: &str) -> bool {
            self.sign(text) == proof
        }
    }

    fn links() -> MediaLinks {
        MediaLinks {
            signer: Arc::new(Echo),
            public_url: "https://api.example.com".into(),
        }
    }

    #[test]
    fn a_link_opens_what_it_was_made_for_and_nothing_else() {
        let links = links();
        let ids = |n: u128| {
            (
                TenantId::from_uuid(Uuid::from_u128(n)),
                MediaId::from_uuid(Uuid::from_u128(n)),
            )
        };
        let ((tenant, media), (other_tenant, other_media)) = (ids(1), ids(2));
        let link = links.for_tenant(tenant, media, NOW);
        let proof = links.signer.sign(&said(&link));
        assert!(links.is_open(&link, &proof, NOW));
        assert!(!links.is_open(&link, &proof, NOW + MediaLinks::FOR_TENANTS));
        for changed in [
            MediaLink {
                tenant: other_tenant,
                ..link
            },
            MediaLink {
                media: other_media,
                ..link
            },
            MediaLink {
                channel: Some(Channel::Sms),
                ..link
            },
            MediaLink {
                expires: link.expires + 1,
                ..link
            },
        ] {
            assert!(!links.is_open(&changed, &proof, NOW), "{changed:?}");
        }
    }

    #[test]
    fn a_provider_is_given_an_address_wherever_our_name_of_a_file_stands() {
        let id = MediaId::from_uuid(Uuid::from_u128(7));
        let url = media_address(id);
        let image = Parameter {
            name: "1".into(),
            value: ParameterValue::Image(url.clone()),
        };
        let elsewhere = Media {
            url: "https://example.com/b.png".into(),
            content_type: None,
        };
        let mut content = Content {
            media: vec![
                Media {
                    url,
                    content_type: Some("image/png".into()),
                },
                elsewhere.clone(),
            ],
            template: Some(TemplateCall {
                id: TemplateId::from_uuid(Uuid::nil()),
                name: "offer".into(),
                locale: "en".into(),
                provider_ids: [].into(),
                components: vec![ComponentCall {
                    component: ComponentKind::Header,
                    parameters: vec![image],
                }],
            }),
            ..Content::default()
        };
        let tenant = TenantId::from_uuid(Uuid::nil());
        links().resolve(&mut content, tenant, Channel::Whatsapp, NOW);
        let address = content.media[0].url.clone();
        let start = format!("https://api.example.com/media/{tenant}/{id}.png?expires=");
        assert!(address.starts_with(&start), "{address}");
        assert!(
            address.contains("&channel=whatsapp&signature="),
            "{address}"
        );
        assert_eq!(content.media[1], elsewhere);
        let header = &content.template.unwrap().components[0].parameters[0];
        assert_eq!(header.value, ParameterValue::Image(address));
    }
}
