use super::{
    tenant_view::{BusinessHoursView, CapView, FacadeSettingsView, RoutingView},
    tenant_whatsapp::{self, ChannelSwitchPatch, WhatsappPatch},
};
use crate::{
    checks::Checks,
    error::ApiError,
    problem::step,
    wire::{self, Patch, given},
};
use serde::Deserialize;
use std::collections::{BTreeMap, BTreeSet};
use tidings_kernel::{Channel, Locale, Money, Purpose, Region};
use tidings_messaging::{
    BusinessHours, ConsentSettings, DoubleOptIn, MarketingCap, Monthly, Settings, Tenant,
    TwilioFacade, UsRegistration, Wording,
};
use tidings_quiet_hours::{Closed, Interval, InvalidInterval, Weekly, Zone};
use tidings_routing::Policy;
use tidings_twilio_facade::is_service_sid;
use time::Weekday;
use utoipa::ToSchema;

/// Where the hours of business stand in a request.
const HOURS: &str = "/settings/business_hours";
/// The longest brand, in characters: it stands in every marketing text.
const BRAND: usize = 50;
/// The longest answer to a contact who asks for help, in characters: about two parts.
const HELP: usize = 320;
/// Domains of links, at most.
const DOMAINS: usize = 100;
/// Windows of one weekday, at most.
const WINDOWS: usize = 10;
/// Messaging services with a purpose of their own, at most.
const SERVICES: usize = 100;
/// Ten years, in days: the longest that consent can be said to last.
const OLDEST_CONSENT: u16 = 3_650;

/// A change of a tenant: what is absent stays, `null` clears what can be empty.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct TenantPatch {
    #[serde(default, deserialize_with = "given")]
    #[schema(max_length = 200)]
    name: Option<String>,
    #[serde(default)]
    #[schema(value_type = Option<String>, example = "US")]
    default_region: Patch<Region>,
    #[serde(default)]
    #[schema(value_type = Option<String>, example = "America/New_York")]
    time_zone: Patch<Zone>,
    #[serde(default, deserialize_with = "given")]
    #[schema(value_type = Option<String>, example = "en_US")]
    locale: Option<Locale>,
    /// Replaces the list. A channel in it is closed at once, for messages that wait too.
    #[serde(default, deserialize_with = "given")]
    #[schema(value_type = Option<Vec<wire::Channel>>)]
    disabled_channels: Option<Vec<Channel>>,
    #[serde(default, deserialize_with = "given")]
    settings: Option<SettingsPatch>,
}

/// A change of settings: what is absent stays, `null` clears what can be empty.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct SettingsPatch {
    #[serde(default)]
    #[schema(value_type = Option<String>, max_length = 50)]
    brand: Patch<String>,
    #[serde(default)]
    #[schema(value_type = Option<String>, max_length = 320)]
    help_text: Patch<String>,
    /// `complete` or `require`.
    #[serde(default, deserialize_with = "given")]
    #[schema(value_type = Option<String>)]
    wording: Option<Wording>,
    /// Replaces the list.
    #[serde(default, deserialize_with = "given")]
    #[schema(example = json!(["example.com"]))]
    link_domains: Option<Vec<String>>,
    #[serde(default)]
    #[schema(value_type = Option<CapView>)]
    marketing_cap: Patch<MarketingCap>,
    #[serde(default, deserialize_with = "given")]
    consent: Option<ConsentPatch>,
    /// Replaces the hours. They need the tenant's `time_zone`.
    #[serde(default)]
    #[schema(value_type = Option<BusinessHoursView>)]
    business_hours: Patch<HoursBody>,
    /// `not_tracked`, `missing`, `pending`, `approved` or `rejected`.
    #[serde(default, deserialize_with = "given")]
    #[schema(value_type = Option<String>)]
    us_registration: Option<UsRegistration>,
    #[serde(default, deserialize_with = "given")]
    monthly: Option<MonthlyPatch>,
    #[serde(default, deserialize_with = "given")]
    channel_switch: Option<ChannelSwitchPatch>,
    #[serde(default, deserialize_with = "given")]
    whatsapp: Option<WhatsappPatch>,
    /// Replaces the rules by which ways are chosen.
    #[serde(default, deserialize_with = "given")]
    #[schema(value_type = Option<RoutingView>)]
    routing: Option<Policy>,
    /// Replaces what is assumed for programs that speak Twilio's API.
    #[serde(default, deserialize_with = "given")]
    #[schema(value_type = Option<FacadeSettingsView>)]
    twilio_facade: Option<TwilioFacade>,
}

