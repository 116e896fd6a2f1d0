//! What is said often, with a word that brings it.

use async_trait::async_trait;
use std::fmt;
use tidings_kernel::{QuickReplyId, StoreError, TenantId};
use tidings_messaging::{Answer, KeyLost, Page, Paged};
use tidings_templates::{Data, ParseError, RenderError, Template, Value};
use time::OffsetDateTime;

/// How many quick replies a tenant has at most.
pub const MOST_QUICK_REPLIES: u16 = 200;

/// A text that people put into what they answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct QuickReply {
    /// Its id.
    pub id: QuickReplyId,
    /// The tenant that it belongs to.
    pub tenant: TenantId,
    /// What it is called by; no two of a tenant have the same.
    pub shortcut: Shortcut,
    /// What it says.
    pub text: QuickText,
    /// When it was added.
    pub created_at: OffsetDateTime,
    /// When it was last changed.
    pub updated_at: OffsetDateTime,
}

/// What a quick reply is called by: a slash, and small letters, digits, `-` and `_`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Shortcut(String);

/// Why a text is no shortcut.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum BadShortcut {
    /// Nothing is in it.
    #[error("write a word such as /hours")]
    Blank,
    /// It is too long.
    #[error("it has more than {} characters", Shortcut::LONGEST)]
    TooLong,
    /// It has blanks or other signs.
    #[error("use letters, digits, - and _ alone, as in /hours")]
    Sign,
}

impl Shortcut {
    /// How many characters a shortcut has at most, the slash aside.
    pub const LONGEST: usize = 32;

    /// Reads a shortcut, with its slash or without it, in letters of any case.
    ///
    /// # Errors
    /// [`BadShortcut`].
    ///
    /// # Examples
    /// ```
    /// use tidings_conversations::{BadShortcut, Shortcut};
    ///
    /// assert_eq!(Shortcut::new(" Hours ").unwrap().as_str(), "/hours");
    /// assert_eq!(Shortcut::new("/hours"), Shortcut::new("hours"));
    /// assert_eq!(Shortcut::new("our hours"), Err(BadShortcut::Sign));
    /// ```
    pub fn new(text: &str) -> Result<Self, BadShortcut> {
        let text = text.trim();
        let word = text.strip_prefix('/').unwrap_or(text).to_lowercase();
        if word.is_empty() {
            return Err(BadShortcut::Blank);
        }
        if word.chars().count() > Self::LONGEST {
            return Err(BadShortcut::TooLong);
        }
        if !word
            .chars()
            .all(|c| c.is_alphanumeric() || "-_".contains(c))
        {
            return Err(BadShortcut::Sign);
        }
        Ok(Self(format!("/{word}")))
    }

    /// The text, with its slash.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Shortcut {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// What a quick reply says: a text with merge fields, such as `{{first_name|there}}`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct QuickText(Template);

/// Why a text is no quick reply.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BadQuickText {
    /// Nothing is in it.
    #[error("the quick reply is empty")]
    Blank,
    /// It is too long.
    #[error("the quick reply has more than {} characters", QuickText::LONGEST)]
    TooLong,
    /// It has the character U+0000, which cannot be kept.
    #[error("the quick reply has the character U+0000")]
    Nul,
    /// Its fields cannot be read.
    #[error(transparent)]
    Template(#[from] ParseError),
}

impl QuickText {
    /// How many characters a quick reply has at most.
    pub const LONGEST: usize = 2_000;

    /// Reads a text.
    ///
    /// # Errors
    /// [`BadQuickText`].
    pub fn new(text: &str) -> Result<Self, BadQuickText> {
        let text = text.trim();
        if text.is_empty() {
            return Err(BadQuickText::Blank);
        }
        if text.chars().count() > Self::LONGEST {
            return Err(BadQuickText::TooLong);
        }
        if text.contains('\0') {
            return Err(BadQuickText::Nul);
        }
        Ok(Self(Template::parse(text)?))
    }

    /// The text as it was written, with its fields.
    pub fn as_str(&self) -> &str {
        self.0.as_str()
    }

