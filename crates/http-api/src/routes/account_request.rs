use crate::{
    api::Api,
    checks::Checks,
    error::ApiError,
    wire::{self, Patch, given},
};
use secrecy::SecretString;
use serde::{Deserialize, Deserializer, de::Error};
use std::{collections::BTreeMap, sync::Arc};
use tidings_kernel::{Channel, Region, SenderId};
use tidings_messaging::{
    Credentials, Descriptor, NumberStanding, Price, Provider, Sender, SenderLimits,
};
use utoipa::ToSchema;

/// A tenant's credentials at a provider, with its senders. Not `Debug`: it holds secrets.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct NewAccount {
    /// A name of the catalog, see `GET /v1/providers`.
    #[schema(example = "twilio")]
    pub(crate) provider: String,
    /// The tenant's name for it; the provider's when left out.
    pub(crate) name: Option<String>,
    /// What the catalog asks for, by name. Sealed at once, and never returned.
    #[serde(deserialize_with = "secrets")]
    pub(crate) credentials: BTreeMap<String, String>,
    #[serde(default)]
    pub(crate) senders: Vec<NewSender>,
    /// Lower is tried first.
    #[schema(default = 100)]
    pub(crate) priority: Option<u16>,
    /// At most so many messages a day.
    #[schema(minimum = 1)]
    pub(crate) daily_limit: Option<u32>,
    /// At most so many messages a second.
    #[schema(minimum = 1)]
    pub(crate) rate_per_second: Option<u32>,
    /// What messages cost, for estimates.
    #[serde(default)]
    #[schema(value_type = Vec<PriceBody>)]
    pub(crate) prices: Vec<Price>,
    /// Whether to test the connection first.
    #[schema(default = true)]
    pub(crate) verify: Option<bool>,
}

/// A change of an account: what is absent stays. New credentials replace all old ones.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct AccountPatch {
    #[serde(default, deserialize_with = "given")]
    pub(crate) name: Option<String>,
    #[serde(default, deserialize_with = "given")]
    pub(crate) enabled: Option<bool>,
    #[serde(default, deserialize_with = "given")]
    pub(crate) priority: Option<u16>,
    /// `null` lifts the limit.
    #[serde(default)]
    #[schema(value_type = Option<u32>, minimum = 1)]
    pub(crate) daily_limit: Patch<u32>,
    /// `null` lifts the limit.
    #[serde(default)]
    #[schema(value_type = Option<u32>, minimum = 1)]
    pub(crate) rate_per_second: Patch<u32>,
    /// Replaces all senders; one with the same address keeps its id.
    #[serde(default, deserialize_with = "given")]
    pub(crate) senders: Option<Vec<NewSender>>,
    #[serde(default, deserialize_with = "given")]
    #[schema(value_type = Option<Vec<PriceBody>>)]
    pub(crate) prices: Option<Vec<Price>>,
    #[serde(default, deserialize_with = "new_secrets")]
    pub(crate) credentials: Option<BTreeMap<String, String>>,
    /// Whether to test new credentials first.
    #[serde(default, deserialize_with = "given")]
    #[schema(default = true)]
    pub(crate) verify: Option<bool>,
}

/// A number or address that messages come from.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct NewSender {
    /// SMS: a number, a short code of 3 to 8 digits, or a name of up to 11 letters and digits.
    /// WhatsApp: a number. Email: an address.
    #[schema(example = "+12025550100")]
    address: String,
    #[schema(value_type = Vec<wire::Channel>)]
    channels: Vec<Channel>,
    /// The only region that it may send to.
    #[schema(value_type = Option<String>, example = "US")]
    region: Option<Region>,
    #[serde(default)]
    #[schema(value_type = Option<LimitsBody>)]
    limits: SenderLimits,
}

/// How fast a sender may be used. What is left out is as the provider says, or has no limit.
#[derive(ToSchema)]
#[schema(as = SenderLimits)]
#[expect(
    dead_code,
    reason = "the schema of what the messaging crate reads and writes"
)]
pub(crate) struct LimitsBody {
    /// At most so many a second: parts of an SMS where the provider counts those, else messages.
    #[schema(minimum = 1)]
    per_second: Option<u32>,
    /// At most so many in any minute.
    #[schema(minimum = 1)]
    per_minute: Option<u32>,
    /// At most so many in any 24 hours.
    #[schema(minimum = 1)]
    per_day: Option<u32>,
    /// At most so many different people in any 24 hours, of those who have not written lately: WhatsApp's
    /// messaging limit.
    #[schema(minimum = 1)]
    people_per_day: Option<u32>,
}

/// What one SMS segment, or one message elsewhere, costs.
#[derive(ToSchema)]
#[schema(as = Price)]
#[expect(
    dead_code,
    reason = "the schema of what the messaging crate reads and writes"
)]
pub(crate) struct PriceBody {
    #[schema(value_type = wire::Channel)]
    channel: Channel,
    /// The destination; `null` for everywhere else.
    #[schema(value_type = Option<String>)]
    region: Option<Region>,
    #[schema(value_type = wire::Money)]
    price: tidings_kernel::Money,
}

