use crate::{
    absences::Refused,
    batches::Recorded,
    callbacks::Callback,
    event_log::{Log, Outbox},
    healths::Watched,
    idempotency::Request,
    ladders::Chain,
    media::KnownMedia,
    operations::Controls,
    outbox::{Kept, Place},
    paces::Left,
    read_receipts,
    suppressions::Suppressions,
    upkeeps,
    usage::Counters,
    webhook_endpoints::Endpoints,
};
use bytes::Bytes;
use std::{
    collections::{BTreeMap, BTreeSet, HashMap, HashSet},
    fmt,
    sync::{Mutex, MutexGuard, PoisonError},
};
use tidings_consent::chain::Link;
use tidings_conversations::{Automations, Conversation, Note, QuickReply, Unheard};
use tidings_kernel::{
    AccountId, ApiKeyId, AttemptId, BatchId, CallbackId, ConsentEventId, ContactId, ConversationId,
    MediaId, MemberId, MessageId, NoteId, QuickReplyId, SenderId, TemplateId, TenantId,
};
use tidings_messaging::{
    Address, ApiKey, AuthToken, ChunkKey, Class, Contact, Destination, IdempotencyKey, LaneId,
    MediaKey, Member, Page, Paged, Preferences, ProviderAccount, Session, SourceKey,
    StoredTemplate, TemplateListing, Tenant,
};
use time::{Duration, OffsetDateTime};
use tokio::sync::watch;
use uuid::Uuid;

/// Every storage port, in the memory of this process; gone when it is dropped.
///
/// Share it as `Arc<Memory>`, which is an `Arc` of each port too. Every call is one critical section,
/// so that nobody sees half of one.
#[derive(Default)]
pub struct Memory {
    state: Mutex<State>,
    /// How often it was said that there may be a message to claim.
    pub(crate) work: watch::Sender<u64>,
    /// How often it was said that there may be a callback to claim.
    pub(crate) arrivals: watch::Sender<u64>,
    /// How often it was said that there may be an event to read.
    pub(crate) placed: watch::Sender<u64>,
}

