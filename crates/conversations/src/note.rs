use crate::Assignee;
use tidings_kernel::{ConversationId, NoteId};
use time::OffsetDateTime;

/// What somebody has written down beside a conversation. The contact never sees it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Note {
    /// Its id.
    pub id: NoteId,
    /// The conversation.
    pub conversation: ConversationId,
    /// Who wrote it, named as those are who see to conversations.
    pub author: Assignee,
    /// What.
    pub text: NoteText,
    /// When.
    pub created_at: OffsetDateTime,
}

/// The text of a note.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NoteText(String);

/// Why a text is no note.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum BadNote {
    /// Nothing is in it.
    #[error("the note is empty")]
    Blank,
    /// It is too long.
    #[error("the note has more than {} characters", NoteText::LONGEST)]
    TooLong,
    /// It has the character U+0000, which cannot be kept.
    #[error("the note has the character U+0000")]
    Nul,
}

impl NoteText {
    /// How many characters a note has at most.
    pub const LONGEST: usize = 10_000;

    /// Reads a note.
    ///
    /// # Errors
    /// [`BadNote`].
    pub fn new(text: &str) -> Result<Self, BadNote> {
        let text = text.trim();
        if text.is_empty() {
            return Err(BadNote::Blank);
        }
        if text.chars().count() > Self::LONGEST {
            return Err(BadNote::TooLong);
        }
        if text.contains('\0') {
            return Err(BadNote::Nul);
        }
        Ok(Self(text.to_owned()))
    }

    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}
