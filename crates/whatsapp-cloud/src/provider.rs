use crate::client::{Answer, GraphClient};
use crate::credentials::{Caller, FIELDS, check};
use crate::errors::{Heard, explain, refused_here};
use crate::wire::{MetaError, Node};
use crate::{callback, send};
use async_trait::async_trait;
use std::time::Duration;
use tidings_kernel::Channel;
use tidings_messaging::{
    Access, AccountInfo, CallbackRequest, ChannelAbility, ChannelPace, ConnectError, Descriptor,
    Found, Handshake, NotAuthentic, Outcome, Provider, ProviderEvent, QueryError, SendableMessage,
    StatusQuery, Unreadable,
};
use tidings_routing::{Class, Limit};
use url::Url;

/// The provider's name in API and tables.
pub const NAME: &str = "whatsapp_cloud";

const DESCRIPTOR: Descriptor = Descriptor {
    name: NAME,
    title: "WhatsApp Cloud API",
    credentials: FIELDS,
    channels: &[ChannelAbility {
        channel: Channel::Whatsapp,
        carries_media: true,
        carries_templates: true,
        reports_reading: true,
        // Reference, section 10: 80 a second for each number unless Meta raised it, and one in six seconds for each
        // pair, of which up to 45 may be borrowed.
        pace: ChannelPace {
            counts_parts: false,
            per_second: Some(80),
            pair: Some(Limit::Rate {
                most: 1,
                within: time::Duration::seconds(6),
                burst: 45,
            }),
        },
    }],
    answers_stop: false,
    can_be_asked: false,
    thanks: None,
};

/// Meta's WhatsApp Cloud API.
#[derive(Debug, Clone)]
pub struct WhatsappCloud {
    client: GraphClient,
}

impl WhatsappCloud {
    /// Speaks with the Graph API at `base_url` ([`BASE_URL`](crate::BASE_URL)) in `version`
    /// ([`DEFAULT_VERSION`](crate::DEFAULT_VERSION)).
    ///
    /// The client should not follow redirects: Meta sends none.
    pub fn new(client: reqwest::Client, base_url: Url, version: String) -> Self {
        Self {
            client: GraphClient::new(client, base_url, version),
        }
    }

    /// Bounds every call by `timeout` instead of 20 seconds. A message whose call took longer is
    /// [`Outcome::Unknown`].
    #[must_use]
    pub fn with_timeout(mut self, timeout: Duration) -> Self {
        self.client.set_timeout(timeout);
        self
    }
}

#[async_trait]
impl Provider for WhatsappCloud {
    fn descriptor(&self) -> &'static Descriptor {
        &DESCRIPTOR
    }

    async fn connect(&self, access: &Access) -> Result<AccountInfo, ConnectError> {
        check(&access.credentials)?;
        let caller = Caller::of(&access.credentials)?;
        let answer = self.client.phone_number(caller).await;
        read_number(&answer.map_err(|error| ConnectError::Unreachable(error.into()))?)
    }

    async fn send(&self, access: &Access, message: &SendableMessage) -> Outcome {
        let caller = match Caller::of(&access.credentials) {
            Ok(caller) => caller,
            Err(problem) => {
                let advice = Class::Account.advice();
                let error = refused_here(Class::Account, "credential", problem.to_string(), advice);
                return Outcome::Rejected(error);
            }
        };
        match send::body(message) {
            Ok(body) => send::outcome(self.client.send(caller, &body).await),
            Err(error) => Outcome::Rejected(error),
        }
    }

    /// Always [`Found::CannotTell`]: Meta has no call that tells the status of a message, and lost
    /// callbacks cannot be fetched again. Only a status callback with our reference settles an attempt.
    async fn find(&self, _: &Access, _: &StatusQuery) -> Result<Found, QueryError> {
        Ok(Found::CannotTell)
    }

    async fn handshake(&self, access: &Access, request: &CallbackRequest) -> Option<Handshake> {
        callback::handshake(access, request)
    }

    async fn authenticate(
        &self,
        access: &Access,
        request: &CallbackRequest,
    ) -> Result<(), NotAuthentic> {
        callback::authenticate(access, request)
    }

    fn parse(
        &self,
        access: &Access,
        request: &CallbackRequest,
    ) -> Result<Vec<ProviderEvent>, Unreadable> {
        callback::parse(access, request)
    }
}

/// What Meta says about the number: good only if it is connected and nothing blocks it.
fn read_number(answer: &Answer) -> Result<AccountInfo, ConnectError> {
    let number = Node(&answer.json);
    if let Some(error) = number.at("error").filter(|error| error.0.is_object()) {
        let heard = Heard::InAnswer(answer.status.as_u16());
        return Err(ConnectError::Refused(explain(
            &MetaError::read(error.0),
            heard,
            answer.wait,
        )));
    }
    let Some(state) = number.text("status").filter(|_| answer.status.is_success()) else {
        let detail = format!(
            "HTTP {} without the status of the number",
            answer.status.as_u16()
        );
        return Err(ConnectError::Unreachable(detail.into()));
    };
    let refused = |detail: String, advice: &str| {
        Err(ConnectError::Refused(refused_here(
            Class::Account,
            state,
            detail,
            advice,
        )))
    };
    if state != "CONNECTED" {
        return refused(
            format!("the number is {state}, not CONNECTED"),
            "register and verify the number at Meta, in the WhatsApp manager",
        );
    }
    let health = number.text("health_status/can_send_message");
    if health == Some("BLOCKED") {
        return refused(
            format!("Meta blocks sending{}", troubles(number)),
            "see the account quality page at Meta",
        );
    }
    let labelled = [
        ("Number", "display_phone_number"),
        ("Quality rating", "quality_rating"),
        ("Display name", "name_status"),
        ("Throughput", "throughput/level"),
        (
            "Messaging limit",
            "whatsapp_business_manager_messaging_limit",
        ),
    ];
    let mut notes: Vec<String> = labelled
        .into_iter()
        .filter_map(|(label, path)| Some(format!("{label}: {}", number.text(path)?)))
        .collect();
    if health == Some("LIMITED") {
        notes.push(format!("Meta limits sending{}", troubles(number)));
    }
    let name = number.text("verified_name").map(str::to_owned);
    Ok(AccountInfo {
        name,
        state: Some(state.to_owned()),
        notes,
    })
}

/// What stands in the way, in Meta's words: `: …; …`, or nothing.
fn troubles(number: Node<'_>) -> String {
    let entities = number.list("health_status/entities");
    let words = entities.flat_map(|entity| {
        let errors = entity
            .list("errors")
            .filter_map(|error| error.text("error_description"));
        let more = entity
            .list("additional_info")
            .filter_map(|info| info.0.as_str());
        errors.chain(more)
    });
    let words: Vec<&str> = words.collect();
    if words.is_empty() {
        String::new()
    } else {
        format!(": {}", words.join("; "))
    }
}