/// Reads credentials without repeating in the error what was given.
fn secrets<'de, D: Deserializer<'de>>(from: D) -> Result<BTreeMap<String, String>, D::Error> {
    Deserialize::deserialize(from)
        .map_err(|_: D::Error| D::Error::custom("give an object whose values are texts"))
}

fn new_secrets<'de, D: Deserializer<'de>>(
    from: D,
) -> Result<Option<BTreeMap<String, String>>, D::Error> {
    secrets(from).map(Some)
}

/// The provider of the catalog, or 422.
pub(crate) fn provider<'a>(api: &'a Api, name: &str) -> Result<&'a Arc<dyn Provider>, ApiError> {
    api.catalog
        .get(name)
        .ok_or_else(|| ApiError::UnknownProvider(name.to_owned()))
}

/// Checks what both requests may hold.
pub(crate) fn check_settings(
    checks: &mut Checks,
    name: Option<&str>,
    limits: [(&str, Option<u32>); 2],
    prices: &[Price],
) {
    checks.text("/name", name, 100);
    for (pointer, limit) in limits {
        if limit == Some(0) {
            checks.refuse(
                pointer,
                "out_of_range",
                "give at least 1, or leave it out for no limit",
            );
        }
    }
    if prices.len() > 1_000 {
        checks.refuse("/prices", "too_many", "at most 1000 prices");
    }
    for (index, price) in prices.iter().enumerate() {
        if price.price.micros() < 0 {
            let pointer = format!("/prices/{index}/price/amount");
            checks.refuse(pointer, "out_of_range", "a price is not negative");
        }
    }
}

/// Takes the credentials that the provider asks for.
pub(crate) fn credentials(
    checks: &mut Checks,
    descriptor: &Descriptor,
    given: BTreeMap<String, String>,
) -> Credentials {
    for name in given.keys() {
        if !descriptor.credentials.iter().any(|f| f.name == name) {
            let pointer = format!("/credentials/{}", crate::problem::step(name));
            let title = descriptor.title;
            checks.refuse(
                pointer,
                "unknown_field",
                format!("{title} has no such credential"),
            );
        }
    }
    for field in descriptor.credentials.iter().filter(|f| f.is_required) {
        if given
            .get(field.name)
            .is_none_or(|text| text.trim().is_empty())
        {
            checks.refuse(
                format!("/credentials/{}", field.name),
                "missing_field",
                format!("{}: {}", field.label, field.hint),
            );
        }
    }
    Credentials::new(
        given
            .into_iter()
            .filter(|(_, text)| !text.trim().is_empty())
            .map(|(name, text)| (name, SecretString::from(text.trim()))),
    )
}

/// Takes senders; one whose address is among `old` keeps its id.
pub(crate) fn senders(
    api: &Api,
    checks: &mut Checks,
    descriptor: &Descriptor,
    given: Vec<NewSender>,
    old: &[Sender],
) -> Vec<Sender> {
    if given.len() > 500 {
        checks.refuse("/senders", "too_many", "at most 500 senders");
        return Vec::new();
    }
    let mut senders: Vec<Sender> = Vec::with_capacity(given.len());
    for (index, mut sender) in given.into_iter().enumerate() {
        let at = |field: &str| format!("/senders/{index}/{field}");
        sender.channels.sort_unstable();
        sender.channels.dedup();
        if sender.channels.is_empty() {
            checks.refuse(at("channels"), "empty", "name at least one channel");
        }
        let mut address = sender.address.trim().to_owned();
        for channel in &sender.channels {
            if descriptor.ability(*channel).is_none() {
                let title = descriptor.title;
                let detail = format!("{title} does not carry {channel}");
                checks.refuse(at("channels"), "unsupported_channel", detail);
            } else if let Some(normal) =
                Sender::read_address(*channel, &address, sender.region, api.config.fictitious)
            {
                address = normal;
            } else {
                let detail = format!("this is no address that sends {channel}");
                checks.refuse(at("address"), "invalid_sender", detail);
            }
        }
        if senders.iter().any(|other| other.address == address) {
            checks.refuse(at("address"), "duplicate", "give each address once");
        }
        let known = old.iter().find(|other| other.address == address);
        let id = known.map_or_else(|| SenderId::new(&*api.ids), |other| other.id);
        for (name, limit) in [
            ("limits/per_second", sender.limits.per_second),
            ("limits/per_minute", sender.limits.per_minute),
            ("limits/per_day", sender.limits.per_day),
            ("limits/people_per_day", sender.limits.people_per_day),
        ] {
            if limit == Some(0) {
                let detail = "give at least 1, or leave it out";
                checks.refuse(at(name), "out_of_range", detail);
            }
        }
        senders.push(Sender {
            id,
            address,
            channels: sender.channels,
            region: sender.region,
            limits: sender.limits,
            standing: known.map_or_else(NumberStanding::default, |known| known.standing.clone()),
        });
    }
    senders
}
