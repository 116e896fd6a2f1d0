//! What every adapter of a provider must do, whatever its wire looks like.

mod callbacks;
mod faults;
mod questions;
mod unknown_codes;
mod untrusted;
mod wire;

pub use unknown_codes::UnknownCodes;

use secrecy::SecretString;
use std::sync::Arc;
use tidings_messaging::{
    Access, CallbackRequest, Credentials, Outcome, Provider, ProviderEvent, SendableMessage,
    StatusQuery,
};
use tidings_routing::{Class, ErrorTable, ProviderError};
use wire::Fake;

/// What the suite has to know of one adapter.
pub struct ProviderCase {
    /// Makes the adapter for a base address. Its client must follow no redirects, and its calls must be
    /// bounded by a second or two.
    pub make: fn(&str) -> Arc<dyn Provider>,
    /// Credentials that are complete and well formed.
    pub access: Access,
    /// A message that it can send with one call.
    pub message: SendableMessage,
    /// The answer of acceptance.
    pub accepted: Canned,
    /// The id in that answer.
    pub accepted_id: &'static str,
    /// Refusals as the provider documents them, each with its class and code.
    pub refusals: Vec<(Canned, Class, &'static str)>,
    /// A well-formed refusal with status 400 and a code that no table has.
    pub unknown_refusal: Canned,
    /// The codes with which such a call may be refused.
    pub errors: ErrorTable,
    /// Those of its passing faults that mean, even with a 500, that nothing was taken: the provider documents so.
    pub not_taken: &'static [&'static str],
    /// The answer to a connection test that says all is well; the same for every call of the test.
    pub connected: Canned,
    /// What to ask about, where the provider can be asked.
    pub query: Option<StatusQuery>,
    /// Authentic callbacks; at least one.
    pub callbacks: Vec<Signed>,
    /// Accesses that these callbacks do not belong to: with another secret, or of another account that
    /// callbacks name. At least one.
    pub others: Vec<Access>,
    /// Whether the provider signs. Where it does not, the unguessable address is all that vouches.
    pub is_signed: bool,
}

/// An answer of a provider.
#[derive(Debug, Clone)]
pub struct Canned {
    /// The status.
    pub status: u16,
    /// The media type.
    pub content_type: &'static str,
    /// The body.
    pub body: String,
}

/// An authentic callback.
pub struct Signed {
    /// The request.
    pub request: CallbackRequest,
    /// What it tells.
    pub events: Vec<ProviderEvent>,
    /// The headers, in lower case, that take part in its signature.
    pub signed_headers: &'static [&'static str],
    /// Whether a request whose bytes were changed says the very same by the provider's own definition of
    /// its signature, such as `%2b` for `%2B` in a signed form.
    pub says_the_same: fn(&CallbackRequest, &CallbackRequest) -> bool,
}

impl Canned {
    /// An answer in JSON.
    pub fn json(status: u16, body: &serde_json::Value) -> Self {
        Self {
            status,
            content_type: "application/json",
            body: body.to_string(),
        }
    }
}

/// The access with another value of one credential.
pub fn changed(access: &Access, field: &str, value: &str) -> Access {
    let kept = without(&access.credentials, field);
    let other = (field.to_owned(), SecretString::from(value));
    Access {
        credentials: Credentials::new(kept.chain([other])),
        ..access.clone()
    }
}

/// All credentials but one.
fn without<'a>(
    credentials: &'a Credentials,
    field: &'a str,
) -> impl Iterator<Item = (String, SecretString)> + 'a {
    let kept = credentials.names().filter(move |name| *name != field);
    kept.filter_map(|name| Some((name.to_owned(), credentials.get(name)?.clone())))
}

/// Runs every check. The first that fails panics with what it expected.
///
/// # Panics
/// If the adapter breaks a promise of the port.
pub async fn provider(case: &ProviderCase) {
    descriptor(case);
    outcomes(case).await;
    faults::all(case).await;
    unknown_codes::all(case).await;
    questions::all(case).await;
    callbacks::all(case).await;
}

impl ProviderCase {
    fn adapter(&self, base_url: &str) -> Arc<dyn Provider> {
        (self.make)(base_url)
    }

    /// An adapter that gets this answer to each of its calls, and the calls.
    async fn against(&self, answer: &Canned) -> (Arc<dyn Provider>, Fake) {
        let fake = Fake::answering(answer).await;
        (self.adapter(&fake.url), fake)
    }

