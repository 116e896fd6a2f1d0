use crate::Media;
use std::{fmt, str::FromStr};
use tidings_kernel::{AccountId, ContactId, MediaId, MessageId, TenantId};
use time::OffsetDateTime;

/// What is known of a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MediaRecord {
    /// Its id.
    pub id: MediaId,
    /// Whose it is.
    pub tenant: TenantId,
    /// Where it came from; `None` for what the tenant gave us.
    pub origin: Option<MediaOrigin>,
    /// How far we have come with it.
    pub state: MediaState,
    /// How often somebody has set out to fetch it.
    pub attempts: u32,
    /// When we learned of it.
    pub created_at: OffsetDateTime,
}

/// A contact's file at its provider.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MediaOrigin {
    /// Who sent it.
    pub contact: ContactId,
    /// With which message.
    pub message: MessageId,
    /// The account that knows where it is.
    pub account: AccountId,
    /// Where that is, and what the provider says that it is.
    pub source: Media,
}

/// How far we have come with a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum MediaState {
    /// It is still to be fetched, or is being stored.
    Pending,
    /// We have it.
    Stored {
        /// The file as it came.
        file: MediaFile,
        /// The same picture, small enough for every channel, where the file itself is not.
        small: Option<MediaFile>,
    },
    /// We shall never have it.
    Refused(MediaRefusal),
    /// Nobody is to see it any more; its bytes are still to be deleted.
    Removed,
}

impl MediaState {
    /// The name in tables and in the API.
    pub const fn as_str(&self) -> &'static str {
        match self {
            Self::Pending => "pending",
            Self::Stored { .. } => "stored",
            Self::Refused(_) => "refused",
            Self::Removed => "removed",
        }
    }
}

/// The bytes of a file, without the bytes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MediaFile {
    /// The media type, as the bytes tell it.
    pub content_type: String,
    /// How many bytes; at least one.
    pub bytes: u64,
    /// Their SHA-256.
    pub sha256: [u8; 32],
}

/// Which bytes of a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum MediaForm {
    /// As it came.
    Original,
    /// The smaller picture.
    Small,
}

impl MediaForm {
    /// Both.
    pub const ALL: [Self; 2] = [Self::Original, Self::Small];

    /// The name in stores.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Original => "original",
            Self::Small => "small",
        }
    }
}

/// Why we shall never have a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MediaRefusal {
    /// It is larger than we keep.
    TooLarge,
    /// There is nothing in it.
    Empty,
    /// Its provider has it no more, or the account is gone.
    Gone,
    /// Its address is none of its provider's, so that nobody asks there.
    Foreign,
    /// It did not come for days.
    NotFetched,
    /// The files of the tenant take all the room that they may.
    NoRoom,
}

impl MediaRefusal {
    /// All of them.
    pub const ALL: [Self; 6] = [
        Self::TooLarge,
        Self::Empty,
        Self::Gone,
        Self::Foreign,
        Self::NotFetched,
        Self::NoRoom,
    ];

    /// The name in tables and in the API.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::TooLarge => "too_large",
            Self::Empty => "empty",
            Self::Gone => "gone",
            Self::Foreign => "foreign",
            Self::NotFetched => "not_fetched",
            Self::NoRoom => "no_room",
        }
    }

    /// For people.
    pub const fn words(self) -> &'static str {
        match self {
            Self::TooLarge => "the file is too large to be kept",
            Self::Empty => "there is nothing in the file",
            Self::Gone => "the provider has the file no more",
            Self::Foreign => "the file is not where its provider keeps files",
            Self::NotFetched => "the file could not be fetched",
            Self::NoRoom => "the file was not kept: your files take all the room that they may",
        }
    }
}

impl FromStr for MediaRefusal {
    type Err = UnknownMediaWord;

    fn from_str(text: &str) -> Result<Self, UnknownMediaWord> {
        let known = Self::ALL.into_iter().find(|known| known.as_str() == text);
        known.ok_or_else(|| UnknownMediaWord(text.to_owned()))
    }
}

impl fmt::Display for MediaRefusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// Not a word for a state of a file.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} is no state of a file and no reason for one")]
pub struct UnknownMediaWord(pub String);
