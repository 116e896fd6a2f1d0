use crate::key_ring::{Key, KeyRing};
use ring::hmac::{HMAC_SHA256, Key as HmacKey, sign, verify};
use std::fmt::Write as _;
use tidings_messaging::media::LinkSigner;

/// Keeps the key of links apart from the one that seals: neither tells anything of the other.
const DOMAIN: &[u8] = b"tidings media links";

/// HMAC-SHA-256 in lower-case hexadecimal digits, by a key that is derived from a key of the ring: the first signs, all
/// count.
impl LinkSigner for KeyRing {
    fn sign(&self, text: &str) -> String {
        let tag = sign(&derived(&self.first), text.as_bytes());
        let mut digits = String::with_capacity(64);
        for byte in tag.as_ref() {
            // Writing to a string does not fail.
            let _ = write!(digits, "{byte:02x}");
        }
        digits
    }

    fn is_signed(&self, text: &str, proof: &str) -> bool {
        let Some(proof) = unhex(proof) else {
            return false;
        };
        let is_by = |key: &Key| verify(&derived(key), text.as_bytes(), &proof).is_ok();
        is_by(&self.first) || self.older.iter().any(is_by)
    }
}

fn derived(key: &Key) -> HmacKey {
    let master = HmacKey::new(HMAC_SHA256, key.expose());
    HmacKey::new(HMAC_SHA256, sign(&master, DOMAIN).as_ref())
}

fn unhex(text: &str) -> Option<Vec<u8>> {
    let digit = |byte: u8| char::from(byte).to_digit(16);
    let (pairs, rest) = text.as_bytes().as_chunks::<2>();
    if !rest.is_empty() {
        return None;
    }
    let bytes = pairs.iter().map(|[high, low]| {
        let byte = digit(*high)? << 4 | digit(*low)?;
        u8::try_from(byte).ok()
    });
    bytes.collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const FIRST: &str = "k1:q83vEjRWeJCrze8SNFZ4kKvN7xI0VniQq83vEjRWeJA=";
    const OTHER: &str = "k2:AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=";

    fn ring(text: &str) -> KeyRing {
        KeyRing::parse(text).unwrap()
    }

    #[test]
    fn a_proof_is_of_one_text_by_one_ring() {
        let ours = ring(FIRST);
        let proof = ours.sign("media 1");
        assert_eq!(proof.len(), 64);
        assert!(ours.is_signed("media 1", &proof));
        assert!(!ours.is_signed("media 2", &proof));
        assert!(!ring(OTHER).is_signed("media 1", &proof));
        for wrong in ["", "0", "zz", &proof[..62], &format!("{proof}00")] {
            assert!(!ours.is_signed("media 1", wrong), "{wrong}");
        }
    }

    #[test]
    fn proofs_by_older_keys_count_until_the_key_is_taken_out() {
        let proof = ring(FIRST).sign("media 1");
        let rotated = ring(&format!("{OTHER},{FIRST}"));
        assert!(rotated.is_signed("media 1", &proof));
        assert_ne!(rotated.sign("media 1"), proof);
    }
}
