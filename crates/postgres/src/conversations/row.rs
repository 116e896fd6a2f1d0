use crate::convert::Place as At;
use tidings_conversations::{Assignee, Conversation, Label, Place};
use tidings_kernel::{
    AccountId, ContactId, ConversationId, MessageId, SenderId, StoreError, TenantId,
};
use tidings_messaging::Address;
use time::OffsetDateTime;
use uuid::Uuid;

/// A row of `conversations`, without its words.
pub(super) struct ConversationRow {
    pub(super) tenant_id: Uuid,
    pub(super) id: Uuid,
    pub(super) contact_id: Uuid,
    pub(super) status: String,
    pub(super) assignee: Option<String>,
    pub(super) labels: Vec<String>,
    pub(super) unread: i32,
    pub(super) read_to: Option<Uuid>,
    pub(super) intent: Option<String>,
    pub(super) activity: Uuid,
    pub(super) created_at: OffsetDateTime,
    pub(super) updated_at: OffsetDateTime,
}

/// A row of `conversation_places`.
pub(super) struct PlaceRow {
    pub(super) conversation_id: Uuid,
    pub(super) channel: String,
    pub(super) account_id: Uuid,
    pub(super) sender_id: Option<Uuid>,
    pub(super) our_address: String,
    pub(super) address_kind: String,
    pub(super) address_value: String,
    pub(super) written_at: OffsetDateTime,
    pub(super) free_until: Option<OffsetDateTime>,
}

impl ConversationRow {
    pub(super) fn read(self, places: Vec<Place>) -> Result<Conversation, StoreError> {
        let at = At::new("conversations", self.id);
        let assignee = self.assignee.as_deref().map(Assignee::new).transpose();
        let labels: Result<Vec<Label>, _> = self.labels.iter().map(|it| Label::new(it)).collect();
        Ok(Conversation {
            id: ConversationId::from_uuid(self.id),
            tenant: TenantId::from_uuid(self.tenant_id),
            contact: ContactId::from_uuid(self.contact_id),
            status: at.parse("status", &self.status)?,
            assignee: assignee.map_err(|error| at.bad("assignee", error))?,
            labels: labels.map_err(|error| at.bad("labels", error))?,
            unread: at.number("unread", self.unread)?,
            read_to: self.read_to.map(MessageId::from_uuid),
            intent: at.parse_some("intent", self.intent.as_deref())?,
            activity: self.activity,
            places,
            created_at: self.created_at,
            updated_at: self.updated_at,
        })
    }
}

impl TryFrom<PlaceRow> for Place {
    type Error = StoreError;

    fn try_from(row: PlaceRow) -> Result<Self, StoreError> {
        let at = At::new("conversation_places", row.conversation_id);
        Ok(Self {
            channel: at.parse("channel", &row.channel)?,
            account: AccountId::from_uuid(row.account_id),
            sender: row.sender_id.map(SenderId::from_uuid),
            ours: row.our_address,
            theirs: Address::from_parts(&row.address_kind, &row.address_value)
                .ok_or_else(|| at.bad("address_value", "not an address of its kind"))?,
            written_at: row.written_at,
            free_until: row.free_until,
        })
    }
}