    async fn sent(&self, answer: &Canned) -> (Outcome, Fake) {
        let (adapter, fake) = self.against(answer).await;
        let outcome = adapter.send(&self.access, &self.message).await;
        self.keeps_secrets(&format!("{outcome:?}"));
        (outcome, fake)
    }

    /// The access with one credential left out.
    fn without(&self, name: &str) -> Access {
        Access {
            credentials: Credentials::new(without(&self.access.credentials, name)),
            ..self.access.clone()
        }
    }

    /// No text of ours may hold a secret, the recipient or what the message says.
    fn keeps_secrets(&self, text: &str) {
        use secrecy::ExposeSecret as _;
        let descriptor = self.adapter("http://127.0.0.1:9").descriptor();
        for field in descriptor
            .credentials
            .iter()
            .filter(|field| field.is_secret)
        {
            if let Some(secret) = self.access.credentials.get(field.name) {
                let tells = text.contains(secret.expose_secret());
                assert!(!tells, "{} is told in {text}", field.name);
            }
        }
        let to = self.message.to().to_string();
        assert!(!text.contains(&to), "the recipient is told in {text}");
        let said = &self.message.content().text;
        assert!(!text.contains(said), "the message is told in {text}");
    }
}

/// The refusal in an outcome.
fn refusal(outcome: Outcome) -> ProviderError {
    match outcome {
        Outcome::Rejected(error) => error,
        other => panic!("expected a refusal, got {other:?}"),
    }
}

fn descriptor(case: &ProviderCase) {
    let descriptor = case.adapter("http://127.0.0.1:9").descriptor();
    let is_plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_';
    assert!(
        !descriptor.name.is_empty() && descriptor.name.chars().all(is_plain),
        "the name {:?} is not of lower-case letters, digits and underscores",
        descriptor.name
    );
    assert!(!descriptor.channels.is_empty(), "it has no channel");
    for (place, field) in descriptor.credentials.iter().enumerate() {
        assert!(!field.hint.is_empty(), "{} has no hint", field.name);
        let is_again = descriptor.credentials[..place]
            .iter()
            .any(|other| other.name == field.name);
        assert!(!is_again, "{} stands twice", field.name);
        let is_there = case.access.credentials.get(field.name).is_some();
        assert!(
            is_there || !field.is_required,
            "the case lacks {}",
            field.name
        );
    }
    assert!(
        descriptor.ability(case.message.channel()).is_some(),
        "the message's channel is none of its own"
    );
    let base_url = "http://127.0.0.1:9";
    let addresses = case.adapter(base_url).addresses(&case.access.credentials);
    assert!(
        !addresses.is_empty() && addresses.iter().all(|it| it.starts_with(base_url)),
        "calls go to {base_url}, and not to {addresses:?}"
    );
    assert_eq!(
        descriptor.can_be_asked,
        case.query.is_some(),
        "a query belongs to the case exactly if it can be asked"
    );
}

async fn outcomes(case: &ProviderCase) {
    let (outcome, fake) = case.sent(&case.accepted).await;
    let expected = Outcome::Accepted {
        provider_message_id: case.accepted_id.to_owned(),
    };
    assert_eq!(outcome, expected, "the answer of acceptance");
    assert_eq!(fake.requests(), 1, "one message is one call");

    for (answer, class, code) in &case.refusals {
        let (outcome, fake) = case.sent(answer).await;
        let error = refusal(outcome);
        assert_eq!(
            (error.class, error.provider_code.as_str()),
            (*class, *code),
            "{answer:?}"
        );
        assert!(!error.advice.is_empty(), "{code} has no advice");
        assert_eq!(fake.requests(), 1, "a refusal is not tried again here");
    }

    let descriptor = case.adapter("http://127.0.0.1:9").descriptor();
    for field in descriptor
        .credentials
        .iter()
        .filter(|field| field.is_required)
    {
        let (adapter, fake) = case.against(&case.accepted).await;
        let access = case.without(field.name);
        let error = refusal(adapter.send(&access, &case.message).await);
        assert_eq!(error.class, Class::Account, "without {}", field.name);
        assert_eq!(fake.requests(), 0, "called without {}", field.name);
    }
}
