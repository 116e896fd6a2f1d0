use base64::{Engine, engine::general_purpose::STANDARD};
use ring::hmac;
use secrecy::{ExposeSecret, SecretString};

/// What Twilio's request validators compare the header `X-Twilio-Signature` with: HMAC-SHA1 over the address and
/// the sorted pairs, without anything between.
///
/// ```
/// use tidings_twilio_facade::signature;
///
/// let signed = signature(&"12345".into(), "https://example.com/a", &[("To", "+1"), ("From", "+2")]);
/// let other = signature(&"12345".into(), "https://example.com/a", &[("From", "+2"), ("To", "+1")]);
/// assert_eq!(signed, other);
/// ```
pub fn signature<V: AsRef<str>>(key: &SecretString, url: &str, pairs: &[(&str, V)]) -> String {
    let mut pairs: Vec<(&str, &str)> = pairs
        .iter()
        .map(|(name, value)| (*name, value.as_ref()))
        .collect();
    pairs.sort_unstable();
    // A name with the same value again counts once.
    pairs.dedup();
    let text = pairs.iter().fold(url.to_owned(), |mut text, pair| {
        text.push_str(pair.0);
        text.push_str(pair.1);
        text
    });
    let key = hmac::Key::new(
        hmac::HMAC_SHA1_FOR_LEGACY_USE_ONLY,
        key.expose_secret().as_bytes(),
    );
    STANDARD.encode(hmac::sign(&key, text.as_bytes()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::Value;

    #[test]
    fn every_vector_of_a_form_is_met() {
        // Made with Twilio's own SDK; the file is the adapter's, which checks with it.
        let file = include_str!("../tests/vectors.json");
        let file: Value = serde_json::from_str(file).unwrap();
        let vectors = file["vectors"].as_array().unwrap();
        let mut met = 0;
        for vector in vectors.iter().filter(|vector| vector["body"].is_null()) {
            let token = vector["token"].as_str().or(file["token"].as_str());
            let mut pairs = Vec::new();
            for (name, value) in vector["params"].as_object().unwrap() {
                match value {
                    Value::Array(values) => {
                        let values = values.iter().map(|value| value.as_str().unwrap());
                        pairs.extend(values.map(|value| (name.as_str(), value)));
                    }
                    value => pairs.push((name.as_str(), value.as_str().unwrap())),
                }
            }
            let url = vector["url"].as_str().unwrap();
            let signed = signature(&token.unwrap().into(), url, &pairs);
            assert_eq!(signed, vector["signature"].as_str().unwrap(), "{vector:#}");
            met += 1;
        }
        assert_eq!(met, 6);
    }
}
