//! Tells the simulator about the planted accounts, as Twilio and Meta would know them.

use super::{accounts::OpenAccount, business::Business};
use secrecy::ExposeSecret;
use serde_json::{Value, json};
use tidings_kernel::{BoxError, Channel};
use tidings_messaging::StoredTemplate;
use tidings_templates::{Button, Component, ParameterFormat, ParsedBody, Variant, VariantBody};

/// Why the simulator does not know the accounts.
#[derive(Debug, thiserror::Error)]
pub enum RegisterError {
    /// Nobody answers there.
    #[error(
        "the simulator does not answer at {url}: start tidings-simulator, or run `cargo xtask dev`"
    )]
    Unreachable {
        /// Where it was looked for.
        url: String,
        /// What went wrong.
        #[source]
        source: BoxError,
    },
    /// It refused them; most likely the API does not answer at the public address.
    #[error(
        "the simulator refused the accounts ({status}): {answer}; does the API answer at TIDINGS_PUBLIC_URL?"
    )]
    Refused {
        /// The HTTP status.
        status: u16,
        /// Its words.
        answer: String,
    },
}

/// Registers accounts at the simulator. The API must be running: Meta's handshake calls it.
///
/// # Errors
/// [`RegisterError`].
pub async fn register(
    client: &reqwest::Client,
    simulator_url: &str,
    accounts: &Value,
) -> Result<(), RegisterError> {
    let url = format!("{simulator_url}/accounts");
    let lost = |error: reqwest::Error| RegisterError::Unreachable {
        url: url.clone(),
        source: error.into(),
    };
    let answer = client.put(&url).json(accounts).send().await.map_err(lost)?;
    let status = answer.status();
    if status.is_success() {
        return Ok(());
    }
    let answer = answer.text().await.map_err(lost)?;
    Err(RegisterError::Refused {
        status: status.as_u16(),
        answer,
    })
}

pub(super) fn twilio(open: &OpenAccount, public_url: &str) -> Value {
    let callback = callback_url(open, public_url);
    let numbers: Vec<Value> = open
        .account
        .senders
        .iter()
        .map(|sender| json!({"number": sender.address, "inbound_url": callback}))
        .collect();
    json!({
        "sid": credential(open, "account_sid"),
        "auth_token": credential(open, "auth_token"),
        "numbers": numbers,
    })
}

pub(super) fn meta(
    open: &OpenAccount,
    templates: &[StoredTemplate],
    business: &Business,
    public_url: &str,
) -> Value {
    let submitted = templates.iter().filter(|template| {
        template.channel == Channel::Whatsapp
            && template
                .provider_status
                .contains_key(tidings_whatsapp_cloud::NAME)
    });
    let templates: Vec<Value> = submitted
        .flat_map(|template| {
            template
                .variants
                .iter()
                .filter_map(move |variant| template_at_meta(template, variant))
        })
        .collect();
    json!({
        "phone_number_id": credential(open, "phone_number_id"),
        "waba_id": credential(open, "waba_id"),
        "display_number": business.whatsapp.number,
        "verified_name": business.name,
        "access_token": credential(open, "access_token"),
        "app_secret": credential(open, "app_secret"),
        "verify_token": credential(open, "verify_token"),
        "callback_url": callback_url(open, public_url),
        "templates": templates,
    })
}

fn callback_url(open: &OpenAccount, public_url: &str) -> String {
    let account = &open.account;
    format!(
        "{public_url}/callbacks/{}/{}",
        account.provider, account.callback_token
    )
}

fn credential(open: &OpenAccount, name: &str) -> String {
    open.credentials
        .get(name)
        .map_or_else(String::new, |secret| secret.expose_secret().to_owned())
}

/// A variant as the simulator wants it; `None` for one that Meta could not hold.
fn template_at_meta(template: &StoredTemplate, variant: &Variant) -> Option<Value> {
    let VariantBody::Components(components) = &variant.body else {
        return None;
    };
    let body = components.iter().find_map(|component| match component {
        Component::Body { text, .. } => Some(text),
        Component::Header(_) | Component::Footer { .. } | Component::Buttons { .. } => None,
    })?;
    let replies: Vec<&str> = components
        .iter()
        .filter_map(|component| match component {
            Component::Buttons { buttons } => Some(buttons),
            Component::Header(_) | Component::Footer { .. } | Component::Body { .. } => None,
        })
        .flatten()
        .filter_map(|button| match button {
            Button::QuickReply { text } => Some(text.as_str()),
            Button::Url { .. }
            | Button::PhoneNumber { .. }
            | Button::CopyCode { .. }
            | Button::Otp { .. }
            | Button::Flow { .. }
            | Button::Catalog { .. }
            | Button::Mpm { .. }
            | Button::VoiceCall { .. } => None,
        })
        .collect();
    let category = match template.purpose {
        tidings_kernel::Purpose::Marketing => "MARKETING",
        tidings_kernel::Purpose::Authentication => "AUTHENTICATION",
        tidings_kernel::Purpose::Transactional
        | tidings_kernel::Purpose::Reminder
        | tidings_kernel::Purpose::Conversational
        | tidings_kernel::Purpose::Emergency
        | tidings_kernel::Purpose::OptOutConfirmation
        | tidings_kernel::Purpose::DoubleOptIn => "UTILITY",
    };
    Some(json!({
        "name": template.name,
        "language": variant.locale,
        "body": body,
        "parameter_format": parameter_format(variant)?,
        "category": category,
        "status": template.status.as_str().to_ascii_uppercase(),
        "buttons": replies,
    }))
}

fn parameter_format(variant: &Variant) -> Option<&'static str> {
    match variant.body.parse().ok()? {
        ParsedBody::Components(parsed) => Some(match parsed.format() {
            ParameterFormat::Positional => "POSITIONAL",
            ParameterFormat::Named => "NAMED",
        }),
        ParsedBody::Text(_) => None,
    }
}
