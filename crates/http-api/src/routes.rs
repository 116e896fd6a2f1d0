//! One file for each group: request, answer, handler.

mod account_request;
pub(crate) mod accounts;
pub(crate) mod callbacks;
pub(crate) mod consent;
mod contact_view;
pub(crate) mod contacts;
mod decision_view;
pub(crate) mod docs;
pub(crate) mod export;
pub(crate) mod health;
mod message_request;
mod message_view;
pub(crate) mod messages;
pub(crate) mod preferences;
pub(crate) mod preview;
pub(crate) mod providers;
pub(crate) mod segments;
mod template_request;
mod template_view;
pub(crate) mod templates;