/// When a business is open, as a person writes it.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct HoursBody {
    windows: BTreeMap<String, Vec<String>>,
    #[serde(default)]
    closed: Closed,
}

/// A change of how much consent is asked for: what is absent stays.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct ConsentPatch {
    /// `where_required` or `everywhere`.
    #[serde(default, deserialize_with = "given")]
    #[schema(value_type = Option<String>)]
    double_opt_in: Option<DoubleOptIn>,
    /// Replaces the list.
    #[serde(default, deserialize_with = "given")]
    #[schema(value_type = Option<Vec<String>>)]
    soft_opt_in: Option<Vec<Region>>,
    /// Replaces the list.
    #[serde(default, deserialize_with = "given")]
    #[schema(value_type = Option<Vec<String>>)]
    single_opt_in: Option<Vec<Region>>,
    #[serde(default)]
    #[schema(value_type = Option<u16>, minimum = 1, maximum = 3650)]
    max_age_days: Patch<u16>,
}

/// A change of what may be used up in a month: what is absent stays, `null` lifts a limit.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct MonthlyPatch {
    #[serde(default)]
    #[schema(value_type = Option<u64>)]
    messages: Patch<u64>,
    #[serde(default)]
    #[schema(value_type = Option<wire::Money>)]
    budget: Patch<Money>,
}

impl TenantPatch {
    /// The tenant as it is to be, or everything that is wrong with that.
    pub(crate) fn apply(self, mut tenant: Tenant) -> Result<Tenant, ApiError> {
        if let Some(name) = self.name {
            name.trim().clone_into(&mut tenant.name);
        }
        self.default_region.apply(&mut tenant.default_region);
        self.time_zone.apply(&mut tenant.time_zone);
        tenant.locale = self.locale.unwrap_or(tenant.locale);
        if let Some(channels) = self.disabled_channels {
            tenant.disabled_channels = distinct(channels);
        }
        if let Some(settings) = self.settings {
            settings.apply(&mut tenant.settings)?;
        }
        check(&tenant)?;
        Ok(tenant)
    }
}

impl SettingsPatch {
    fn apply(self, settings: &mut Settings) -> Result<(), ApiError> {
        self.brand.apply(&mut settings.brand);
        settings.brand = settings.brand.take().map(|brand| brand.trim().to_owned());
        self.help_text.apply(&mut settings.help_text);
        settings.wording = self.wording.unwrap_or(settings.wording);
        if let Some(domains) = self.link_domains {
            let plain = domains
                .iter()
                .map(|domain| domain.trim().to_ascii_lowercase());
            settings.link_domains = distinct(plain.collect());
        }
        self.marketing_cap.apply(&mut settings.marketing_cap);
        if let Some(consent) = self.consent {
            consent.apply(&mut settings.consent);
        }
        self.business_hours
            .map(HoursBody::read)?
            .apply(&mut settings.business_hours);
        settings.us_registration = self.us_registration.unwrap_or(settings.us_registration);
        if let Some(MonthlyPatch { messages, budget }) = self.monthly {
            messages.apply(&mut settings.monthly.messages);
            budget.apply(&mut settings.monthly.budget);
        }
        if let Some(switch) = self.channel_switch {
            switch.apply(&mut settings.channel_switch);
        }
        if let Some(whatsapp) = self.whatsapp {
            whatsapp.apply(&mut settings.whatsapp);
        }
        if let Some(routing) = self.routing {
            settings.routing = routing;
        }
        if let Some(facade) = self.twilio_facade {
            settings.twilio_facade = facade;
        }
        Ok(())
    }
}

