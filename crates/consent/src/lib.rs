#![doc = include_str!("../README.md")]

mod action;
mod agreement;
mod breaker;
mod cell;
#[cfg(feature = "evidence")]
pub mod chain;
mod confirmation;
mod double_opt_in;
mod effect;
mod event;
mod evidence;
#[cfg(feature = "evidence")]
pub mod export;
mod fold;
mod grade;
mod judge;
#[cfg(any(test, feature = "strategies"))]
pub mod laws;
mod lexicon;
mod need;
mod normalize;
mod provider;
mod question;
mod reach;
mod reply;
mod scope;
mod state;
#[cfg(any(test, feature = "strategies"))]
pub mod strategies;
pub mod suppression;
mod words;

pub use action::{Action, Method, Status, UnknownAction, UnknownMethod, UnknownStatus};
pub use breaker::{Breaker, OptOutSource, Ruling, Thresholds};
pub use cell::Closure;
pub use confirmation::{
    Answered, CONFIRMATION_LIFE, ConfirmationFault, NoConfirmation, OptOutHeard,
    check_confirmation, may_confirm,
};
pub use double_opt_in::{ConfirmationRequest, NoRequest, Reminders, RequestPolicy, may_request};
pub use event::ConsentEvent;
pub use evidence::{BoundedText, Evidence, TextError};
pub use grade::{Given, Grade};
pub use judge::{INBOUND_LIFE, Verdict, judge, judge_with};
pub use lexicon::{Language, Languages};
pub use need::{Need, SoftOptIn};
pub use provider::{ProviderSignal, provider_event};
pub use question::Question;
pub use reply::{
    Classification, Note, Reply, ReplyContext, ReplyRule, RequestedScope, classify, classify_in,
};
pub use scope::{Channels, Purposes, Scope, ScopeError, Scoped, Selection};
pub use state::{
    ConsentState, DOUBLE_OPT_IN_EXPIRY, Ended, Standing, Stop, state, state_with_expiry,
};
