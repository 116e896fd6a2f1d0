//! The tokens by which an application shows who it is: compact JSON Web Tokens, RS256 (RFC 7515, RFC 7518
//! section 3.3).

use base64::{
    Engine as _,
    engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD},
};
use ring::{
    rand::SystemRandom,
    signature::{KeyPair as _, RSA_PKCS1_SHA256, RsaKeyPair},
};
use secrecy::{ExposeSecret as _, SecretSlice};
use serde_json::json;
use time::OffsetDateTime;

/// For how long a token is good, in seconds: as long as Vonage's own libraries make it.
const LIFETIME: i64 = 900;

/// The private key of an application.
pub(crate) struct PrivateKey(RsaKeyPair);

/// The system gave no random numbers, which signing needs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the token of the application could not be signed")]
pub(crate) struct NotSigned;

impl PrivateKey {
    /// Reads a file in PEM: PKCS#8 as Vonage makes it, or PKCS#1 as older tools do. Its line breaks may be
    /// lost, or written as `\n`, as they are in forms and variables.
    pub(crate) fn from_pem(text: &str) -> Option<Self> {
        let pair = match (pem(text, "PRIVATE KEY"), pem(text, "RSA PRIVATE KEY")) {
            (Some(der), _) => RsaKeyPair::from_pkcs8(der.expose_secret()),
            (None, Some(der)) => RsaKeyPair::from_der(der.expose_secret()),
            (None, None) => return None,
        };
        pair.ok().map(Self)
    }

    /// A token for one call. `id` is that of the call: no two have the same.
    ///
    /// # Errors
    /// [`NotSigned`]: there is none, and nothing may be called.
    pub(crate) fn token(
        &self,
        application: &str,
        id: &str,
        now: OffsetDateTime,
    ) -> Result<String, NotSigned> {
        let issued = now.unix_timestamp();
        let header = json!({"alg": "RS256", "typ": "JWT"});
        let claims = json!({
            "application_id": application, "iat": issued, "exp": issued + LIFETIME, "jti": id
        });
        let part = |value: serde_json::Value| URL_SAFE_NO_PAD.encode(value.to_string());
        let signed = format!("{}.{}", part(header), part(claims));
        let mut signature = vec![0; self.0.public().modulus_len()];
        // The random numbers hide how long signing takes; the signature has none in it.
        let random = SystemRandom::new();
        self.0
            .sign(
                &RSA_PKCS1_SHA256,
                &random,
                signed.as_bytes(),
                &mut signature,
            )
            .map_err(|_| NotSigned)?;
        Ok(format!("{signed}.{}", URL_SAFE_NO_PAD.encode(signature)))
    }

    /// Whether `public` in PEM is the other half of this key; `None` if it cannot be read.
    pub(crate) fn belongs_to(&self, public: &str) -> Option<bool> {
        // What Vonage shows names the algorithm first and ends with the key itself (RFC 5280, 4.1.2.7).
        let public = pem(public, "PUBLIC KEY")?;
        Some(
            public
                .expose_secret()
                .ends_with(self.0.public_key().as_ref()),
        )
    }
}

/// The bytes of the first part with this label.
fn pem(text: &str, label: &str) -> Option<SecretSlice<u8>> {
    let (_, rest) = text.split_once(&format!("-----BEGIN {label}-----"))?;
    let (body, _) = rest.split_once(&format!("-----END {label}-----"))?;
    let body: String = body.replace("\\n", "").split_whitespace().collect();
    STANDARD.decode(body).ok().map(SecretSlice::from)
}

#[cfg(test)]
mod tests {
    use super::*;
    use ring::signature::{RSA_PKCS1_2048_8192_SHA256, UnparsedPublicKey};
    use serde_json::Value;
    use time::macros::datetime;

    const KEY: &str = include_str!("../tests/keys/application.pem");
    const OLD_KEY: &str = include_str!("../tests/keys/application.pkcs1.pem");
    const PUBLIC: &str = include_str!("../tests/keys/application.public.pem");
    const OTHER_PUBLIC: &str = include_str!("../tests/keys/other.public.pem");
    const APPLICATION: &str = "aaaaaaaa-bbbb-4ccc-8ddd-0123456789ab";

    fn object(part: &str) -> Value {
        serde_json::from_slice(&URL_SAFE_NO_PAD.decode(part).unwrap()).unwrap()
    }

    #[test]
    fn a_token_has_vonage_s_claims_and_verifies() {
        let key = PrivateKey::from_pem(KEY).unwrap();
        let now = datetime!(2026-07-15 15:00:00.7 UTC);
        let token = key.token(APPLICATION, "one", now).unwrap();
        let (signed, signature) = token.rsplit_once('.').unwrap();
        let (header, claims) = signed.split_once('.').unwrap();
        assert_eq!(object(header), json!({"alg": "RS256", "typ": "JWT"}));
        assert_eq!(
            object(claims),
            json!({"application_id": APPLICATION, "iat": 1_784_127_600, "exp": 1_784_128_500, "jti": "one"})
        );
        let public = key.0.public_key().as_ref();
        UnparsedPublicKey::new(&RSA_PKCS1_2048_8192_SHA256, public)
            .verify(
                signed.as_bytes(),
                &URL_SAFE_NO_PAD.decode(signature).unwrap(),
            )
            .unwrap();
    }

    #[test]
    fn a_key_is_read_however_its_lines_were_kept() {
        let now = datetime!(2026-07-15 15:00 UTC);
        let expected = PrivateKey::from_pem(KEY)
            .unwrap()
            .token(APPLICATION, "one", now);
        for text in [
            OLD_KEY.to_owned(),
            KEY.replace('\n', "\\n"),
            KEY.replace('\n', " "),
            KEY.replace('\n', "\r\n"),
            KEY.replace('\n', ""),
            format!("Bag Attributes\n{KEY}"),
        ] {
            let key = PrivateKey::from_pem(&text).unwrap();
            assert_eq!(key.token(APPLICATION, "one", now), expected, "{text}");
        }
    }

    #[test]
    fn what_is_no_key_is_refused() {
        let cut: String = KEY.chars().take(400).collect();
        let wrong = KEY.replace("MII", "MIJ");
        for text in ["", "private.key", PUBLIC, &cut, &wrong] {
            assert!(PrivateKey::from_pem(text).is_none(), "{text}");
        }
    }

    #[test]
    fn the_other_half_is_recognized() {
        let key = PrivateKey::from_pem(KEY).unwrap();
        assert_eq!(key.belongs_to(PUBLIC), Some(true));
        assert_eq!(key.belongs_to(OTHER_PUBLIC), Some(false));
        for unreadable in [
            "",
            "-----BEGIN PUBLIC KEY-----\n!\n-----END PUBLIC KEY-----",
        ] {
            assert_eq!(key.belongs_to(unreadable), None);
        }
    }
}
