//! Identifiers that no restart repeats.

use std::sync::atomic::{AtomicU64, Ordering};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use ring::rand::{SecureRandom, SystemRandom};

/// Makes provider ids: eight random bytes drawn at the start, then a scrambled counter. A database
/// that outlives the simulator therefore never sees the same id twice.
#[derive(Debug)]
pub(crate) struct Ids {
    boot: u64,
    next: AtomicU64,
}

impl Ids {
    /// Draws the random half.
    ///
    /// # Errors
    /// The operating system has no randomness.
    pub(crate) fn draw() -> Result<Self, ring::error::Unspecified> {
        let mut boot = [0; 8];
        SystemRandom::new().fill(&mut boot)?;
        Ok(Self {
            boot: u64::from_be_bytes(boot),
            next: AtomicU64::new(1),
        })
    }

    fn pair(&self) -> (u64, u64) {
        let count = self.next.fetch_add(1, Ordering::Relaxed);
        // Multiplying by an odd number is a bijection: scrambled, and still never the same.
        (self.boot, count.wrapping_mul(0x9E37_79B9_7F4A_7C15))
    }

    /// Two letters and 32 hexadecimal digits, as Twilio writes them.
    pub(crate) fn sid(&self, prefix: &str) -> String {
        let (high, low) = self.pair();
        format!("{prefix}{high:016x}{low:016x}")
    }

    /// A UUID of version 4.
    pub(crate) fn uuid(&self) -> String {
        let (high, low) = self.pair();
        // Multiplication by an odd number is a bijection of 62 bits, too.
        let low = low & (u64::MAX >> 2);
        format!(
            "{:08x}-{:04x}-4{:03x}-{:04x}-{:012x}",
            high >> 32,
            high >> 16 & 0xffff,
            high & 0xfff,
            low >> 48 | 0x8000,
            low & 0xffff_ffff_ffff
        )
    }

    /// A prefix and 26 characters of Crockford's base 32, as Bird writes ids.
    pub(crate) fn base32(&self, prefix: &str) -> String {
        const DIGITS: &[u8; 32] = b"0123456789abcdefghjkmnpqrstvwxyz";
        let (high, low) = self.pair();
        let number = u128::from(high) << 64 | u128::from(low);
        let digits = (0..26).rev().map(|place| {
            let digit = number >> (5 * place) & 31;
            DIGITS
                .get(usize::try_from(digit).unwrap_or(0))
                .map_or('0', |digit| char::from(*digit))
        });
        prefix.chars().chain(digits).collect()
    }

    /// A WhatsApp message id.
    pub(crate) fn wamid(&self) -> String {
        let (high, low) = self.pair();
        let mut bytes = [0; 16];
        bytes[..8].copy_from_slice(&high.to_be_bytes());
        bytes[8..].copy_from_slice(&low.to_be_bytes());
        format!("wamid.HBgL{}", STANDARD.encode(bytes))
    }

    /// A number in digits, as Meta writes media ids and challenges.
    pub(crate) fn number(&self) -> String {
        let (high, low) = self.pair();
        format!("{}", (high ^ low) >> 12)
    }

    /// A support id in the manner of `fbtrace_id`.
    pub(crate) fn trace(&self) -> String {
        let (_, low) = self.pair();
        format!("A{low:016x}")
    }
}

#[cfg(test)]
mod tests {
    use super::Ids;

    #[test]
    fn ids_have_the_providers_forms_and_differ() {
        let ids = Ids::draw().expect("randomness");
        let (one, two) = (ids.sid("SM"), ids.sid("SM"));
        assert_eq!(one.len(), 34);
        assert!(one[2..].bytes().all(|byte| byte.is_ascii_hexdigit()));
        assert_ne!(one, two);
        let (one, two) = (ids.uuid(), ids.uuid());
        assert_eq!(one.len(), 36);
        assert_eq!((&one[14..15], &two[14..15]), ("4", "4"));
        assert!("89ab".contains(&one[19..20]), "{one}");
        assert_ne!(one, two);
        let (one, two) = (ids.base32("sms_"), ids.base32("sms_"));
        assert_eq!(one.len(), 30);
        assert!(!one[4..].contains(['i', 'l', 'o', 'u']), "{one}");
        assert_ne!(one, two);
        assert!(ids.wamid().starts_with("wamid."));
        assert!(ids.number().bytes().all(|byte| byte.is_ascii_digit()));
    }
}
