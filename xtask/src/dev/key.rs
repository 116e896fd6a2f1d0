//! The key that seals secrets on a developer's machine.

use std::{
    fs::{self, File, OpenOptions},
    io::{ErrorKind, Read, Write},
    os::unix::fs::OpenOptionsExt,
    path::Path,
};

use crate::process::Outcome;

const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

/// The key ring in `path`, made of one random key at first: `dev1:` and 32 bytes as base64.
///
/// # Errors
/// The file cannot be read or made.
pub(super) fn load_or_make(path: &Path) -> Outcome<String> {
    match fs::read_to_string(path) {
        Ok(text) => return Ok(text.trim().to_owned()),
        Err(error) if error.kind() == ErrorKind::NotFound => {}
        Err(error) => return Err(format!("cannot read {}: {error}", path.display()).into()),
    }
    let mut bytes = [0; 32];
    File::open("/dev/urandom")?.read_exact(&mut bytes)?;
    let ring = format!("dev1:{}", base64(&bytes));
    let mut file = OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(0o600)
        .open(path)?;
    writeln!(file, "{ring}")?;
    Ok(ring)
}

/// Standard base64 with padding.
fn base64(bytes: &[u8]) -> String {
    let mut text = String::new();
    for chunk in bytes.chunks(3) {
        let group = (0..3).fold(0_usize, |group, position| {
            group << 8 | usize::from(chunk.get(position).copied().unwrap_or_default())
        });
        for position in 0..4 {
            let digit = group >> (18 - 6 * position) & 63;
            text.push(if position <= chunk.len() {
                char::from(ALPHABET[digit])
            } else {
                '='
            });
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt;

    use super::*;

    #[test]
    fn base64_is_as_rfc_4648_gives_it() {
        for (bytes, text) in [
            ("", ""),
            ("f", "Zg=="),
            ("fo", "Zm8="),
            ("foo", "Zm9v"),
            ("foob", "Zm9vYg=="),
            ("fooba", "Zm9vYmE="),
            ("foobar", "Zm9vYmFy"),
        ] {
            assert_eq!(base64(bytes.as_bytes()), text);
        }
    }

    #[test]
    fn a_key_is_made_once_and_is_nobody_elses() {
        let path = std::env::temp_dir().join(format!("tidings-keys-{}", std::process::id()));
        let first = load_or_make(&path).unwrap();
        assert_eq!(first.len(), "dev1:".len() + 44);
        assert_eq!(load_or_make(&path).unwrap(), first);
        assert_eq!(
            fs::metadata(&path).unwrap().permissions().mode() & 0o777,
            0o600
        );
        fs::remove_file(path).unwrap();
    }
}
