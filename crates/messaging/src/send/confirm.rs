use super::{ChannelWish, ContentWish, Recipient, SendError, SendRequest, Sending, Unknown};
use tidings_consent::CONFIRMATION_LIFE;
use tidings_kernel::{AccountId, Channel, ContactId, Purpose, TenantId};
use tidings_quiet_hours::Urgency;
use time::OffsetDateTime;

/// An opt-out to confirm.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Confirmation {
    /// Who opted out.
    pub contact: ContactId,
    /// On which channel.
    pub channel: Channel,
    /// Through which account; the confirmation goes back the same way.
    pub account: AccountId,
    /// When.
    pub opted_out_at: OffsetDateTime,
}

impl Sending {
    /// Sends the one confirmation of an opt-out, through the gate.
    ///
    /// # Errors
    /// [`SendError`]: it is not sent. The opt-out stands all the same.
    pub async fn confirm_opt_out(
        &self,
        tenant: TenantId,
        confirmation: &Confirmation,
    ) -> Result<(), SendError> {
        let owner = self
            .contacts
            .tenant(tenant)
            .await?
            .ok_or(SendError::NoContact)?;
        // Brand, that it is done, and the way back; nothing else (compliance reference, 4.2).
        let text = format!(
            "{}: you are unsubscribed and will get no more messages from us here. Reply START to \
             resubscribe.",
            owner.name
        );
        let request = SendRequest {
            to: Recipient::Contact(confirmation.contact),
            channel: ChannelWish::Order(vec![confirmation.channel]),
            purpose: Purpose::OptOutConfirmation,
            content: ContentWish::Text(text),
            media: Vec::new(),
            subject: None,
            sender: None,
            account: Some(confirmation.account),
            priority: 1,
            scheduled_at: None,
            valid_until: Some(confirmation.opted_out_at + CONFIRMATION_LIFE),
            urgency: Urgency::Ordinary,
            override_by: None,
            topic: None,
            context: None,
            tags: Vec::new(),
        };
        let prepared = self.judge(tenant, &request, Unknown::Imagine).await?;
        self.commit(&prepared, None)
            .await
            .map_err(|error| match error {
                crate::AcceptError::NoContact => SendError::NoContact,
                crate::AcceptError::Store(error) => SendError::Store(error),
                crate::AcceptError::KeyLost(error) => {
                    SendError::Store(tidings_kernel::StoreError::unavailable(error))
                }
            })
    }
}
