//! What the use cases need of the outside. One call is one thing that happens wholly or not at all.

mod accounts;
mod consent_ledger;
mod contacts;
mod dispatch;
mod fact_store;
mod idempotency;
mod inbox;
mod messages;
mod page;
mod sources;
mod templates;
mod tenants;

pub use accounts::{AccountError, Accounts};
pub use consent_ledger::{ConsentLedger, RecordError};
pub use contacts::{ContactError, ContactFilter, Contacts, Erasure};
pub use dispatch::{CapGuard, Claim, Counts, Dispatch, Held, Settlement, Start};
pub use fact_store::{FactStore, FactsQuery, Known, Suppression, TemplateFacts, Usage};
pub use idempotency::{Answer, Begun, Idempotency, IdempotencyKey, KeyLost, StoredAnswer};
pub use inbox::{
    InboundRecord, Inbox, QueryJob, RawCallback, ReceiptTarget, ReceiptUpdate, Stored,
};
pub use messages::{
    AcceptError, Change, ChangeError, MessageFilter, Messages, NewMessage, QueueEntry,
};
pub use page::{Page, Paged};
pub use sources::{SourceKey, Sources};
pub use templates::{TemplateError, TemplateLibrary};
pub use tenants::Tenants;
