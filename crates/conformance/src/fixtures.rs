//! Valid values to fill stores with. Everything is fixed: the same call gives the same value.

use crate::works::Works;
use async_trait::async_trait;
use bytes::Bytes;
use std::{
    fmt::Write as _,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
};
use tidings_kernel::{
    AccountId, Channel, Clock, ContactId, Ids, Locale, MessageId, PhoneNumber, Purpose, SenderId,
    TenantId,
};
use tidings_messaging::{
    Accounts, Address, Catalog, Contact, Content, Direction, Dispatch, Message, NumberStanding,
    ProviderAccount, Ratings, Sealed, Segments, Sender, SenderLimits, Status, TemplateLibrary,
    TemplateListings, Tenant, TraceId, Upkeeps, Vault,
    media::{ImageShrinker, LinkSigner, NotShrunk},
    sync::Syncing,
};
use tidings_quiet_hours::Urgency;
use time::{Duration, OffsetDateTime, macros::datetime};
use uuid::Uuid;

/// The instant at which everything happens: a Wednesday, late morning in Washington.
pub const NOW: OffsetDateTime = datetime!(2026-07-15 15:00 UTC);

/// A UUIDv7 with a counter in place of the time and the randomness; greater counts sort later.
///
/// `space` keeps the ids of different makers apart.
pub const fn uuid(space: u16, count: u64) -> Uuid {
    // 2026-07-15T15:00:00Z in milliseconds; the count moves on from there.
    let millis = 1_784_127_600_000_u128 + (count as u128 & 0xffff_ffff);
    Uuid::from_u128(
        (millis << 80)
            | (0x7 << 76)
            | (0b10 << 62)
            | ((space as u128) << 32)
            | (count as u128 >> 32),
    )
}

/// Makes ids by counting within a space of its own.
#[derive(Debug)]
pub struct CountingIds {
    space: u16,
    count: AtomicU64,
}

impl CountingIds {
    /// A maker whose ids never meet those of another space.
    pub const fn new(space: u16) -> Self {
        Self {
            space,
            count: AtomicU64::new(1),
        }
    }
}

impl Ids for CountingIds {
    fn next(&self) -> Uuid {
        uuid(self.space, self.count.fetch_add(1, Ordering::Relaxed))
    }
}

/// A clock that stands still.
#[derive(Debug, Clone, Copy)]
pub struct FixedClock(pub OffsetDateTime);

impl Clock for FixedClock {
    fn now(&self) -> OffsetDateTime {
        self.0
    }
}

/// A tenant without restrictions.
pub fn tenant(id: TenantId) -> Tenant {
    Tenant {
        id,
        name: "Example Ltd".into(),
        default_region: None,
        time_zone: None,
        locale: Locale::parse("en_US").works(),
        disabled_channels: Vec::new(),
        settings: tidings_messaging::Settings::default(),
        created_at: NOW,
    }
}

/// One of the hundred numbers reserved for fiction: `line` 0 is +12025550100.
pub fn phone(line: u8) -> PhoneNumber {
    PhoneNumber::from_e164(&format!("+120255501{:02}", line % 100)).works()
}

/// A contact with the number and the email address of `line`.
pub fn contact(tenant: TenantId, id: ContactId, line: u8) -> Contact {
    Contact {
        first_name: Some(format!("Person {line}")),
        phone: Some(phone(line)),
        email: Some(format!("person{line}@example.com")),
        ..Contact::blank(id, tenant, NOW)
    }
}

/// An account with one sender for SMS and WhatsApp.
pub fn account(tenant: TenantId, id: AccountId, sender: SenderId) -> ProviderAccount {
    ProviderAccount {
        id,
        tenant,
        provider: "simulator".into(),
        name: "Main".into(),
        sealed_credentials: Sealed(vec![1, 2, 3]),
        callback_token: format!("token-{id}"),
        is_enabled: true,
        priority: 10,
        daily_limit: None,
        rate_per_second: None,
        prices: Vec::new(),
        senders: vec![Sender {
            id: sender,
            address: phone(99).to_string(),
            channels: vec![Channel::Sms, Channel::Whatsapp],
            region: None,
            limits: SenderLimits::default(),
            standing: NumberStanding::default(),
        }],
        created_at: NOW,
    }
}

