//! What goes out.

use super::credentials::SesCredentials;
use crate::letter::Letter;
use base64::{Engine as _, engine::general_purpose::STANDARD};
use serde_json::{Value, json};
use tidings_messaging::SendableMessage;
use tidings_routing::{Class, ProviderError};
use time::OffsetDateTime;

/// The tag that holds our reference; SES returns it with each event.
pub(super) const ATTEMPT: &str = "att";

/// The input of `SendEmail`, or why SES cannot carry the mail.
pub(super) fn input(
    credentials: &SesCredentials,
    message: &SendableMessage,
    letter: &Letter,
    now: OffsetDateTime,
) -> Result<Value, ProviderError> {
    if letter.needs_utf8() {
        return Err(ProviderError::new(
            Class::Recipient,
            "no_smtputf8",
            "SES takes no addresses in other scripts than ASCII",
        ));
    }
    let mut input = json!({
        "FromEmailAddress": letter.from().to_string(),
        "Destination": { "ToAddresses": [letter.to().to_string()] },
        "Content": { "Raw": { "Data": STANDARD.encode(letter.bytes(now)) } },
        "EmailTags": [{ "Name": ATTEMPT, "Value": message.attempt().to_string() }],
    });
    if let Some(set) = &credentials.configuration_set {
        input["ConfigurationSetName"] = set.as_str().into();
    }
    if let Some(tenant) = &credentials.tenant_name {
        input["TenantName"] = tenant.as_str().into();
    }
    Ok(input)
}
