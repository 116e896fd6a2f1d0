use ring::aead::{AES_256_GCM, NONCE_LEN};

/// The layout that this crate writes and reads.
pub(crate) const VERSION: u8 = 1;

/// A sealed secret, taken apart but not opened.
pub(crate) struct Envelope<'a> {
    /// The key that sealed it.
    pub(crate) key_id: &'a str,
    /// The nonce that it was sealed with.
    pub(crate) nonce: [u8; NONCE_LEN],
    /// Ciphertext and tag.
    pub(crate) ciphertext: &'a [u8],
}

impl<'a> Envelope<'a> {
    /// Takes sealed bytes apart; `None` for anything that this crate has not written.
    pub(crate) fn read(sealed: &'a [u8]) -> Option<Self> {
        let (version, rest) = sealed.split_first()?;
        let (length, rest) = rest.split_first()?;
        let (key_id, rest) = rest.split_at_checked(usize::from(*length))?;
        let (nonce, ciphertext) = rest.split_first_chunk()?;
        let key_id = std::str::from_utf8(key_id).ok()?;
        let is_ours =
            *version == VERSION && is_key_id(key_id) && ciphertext.len() >= AES_256_GCM.tag_len();
        is_ours.then_some(Self {
            key_id,
            nonce: *nonce,
            ciphertext,
        })
    }
}

/// What stands before the ciphertext.
pub(crate) fn header(key_id: &str, nonce: [u8; NONCE_LEN]) -> Vec<u8> {
    let mut header = Vec::with_capacity(2 + key_id.len() + nonce.len());
    header.push(VERSION);
    // Ids have at most 32 letters.
    header.push(u8::try_from(key_id.len()).unwrap_or(0));
    header.extend_from_slice(key_id.as_bytes());
    header.extend_from_slice(&nonce);
    header
}

/// Whether a text can name a key: 1 to 32 of letters, digits, `-`, `_` and `.`.
pub(crate) fn is_key_id(text: &str) -> bool {
    (1..=32).contains(&text.len())
        && text
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte))
}
