use super::tenant_whatsapp::WhatsappSettingsView;
use crate::wire::{self, Timestamp};
use serde::Serialize;
use tidings_kernel::{Channel, Locale, Money, Region};
use tidings_messaging::{
    BusinessHours, ChannelSwitch, ConsentSettings, DoubleOptIn, MarketingCap, Monthly, Settings,
    Tenant, TwilioFacade, UsRegistration, WhatsappSettings, Wording,
};
use tidings_quiet_hours::{Closed, Weekly, Zone};
use tidings_routing::Policy;
use utoipa::ToSchema;

/// A business that sends, and what it has chosen.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Tenant)]
pub(crate) struct TenantView {
    #[schema(example = "ten_01h2xcejqtf2nbrexx3vqjhp41")]
    id: String,
    name: String,
    /// Where national phone numbers are read, unless the contact has a region.
    #[schema(value_type = Option<String>, example = "US")]
    default_region: Option<Region>,
    /// The clock of the business.
    #[schema(value_type = Option<String>, example = "America/New_York")]
    time_zone: Option<Zone>,
    /// The language to fall back to.
    #[schema(value_type = String, example = "en_US")]
    locale: Locale,
    /// Channels on which nothing is sent, whatever waits.
    #[schema(value_type = Vec<wire::Channel>)]
    disabled_channels: Vec<Channel>,
    settings: SettingsView,
    created_at: Timestamp,
}

/// What a tenant has chosen. Every choice narrows what may be sent, except those that a rule of law
/// itself leaves to the sender.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Settings)]
pub(crate) struct SettingsView {
    /// The name that marketing says; the tenant's name when `null`.
    brand: Option<String>,
    /// What HELP is answered with, where the provider does not do it: name, a contact that works, how to stop. Nothing when `null`.
    help_text: Option<String>,
    /// What happens to a marketing text without the sender's name or the way to stop: `complete` adds
    /// them, `require` refuses the message.
    #[schema(value_type = String, example = "complete")]
    wording: Wording,
    /// The domains that links in marketing must go to; any but public shorteners when empty.
    link_domains: Vec<String>,
    /// The most marketing messages for one contact, where fewer than the law allows.
    #[schema(value_type = Option<CapView>)]
    marketing_cap: Option<MarketingCap>,
    consent: ConsentSettingsView,
    /// When somebody is there to answer, on the tenant's clock; marketing and reminders keep to it.
    #[schema(value_type = Option<BusinessHoursView>)]
    business_hours: Option<BusinessHours>,
    /// The 10DLC registration: `not_tracked`, `missing`, `pending`, `approved` or `rejected`. Text
    /// messages from ordinary numbers to the United States wait for `approved`, unless not tracked.
    #[schema(value_type = String, example = "not_tracked")]
    us_registration: UsRegistration,
    monthly: MonthlyView,
    #[schema(value_type = ChannelSwitchView)]
    channel_switch: ChannelSwitch,
    #[schema(value_type = WhatsappSettingsView)]
    whatsapp: WhatsappSettings,
    #[schema(value_type = RoutingView)]
    routing: Policy,
    #[schema(value_type = FacadeSettingsView)]
    twilio_facade: TwilioFacade,
}

/// What happens when WhatsApp says that it does not know a contact.
#[derive(ToSchema)]
#[schema(as = ChannelSwitch)]
#[expect(
    dead_code,
    reason = "the schema of what the messaging crate reads and writes"
)]
pub(crate) struct ChannelSwitchView {
    /// After so many refusals in a row nothing more goes there (`contact.not_on_channel`), until the contact writes
    /// there or something is delivered; 0 for never.
    #[schema(minimum = 0, maximum = 10, example = 3)]
    after: u8,
    /// Whether refusals count that may mean something else.
    #[schema(example = false)]
    count_unconfirmed: bool,
    /// Whether the contact is told, once, by SMS.
    #[schema(example = true)]
    tell: bool,
    /// What they are told. Let it name the business, and say that the answer WHATSAPP has it tried again. The usual
    /// words when left out.
    notice: Option<String>,
}

/// How ways are chosen: the first rule that fits a message decides, and without one it goes by the priority of
/// accounts.
#[derive(ToSchema)]
#[schema(as = Routing)]
#[expect(
    dead_code,
    reason = "the schema of what the routing crate reads and writes"
)]
pub(crate) struct RoutingView {
    /// At most 100.
    rules: Vec<RoutingRuleView>,
}

/// What is assumed for programs that speak Twilio's API, which says less than ours.
#[derive(ToSchema)]
#[schema(as = TwilioFacadeSettings)]
#[expect(
    dead_code,
    reason = "the schema of what the messaging crate reads and writes"
)]
pub(crate) struct FacadeSettingsView {
    /// Why messages are sent that do not say it; `transactional` when left out, and never `emergency`.
    #[schema(example = "transactional")]
    purpose: Option<String>,
    /// The same for single messaging services, by SID; at most 100.
    #[schema(value_type = Option<Object>, example = json!({"MG0123456789abcdef0123456789abcdef": "marketing"}))]
    services: Option<String>,
    /// Whether a `From` only has to be one of the tenant's senders, and routing chooses among all of them.
    any_sender: Option<bool>,
}

