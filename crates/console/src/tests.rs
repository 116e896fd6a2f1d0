//! The console behind its router, over the store in memory.

mod accounts;
mod attaching;
mod blocking;
mod calendar;
mod callbacks;
mod contacts;
mod conversations;
mod door;
mod hostile;
mod import;
mod isolation;
mod live;
mod merging;
mod messages;
mod provider;
mod quick_replies;
mod roles;
mod settings;
mod templates;
mod weight;
mod world;
