//! The whole flow with stores in memory: what is sent, what is asked, what STOP does.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

mod absence;
mod abuse;
mod chains;
mod conversing;
mod delivering;
mod events;
mod faults;
mod faulty;
mod hearing;
mod judging;
mod media;
mod rating;
mod reading;
mod receiving;
mod routing;
mod script;
mod slots;
mod standing;
mod stopping;
mod support;
mod telling;
mod templating;
