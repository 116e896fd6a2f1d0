//! The router in process, over the stores in memory and a provider that does what it is told.

mod accounts;
mod bulk;
mod callbacks;
mod consent;
mod contacts;
mod docs;
mod evidence;
mod explain;
mod hostile;
mod idempotency;
mod lint;
mod manner;
mod messages;
mod provider;
mod queue;
mod quota;
mod refusals;
mod scopes;
mod sources;
mod templates;
mod tenant;
mod twilio;
mod ways;
mod whatsapp;
mod world;
