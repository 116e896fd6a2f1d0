//! Acme, an imagined provider of text messages: a whole adapter in one file. Real ones have a file for each part; the
//! [guide](../../../docs/guides/add-a-provider.md) walks through it.
//!
//! Acme's interface: `POST /messages` with a bearer key, answered by 201 and an id, or by a code; `GET /messages`
//! filtered by our reference; `GET /account`; callbacks in JSON, signed with HMAC-SHA256 of the body.

use async_trait::async_trait;
use reqwest::Method;
use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;
use serde_json::json;
use std::time::Duration;
use tidings_kernel::{Channel, PhoneNumber};
use tidings_messaging::{
    Access, AccountInfo, Address, CallbackRequest, ChannelAbility, ChannelPace, ConnectError,
    CredentialField, Credentials, Descriptor, Found, Handshake, InboundEvent, NotAuthentic,
    Outcome, Provider, ProviderEvent, QueryError, Receipt, ReceiptEvent, SendableMessage,
    StatusQuery, Unreadable,
};
use tidings_provider_http::{
    Answer, Api, CredentialProblem, Dialect, Read, Reason, hmac_sha256, is_same, required, unhex,
};
use tidings_routing::{Class, ErrorEntry, ErrorTable, ProviderError};
use url::Url;

/// Where Acme is.
pub const BASE_URL: &str = "https://api.acme.example/v1";

const KEY: CredentialField = CredentialField {
    name: "api_key",
    label: "API key",
    hint: "Settings, Keys: key_ and 32 letters and digits",
    is_required: true,
    is_secret: true,
};
const SIGNING_SECRET: CredentialField = CredentialField {
    name: "signing_secret",
    label: "Signing secret",
    hint: "Settings, Webhooks: it signs the callbacks",
    is_required: true,
    is_secret: true,
};

/// What Acme can do and what it needs.
pub static DESCRIPTOR: Descriptor = Descriptor {
    name: "acme",
    title: "Acme",
    credentials: &[KEY, SIGNING_SECRET],
    channels: &[ChannelAbility {
        channel: Channel::Sms,
        carries_media: false,
        carries_templates: false,
        rich: &[],
        reports_reading: false,
        // Twenty parts of messages a second for each sender.
        pace: ChannelPace {
            counts_parts: true,
            per_second: Some(20),
            pair: None,
        },
    }],
    answers_stop: false,
    can_be_asked: true,
    thanks: None,
};

const fn row(code: &'static str, class: Class, advice: &'static str) -> ErrorEntry {
    ErrorEntry {
        code,
        class,
        advice,
    }
}

/// Acme's codes, all of them, as its documents list them.
pub const ERRORS: ErrorTable = ErrorTable::new(&[
    row("bad_number", Class::Recipient, ""),
    row("unsubscribed", Class::OptedOut, ""),
    row("no_credit", Class::Account, "buy credit at Acme"),
]);

const ACME: Dialect = Dialect {
    name: "acme",
    title: "Acme",
    errors: ERRORS,
    faults: &["internal"],
    read: |answer| Some(Read::Accepted(text(answer, "id")?)),
    reason: |answer| {
        Some(Reason {
            code: text(answer, "code")?,
            words: text(answer, "message").unwrap_or_default(),
        })
    },
};

fn text(answer: &Answer, name: &str) -> Option<String> {
    Some(answer.json()?.get(name)?.as_str()?.to_owned())
}

#[derive(Deserialize)]
struct List {
    data: Vec<Told>,
}

/// A message as Acme tells it, in lists and callbacks alike.
#[derive(Deserialize)]
struct Told {
    id: String,
    status: Option<String>,
    code: Option<String>,
    reference: Option<String>,
    from: Option<String>,
    to: Option<String>,
    text: Option<String>,
}

impl Told {
    fn receipt(&self) -> Option<Receipt> {
        match self.status.as_deref()? {
            "sent" => Some(Receipt::Sent),
            "delivered" => Some(Receipt::Delivered),
            "failed" => Some(Receipt::Failed),
            _ => None,
        }
    }

    /// Why it failed. A code that nobody knows is taken as the recipient's: that neither sends again nor accuses
    /// the account.
    fn error(&self) -> Option<ProviderError> {
        (self.receipt() == Some(Receipt::Failed)).then(|| {
            let code = self.code.clone().unwrap_or_else(|| "failed".to_owned());
            let words = String::new();
            ACME.explain(&Reason { code, words }, Class::Recipient)
        })
    }
}

/// Carries text messages through Acme.
#[derive(Debug, Clone)]
pub struct Acme(Api);

impl Acme {
    /// An adapter that calls Acme at `base_url`: [`BASE_URL`], or a simulator. `client` must not follow redirects.
    pub const fn new(client: reqwest::Client, base_url: Url) -> Self {
        Self(Api::new(client, base_url))
    }

    /// The same with another limit for each call.
    #[must_use]
    pub fn with_timeout(self, timeout: Duration) -> Self {
        Self(self.0.with_timeout(timeout))
    }
}