/// A queued transactional SMS to the contact's number.
pub fn message(contact: &Contact, id: MessageId, text: &str) -> Message {
    let address = contact
        .address(Channel::Sms)
        .unwrap_or_else(|| Address::Phone(phone(0)));
    Message {
        id,
        tenant: contact.tenant,
        contact: contact.id,
        direction: Direction::Outbound,
        channel: Channel::Sms,
        purpose: Purpose::Transactional,
        status: Status::Queued,
        status_at: NOW,
        content: Content::text(text),
        template: None,
        template_use: None,
        from: None,
        to: address.to_string(),
        contact_address: address,
        priority: 5,
        scheduled_at: None,
        send_at: Some(NOW),
        valid_until: None,
        urgency: Urgency::Ordinary,
        override_by: None,
        segments: Some(Segments::of(text)),
        cost_estimated: None,
        cost_actual: None,
        context: None,
        topic: None,
        tags: Vec::new(),
        account: None,
        sender: None,
        provider_message_id: None,
        trace: Some(TraceId::from_uuid(uuid(99, 1))),
        created_at: NOW,
    }
}

/// The use case of templates at providers over one store that is everything, for tests of what calls it.
pub fn syncing<S>(
    store: &Arc<S>,
    providers: &Catalog,
    vault: Arc<dyn Vault>,
    (clock, ids): (Arc<dyn Clock>, Arc<dyn Ids>),
    public_url: &str,
) -> Syncing
where
    S: TemplateListings + Upkeeps + Ratings + TemplateLibrary + Accounts + Dispatch + 'static,
{
    Syncing {
        listings: store.clone(),
        upkeeps: store.clone(),
        ratings: store.clone(),
        templates: store.clone(),
        accounts: store.clone(),
        dispatch: store.clone(),
        providers: providers.clone(),
        vault,
        clock,
        ids,
        jitter: Arc::new(|| 0.5),
        public_url: public_url.to_owned(),
        every: Duration::minutes(15),
    }
}

/// Proves links in the open, for tests of what is done with them.
#[derive(Debug, Clone, Copy)]
pub struct OpenSigner;

impl LinkSigner for OpenSigner {
    fn sign(&self, text: &str) -> String {
        text.bytes().fold(String::new(), |mut proof, byte| {
            // A string takes everything.
            let _always = write!(proof, "{byte:02x}");
            proof
        })
    }

    fn is_signed(&self, text: &str, proof: &str) -> bool {
        self.sign(text) == proof
    }
}

/// Makes every picture small by cutting it off, for tests of what is done with it.
#[derive(Debug, Clone, Copy)]
pub struct Scissors;

#[async_trait]
impl ImageShrinker for Scissors {
    async fn shrink(&self, picture: Bytes, most: u64, _: u64) -> Result<Bytes, NotShrunk> {
        let most = usize::try_from(most).map_err(|error| NotShrunk::Unreadable(error.into()))?;
        Ok(picture.slice(..picture.len().min(most)))
    }
}

/// A text from the contact, received through `account`.
pub fn inbound(
    contact: &Contact,
    id: MessageId,
    account: AccountId,
    provider_message_id: &str,
    text: &str,
) -> Message {
    Message {
        direction: Direction::Inbound,
        purpose: Purpose::Conversational,
        status: Status::Received,
        send_at: None,
        from: Some(message(contact, id, text).to),
        to: phone(99).to_string(),
        account: Some(account),
        provider_message_id: Some(provider_message_id.to_owned()),
        ..message(contact, id, text)
    }
}
