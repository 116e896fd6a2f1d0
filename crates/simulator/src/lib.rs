#![doc = include_str!("../README.md")]

mod accounts;
mod callbacks;
mod clock;
mod config;
mod control;
mod faults;
mod handset;
mod ids;
mod journey;
mod ledger;
mod message;
mod meta;
mod page;
mod phone;
mod problem;
mod segments;
mod signing;
mod simulator;
mod store;
mod timers;
mod twilio;
mod world;

pub use config::{
    Accounts, Category, Config, MetaApp, MetaTemplate, ParameterFormat, TemplateStatus,
    TwilioAccount, TwilioContent, TwilioKey, TwilioNumber, TwilioService,
};
pub use signing::{escape_non_ascii, meta_signature, twilio_signature};
pub use simulator::{Running, Simulator, StartError};