/// Everything that is remembered.
#[derive(Default)]
pub(crate) struct State {
    pub(crate) tenants: BTreeMap<TenantId, Tenant>,
    pub(crate) keys: BTreeMap<ApiKeyId, ApiKey>,
    pub(crate) auth_tokens: BTreeMap<TenantId, AuthToken>,
    pub(crate) members: BTreeMap<(TenantId, MemberId), Member>,
    /// Who has logged in, by the hash of the token.
    pub(crate) sessions: HashMap<[u8; 32], Session>,
    pub(crate) contacts: BTreeMap<(TenantId, ContactId), Contact>,
    /// Who has an address; kept in step with `contacts`.
    pub(crate) holders: HashMap<(TenantId, Address), BTreeSet<ContactId>>,
    /// What contacts were merged into.
    pub(crate) merged: BTreeMap<(TenantId, ContactId), ContactId>,
    pub(crate) preferences: BTreeMap<(TenantId, ContactId), Preferences>,
    pub(crate) ledger: BTreeMap<(TenantId, ContactId), Vec<Link>>,
    pub(crate) recorded: HashSet<(TenantId, ConsentEventId)>,
    pub(crate) suppressions: Suppressions,
    pub(crate) accounts: BTreeMap<(TenantId, AccountId), ProviderAccount>,
    pub(crate) templates: BTreeMap<(TenantId, TemplateId), StoredTemplate>,
    /// Templates as providers list them, by provider and its id.
    pub(crate) listings: BTreeMap<(TenantId, String, String), TemplateListing>,
    /// When accounts are looked at.
    pub(crate) upkeeps: BTreeMap<(TenantId, AccountId), upkeeps::Kept>,
    pub(crate) requests: HashMap<IdempotencyKey, Request>,
    pub(crate) messages: BTreeMap<(TenantId, MessageId), Kept>,
    pub(crate) attempts: HashMap<AttemptId, (TenantId, MessageId)>,
    /// Which attempt a provider's id belongs to.
    pub(crate) provider_ids: HashMap<(AccountId, String), AttemptId>,
    /// The provider's ids of what came in.
    pub(crate) received: HashSet<(AccountId, String)>,
    pub(crate) queue: BTreeMap<(TenantId, MessageId), Place>,
    /// The numbers of the lanes that ever had a message.
    pub(crate) lanes: HashMap<(TenantId, Class, Option<SenderId>), LaneId>,
    /// What each tenant has used up in each month.
    pub(crate) used: Counters,
    /// What is done of batches that are not finished.
    pub(crate) chunks: BTreeMap<(TenantId, BatchId, ChunkKey), Recorded>,
    /// Threads that were touched.
    pub(crate) conversations: BTreeMap<(TenantId, ConversationId), Conversation>,
    pub(crate) notes: BTreeMap<(TenantId, NoteId), Note>,
    pub(crate) quick_replies: BTreeMap<(TenantId, QuickReplyId), QuickReply>,
    /// Who is to be shown that they were read.
    pub(crate) read_receipts: read_receipts::Due,
    pub(crate) automations: BTreeMap<TenantId, Automations>,
    /// What automations are still to look at, and when.
    pub(crate) unheard: BTreeMap<(TenantId, MessageId), (OffsetDateTime, Unheard)>,
    /// What is known of files, and their bytes.
    pub(crate) media: BTreeMap<(TenantId, MediaId), KnownMedia>,
    pub(crate) files: BTreeMap<MediaKey, Bytes>,
    /// The newest version of each record that was announced.
    pub(crate) sources: HashMap<(TenantId, SourceKey), u64>,
    /// The highest fence given so far.
    pub(crate) fence: i64,
    pub(crate) callbacks: BTreeMap<CallbackId, Callback>,
    /// What operators have set.
    pub(crate) controls: Controls,
    /// Addresses that a channel was said not to know.
    pub(crate) refused: HashMap<(TenantId, Destination), Refused>,
    /// Cross-channel chains, by their first message.
    pub(crate) ladders: BTreeMap<(TenantId, MessageId), Chain>,
    /// What has left under limits.
    pub(crate) left: Left,
    /// How well ways work.
    pub(crate) watched: Watched,
    /// What has happened and has no place in a log yet.
    pub(crate) outbox: Outbox,
    /// What has happened, of each tenant.
    pub(crate) logs: BTreeMap<TenantId, Log>,
    /// Who is told of it.
    pub(crate) endpoints: Endpoints,
}

impl Memory {
    /// An empty store.
    pub fn new() -> Self {
        Self::default()
    }

    /// Says that there may be something new.
    pub(crate) fn notify(notices: &watch::Sender<u64>) {
        notices.send_modify(|count| *count += 1);
    }

    /// Waits for a notice after the one that was `seen`, at the latest until `timeout` has passed, and gives
    /// the number of the last one.
    pub(crate) async fn wait_for(
        notices: &watch::Sender<u64>,
        seen: u64,
        timeout: Duration,
    ) -> u64 {
        // A negative wait is none.
        let timeout = std::time::Duration::try_from(timeout).unwrap_or_default();
        let mut waiting = notices.subscribe();
        let _ = tokio::time::timeout(timeout, waiting.wait_for(|count| *count > seen)).await;
        *notices.borrow()
    }

    /// The state, for the length of one critical section; never held across an await.
    pub(crate) fn lock(&self) -> MutexGuard<'_, State> {
        // Whoever panicked while holding the lock has failed a test; the others may go on.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl fmt::Debug for Memory {
    /// Says nothing of what is inside: it is personal.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Memory")
    }
}

/// The page of what a tenant has, newest first, of a map that is sorted by tenant and id.
pub(crate) fn newest_first<'map, K: 'map, V: 'map, T>(
    map: impl DoubleEndedIterator<Item = (&'map (TenantId, K), &'map V)>,
    tenant: TenantId,
    page: Page,
    uuid: impl Fn(&T) -> Uuid,
    pick: impl Fn(&V) -> Option<T>,
) -> Paged<T> {
    let data = map
        .rev()
        .skip_while(|((owner, _), _)| *owner > tenant)
        .take_while(|((owner, _), _)| *owner == tenant)
        .filter_map(|(_, value)| pick(value))
        .filter(|found| page.after.is_none_or(|after| uuid(found) < after))
        .take(usize::from(page.limit) + 1)
        .collect();
    Paged::cut(data, page.limit, uuid)
}