impl HoursBody {
    fn read(self) -> Result<BusinessHours, ApiError> {
        let mut checks = Checks::default();
        let mut open = Vec::new();
        // One more than there are weekdays: then one of them is none, and is named.
        for (name, windows) in self.windows.iter().take(8) {
            let pointer = format!("{HOURS}/windows/{}", step(name));
            let Some(day) = weekday(name) else {
                let detail = "name a weekday, from monday to sunday";
                checks.refuse(pointer, "invalid_value", detail);
                continue;
            };
            if windows.len() > WINDOWS {
                let detail = format!("at most {WINDOWS} windows a day");
                checks.refuse(&*pointer, "too_many", detail);
            }
            for (index, window) in windows.iter().take(WINDOWS).enumerate() {
                match window.parse::<Interval>() {
                    Ok(interval) => open.push((day, interval)),
                    Err(error) => {
                        let pointer = format!("{pointer}/{index}");
                        checks.refuse(pointer, "invalid_value", told(&error));
                    }
                }
            }
        }
        checks.done()?;
        Ok(BusinessHours {
            windows: Weekly::new(open),
            closed: self.closed,
        })
    }
}

fn told(error: &InvalidInterval) -> String {
    match error {
        InvalidInterval::StartsAtEndOfDay | InvalidInterval::Form(_) => error.to_string(),
        InvalidInterval::Time(cause) => format!("{error}: {cause}"),
    }
}

fn weekday(name: &str) -> Option<Weekday> {
    Some(match name {
        "monday" => Weekday::Monday,
        "tuesday" => Weekday::Tuesday,
        "wednesday" => Weekday::Wednesday,
        "thursday" => Weekday::Thursday,
        "friday" => Weekday::Friday,
        "saturday" => Weekday::Saturday,
        "sunday" => Weekday::Sunday,
        _ => return None,
    })
}

impl ConsentPatch {
    fn apply(self, consent: &mut ConsentSettings) {
        consent.double_opt_in = self.double_opt_in.unwrap_or(consent.double_opt_in);
        if let Some(regions) = self.soft_opt_in {
            consent.soft_opt_in = distinct(regions);
        }
        if let Some(regions) = self.single_opt_in {
            consent.single_opt_in = distinct(regions);
        }
        self.max_age_days.apply(&mut consent.max_age_days);
    }
}

/// Each once, in the order given; in linear time, since the list comes from outside.
fn distinct<T: Ord + Clone>(list: Vec<T>) -> Vec<T> {
    let mut seen = BTreeSet::new();
    list.into_iter()
        .filter(|item| seen.insert(item.clone()))
        .collect()
}

/// Checks the whole: a change of one field may make another one wrong.
fn check(tenant: &Tenant) -> Result<(), ApiError> {
    let mut checks = Checks::default();
    let settings = &tenant.settings;
    line(&mut checks, "/name", Some(&tenant.name), 200);
    line(
        &mut checks,
        "/settings/brand",
        settings.brand.as_deref(),
        BRAND,
    );
    checks.text("/settings/help_text", settings.help_text.as_deref(), HELP);
    if settings.link_domains.len() > DOMAINS {
        let detail = format!("at most {DOMAINS} domains");
        checks.refuse("/settings/link_domains", "too_many", detail);
    }
    for (index, domain) in settings.link_domains.iter().take(DOMAINS).enumerate() {
        if !is_domain(domain) {
            checks.refuse(
                format!("/settings/link_domains/{index}"),
                "invalid_domain",
                "write the domain alone, as in example.com; other letters than a to z as xn--…",
            );
        }
    }
    if let Some(cap) = settings.marketing_cap
        && !(1..=MarketingCap::LONGEST).contains(&cap.hours)
    {
        let detail = format!("hours go from 1 to {}", MarketingCap::LONGEST);
        checks.refuse("/settings/marketing_cap/hours", "out_of_range", detail);
    }
    if let Some(days) = settings.consent.max_age_days
        && !(1..=OLDEST_CONSENT).contains(&days)
    {
        let detail = format!("days go from 1 to {OLDEST_CONSENT}");
        checks.refuse("/settings/consent/max_age_days", "out_of_range", detail);
    }
    hours(&mut checks, tenant);
    monthly(&mut checks, settings.monthly);
    if settings.routing.rules.len() > Policy::MOST_RULES {
        let detail = format!("at most {} rules", Policy::MOST_RULES);
        checks.refuse("/settings/routing/rules", "too_many", detail);
    }
    tenant_whatsapp::check(&mut checks, settings);
    facade(&mut checks, &settings.twilio_facade);
    checks.done()
}