fn key(access: &Access) -> Result<&SecretString, CredentialProblem> {
    let is_key = |text: &str| text.len() == 36 && text.starts_with("key_");
    let key = required(&access.credentials, &KEY, is_key, "is key_ and 32 more")?;
    secret(access)?;
    Ok(key)
}

fn secret(access: &Access) -> Result<&SecretString, CredentialProblem> {
    let is_long = |text: &str| text.len() >= 16;
    required(
        &access.credentials,
        &SIGNING_SECRET,
        is_long,
        "has 16 characters or more",
    )
}

#[async_trait]
impl Provider for Acme {
    fn descriptor(&self) -> &'static Descriptor {
        &DESCRIPTOR
    }

    fn addresses(&self, _: &Credentials) -> Vec<String> {
        vec![self.0.base_url().to_string()]
    }

    async fn connect(&self, access: &Access) -> Result<AccountInfo, ConnectError> {
        let request = self.0.request(Method::GET, ["account"]);
        let request = request.bearer_auth(key(access)?.expose_secret());
        let answer = self.0.call(request).await?;
        if !answer.is_success() {
            return Err(ACME.refused(&answer));
        }
        let name = text(&answer, "name").ok_or_else(|| ACME.unreadable(&answer))?;
        Ok(AccountInfo {
            name: Some(name),
            ..AccountInfo::default()
        })
    }

    async fn send(&self, access: &Access, message: &SendableMessage) -> Outcome {
        let key = match key(access) {
            Ok(key) => key,
            Err(problem) => return Outcome::Rejected(problem.into()),
        };
        let Some(to) = message.to().phone() else {
            let detail = "Acme reaches numbers alone";
            return Outcome::Rejected(ProviderError::new(Class::Recipient, "no_number", detail));
        };
        let body = json!({
            "to": to.to_string(),
            "from": message.from(),
            "text": message.content().text,
            "reference": message.attempt().to_string(),
        });
        let request = self.0.request(Method::POST, ["messages"]).json(&body);
        let request = request.bearer_auth(key.expose_secret());
        ACME.outcome(self.0.call(request).await)
    }

    /// Acme keeps our reference and lists a message the moment it has it, so that absence is certain.
    async fn find(&self, access: &Access, query: &StatusQuery) -> Result<Found, QueryError> {
        let key = key(access).map_err(|problem| QueryError(problem.into()))?;
        let request = self.0.request(Method::GET, ["messages"]);
        let request = request.query(&[("reference", query.attempt.to_string())]);
        let answer = self
            .0
            .call(request.bearer_auth(key.expose_secret()))
            .await?;
        let Some(list) = answer.read::<List>().filter(|_| answer.is_success()) else {
            return Err(QueryError("Acme's answer cannot be read".into()));
        };
        Ok(match list.data.into_iter().next() {
            Some(told) => Found::There {
                receipt: told.receipt(),
                error: told.error(),
                cost: None,
                provider_message_id: told.id,
            },
            None => Found::NotThere,
        })
    }

    async fn handshake(&self, _: &Access, _: &CallbackRequest) -> Option<Handshake> {
        None
    }

    async fn authenticate(
        &self,
        access: &Access,
        request: &CallbackRequest,
    ) -> Result<(), NotAuthentic> {
        let given = request
            .header("acme-signature")
            .ok_or(NotAuthentic::Missing)?;
        let secret = secret(access).map_err(|_| NotAuthentic::Wrong)?;
        let right = hmac_sha256(secret.expose_secret().as_bytes(), &request.body);
        let is_plain = !given.bytes().any(|byte| byte.is_ascii_uppercase());
        let given = unhex(given)
            .filter(|_| is_plain)
            .ok_or(NotAuthentic::Wrong)?;
        is_same(&right, &given)
            .then_some(())
            .ok_or(NotAuthentic::Wrong)
    }

    fn parse(
        &self,
        _: &Access,
        request: &CallbackRequest,
    ) -> Result<Vec<ProviderEvent>, Unreadable> {
        let told: Told = serde_json::from_slice(&request.body).map_err(|error| Unreadable {
            context: "a message in JSON was expected".to_owned(),
            source: Some(error.into()),
        })?;
        Ok(vec![event(told)])
    }
}

fn event(told: Told) -> ProviderEvent {
    if let Some(receipt) = told.receipt() {
        return ProviderEvent::Receipt(ReceiptEvent {
            attempt: told.reference.as_deref().and_then(|text| text.parse().ok()),
            receipt,
            error: told.error(),
            cost: None,
            at: None,
            provider_message_id: told.id,
        });
    }
    let from = told.from.as_deref().map(PhoneNumber::from_e164);
    let (Some(Ok(from)), Some(to), Some(text)) = (from, told.to, told.text) else {
        return ProviderEvent::Ignored("neither a receipt nor a message".to_owned());
    };
    ProviderEvent::Inbound(InboundEvent {
        provider_message_id: told.id,
        channel: Channel::Sms,
        from: Address::Phone(from),
        whatsapp_user: None,
        to,
        // No store keeps U+0000, and a STOP must not be lost because of one behind it.
        text: text.replace('\0', ""),
        media: Vec::new(),
        button: None,
        shopping: None,
        profile_name: None,
        provider_opt: None,
        at: None,
    })
}
