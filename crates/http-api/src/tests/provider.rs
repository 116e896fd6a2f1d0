use async_trait::async_trait;
use secrecy::ExposeSecret;
use std::sync::Mutex;
use tidings_kernel::Channel;
use tidings_messaging::{
    Access, AccountInfo, CallbackRequest, ChannelAbility, ChannelPace, ConnectError,
    CredentialField, Credentials, Descriptor, Found, Handshake, NotAuthentic, Outcome, Provider,
    ProviderEvent, QueryError, RichKind, SendableMessage, StatusQuery, Thanks, Unreadable,
};
use tidings_routing::{Class, ProviderError};

const CREDENTIALS: &[CredentialField] = &[
    CredentialField {
        name: "account",
        label: "Account",
        hint: "On the first page.",
        is_required: true,
        is_secret: false,
    },
    CredentialField {
        name: "token",
        label: "Token",
        hint: "`wrong` is refused, `gone` is not answered.",
        is_required: true,
        is_secret: true,
    },
    CredentialField {
        name: "note",
        label: "Note",
        hint: "May be left out.",
        is_required: false,
        is_secret: false,
    },
];

const fn ability(channel: Channel) -> ChannelAbility {
    ChannelAbility {
        channel,
        carries_media: true,
        carries_templates: true,
        rich: match channel {
            Channel::Whatsapp => &[
                RichKind::Buttons,
                RichKind::Product,
                RichKind::ProductList,
                RichKind::Catalog,
                RichKind::Reply,
                RichKind::Reaction,
            ],
            _ => &[],
        },
        reports_reading: true,
        pace: ChannelPace::UNKNOWN,
    }
}

const CHANNELS: &[ChannelAbility] = &[ability(Channel::Sms), ability(Channel::Whatsapp)];

const fn descriptor(name: &'static str, title: &'static str) -> Descriptor {
    Descriptor {
        name,
        title,
        credentials: CREDENTIALS,
        channels: CHANNELS,
        answers_stop: false,
        can_be_asked: true,
        thanks: None,
    }
}

static CARRIER: Descriptor = descriptor("carrier", "Carrier");
static TWILIO: Descriptor = Descriptor {
    thanks: Some(Thanks {
        content_type: "text/xml; charset=utf-8",
        body: "<Response/>",
    }),
    ..descriptor("twilio", "Twilio")
};

/// A provider whose signature is its token, in the clear.
pub(super) struct Carrier {
    descriptor: &'static Descriptor,
    /// The callback addresses that were signed for.
    pub(super) urls: Mutex<Vec<String>>,
}

impl Carrier {
    pub(super) fn plain() -> Self {
        Self {
            descriptor: &CARRIER,
            urls: Mutex::default(),
        }
    }

    pub(super) fn twilio() -> Self {
        Self {
            descriptor: &TWILIO,
            urls: Mutex::default(),
        }
    }
}

fn token(access: &Access) -> String {
    let token = access.credentials.get("token").unwrap();
    token.expose_secret().to_owned()
}

fn account(access: &Access) -> String {
    let account = access.credentials.get("account").unwrap();
    account.expose_secret().to_owned()
}

/// The accounts that a callback says it tells of; none where it is the called one's.
fn named(request: &CallbackRequest) -> Vec<&str> {
    let names = request.header("x-accounts");
    names.map_or_else(Vec::new, |names| names.split(' ').collect())
}

#[async_trait]
impl Provider for Carrier {
    fn descriptor(&self) -> &'static Descriptor {
        self.descriptor
    }

    fn addresses(&self, _: &Credentials) -> Vec<String> {
        Vec::new()
    }

    async fn connect(&self, access: &Access) -> Result<AccountInfo, ConnectError> {
        match token(access).as_str() {
            "wrong" => Err(ConnectError::Refused(ProviderError {
                class: Class::Account,
                provider_code: "20003".into(),
                detail: "Authenticate".into(),
                advice: "check the token".into(),
                retry_after_seconds: None,
                absence: None,
                most_retries: None,
            })),
            "short" => Err(ConnectError::Credential {
                field: "token",
                problem: "it has 32 characters".into(),
            }),
            "gone" => Err(ConnectError::Unreachable("no route to host".into())),
            _ => Ok(AccountInfo {
                name: Some("Example".into()),
                state: Some("active".into()),
                notes: Vec::new(),
            }),
        }
    }

    async fn send(&self, _: &Access, _: &SendableMessage) -> Outcome {
        Outcome::Unknown {
            detail: "the API sends nothing".into(),
        }
    }

    async fn find(&self, _: &Access, _: &StatusQuery) -> Result<Found, QueryError> {
        Ok(Found::CannotTell)
    }

    async fn handshake(&self, access: &Access, request: &CallbackRequest) -> Option<Handshake> {
        let (_, query) = request.url.split_once('?')?;
        let found = |name: &str| {
            url::form_urlencoded::parse(query.as_bytes())
                .find(|(key, _)| key == name)
                .map(|(_, value)| value.into_owned())
        };
        let challenge = found("challenge")?;
        Some(if found("verify") == Some(token(access)) {
            Handshake::Welcome(challenge)
        } else {
            Handshake::Refused
        })
    }

    async fn authenticate(
        &self,
        access: &Access,
        request: &CallbackRequest,
    ) -> Result<(), NotAuthentic> {
        let signature = request.header("x-signature").ok_or(NotAuthentic::Missing)?;
        if signature != token(access) {
            return Err(NotAuthentic::Wrong);
        }
        let named = named(request);
        if !named.is_empty() && !named.contains(&account(access).as_str()) {
            return Err(NotAuthentic::OtherAccount);
        }
        self.urls.lock().unwrap().push(request.url.clone());
        Ok(())
    }

    fn is_shared(&self, access: &Access, request: &CallbackRequest) -> bool {
        named(request).iter().any(|name| *name != account(access))
    }

    fn parse(&self, _: &Access, _: &CallbackRequest) -> Result<Vec<ProviderEvent>, Unreadable> {
        Ok(Vec::new())
    }
}
