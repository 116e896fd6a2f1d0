//! The adapter against recorded answers, lost answers and forged callbacks.

mod callback;
mod connect;
mod find;
mod lost;
mod send;
mod support;