/// How to choose for some messages.
#[derive(ToSchema)]
#[schema(as = RoutingRule)]
#[expect(
    dead_code,
    reason = "the schema of what the routing crate reads and writes"
)]
pub(crate) struct RoutingRuleView {
    /// For these purposes; left out for all.
    #[schema(example = json!(["marketing"]))]
    purposes: Option<Vec<String>>,
    /// To these regions; left out for all.
    #[schema(example = json!(["GB"]))]
    regions: Option<Vec<String>>,
    /// By these channels; left out for all.
    #[schema(example = json!(["sms"]))]
    channels: Option<Vec<String>>,
    /// `priority`, `cheapest`, `best_delivery` or `weighted`.
    #[schema(example = "cheapest")]
    strategy: Option<String>,
    /// For `weighted`: of each account that is not to have the weight 1, its weight.
    weights: Option<Vec<AccountWeightView>>,
    /// Whether a contact is written to by the same sender as long as that can carry its messages.
    sticky: Option<bool>,
}

/// The weight of an account.
#[derive(ToSchema)]
#[schema(as = AccountWeight)]
#[expect(
    dead_code,
    reason = "the schema of what the routing crate reads and writes"
)]
pub(crate) struct AccountWeightView {
    #[schema(example = "acc_01h2xcejqtf2nbrexx3vqjhp41")]
    account: String,
    /// How often it is chosen for each time that one of weight 1 is; 0 leaves it to the others.
    weight: u16,
}

/// At most `most` marketing messages to one contact in any period of `hours`.
#[derive(ToSchema)]
#[expect(dead_code, reason = "the schema of what the messaging crate writes")]
#[schema(as = MarketingCap)]
pub(crate) struct CapView {
    /// 0 stops marketing.
    most: u16,
    #[schema(minimum = 1, maximum = 168)]
    hours: u16,
}

/// How much consent marketing needs, beyond what the law of the place asks for.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = ConsentSettings)]
pub(crate) struct ConsentSettingsView {
    /// `where_required` or `everywhere`.
    #[schema(value_type = String, example = "where_required")]
    double_opt_in: DoubleOptIn,
    /// Regions whose rule for existing customers is relied on, where there is one.
    #[schema(value_type = Vec<String>, example = json!(["GB"]))]
    soft_opt_in: Vec<Region>,
    /// Regions in which a written consent needs no double opt-in, where the law leaves that to the sender.
    #[schema(value_type = Vec<String>, example = json!([]))]
    single_opt_in: Vec<Region>,
    /// After how many days consent to marketing has to be given again.
    max_age_days: Option<u16>,
}

/// When a business is open, by its own clock.
#[derive(ToSchema)]
#[expect(
    dead_code,
    reason = "the schema of what the quiet-hours crate reads and writes"
)]
#[schema(as = BusinessHours)]
pub(crate) struct BusinessHoursView {
    /// By weekday; days that are absent are closed.
    #[schema(value_type = Object, example = json!({"monday": ["09:00-12:00", "13:00-17:00"]}))]
    windows: Weekly,
    #[schema(value_type = Option<ClosedView>)]
    closed: Closed,
}

/// When a business stays closed all the same.
#[derive(ToSchema)]
#[expect(
    dead_code,
    reason = "the schema of what the quiet-hours crate reads and writes"
)]
#[schema(as = Closed)]
pub(crate) struct ClosedView {
    /// Single dates.
    #[schema(example = json!(["2026-12-24"]))]
    dates: Option<Vec<String>>,
    /// Calendars of public holidays, by region or part of one.
    #[schema(example = json!(["US"]))]
    calendars: Option<Vec<String>>,
}

/// What may be used up in a calendar month, by UTC; `null` is not limited.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Monthly)]
pub(crate) struct MonthlyView {
    /// Messages; when they are used up, `POST /v1/messages` answers 402 `quota_exceeded`.
    messages: Option<u64>,
    /// Estimated cost.
    #[schema(value_type = Option<wire::Money>)]
    budget: Option<Money>,
}

impl From<Tenant> for TenantView {
    fn from(tenant: Tenant) -> Self {
        Self {
            id: tenant.id.to_string(),
            name: tenant.name,
            default_region: tenant.default_region,
            time_zone: tenant.time_zone,
            locale: tenant.locale,
            disabled_channels: tenant.disabled_channels,
            settings: tenant.settings.into(),
            created_at: tenant.created_at.into(),
        }
    }
}

impl From<Settings> for SettingsView {
    fn from(settings: Settings) -> Self {
        let Settings {
            brand,
            help_text,
            wording,
            link_domains,
            marketing_cap,
            consent,
            business_hours,
            us_registration,
            monthly: Monthly { messages, budget },
            channel_switch,
            whatsapp,
            routing,
            twilio_facade,
        } = settings;
        let ConsentSettings {
            double_opt_in,
            soft_opt_in,
            single_opt_in,
            max_age_days,
        } = consent;
        Self {
            brand,
            help_text,
            wording,
            link_domains,
            marketing_cap,
            consent: ConsentSettingsView {
                double_opt_in,
                soft_opt_in,
                single_opt_in,
                max_age_days,
            },
            business_hours,
            us_registration,
            monthly: MonthlyView { messages, budget },
            channel_switch,
            whatsapp,
            routing,
            twilio_facade,
        }
    }
}
