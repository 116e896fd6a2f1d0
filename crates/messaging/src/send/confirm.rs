//! The answers that the system gives by itself: the one confirmation of an opt-out, and help.

use super::{ChannelWish, ContentWish, Recipient, SendError, SendRequest, Sending};
use crate::{AcceptError, Tenant};
use tidings_consent::CONFIRMATION_LIFE;
use tidings_kernel::{AccountId, Channel, ContactId, Purpose, StoreError, TenantId};
use tidings_quiet_hours::{PROMPT_REPLY, Urgency};
use time::OffsetDateTime;

/// What a contact wrote, to be answered the way it came.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Prompt {
    /// Who wrote.
    pub contact: ContactId,
    /// On which channel.
    pub channel: Channel,
    /// To which account; the answer goes back the same way.
    pub account: AccountId,
    /// When.
    pub at: OffsetDateTime,
}

impl Sending {
    /// Sends the one confirmation of an opt-out, through the gate.
    ///
    /// # Errors
    /// [`SendError`]: it is not sent. The opt-out stands all the same.
    pub async fn confirm_opt_out(
        &self,
        tenant: TenantId,
        prompt: &Prompt,
    ) -> Result<(), SendError> {
        let owner = self.owner(tenant).await?;
        // Brand, that it is done, and the way back; nothing else (compliance reference, 4.2).
        let text = format!(
            "{}: you are unsubscribed and will get no more messages from us here. Reply START to \
             resubscribe.",
            owner.brand()
        );
        let request = SendRequest {
            valid_until: Some(prompt.at + CONFIRMATION_LIFE),
            ..answer(prompt, Purpose::OptOutConfirmation, text)
        };
        self.reply(tenant, &request).await
    }

    /// Answers a call for help with the tenant's own text, through the gate; it is answered whatever the
    /// contact has refused (compliance reference, L31). Without a text nothing is sent.
    ///
    /// # Errors
    /// [`SendError`]: it is not sent.
    pub async fn answer_help(&self, tenant: TenantId, prompt: &Prompt) -> Result<(), SendError> {
        let Some(text) = self.owner(tenant).await?.settings.help_text else {
            return Ok(());
        };
        let request = SendRequest {
            valid_until: Some(prompt.at + PROMPT_REPLY),
            ..answer(prompt, Purpose::Conversational, text)
        };
        self.reply(tenant, &request).await
    }

    async fn owner(&self, tenant: TenantId) -> Result<Tenant, SendError> {
        self.contacts
            .tenant(tenant)
            .await?
            .ok_or(SendError::NoContact)
    }

    async fn reply(&self, tenant: TenantId, request: &SendRequest) -> Result<(), SendError> {
        let prepared = self.imagine(tenant, request).await?;
        self.commit(&prepared, None)
            .await
            .map_err(|error| match error {
                AcceptError::NoContact => SendError::NoContact,
                // What the system itself says is counted and never held back.
                AcceptError::UsedUp => SendError::Store(StoreError::inconsistent(
                    "an answer was counted against the month",
                )),
                AcceptError::Store(error) => SendError::Store(error),
                AcceptError::KeyLost(error) => SendError::Store(StoreError::unavailable(error)),
            })
    }
}

fn answer(prompt: &Prompt, purpose: Purpose, text: String) -> SendRequest {
    SendRequest {
        to: Recipient::Contact(prompt.contact),
        channel: ChannelWish::Order(vec![prompt.channel]),
        purpose,
        content: ContentWish::Text(text),
        media: Vec::new(),
        subject: None,
        sender: None,
        account: Some(prompt.account),
        priority: 1,
        scheduled_at: None,
        valid_until: None,
        urgency: Urgency::Ordinary,
        override_by: None,
        topic: None,
        context: None,
        tags: Vec::new(),
        trace: None,
        fallback: None,
    }
}
