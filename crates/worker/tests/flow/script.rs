//! A provider that says what the test tells it to.

use async_trait::async_trait;
use secrecy::ExposeSecret;
use std::{
    collections::VecDeque,
    sync::{
        Mutex,
        atomic::{AtomicBool, Ordering},
    },
};
use tidings_kernel::{AccountId, Channel};
use tidings_messaging::{
    Access, AccountInfo, CallbackRequest, ChannelAbility, ChannelPace, ConnectError, Credentials,
    Descriptor, Found, Handshake, Media, NotAuthentic, Outcome, Provider, ProviderEvent,
    QueryError, SendableMessage, StatusQuery, Unreadable,
};
use tidings_routing::{Class, ErrorTable, ProviderError};
use tokio::sync::Notify;

/// A provider that answers as told, and remembers what it was asked.
#[derive(Default)]
pub(crate) struct Script {
    pub(crate) answers: Mutex<VecDeque<Outcome>>,
    pub(crate) found: Mutex<Option<Found>>,
    pub(crate) sent: Mutex<Vec<String>>,
    /// What was attached to all of them.
    pub(crate) attached: Mutex<Vec<Media>>,
    pub(crate) events: Mutex<Vec<ProviderEvent>>,
    /// Whether calls are never answered.
    pub(crate) is_silent: AtomicBool,
    /// Whether what is too fast is so for its recipient alone.
    pub(crate) limits_recipients: AtomicBool,
    /// Accounts that are refused as such, whatever they are asked for.
    pub(crate) refused: Mutex<Vec<AccountId>>,
    /// Told of every call.
    pub(crate) rings: Notify,
}

static DESCRIPTOR: Descriptor = Descriptor {
    name: "simulator",
    title: "Script",
    credentials: &[],
    channels: &[
        ChannelAbility {
            channel: Channel::Sms,
            carries_media: true,
            carries_templates: false,
            rich: &[],
            reports_reading: false,
            pace: ChannelPace::UNKNOWN,
        },
        ChannelAbility {
            channel: Channel::Whatsapp,
            carries_media: true,
            carries_templates: true,
            rich: &[],
            reports_reading: true,
            pace: ChannelPace::UNKNOWN,
        },
    ],
    answers_stop: true,
    can_be_asked: true,
    thanks: None,
};

#[async_trait]
impl Provider for Script {
    fn descriptor(&self) -> &'static Descriptor {
        &DESCRIPTOR
    }

    fn addresses(&self, _: &Credentials) -> Vec<String> {
        Vec::new()
    }

    async fn connect(&self, access: &Access) -> Result<AccountInfo, ConnectError> {
        if self.refuses(access) {
            return Err(ConnectError::Refused(error(Class::Account)));
        }
        Ok(AccountInfo::default())
    }

    fn limits_recipient(&self, _: &ProviderError) -> bool {
        self.limits_recipients.load(Ordering::Relaxed)
    }

    async fn send(&self, access: &Access, message: &SendableMessage) -> Outcome {
        assert_eq!(
            access.credentials.get("token").unwrap().expose_secret(),
            "secret"
        );
        if self.refuses(access) {
            return refusal(Class::Account);
        }
        let attached = message.content().media.iter().cloned();
        self.attached.lock().unwrap().extend(attached);
        let number = {
            let mut sent = self.sent.lock().unwrap();
            sent.push(message.content().text.clone());
            sent.len()
        };
        self.rings.notify_one();
        if self.is_silent.load(Ordering::Relaxed) {
            std::future::pending::<()>().await;
        }
        let accepted = Outcome::Accepted {
            provider_message_id: format!("P{number}"),
        };
        self.answers.lock().unwrap().pop_front().unwrap_or(accepted)
    }

    async fn find(&self, _: &Access, _: &StatusQuery) -> Result<Found, QueryError> {
        match self.found.lock().unwrap().clone() {
            Some(found) => Ok(found),
            None => Err(QueryError("the provider is down".into())),
        }
    }

    async fn handshake(&self, _: &Access, _: &CallbackRequest) -> Option<Handshake> {
        None
    }

    async fn authenticate(&self, _: &Access, _: &CallbackRequest) -> Result<(), NotAuthentic> {
        Ok(())
    }

    fn parse(
        &self,
        _: &Access,
        request: &CallbackRequest,
    ) -> Result<Vec<ProviderEvent>, Unreadable> {
        assert_ne!(
            &request.body[..],
            POISON,
            "a body that trips the adapter up"
        );
        Ok(self.events.lock().unwrap().drain(..).collect())
    }
}

impl Script {
    fn refuses(&self, access: &Access) -> bool {
        self.refused.lock().unwrap().contains(&access.account)
    }
}

/// A body that the provider's adapter panics of.
pub(crate) const POISON: &[u8] = b"poison";

pub(crate) fn refusal(class: Class) -> Outcome {
    Outcome::Rejected(error(class))
}

pub(crate) fn error(class: Class) -> ProviderError {
    ErrorTable::new(&[]).explain("7", "no", class)
}

pub(crate) fn lost() -> Outcome {
    Outcome::Unknown {
        detail: "the connection was lost".into(),
    }
}
