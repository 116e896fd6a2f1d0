use std::sync::Arc;
use tidings_conversations::{AutomationStore, Conversations, QuickReplies};
use tidings_messaging::{
    Absences, Accounts, AuthTokens, Batches, CallbackLog, ConsentLedger, Contacts, Dispatch,
    EventLog, FactStore, Healths, Idempotency, Inbox, Ladders, MediaRecords, Members, Messages,
    Operations, Paces, Ratings, ReadReceipts, Sessions, Sources, StatusWebhooks, TemplateLibrary,
    TemplateListings, Tenants, Upkeeps, WebhookEndpoints,
};

/// Every storage port of one store: what is written through one is read through the others.
#[derive(Clone)]
pub struct Stores {
    /// Tenants and keys.
    pub tenants: Arc<dyn Tenants>,
    /// Contacts and preferences.
    pub contacts: Arc<dyn Contacts>,
    /// Consent events.
    pub consent: Arc<dyn ConsentLedger>,
    /// Provider accounts.
    pub accounts: Arc<dyn Accounts>,
    /// Templates.
    pub templates: Arc<dyn TemplateLibrary>,
    /// Templates as providers list them.
    pub listings: Arc<dyn TemplateListings>,
    /// When accounts are looked at.
    pub upkeeps: Arc<dyn Upkeeps>,
    /// How providers see numbers.
    pub ratings: Arc<dyn Ratings>,
    /// Versions of the tenants' own records.
    pub sources: Arc<dyn Sources>,
    /// Facts for the gate.
    pub facts: Arc<dyn FactStore>,
    /// Messages.
    pub messages: Arc<dyn Messages>,
    /// Messages that are taken in together.
    pub batches: Arc<dyn Batches>,
    /// The queue.
    pub dispatch: Arc<dyn Dispatch>,
    /// Callbacks, receipts and what comes in.
    pub inbox: Arc<dyn Inbox>,
    /// Threads with contacts.
    pub conversations: Arc<dyn Conversations>,
    /// Who is to be shown that they were read.
    pub read_receipts: Arc<dyn ReadReceipts>,
    /// What is done about what contacts write.
    pub automations: Arc<dyn AutomationStore>,
    /// What is said often.
    pub quick_replies: Arc<dyn QuickReplies>,
    /// Answers to repeat.
    pub idempotency: Arc<dyn Idempotency>,
    /// Addresses that a channel was said not to know.
    pub absences: Arc<dyn Absences>,
    /// Cross-channel chains.
    pub ladders: Arc<dyn Ladders>,
    /// How fast messages leave.
    pub paces: Arc<dyn Paces>,
    /// How well ways work.
    pub healths: Arc<dyn Healths>,
    /// Secrets that tenants share with us.
    pub tokens: Arc<dyn AuthTokens>,
    /// Callbacks that are not applied.
    pub callbacks: Arc<dyn CallbackLog>,
    /// What is known of files.
    pub media: Arc<dyn MediaRecords>,
    /// The same for whoever fetches them, where another role asks for that.
    pub fetchers: Arc<dyn MediaRecords>,
    /// Who works for a tenant.
    pub members: Arc<dyn Members>,
    /// Who has logged in.
    pub sessions: Arc<dyn Sessions>,
    /// What tenants' own systems are told.
    pub webhooks: Arc<dyn StatusWebhooks>,
    /// What happens.
    pub log: Arc<dyn EventLog>,
    /// What happens as one tenant reads it, where another role asks for that.
    pub readers: Arc<dyn EventLog>,
    /// Where tenants' own systems are told of it.
    pub endpoints: Arc<dyn WebhookEndpoints>,
    /// The same for whoever tells them, where another role asks for that.
    pub callers: Arc<dyn WebhookEndpoints>,
    /// The queue as operators see it.
    pub operations: Arc<dyn Operations>,
    /// The queue as one tenant sees it, where another role asks for that.
    pub views: Arc<dyn Operations>,
}

impl Stores {
    /// The ports of one value that implements them all.
    pub fn of<S>(store: &Arc<S>) -> Self
    where
        S: Tenants
            + Contacts
            + ConsentLedger
            + Accounts
            + TemplateLibrary
            + TemplateListings
            + Upkeeps
            + Ratings
            + ReadReceipts
            + Sources
            + FactStore
            + Messages
            + Batches
            + Dispatch
            + Inbox
            + Conversations
            + AutomationStore
            + QuickReplies
            + Idempotency
            + Operations
            + Absences
            + Ladders
            + Paces
            + Healths
            + AuthTokens
            + CallbackLog
            + MediaRecords
            + Members
            + Sessions
            + StatusWebhooks
            + EventLog
            + WebhookEndpoints
            + 'static,
    {
        Self {
            tenants: store.clone(),
            contacts: store.clone(),
            consent: store.clone(),
            accounts: store.clone(),
            templates: store.clone(),
            listings: store.clone(),
            upkeeps: store.clone(),
            ratings: store.clone(),
            sources: store.clone(),
            facts: store.clone(),
            messages: store.clone(),
            batches: store.clone(),
            dispatch: store.clone(),
            inbox: store.clone(),
            conversations: store.clone(),
            read_receipts: store.clone(),
            automations: store.clone(),
            quick_replies: store.clone(),
            idempotency: store.clone(),
            operations: store.clone(),
            absences: store.clone(),
            ladders: store.clone(),
            paces: store.clone(),
            healths: store.clone(),
            tokens: store.clone(),
            callbacks: store.clone(),
            media: store.clone(),
            fetchers: store.clone(),
            members: store.clone(),
            sessions: store.clone(),
            webhooks: store.clone(),
            log: store.clone(),
            readers: store.clone(),
            endpoints: store.clone(),
            callers: store.clone(),
            views: store.clone(),
        }
    }
}
