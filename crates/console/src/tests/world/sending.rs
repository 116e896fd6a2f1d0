//! What a world sends.

use super::World;
use tidings_kernel::{Channel, MessageId, Purpose, TenantId};
use tidings_messaging::{
    Contact,
    send::{ChannelWish, ContentWish, Recipient, SendRequest},
};
use tidings_quiet_hours::Urgency;

impl World {
    /// A request to send a text by SMS.
    pub(in crate::tests) fn wish(contact: &Contact, purpose: Purpose, text: &str) -> SendRequest {
        SendRequest {
            to: Recipient::Contact(contact.id),
            channel: ChannelWish::Order(vec![Channel::Sms]),
            purpose,
            content: ContentWish::Text(text.to_owned()),
            media: Vec::new(),
            subject: None,
            sender: None,
            account: None,
            priority: 5,
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

    /// Takes a request in, or refuses it, as the gate says.
    pub(in crate::tests) async fn sent(
        &self,
        tenant: TenantId,
        request: &SendRequest,
    ) -> MessageId {
        let sending = &self.console.sending;
        let prepared = sending.prepare(tenant, request).await.unwrap();
        sending.commit(&prepared, None).await.unwrap();
        prepared.new.message.id
    }

    /// A message to a contact, taken in or refused as the gate says.
    pub(in crate::tests) async fn message(
        &self,
        contact: &Contact,
        purpose: Purpose,
        text: &str,
    ) -> MessageId {
        let request = Self::wish(contact, purpose, text);
        self.sent(contact.tenant, &request).await
    }
}