/// A text that is not blank and has one line.
fn line(checks: &mut Checks, pointer: &str, text: Option<&str>, most: usize) {
    checks.text(pointer, text, most);
    if text.is_some_and(|text| text.contains(char::is_control)) {
        let detail = "line breaks and other control characters cannot stand here";
        checks.refuse(pointer, "control_character", detail);
    }
}

fn hours(checks: &mut Checks, tenant: &Tenant) {
    let Some(BusinessHours { windows, closed }) = &tenant.settings.business_hours else {
        return;
    };
    if tenant.time_zone.is_none() {
        let detail = "hours are those of the tenant's clock: give time_zone too";
        checks.refuse(HOURS, "needs_time_zone", detail);
    }
    if windows.windows().next().is_none() {
        let detail =
            "a business that is never open could never send: clear the hours with null instead";
        checks.refuse(format!("{HOURS}/windows"), "empty", detail);
    }
    for (name, count, most) in [
        ("closed/dates", closed.dates.len(), 400),
        ("closed/calendars", closed.calendars.len(), 10),
    ] {
        if count > most {
            checks.refuse(
                format!("{HOURS}/{name}"),
                "too_many",
                format!("at most {most}"),
            );
        }
    }
}

fn monthly(checks: &mut Checks, monthly: Monthly) {
    if monthly
        .messages
        .is_some_and(|limit| i64::try_from(limit).is_err())
    {
        let detail = "leave it out, or clear it with null, for no limit";
        checks.refuse("/settings/monthly/messages", "out_of_range", detail);
    }
    if monthly.budget.is_some_and(|budget| budget.micros() < 0) {
        let detail = "a budget is not negative";
        checks.refuse("/settings/monthly/budget/amount", "out_of_range", detail);
    }
}

fn facade(checks: &mut Checks, facade: &TwilioFacade) {
    const AT: &str = "/settings/twilio_facade";
    let of_services = facade.services.iter().take(SERVICES);
    let of_services = of_services.map(|(sid, purpose)| {
        let pointer = format!("{AT}/services/{}", step(sid));
        (pointer, *purpose)
    });
    let usual = facade
        .purpose
        .map(|purpose| (format!("{AT}/purpose"), purpose));
    for (pointer, purpose) in usual.into_iter().chain(of_services) {
        // An emergency is declared message by message, and the others are the system's own.
        if purpose == Purpose::Emergency || !Purpose::FOR_TENANTS.contains(&purpose) {
            let detail = "this purpose cannot be the usual one";
            checks.refuse(pointer, "invalid_value", detail);
        }
    }
    for sid in facade.services.keys().take(SERVICES) {
        if !is_service_sid(sid) {
            let pointer = format!("{AT}/services/{}", step(sid));
            let detail = "write MG and 32 hexadecimal digits";
            checks.refuse(pointer, "invalid_value", detail);
        }
    }
    if facade.services.len() > SERVICES {
        let detail = format!("at most {SERVICES} services");
        checks.refuse(format!("{AT}/services"), "too_many", detail);
    }
}

/// Labels of letters, digits and hyphens (RFC 1123, 2.1), two at least; the last is not a number, so that
/// no address of a machine passes.
fn is_domain(text: &str) -> bool {
    let is_label = |label: &str| {
        let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-';
        (1..=63).contains(&label.len())
            && label.bytes().all(is_plain)
            && !label.starts_with('-')
            && !label.ends_with('-')
    };
    let ends_in_name = text.rsplit_once('.').is_some_and(|(_, last)| {
        last.len() >= 2 && last.bytes().any(|byte| byte.is_ascii_alphabetic())
    });
    text.len() <= 253 && ends_in_name && text.split('.').all(is_label)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_domain_is_a_domain_alone() {
        for good in [
            "example.com",
            "go.shop-1.example.co.uk",
            "xn--bcher-kva.example",
        ] {
            assert!(is_domain(good), "{good}");
        }
        let long = format!("{}.com", "a".repeat(64));
        for bad in [
            "",
            "example",
            "https://example.com",
            "example.com/a",
            "example.com:443",
            "*.example.com",
            "192.0.2.1",
            "-a.com",
            "a-.com",
            "a..com",
            ".com",
            "bücher.example",
            "a b.com",
            &long,
        ] {
            assert!(!is_domain(bad), "{bad}");
        }
    }
}
