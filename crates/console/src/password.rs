use argon2::{
    Algorithm, Argon2, Params, Version,
    password_hash::{PasswordHash as Parsed, PasswordHasher, PasswordVerifier, SaltString},
};
use secrecy::{ExposeSecret, SecretString};
use tidings_kernel::BoxError;
use tidings_messaging::PasswordHash;

/// The shortest password, in characters (NIST SP 800-63B-4, 3.1.1.2 asks for 8 beside a second factor and 15 without;
/// attempts are limited here, and 12 is what people accept).
const SHORTEST: usize = 12;
/// The longest, in bytes, so that nobody makes us hash a book.
const LONGEST: usize = 256;

/// How much work one hash is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Cost {
    /// KiB of memory.
    pub memory: u32,
    /// Passes over it.
    pub passes: u32,
}

impl Default for Cost {
    /// 19 MiB and two passes: what OWASP's Password Storage Cheat Sheet gives for Argon2id.
    fn default() -> Self {
        Self {
            memory: 19 * 1_024,
            passes: 2,
        }
    }
}

impl Cost {
    /// As little as the algorithm takes, for tests.
    pub const LEAST: Self = Self {
        memory: 8,
        passes: 1,
    };
}

/// The password is too easy to guess, or too long to hash.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum WeakPassword {
    /// It has too few characters.
    #[error("choose a password of at least {SHORTEST} characters; a few words in a row are fine")]
    Short,
    /// It has too many.
    #[error("choose a password of at most {LONGEST} bytes")]
    Long,
    /// It is one character again and again.
    #[error("choose a password that is not one character repeated")]
    Monotonous,
}

/// Refuses passwords that nobody should have.
///
/// # Errors
/// [`WeakPassword`], in words for the person who chooses.
///
/// # Examples
/// ```
/// use tidings_console::{WeakPassword, check_password};
///
/// assert_eq!(check_password("correct horse battery"), Ok(()));
/// assert_eq!(check_password("sesame"), Err(WeakPassword::Short));
/// ```
pub fn check_password(text: &str) -> Result<(), WeakPassword> {
    if text.len() > LONGEST {
        return Err(WeakPassword::Long);
    }
    if text.chars().count() < SHORTEST {
        return Err(WeakPassword::Short);
    }
    let first = text.chars().next();
    if text.chars().all(|character| Some(character) == first) {
        return Err(WeakPassword::Monotonous);
    }
    Ok(())
}

/// What to keep of a password: Argon2id with this salt, which must never be used twice.
///
/// # Errors
/// The cost is out of the algorithm's range.
pub fn hash_password(
    password: &SecretString,
    salt: &[u8; 16],
    cost: Cost,
) -> Result<PasswordHash, BoxError> {
    let params = Params::new(cost.memory, cost.passes, 1, None).map_err(|e| e.to_string())?;
    let argon = Argon2::new(Algorithm::Argon2id, Version::V0x13, params);
    let salt = SaltString::encode_b64(salt).map_err(|error| error.to_string())?;
    let hash = argon
        .hash_password(password.expose_secret().as_bytes(), &salt)
        .map_err(|error| error.to_string())?;
    Ok(PasswordHash(hash.to_string()))
}

/// Whether this is the password. A hash that cannot be read fits none.
pub(crate) fn fits(password: &SecretString, hash: &PasswordHash) -> bool {
    let Ok(parsed) = Parsed::new(&hash.0) else {
        return false;
    };
    let text = password.expose_secret();
    text.len() <= LONGEST
        && Argon2::default()
            .verify_password(text.as_bytes(), &parsed)
            .is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_password_fits_its_own_hash_only() {
        let password = SecretString::from("correct horse battery");
        let hash = hash_password(&password, &[7; 16], Cost::LEAST).unwrap();
        assert!(hash.0.starts_with("$argon2id$v=19$m=8,t=1,p=1$"));
        assert!(fits(&password, &hash));
        assert!(!fits(&SecretString::from("correct horse batterz"), &hash));
        assert!(!fits(&password, &PasswordHash("nonsense".into())));
        assert_ne!(
            hash,
            hash_password(&password, &[8; 16], Cost::LEAST).unwrap()
        );
    }

    #[test]
    fn what_is_easy_to_guess_is_refused() {
        for (text, expected) in [
            ("short", Err(WeakPassword::Short)),
            ("aaaaaaaaaaaaaaaa", Err(WeakPassword::Monotonous)),
            ("ältere Wörter", Ok(())),
        ] {
            assert_eq!(check_password(text), expected, "{text}");
        }
        assert_eq!(check_password(&"ab".repeat(200)), Err(WeakPassword::Long));
    }
}
