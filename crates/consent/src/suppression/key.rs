use super::lookalikes;
use crate::chain::Hash;
use ring::hmac;
use std::fmt;

/// A tenant's own key, which makes of an address what is kept of it when its person is erased. Whoever
/// lacks the key cannot tell which address a hash is of, although there are few numbers. `Debug`
/// hides it.
#[derive(Clone)]
pub struct SuppressionKey([u8; 32]);

/// What is kept of a refused address.
pub type SuppressionHash = Hash;

impl SuppressionKey {
    /// A key of these bytes, from a secure generator.
    pub const fn new(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }

    /// The hash of an address: HMAC-SHA-256 over its kind (`phone`, `email`), a NUL and the address as
    /// it is stored.
    ///
    /// ```rust
    /// use tidings_consent::suppression::SuppressionKey;
    ///
    /// let (ours, theirs) = (SuppressionKey::new([1; 32]), SuppressionKey::new([2; 32]));
    /// assert_eq!(ours.hash("phone", "+12025550123"), ours.hash("phone", "+12025550123"));
    /// assert_ne!(ours.hash("phone", "+12025550123"), theirs.hash("phone", "+12025550123"));
    /// ```
    pub fn hash(&self, kind: &str, address: &str) -> SuppressionHash {
        let key = hmac::Key::new(hmac::HMAC_SHA256, &self.0);
        let mut context = hmac::Context::with_key(&key);
        for part in [kind.as_bytes(), b"\0", address.as_bytes()] {
            context.update(part);
        }
        let mut bytes = [0; 32];
        for (place, byte) in bytes.iter_mut().zip(context.sign().as_ref()) {
            *place = *byte;
        }
        Hash::from_bytes(bytes)
    }

    /// The hashes that refuse a number: of itself and of its [`lookalikes`]. If any of them is stored,
    /// the number is refused.
    ///
    /// ```rust
    /// use tidings_consent::suppression::SuppressionKey;
    ///
    /// let key = SuppressionKey::new([1; 32]);
    /// let stored = key.hash("phone", "+525512345678");
    /// assert!(key.hashes("phone", "+5215512345678").contains(&stored));
    /// ```
    pub fn hashes(&self, kind: &str, number: &str) -> Vec<SuppressionHash> {
        lookalikes(number)
            .iter()
            .map(|number| self.hash(kind, number))
            .collect()
    }
}

impl fmt::Debug for SuppressionKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SuppressionKey(…)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The expected value was computed by another program from the description of the hash.
    #[test]
    fn the_hash_of_version_one_stays() {
        let key = SuppressionKey::new([0; 32]);
        assert_eq!(
            key.hash("phone", "+12025550123").to_string(),
            "3f9fc954621ba04e92f521763562df404cb8f8bc23ce9a303618c86577889ea8"
        );
        assert_eq!(format!("{key:?}"), "SuppressionKey(…)");
    }
}
