//! The specifications that are bundled.

use std::sync::OnceLock;

use crate::{document::Source, spec::Spec};

macro_rules! source {
    ($file:literal) => {
        Source::new($file, include_str!(concat!("../specs/", $file)))
    };
}

macro_rules! spec {
    ($name:literal, [$($source:expr),+ $(,)?], failure: $failure:expr) => {{
        static SPEC: OnceLock<Spec> = OnceLock::new();
        SPEC.get_or_init(|| Spec::parse($name, &[$($source),+], $failure))
    }};
}

impl Spec {
    /// Twilio: messages, media, numbers and balance; content templates; messaging services; typing
    /// indicators and senders; look-ups.
    pub fn twilio() -> &'static Self {
        spec!(
            "Twilio",
            [
                source!("twilio-messaging-core.adapted.openapi.json"),
                source!("twilio_content_v1.json"),
                source!("twilio_content_v2.json"),
                source!("twilio_messaging_v1.trimmed.json"),
                source!("twilio_messaging_v2.trimmed.json"),
                source!("twilio_lookups_v2.trimmed.json").forgetting_null(),
            ],
            failure: Some("TwilioError")
        )
    }

    /// Meta's Graph API for WhatsApp: messages, media, templates, the phone number.
    pub fn meta() -> &'static Self {
        spec!(
            "Meta",
            [
                // The file closes every request but the upload of media.
                source!("meta-whatsapp.adapted.openapi.json")
                    .open_by_habit()
                    .with_query(&[("*", "appsecret_proof")])
            ],
            failure: Some("Error")
        )
    }

    /// Vonage's Messages API.
    pub fn vonage_messages() -> &'static Self {
        spec!(
            "Vonage Messages",
            [source!("vonage-messages-v1.derived.openapi.json")],
            failure: Some("Error")
        )
    }

    /// Vonage's legacy SMS API.
    pub fn vonage_sms() -> &'static Self {
        spec!("Vonage SMS", [source!("vonage-sms.json")], failure: None)
    }

    /// Vonage's account: balance, settings, secrets.
    pub fn vonage_account() -> &'static Self {
        spec!("Vonage Account", [source!("vonage-account.json")], failure: None)
    }

    /// Vonage's Number Insight.
    pub fn vonage_number_insight() -> &'static Self {
        spec!(
            "Vonage Number Insight",
            [source!("vonage-number-insight.json")],
            failure: None
        )
    }

    /// The Bird platform: SMS and WhatsApp messages.
    pub fn bird() -> &'static Self {
        spec!(
            "Bird",
            [source!("bird-platform.derived.openapi.json").open_by_habit()],
            failure: Some("Error")
        )
    }

    /// ClickSend, version 3.
    pub fn clicksend() -> &'static Self {
        spec!(
            "ClickSend",
            [source!("clicksend-v3.derived.openapi.json").with_query(&[
                ("upload_a_media_file", "convert"),
                ("view_available_numbers", "search"),
                ("view_available_numbers", "search_type"),
            ])],
            failure: None
        )
    }

    /// All of the above.
    pub fn all() -> [&'static Self; 8] {
        [
            Self::twilio(),
            Self::meta(),
            Self::vonage_messages(),
            Self::vonage_sms(),
            Self::vonage_account(),
            Self::vonage_number_insight(),
            Self::bird(),
            Self::clicksend(),
        ]
    }
}
