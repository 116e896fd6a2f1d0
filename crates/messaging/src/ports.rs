//! What the use cases need of the outside. One call is one thing that happens wholly or not at all.

mod absences;
mod accounts;
mod auth_tokens;
mod batches;
mod callback_log;
mod consent_ledger;
mod contacts;
mod dispatch;
mod event_log;
mod fact_store;
mod healths;
mod idempotency;
mod inbox;
mod ladders;
mod listings;
mod media_records;
mod media_store;
mod members;
mod messages;
mod operations;
mod paces;
mod page;
mod ratings;
mod read_receipts;
mod sources;
mod status_webhooks;
mod templates;
mod tenants;
mod upkeeps;
mod webhook_endpoints;

pub use absences::{Absences, HeldAbsence};
pub use accounts::{AccountError, Accounts};
pub use auth_tokens::{AuthToken, AuthTokens};
pub use batches::{
    Batches, Chunk, ChunkKey, ChunkReport, FinishError, LeftOut, NotTaken, RecipientError,
};
pub use callback_log::{CallbackEntry, CallbackLog, CallbackStage};
pub use consent_ledger::{ConsentLedger, RecordError};
pub use contacts::{ContactError, ContactFilter, Contacts, Erasure};
pub use dispatch::{
    CapGuard, Claim, Counts, Dispatch, Held, Ready, SUSPECT_AFTER, Settlement, Start,
};
pub use event_log::{EventLog, LogSpan};
pub use fact_store::{FactStore, FactsQuery, Known, Suppression, TemplateFacts, Usage};
pub use healths::{
    Checkup, HealthChange, HealthEvent, Healths, JUDGED_EVERY, LATEST_SPAN, VITALS_SPAN, Way,
};
pub use idempotency::{Answer, Begun, Idempotency, IdempotencyKey, KeyLost, StoredAnswer};
pub use inbox::{
    InboundRecord, Inbox, PutBack, QueryJob, RawCallback, ReceiptEffect, ReceiptTarget,
    ReceiptUpdate, Stored,
};
pub use ladders::{HeldLadder, LadderRest, LadderView, Ladders};
pub use listings::TemplateListings;
pub use media_records::{MediaOutcome, MediaRecords, MediaSettled};
pub use media_store::{LARGEST_MEDIA, MediaKey, MediaStore, MediaStoreError};
pub use members::{MemberError, Members, Sessions};
pub use messages::{
    AcceptError, Change, ChangeError, MessageFilter, Messages, NewMessage, QueueEntry,
};
pub use operations::{
    Ages, Depth, InboxDepth, LaneStats, Line, Months, Operations, QueueStats, Step, Stuck, Subject,
    Symptom, TenantDepth, TenantStats, Walk,
};
pub use paces::{Hold, PaceKey, Paces, People, Slot, Wish};
pub use page::{Page, Paged};
pub use ratings::Ratings;
pub use read_receipts::{ReadReceipt, ReadReceipts};
pub use sources::{SourceKey, Sources};
pub use status_webhooks::{StatusWebhook, StatusWebhooks, WebhookShare};
pub use templates::{TemplateError, TemplateLibrary};
pub use tenants::Tenants;
pub use upkeeps::{Upkeep, UpkeepState, Upkeeps};
pub use webhook_endpoints::{
    DeliveryOutcome, DeliveryShare, EndpointError, Fault, HeldDelivery, MOST_ENDPOINTS,
    MOST_REPLAYED, ReplayError, ReplaySpan, WebhookEndpoints,
};
