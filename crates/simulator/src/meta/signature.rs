//! The signature of Meta's webhooks, and what it signs.

use std::fmt::Write as _;

use crate::crypto::{hex, hmac_sha256};

/// The value of `X-Hub-Signature-256` for the raw bytes of a webhook body.
pub fn meta_signature(app_secret: &str, body: &[u8]) -> String {
    format!("sha256={}", hex(&hmac_sha256(app_secret.as_bytes(), body)))
}

/// The `appsecret_proof` that belongs to an access token.
pub(super) fn appsecret_proof(app_secret: &str, access_token: &str) -> String {
    hex(&hmac_sha256(app_secret.as_bytes(), access_token.as_bytes()))
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
    use super::{appsecret_proof, escape_non_ascii, meta_signature};

    const SECRET: &str = "test_app_secret_0123456789abcdef";

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
