#![doc = include_str!("../README.md")]

mod account;
mod address;
pub mod ask;
mod attempt;
mod catalog;
mod contact;
mod content;
mod dead_letter;
mod decision;
pub mod deliver;
pub mod gate;
mod message;
pub mod observe;
mod opt_out_watch;
mod ports;
mod provider;
mod pulse;
mod queue;
pub mod receive;
mod salvage;
pub mod send;
mod sendable;
mod settings;
mod status;
mod tally;
mod template;
mod tenant;
pub mod tend;
mod trace;
mod vault;
pub mod watch;
mod ways;

pub use account::{Access, Credentials, Price, ProviderAccount, Sealed, Sender, SenderLimits};
pub use address::Address;
pub use attempt::{Attempt, Outcome, OutcomeKind, WhenStillUnknown, unknown_policy};
pub use catalog::Catalog;
pub use contact::{Contact, Preferences, QuietHoursPreference};
pub use content::{
    ComponentCall, ComponentKind, Content, Media, Parameter, ParameterValue, Segments, TemplateCall,
};
pub use dead_letter::{DeadLetter, Failure};
pub use decision::{Decision, GateOutcome, Reason, Stage};
pub use gate::{
    Allowance, Clearance, ContentFacts, Facts, GateRequest, Law, Reproduction, ZoneSource, Zones,
};
pub use message::{
    Considered, Context, DecisionRecord, Direction, Message, MessageRecord, TemplateUse,
    TimelineEntry,
};
pub use opt_out_watch::OptOutWatch;
pub use ports::*;
#[cfg(feature = "mock")]
pub use provider::MockProvider;
pub use provider::{
    AccountInfo, CallbackRequest, ChannelAbility, ChannelPace, ConnectError, CredentialField,
    Descriptor, Found, Handshake, InboundEvent, NotAuthentic, PreferenceChange, PreferenceEvent,
    Provider, ProviderEvent, ProviderOpt, QueryError, ReceiptEvent, StatusQuery, Thanks,
    Unreadable,
};
pub use pulse::{Pulse, Sign};
pub use queue::{Class, Lane, LaneId, Share};
pub use sendable::SendableMessage;
pub use settings::{
    BusinessHours, ConsentSettings, DoubleOptIn, MarketingCap, Monthly, Settings, UsRegistration,
    Wording,
};
pub use status::{Receipt, Status, UnknownStatus};
pub use tally::{Precision, Tally};
pub use template::{ProviderTemplate, StoredTemplate};
pub use tenant::{ApiKey, Scope, Tenant, UnknownScope};
pub use trace::{NotATrace, TraceId};
pub use vault::{Vault, VaultError};
