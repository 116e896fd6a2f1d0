use crate::{Access, Credentials, ManageError, Media};
use async_trait::async_trait;
use bytes::Bytes;
use secrecy::SecretString;
use tidings_templates::Quality;

/// Looks after a WhatsApp business account at its provider: how it shows itself, its numbers, and whether
/// it tells us what happens.
///
/// Every call is bounded in time by the implementation.
#[cfg_attr(feature = "mock", mockall::automock)]
#[async_trait]
pub trait WhatsappAccount: Send + Sync {
    /// Credentials like these for another number of the business account, by the number's id.
    fn for_number(&self, credentials: &Credentials, number: &str) -> Credentials;

    /// What the provider shows at our address to be let in, to be entered there together with the address.
    fn passphrase(&self, credentials: &Credentials) -> Option<SecretString>;

    /// How the business shows itself to people.
    ///
    /// # Errors
    /// [`ManageError`]: the provider could not be asked.
    async fn profile(&self, access: &Access) -> Result<BusinessProfile, ManageError>;

    /// Changes how the business shows itself; what is absent stays. To do it again changes nothing.
    ///
    /// # Errors
    /// [`ManageError`]: nothing has changed, or after [`ManageError::Unknown`] it may have.
    async fn set_profile(
        &self,
        access: &Access,
        change: &BusinessProfile,
    ) -> Result<(), ManageError>;

    /// The account's own number.
    ///
    /// # Errors
    /// [`ManageError`]: the provider could not be asked.
    async fn number(&self, access: &Access) -> Result<WhatsappNumber, ManageError>;

    /// The phone numbers of the business account.
    ///
    /// # Errors
    /// [`ManageError`]: the provider could not be asked.
    async fn numbers(&self, access: &Access) -> Result<Vec<WhatsappNumber>, ManageError>;

    /// Registers the account's number, so that it can send; `pin` becomes or is its six digits for two-step
    /// verification. Providers count the attempts.
    ///
    /// # Errors
    /// [`ManageError`]: it is not registered, or after [`ManageError::Unknown`] may be.
    async fn register(&self, access: &Access, pin: &SecretString) -> Result<(), ManageError>;

    /// Has the provider send what happens on the business account to the account's callback address. To do
    /// it again changes nothing.
    ///
    /// # Errors
    /// [`ManageError`]: it does not send, or after [`ManageError::Unknown`] may.
    async fn subscribe(&self, access: &Access) -> Result<(), ManageError>;

    /// The names of the apps that hear what happens on the business account.
    ///
    /// # Errors
    /// [`ManageError`]: the provider could not be asked.
    async fn subscriptions(&self, access: &Access) -> Result<Vec<String>, ManageError>;
}

/// What a conversation on WhatsApp has besides messages.
#[cfg_attr(feature = "mock", mockall::automock)]
#[async_trait]
pub trait WhatsappChat: Send + Sync {
    /// Shows a contact that their message was read, and with [`Typing::Shown`] that somebody is writing an
    /// answer. `message` is the provider's id of what came in. To do it again changes nothing.
    ///
    /// # Errors
    /// [`ManageError`]: it is not shown, or after [`ManageError::Unknown`] may be.
    async fn mark_read(
        &self,
        access: &Access,
        message: &str,
        typing: Typing,
    ) -> Result<(), ManageError>;

    /// Puts a file to the provider, and gives what a message carries it by: an address that is of use with
    /// this account alone, and for some weeks.
    ///
    /// # Errors
    /// [`ManageError`]: after [`ManageError::Unknown`] it may lie there, of no use and for a while only.
    async fn upload(&self, access: &Access, file: &NewFile) -> Result<Media, ManageError>;
}

/// How a business shows itself on WhatsApp. In a change, what is absent stays.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct BusinessProfile {
    /// One line.
    pub about: Option<String>,
    /// Where it is.
    pub address: Option<String>,
    /// What it does.
    pub description: Option<String>,
    /// Where it is written to.
    pub email: Option<String>,
    /// Its pages; two at most.
    pub websites: Option<Vec<String>>,
    /// Its trade, in the provider's words, such as `RETAIL`.
    pub vertical: Option<String>,
    /// Where its picture is; cannot be changed here.
    pub picture_url: Option<String>,
}

/// A phone number of a WhatsApp business account.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct WhatsappNumber {
    /// Its id at the provider.
    pub id: String,
    /// Whether it is the account's own.
    pub is_own: bool,
    /// The number as people read it.
    pub shown: String,
    /// The name that people see.
    pub name: Option<String>,
    /// The provider's word for its state, such as `CONNECTED`.
    pub status: Option<String>,
    /// How readers take what it sends.
    pub quality: Option<Quality>,
    /// The provider's word for the review of the name.
    pub name_status: Option<String>,
    /// The provider's word for how many people it may write to in a day, such as `TIER_2K`.
    pub messaging_limit: Option<String>,
    /// The provider's word for how fast it may send.
    pub throughput: Option<String>,
}

/// Whether a contact sees that somebody is writing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Typing {
    /// For some seconds, or until the answer comes.
    Shown,
    /// Not.
    Hidden,
}

/// A file to be sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewFile {
    /// Its name; people see that of a document.
    pub name: String,
    /// Its media type.
    pub content_type: String,
    /// The bytes.
    pub bytes: Bytes,
}