    /// What it says to somebody of whom this is known, by the names of fields.
    ///
    /// # Errors
    /// [`RenderError`]: a field has neither a value nor a default, or one that it cannot take.
    ///
    /// # Examples
    /// ```
    /// use tidings_conversations::QuickText;
    ///
    /// let text = QuickText::new("Hi {{first_name}}, we open at nine.")?;
    /// let known = |name: &str| (name == "first_name").then(|| "Ana".to_owned());
    /// assert_eq!(text.say(known)?, "Hi Ana, we open at nine.");
    /// assert!(text.say(|_| None).is_err());
    /// # Ok::<(), tidings_kernel::BoxError>(())
    /// ```
    pub fn say(&self, known: impl Fn(&str) -> Option<String>) -> Result<String, RenderError> {
        let names = self.0.names();
        let values = names.into_iter().filter_map(|name| {
            let value = known(name.as_str())?;
            Some((name.as_str().to_owned(), Value::Text(value)))
        });
        let data: Data = values.collect();
        self.0.render(&data)
    }
}

/// Why a quick reply is not kept.
#[derive(Debug, thiserror::Error)]
pub enum QuickReplyError {
    /// Another one of the tenant has this shortcut.
    #[error("another quick reply has this shortcut")]
    ShortcutTaken,
    /// The tenant has as many as it may.
    #[error("there are {MOST_QUICK_REPLIES} quick replies already: remove one first")]
    TooMany,
    /// The answer could not be stored.
    #[error(transparent)]
    KeyLost(#[from] KeyLost),
    /// The backend failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Remembers quick replies.
#[async_trait]
pub trait QuickReplies: Send + Sync {
    /// Adds one, with the answer to the request that asked for it. However many are added at the same time, a tenant has
    /// [`MOST_QUICK_REPLIES`] at most, and each shortcut once.
    ///
    /// # Errors
    /// [`QuickReplyError`]: nothing was stored.
    async fn add_quick_reply(
        &self,
        reply: &QuickReply,
        answer: Option<&Answer>,
    ) -> Result<(), QuickReplyError>;

    /// Changes shortcut and text of one; `false` if the tenant has no such quick reply.
    ///
    /// # Errors
    /// [`QuickReplyError`]: nothing was changed.
    async fn change_quick_reply(&self, reply: &QuickReply) -> Result<bool, QuickReplyError>;

    /// One of them, if the tenant has it.
    ///
    /// # Errors
    /// [`StoreError`]: the backend failed.
    async fn quick_reply(
        &self,
        tenant: TenantId,
        reply: QuickReplyId,
    ) -> Result<Option<QuickReply>, StoreError>;

    /// The tenant's, newest first.
    ///
    /// # Errors
    /// [`StoreError`]: the backend failed.
    async fn quick_replies(
        &self,
        tenant: TenantId,
        page: Page,
    ) -> Result<Paged<QuickReply>, StoreError>;

    /// Removes one; `false` if the tenant has no such quick reply.
    ///
    /// # Errors
    /// [`StoreError`]: nothing was removed.
    async fn remove_quick_reply(
        &self,
        tenant: TenantId,
        reply: QuickReplyId,
    ) -> Result<bool, StoreError>;
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shortcuts_are_words() {
        let longest = "x".repeat(Shortcut::LONGEST);
        assert_eq!(Shortcut::new(&longest).unwrap().as_str().len(), 33);
        for (text, error) in [
            ("", BadShortcut::Blank),
            (" / ", BadShortcut::Blank),
            (&format!("{longest}x"), BadShortcut::TooLong),
            ("a b", BadShortcut::Sign),
            ("//a", BadShortcut::Sign),
            ("a\0", BadShortcut::Sign),
        ] {
            assert_eq!(Shortcut::new(text), Err(error), "{text:?}");
        }
        assert_eq!(
            Shortcut::new("Öffnung_2-a").unwrap().as_str(),
            "/öffnung_2-a"
        );
    }

    #[test]
    fn texts_have_fields_and_values_are_never_fields() {
        assert_eq!(QuickText::new(" \n"), Err(BadQuickText::Blank));
        assert_eq!(QuickText::new("a\0"), Err(BadQuickText::Nul));
        let long = "x".repeat(QuickText::LONGEST + 1);
        assert_eq!(QuickText::new(&long), Err(BadQuickText::TooLong));
        let open = QuickText::new("Hi {{first_name");
        assert!(matches!(open, Err(BadQuickText::Template(_))), "{open:?}");
        let text = QuickText::new("Hi {{first_name|there}}").unwrap();
        assert_eq!(text.say(|_| None).unwrap(), "Hi there");
        let odd = |_: &str| Some("{{email}}".to_owned());
        assert_eq!(text.say(odd).unwrap(), "Hi {{email}}");
    }
}
