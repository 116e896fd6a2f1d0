use crate::envelope::is_key_id;
use base64::{Engine, engine::general_purpose::STANDARD};
use secrecy::{ExposeSecret, ExposeSecretMut, SecretBox, zeroize::Zeroizing};
use std::fmt;

/// The bytes of a key.
pub(crate) const KEY_BYTES: usize = 32;

/// The keys that seal and open secrets: the first seals, all open.
///
/// Implements [`Vault`](tidings_messaging::Vault). `Debug` shows the ids, never a key.
pub struct KeyRing {
    pub(crate) first: Key,
    pub(crate) older: Vec<Key>,
}

/// One key and its name.
pub(crate) struct Key {
    pub(crate) id: String,
    pub(crate) bytes: SecretBox<[u8; KEY_BYTES]>,
}

/// Why a text is not a key ring. Entries are counted from 1; keys are never repeated in the message.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum KeyRingError {
    /// There is nothing in it.
    #[error("the key ring is empty: give at least one key, as id:base64")]
    Empty,
    /// An entry without a colon, or an empty one.
    #[error(
        "entry {entry} of the key ring is not id:base64: put a name and a colon before the key"
    )]
    Shape {
        /// Which entry.
        entry: usize,
    },
    /// An id that cannot be stored.
    #[error(
        "entry {entry} of the key ring has an unusable id: use 1 to 32 of a-z, A-Z, 0-9, '-', '_' and '.'"
    )]
    Id {
        /// Which entry.
        entry: usize,
    },
    /// Two keys of one name.
    #[error("entry {entry} of the key ring repeats the id {id:?}: every key needs its own")]
    RepeatedId {
        /// Which entry.
        entry: usize,
        /// The id.
        id: String,
    },
    /// Not base64, or not 32 bytes.
    #[error(
        "entry {entry} of the key ring ({id:?}) is not 32 bytes in base64: make one with `openssl rand -base64 32`"
    )]
    Key {
        /// Which entry.
        entry: usize,
        /// Its id.
        id: String,
    },
}

impl KeyRing {
    /// Reads `id:base64[,id:base64…]`. Space around entries is ignored.
    ///
    /// # Errors
    /// [`KeyRingError`]: which entry is wrong, and what to do.
    ///
    /// # Examples
    /// ```rust
    /// use tidings_vault::{KeyRing, KeyRingError};
    ///
    /// assert!(KeyRing::parse("k1:q83vEjRWeJCrze8SNFZ4kKvN7xI0VniQq83vEjRWeJA=").is_ok());
    /// assert_eq!(
    ///     KeyRing::parse("k1:c2hvcnQ=").err(),
    ///     Some(KeyRingError::Key { entry: 1, id: "k1".into() }),
    /// );
    /// ```
    pub fn parse(text: &str) -> Result<Self, KeyRingError> {
        if text.trim().is_empty() {
            return Err(KeyRingError::Empty);
        }
        let mut keys: Vec<Key> = Vec::new();
        for (index, entry) in text.split(',').enumerate() {
            let key = Key::parse(index + 1, entry.trim())?;
            if keys.iter().any(|known| known.id == key.id) {
                return Err(KeyRingError::RepeatedId {
                    entry: index + 1,
                    id: key.id,
                });
            }
            keys.push(key);
        }
        let mut keys = keys.into_iter();
        let first = keys.next().ok_or(KeyRingError::Empty)?;
        Ok(Self {
            first,
            older: keys.collect(),
        })
    }

    /// The ids, the sealing one first.
    pub fn ids(&self) -> impl Iterator<Item = &str> {
        self.keys().map(|key| key.id.as_str())
    }

    pub(crate) fn find(&self, id: &str) -> Option<&Key> {
        self.keys().find(|key| key.id == id)
    }

    fn keys(&self) -> impl Iterator<Item = &Key> {
        std::iter::once(&self.first).chain(&self.older)
    }
}

impl Key {
    fn parse(entry: usize, text: &str) -> Result<Self, KeyRingError> {
        let (id, base64) = text.split_once(':').ok_or(KeyRingError::Shape { entry })?;
        if !is_key_id(id) {
            return Err(KeyRingError::Id { entry });
        }
        let wrong = || KeyRingError::Key {
            entry,
            id: id.to_owned(),
        };
        let decoded = Zeroizing::new(STANDARD.decode(base64).map_err(|_| wrong())?);
        if decoded.len() != KEY_BYTES {
            return Err(wrong());
        }
        let mut bytes = SecretBox::new(Box::new([0; KEY_BYTES]));
        bytes.expose_secret_mut().copy_from_slice(&decoded);
        Ok(Self {
            id: id.to_owned(),
            bytes,
        })
    }

    pub(crate) fn expose(&self) -> &[u8] {
        self.bytes.expose_secret()
    }
}

impl fmt::Debug for KeyRing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let ids: Vec<&str> = self.ids().collect();
        f.debug_struct("KeyRing")
            .field("ids", &ids)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const KEY: &str = "q83vEjRWeJCrze8SNFZ4kKvN7xI0VniQq83vEjRWeJA=";

    #[test]
    fn the_first_key_seals_and_space_is_ignored() {
        let ring = KeyRing::parse(&format!(" new:{KEY} ,\n old:{KEY}\n")).unwrap();
        assert_eq!(ring.ids().collect::<Vec<_>>(), ["new", "old"]);
        assert_eq!(ring.first.id, "new");
    }

    #[test]
    fn an_error_names_the_entry_and_what_to_do() {
        let cases = [
            ("", KeyRingError::Empty),
            (" \n", KeyRingError::Empty),
            (KEY, KeyRingError::Shape { entry: 1 }),
            (&format!("a:{KEY},"), KeyRingError::Shape { entry: 2 }),
            (&format!(":{KEY}"), KeyRingError::Id { entry: 1 }),
            (&format!("a b:{KEY}"), KeyRingError::Id { entry: 1 }),
            (
                &format!("{}:{KEY}", "a".repeat(33)),
                KeyRingError::Id { entry: 1 },
            ),
            (
                &format!("a:{KEY},a:{KEY}"),
                KeyRingError::RepeatedId {
                    entry: 2,
                    id: "a".into(),
                },
            ),
            (
                "a:?",
                KeyRingError::Key {
                    entry: 1,
                    id: "a".into(),
                },
            ),
            (
                &format!("a:{KEY},b:q80="),
                KeyRingError::Key {
                    entry: 2,
                    id: "b".into(),
                },
            ),
        ];
        for (text, expected) in cases {
            assert_eq!(KeyRing::parse(text).err(), Some(expected), "{text}");
        }
    }

    #[test]
    fn no_key_is_ever_printed() {
        let ring = KeyRing::parse(&format!("a:{KEY}")).unwrap();
        assert_eq!(format!("{ring:?}"), r#"KeyRing { ids: ["a"], .. }"#);
        let error = KeyRing::parse(&format!("{KEY},a:{KEY}")).unwrap_err();
        assert!(!error.to_string().contains(KEY) && !format!("{error:?}").contains(KEY));
    }
}
