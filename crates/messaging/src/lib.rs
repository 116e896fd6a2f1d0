#![doc = include_str!("../README.md")]

mod absence;
mod account;
mod address;
pub mod ask;
mod attempt;
mod catalog;
pub mod climb;
mod contact;
mod content;
mod dead_letter;
mod decision;
pub mod deliver;
mod event;
pub mod gate;
mod keep_log;
mod ladder;
mod listing;
mod manage;
pub mod media;
mod media_source;
mod member;
mod merge;
mod message;
pub mod notify;
pub mod observe;
mod opt_out_watch;
mod ports;
mod provider;
mod public_address;
mod pulse;
mod queue;
mod rating;
pub mod reading;
pub mod receive;
mod rich;
mod salvage;
pub mod send;
mod sendable;
mod session;
mod settings;
mod shopping;
mod standings;
mod status;
pub mod switch;
pub mod sync;
mod tally;
pub mod tell;
mod template;
mod template_analysis;
mod template_sync;
mod tenant;
pub mod tend;
mod trace;
mod vault;
pub mod watch;
mod ways;
mod webhook;
mod webhook_endpoint;
mod webhook_url;
mod whatsapp_account;

pub use absence::{Absence, Destination, Refusal};
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
pub use event::{
    AccountHealth, ConsentNoted, ContactMerged, ContactNamed, ConversationPart,
    ConversationUpdated, EndpointDisabled, EndpointTested, Event, EventKind, Failed, Happening,
    MessageStatus, RatedNumber, Received, Said, TemplateStanding, UnknownEventKind, place_id,
    place_of,
};
pub use gate::{
    Allowance, Clearance, ContentFacts, Facts, GateRequest, Law, Reproduction, ZoneSource, Zones,
};
pub use keep_log::{EVENTS_KEPT, KeepingLog};
pub use ladder::{Fallback, Ladder, LadderStep, NextRung, Rung};
pub use listing::{Said as TemplateSaid, Sameness, Sighting, TemplateListing, is_same_locale};
pub use manage::ManageError;
#[cfg(feature = "mock")]
pub use media_source::MockMediaSource;
pub use media_source::{FetchedMedia, MediaError, MediaSource};
pub use member::{Member, PasswordHash, Role, UnknownRole};
pub use merge::{Conflict, Merge, MergePlan, Merging};
pub use message::{
    Considered, Context, DecisionRecord, Direction, Message, MessageRecord, TemplateUse,
    TimelineEntry,
};
pub use opt_out_watch::OptOutWatch;
pub use ports::*;
#[cfg(feature = "mock")]
pub use provider::MockProvider;
pub use provider::{
    AccountEvent, AccountInfo, AccountStanding, CallbackRequest, ChannelAbility, ChannelPace,
    ConnectError, CredentialField, Descriptor, Found, FreeWindowEvent, Handshake, InboundEvent,
    NotAuthentic, PreferenceChange, PreferenceEvent, PreferenceReach, Provider, ProviderEvent,
    ProviderOpt, QueryError, ReceiptEvent, StatusQuery, TemplateEvent, Thanks, Unreadable,
};
pub use public_address::is_public;
pub use pulse::{Pulse, Sign};
pub use queue::{Class, Lane, LaneId, Share};
pub use rating::{
    LearnedBy, MarketingFlow, NumberStanding, NumberWord, Reach, Rerated, SenderWord, Tier, Told,
};
pub use rich::{
    ContactCard, Degrees, Frame, ListRow, ListSection, NoDegrees, ProductSection, ReplyButton,
    Rich, RichForm, RichKind, RichProblem,
};
pub use sendable::SendableMessage;
pub use session::{Session, SessionKind};
pub use settings::{
    BusinessHours, ChannelSwitch, ConsentSettings, DoubleOptIn, MarketingCap, Monthly, Settings,
    TwilioFacade, UsRegistration, WhatsappSettings, Wording,
};
pub use shopping::{Order, OrderItem, ProductRef, Shopping};
pub use standings::{LocaleStanding, VariantStanding, by_locale};
pub use status::{Receipt, Status, UnknownStatus};
pub use tally::{Precision, Tally};
pub use template::{ProviderTemplate, StoredTemplate};
pub use template_analysis::{TemplateAnalysis, fields_of, rendered, template_refusals};
#[cfg(feature = "mock")]
pub use template_sync::MockTemplateSync;
pub use template_sync::{DraftError, RemotePage, RemoteTemplate, TemplateDraft, TemplateSync};
pub use tenant::{ApiKey, Scope, Tenant, UnknownScope};
pub use trace::{NotATrace, TraceId};
pub use vault::{Vault, VaultError};
pub use webhook::{EventForm, WebhookClient, WebhookError, WebhookForm, WebhookRequest};
pub use webhook_endpoint::{
    CALLS_KEPT, DeliveryStatus, UnknownDeliveryStatus, WEBHOOK_SECRET, WebhookCall,
    WebhookDelivery, WebhookEndpoint,
};
#[cfg(feature = "urls")]
pub use webhook_url::WebhookUrl;
pub use webhook_url::{WebhookReach, WebhookUrlError};
pub use whatsapp_account::{
    BusinessProfile, NewFile, Typing, WhatsappAccount, WhatsappChat, WhatsappNumber,
};
#[cfg(feature = "mock")]
pub use whatsapp_account::{MockWhatsappAccount, MockWhatsappChat};
