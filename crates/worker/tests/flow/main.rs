//! The whole flow with stores in memory: what is sent, what is asked, what STOP does.

mod delivering;
mod receiving;
mod support;
