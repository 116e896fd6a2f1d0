//! Signatures of callbacks, computed as Twilio and Meta compute them.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use ring::hmac;

/// The value of `X-Twilio-Signature` for a form POST of `params` to `url`.
///
/// `url` is signed exactly as given, without a fragment; parameters follow sorted by name, a
/// repeated name with its distinct values sorted.
/// Source: <https://www.twilio.com/docs/usage/webhooks/webhooks-security>.
///
/// ```rust
/// use tidings_simulator::twilio_signature;
///
/// let params = [
///     ("CallSid", "CA1234567890ABCDE"),
///     ("Caller", "+14158675309"),
///     ("Digits", "1234"),
///     ("From", "+14158675309"),
///     ("To", "+18005551212"),
/// ];
/// let url = "https://mycompany.com/myapp.php?foo=1&bar=2";
/// assert_eq!(
///     twilio_signature("12345", url, params),
///     "RSOYDt4T1cUTdK1PDd93/VVr8B8="
/// );
/// ```
pub fn twilio_signature<'a>(
    auth_token: &str,
    url: &str,
    params: impl IntoIterator<Item = (&'a str, &'a str)>,
) -> String {
    let mut sorted: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
    for (name, value) in params {
        sorted.entry(name).or_default().insert(value);
    }
    let mut data = url.to_owned();
    for (name, values) in sorted {
        for value in values {
            data.push_str(name);
            data.push_str(value);
        }
    }
    let key = hmac::Key::new(hmac::HMAC_SHA1_FOR_LEGACY_USE_ONLY, auth_token.as_bytes());
    STANDARD.encode(hmac::sign(&key, data.as_bytes()))
}

/// The value of `X-Hub-Signature-256` for the raw bytes of a webhook body.
pub fn meta_signature(app_secret: &str, body: &[u8]) -> String {
    format!("sha256={}", hmac_hex(app_secret, body))
}

/// The `appsecret_proof` that belongs to an access token.
pub(crate) fn appsecret_proof(app_secret: &str, access_token: &str) -> String {
    hmac_hex(app_secret, access_token.as_bytes())
}

fn hmac_hex(key: &str, message: &[u8]) -> String {
    let key = hmac::Key::new(hmac::HMAC_SHA256, key.as_bytes());
    let mut hex = String::with_capacity(64);
    for byte in hmac::sign(&key, message).as_ref() {
        // Writing to a string cannot fail.
        let _ = write!(hex, "{byte:02x}");
    }
    hex
}

/// JSON as Meta sends it: every character outside ASCII as lower-case `\uXXXX`.
pub fn escape_non_ascii(json: &str) -> String {
    let mut escaped = String::with_capacity(json.len());
    let mut units = [0; 2];
    for character in json.chars() {
        if character.is_ascii() {
            escaped.push(character);
        } else {
            for unit in character.encode_utf16(&mut units) {
                let _ = write!(escaped, "\\u{unit:04x}");
            }
        }
    }
    escaped
}

#[cfg(test)]
mod tests {
    use super::{appsecret_proof, escape_non_ascii, meta_signature, twilio_signature};

    const TOKEN: &str = "0123456789abcdef0123456789abcdef";
    const SECRET: &str = "test_app_secret_0123456789abcdef";
    const FORM: [(&str, &str); 9] = [
        ("AccountSid", "AC00000000000000000000000000000001"),
        ("ApiVersion", "2010-04-01"),
        ("From", "+15550001111"),
        ("MessageSid", "SM00000000000000000000000000000001"),
        ("MessageStatus", "delivered"),
        ("RawDlrDoneDate", "2611201030"),
        ("SmsSid", "SM00000000000000000000000000000001"),
        ("SmsStatus", "delivered"),
        ("To", "+15550002222"),
    ];

