#![doc = include_str!("../README.md")]

mod accounts;
mod answer;
mod aws;
mod callbacks;
mod clicksend;
mod clock;
mod config;
mod control;
mod crypto;
mod der;
mod doors;
mod faults;
mod handset;
mod ids;
mod journey;
mod ledger;
mod live;
mod mail;
mod mailbox;
mod message;
mod messagebird;
mod meta;
mod page;
mod phone;
mod problem;
mod products;
mod protocol;
mod reference;
mod request;
mod review;
mod rich;
mod rsa;
mod segments;
mod ses;
mod simulator;
mod smtp;
mod stop;
mod store;
mod table;
mod timers;
mod twilio;
mod vonage;
mod world;

pub use aws::{AwsAccount, AwsConfigurationSet, AwsNumber, AwsSubscription, AwsTopic};
pub use clicksend::{ClickSendAccount, ClickSendRule, WebhookType};
pub use config::Config;
pub use messagebird::{
    BirdChannel, BirdChannelKind, InboundForm, MessageBirdAccount, MessageBirdNumber,
};
pub use meta::{
    Category, MetaApp, MetaTemplate, ParameterFormat, Rating, TemplateStatus, escape_non_ascii,
    meta_signature,
};
pub use rsa::SigningKey;
pub use simulator::{Running, Simulator, StartError};
pub use smtp::SmtpAccount;
pub use table::Accounts;
pub use twilio::{
    TwilioAccount, TwilioContent, TwilioKey, TwilioNumber, TwilioService, twilio_signature,
};
pub use vonage::{VonageAccount, VonageApplication, VonageNumber};
