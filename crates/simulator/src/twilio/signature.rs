//! The signature of Twilio's callbacks.

use std::collections::{BTreeMap, BTreeSet};

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

#[cfg(test)]
mod tests {
    use super::twilio_signature;

    const TOKEN: &str = "0123456789abcdef0123456789abcdef";
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
}
