//! The simulator from outside: a program that speaks HTTP to it, and a receiver of its callbacks.
#![expect(clippy::expect_used, reason = "helpers of tests may panic like tests")]

mod aws;
mod aws_sms;
mod bird;
mod clicksend;
mod contents;
mod control;
mod messagebird;
mod meta;
mod riches;
mod ses;
mod smtp;
mod support;
mod twilio;
mod vonage;
