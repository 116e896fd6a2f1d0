use base64::{Engine as _, engine::general_purpose::STANDARD};
use ring::signature::{
    RSA_PKCS1_2048_8192_SHA1_FOR_LEGACY_USE_ONLY, RSA_PKCS1_2048_8192_SHA256, RsaParameters,
    UnparsedPublicKey,
};
use time::OffsetDateTime;
use x509_cert::{
    Certificate as X509,
    der::{Decode as _, oid::ObjectIdentifier},
    time::Time,
};

/// `rsaEncryption` (RFC 8017, appendix A.1).
const RSA: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.1.1");

/// A certificate that SNS signs with, as far as it matters: its key, and when it is good.
///
/// Who issued it is not looked at: that it came from a host of AWS over TLS is what vouches for it.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Certificate {
    key: Vec<u8>,
    not_before: OffsetDateTime,
    not_after: OffsetDateTime,
}

/// How a message is signed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Version {
    /// RSA with SHA-1, what topics use unless told otherwise.
    One,
    /// RSA with SHA-256.
    Two,
}

impl Version {
    /// `None` for one that is not documented.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        match text {
            "1" => Some(Self::One),
            "2" => Some(Self::Two),
            _ => None,
        }
    }

    fn algorithm(self) -> &'static RsaParameters {
        match self {
            Self::One => &RSA_PKCS1_2048_8192_SHA1_FOR_LEGACY_USE_ONLY,
            Self::Two => &RSA_PKCS1_2048_8192_SHA256,
        }
    }
}

impl Certificate {
    /// The first certificate in a PEM file (RFC 7468); `None` if there is none with an RSA key.
    pub(crate) fn read(pem: &[u8]) -> Option<Self> {
        let text = std::str::from_utf8(pem).ok()?;
        let (_, text) = text.split_once("-----BEGIN CERTIFICATE-----")?;
        let (text, _) = text.split_once("-----END CERTIFICATE-----")?;
        let digits: String = text.split_ascii_whitespace().collect();
        let certificate = X509::from_der(&STANDARD.decode(digits).ok()?).ok()?;
        let certificate = certificate.tbs_certificate;
        let key = certificate.subject_public_key_info;
        if key.algorithm.oid != RSA {
            return None;
        }
        Some(Self {
            key: key.subject_public_key.as_bytes()?.to_vec(),
            not_before: instant(&certificate.validity.not_before)?,
            not_after: instant(&certificate.validity.not_after)?,
        })
    }

    pub(crate) fn is_good_at(&self, now: OffsetDateTime) -> bool {
        (self.not_before..=self.not_after).contains(&now)
    }

    /// Whether the text was signed with the key that belongs to this certificate.
    pub(crate) fn has_signed(&self, version: Version, text: &str, signature: &[u8]) -> bool {
        UnparsedPublicKey::new(version.algorithm(), &self.key)
            .verify(text.as_bytes(), signature)
            .is_ok()
    }
}

fn instant(time: &Time) -> Option<OffsetDateTime> {
    let seconds = time.to_unix_duration().as_secs();
    OffsetDateTime::from_unix_timestamp(i64::try_from(seconds).ok()?).ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use time::macros::datetime;

    const PEM: &str = include_str!("../testing/certificate.pem");

    #[test]
    fn a_certificate_is_good_for_its_time() {
        let certificate = Certificate::read(PEM.as_bytes()).unwrap();
        for (now, is_good) in [
            (datetime!(2025-12-31 23:59:59 UTC), false),
            (datetime!(2026-01-01 00:00 UTC), true),
            (datetime!(2125-12-31 00:00 UTC), true),
            (datetime!(2125-12-31 00:00:01 UTC), false),
        ] {
            assert_eq!(certificate.is_good_at(now), is_good, "{now}");
        }
    }

    #[test]
    fn what_stands_around_it_does_not_matter() {
        let chain = format!("Bag Attributes\r\n{}\n{PEM}", PEM.replace('\n', "\r\n"));
        assert_eq!(
            Certificate::read(chain.as_bytes()),
            Certificate::read(PEM.as_bytes())
        );
    }

    #[test]
    fn what_is_no_certificate_is_none() {
        let short = PEM.replace("MII", "MIB");
        for wrong in ["", "<html>", "-----BEGIN CERTIFICATE-----", &short] {
            assert_eq!(Certificate::read(wrong.as_bytes()), None, "{wrong}");
        }
        assert_eq!(Certificate::read(&[0xff; 64]), None);
        let empty = "-----BEGIN CERTIFICATE----------END CERTIFICATE-----";
        assert_eq!(Certificate::read(empty.as_bytes()), None);
    }

    #[test]
    fn only_documented_versions_are_known() {
        assert_eq!(Version::parse("1"), Some(Version::One));
        assert_eq!(Version::parse("2"), Some(Version::Two));
        for other in ["", "0", "3", "01", "2 "] {
            assert_eq!(Version::parse(other), None, "{other}");
        }
    }
}