    /// Vectors computed with Twilio's official Node SDK 6.2.0.
    #[test]
    fn twilio_forms_are_signed_like_the_official_kit_signs() {
        for (host, expected) in [
            ("hooks.example.com", "ZLLqQvrplZzZUYY2zxcxn97rb/4="),
            ("hooks.example.com:443", "6sCG17wDkZjLsPeJHqqahyZ1FHU="),
            ("hooks.example.com:8443", "p8d4DpTuyGXUlUdLgOsOMj6LtWQ="),
        ] {
            let url = format!("https://{host}/twilio/status?t=acme&ref=msg_01TEST");
            assert_eq!(twilio_signature(TOKEN, &url, FORM), expected, "{host}");
        }
    }

    #[test]
    fn an_empty_value_signs_its_name_alone_and_text_is_utf8() {
        let params = [
            ("Body", "Olá 😀"),
            ("From", "whatsapp:+15550002222"),
            ("MediaContentType0", "image/jpeg"),
            ("NumMedia", "1"),
            ("To", "whatsapp:+15550001111"),
            ("ProfileName", ""),
        ];
        assert_eq!(
            twilio_signature(TOKEN, "https://hooks.example.com/twilio/inbound", params),
            "1V/+uptLW8Cjlpwc1qIPU8jRrMk="
        );
    }

    #[test]
    fn repeated_parameters_count_once_and_sorted() {
        let params = [("A", "b"), ("A", "a"), ("A", "a")];
        assert_eq!(
            twilio_signature(TOKEN, "https://hooks.example.com/twilio/inbound", params),
            "HJd3WcK26aSAXyyc/QyoB+SVjX8="
        );
    }

    #[test]
    fn a_json_callback_signs_the_url_alone() {
        let url = "https://hooks.example.com/twilio/events?t=acme&bodySHA256=\
                   14b1cbcb11b32d7c1af569eb733a2e49ca5911785569b3c667cde89bba82b001";
        assert_eq!(
            twilio_signature(TOKEN, url, []),
            "iKuRLUG2BSx3CmxXrdU161/+IS4="
        );
    }

    /// Vectors computed with `openssl dgst -sha256 -hmac`.
    #[test]
    fn meta_signs_the_escaped_body() {
        let status = r#"{"object":"whatsapp_business_account","entry":[{"id":"100200300400500","changes":[{"value":{"messaging_product":"whatsapp","metadata":{"display_phone_number":"15550001111","phone_number_id":"111222333444555"},"statuses":[{"id":"wamid.TESTVECTOR0001","status":"delivered","timestamp":"1789000000","recipient_id":"15550002222","biz_opaque_callback_data":"msg_01TEST"}]},"field":"messages"}]}]}"#;
        assert_eq!(
            meta_signature(SECRET, status.as_bytes()),
            "sha256=0f7fb97d8786d157c2a5a0bfa2b4bfa2f712ffe74a7876584546fbb00f540065"
        );
        let inbound = r#"{"object":"whatsapp_business_account","entry":[{"id":"100200300400500","changes":[{"value":{"messaging_product":"whatsapp","metadata":{"display_phone_number":"15550001111","phone_number_id":"111222333444555"},"contacts":[{"profile":{"name":"Zoë"},"wa_id":"15550002222"}],"messages":[{"from":"15550002222","id":"wamid.TESTVECTOR0002","timestamp":"1789000001","type":"text","text":{"body":"café"}}]},"field":"messages"}]}]}"#;
        let escaped = escape_non_ascii(inbound);
        assert_eq!(escaped.len(), 431);
        assert_eq!(
            meta_signature(SECRET, escaped.as_bytes()),
            "sha256=753b45080b0d4a55b663c2f17905951a8c7dd2bb12f5e90e5db49a30386b62fd"
        );
    }

    #[test]
    fn characters_beyond_the_basic_plane_become_two_escapes() {
        assert_eq!(escape_non_ascii("\"é😀\""), "\"\\u00e9\\ud83d\\ude00\"");
    }

    #[test]
    fn the_proof_of_an_access_token_has_its_known_value() {
        assert_eq!(
            appsecret_proof(SECRET, "EAATESTTOKEN"),
            "23d2deeb06e78f15b221fcb84ed49c67b34099195239f52dd9cc31c05d852362"
        );
    }
}
