use async_trait::async_trait;
use secrecy::ExposeSecret;
use tidings_kernel::Channel;
use tidings_messaging::{
    Access, AccountInfo, CallbackRequest, ChannelAbility, ChannelPace, ConnectError,
    CredentialField, Credentials, Descriptor, Found, Handshake, NotAuthentic, Outcome, Provider,
    ProviderEvent, QueryError, SendableMessage, StatusQuery, Unreadable,
};
use tidings_routing::{Class, ProviderError};

const CREDENTIALS: &[CredentialField] = &[
    CredentialField {
        name: "account",
        label: "Account SID",
        hint: "On the first page.",
        is_required: true,
        is_secret: false,
    },
    CredentialField {
        name: "token",
        label: "Auth token",
        hint: "Beside it.",
        is_required: true,
        is_secret: true,
    },
];

const fn ability(channel: Channel) -> ChannelAbility {
    ChannelAbility {
        channel,
        carries_media: true,
        carries_templates: true,
        rich: &[],
        reports_reading: true,
        pace: ChannelPace::UNKNOWN,
    }
}

static CARRIER: Descriptor = Descriptor {
    name: "carrier",
    title: "Carrier",
    credentials: CREDENTIALS,
    channels: &[ability(Channel::Sms), ability(Channel::Whatsapp)],
    answers_stop: false,
    can_be_asked: true,
    thanks: None,
};

/// A provider that knows one wrong token, and sends nothing.
pub(super) struct Carrier;

#[async_trait]
impl Provider for Carrier {
    fn descriptor(&self) -> &'static Descriptor {
        &CARRIER
    }

    fn addresses(&self, _: &Credentials) -> Vec<String> {
        Vec::new()
    }

    async fn connect(&self, access: &Access) -> Result<AccountInfo, ConnectError> {
        let token = access.credentials.get("token");
        match token.map(ExposeSecret::expose_secret) {
            Some("wrong") => Err(ConnectError::Refused(ProviderError::new(
                Class::Account,
                "20003",
                "Authenticate",
            ))),
            Some("short") => Err(ConnectError::Credential {
                field: "token",
                problem: "it has 32 characters".into(),
            }),
            Some(_) | None => Ok(AccountInfo {
                name: Some("Example".into()),
                state: Some("active".into()),
                notes: vec!["a trial account".into()],
            }),
        }
    }

    async fn send(&self, _: &Access, _: &SendableMessage) -> Outcome {
        Outcome::Unknown {
            detail: "the console sends nothing".into(),
        }
    }

    async fn find(&self, _: &Access, _: &StatusQuery) -> Result<Found, QueryError> {
        Ok(Found::CannotTell)
    }

    async fn handshake(&self, _: &Access, _: &CallbackRequest) -> Option<Handshake> {
        None
    }

    async fn authenticate(&self, _: &Access, _: &CallbackRequest) -> Result<(), NotAuthentic> {
        Err(NotAuthentic::Missing)
    }

    fn parse(&self, _: &Access, _: &CallbackRequest) -> Result<Vec<ProviderEvent>, Unreadable> {
        Ok(Vec::new())
    }
}
