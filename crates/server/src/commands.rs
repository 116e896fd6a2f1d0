//! What `tidings` does for operators and developers.

pub mod dev;
pub mod keys;
pub mod ledger;
pub mod line;
pub mod members;
pub mod messages;
mod plain;
pub mod plant;
pub mod queue;
mod queue_line;
