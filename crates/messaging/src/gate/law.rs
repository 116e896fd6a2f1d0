use crate::{ConsentSettings, DoubleOptIn, Known, Tenant};
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;
use tidings_consent::{Grade, Need, SoftOptIn};
use tidings_jurisdictions::{
    Applicable, Clues, Counts, Packs, Place, Places, SoftOptIn as LawfulSoftOptIn, TenantChoice,
    Wording, places,
};
use tidings_kernel::{Channel, PhoneNumber, Purpose, Region};
use tidings_quiet_hours::{HORIZON, Rule};
use time::{Duration, OffsetDateTime};

/// What the law of the contact's places and the tenant's own choices demanded when a decision was made.
/// Stored with it, so that it can be explained without today's rules (compliance reference, L80).
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Law {
    /// What must be open besides the contact's own hours.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub hours: Vec<Rule>,
    /// What an agreement must be like.
    pub need: Need,
    /// How often, at most.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub caps: Vec<Cap>,
    /// Whether the text must name the sender.
    pub brand: Demand,
    /// Whether the text must say how to stop.
    pub stop_line: Demand,
    /// A channel that is closed for now.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub pause: Option<Pause>,
    /// The rule that looks at the sender's clock too, when the tenant's zone is not known.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sender_clock: Option<String>,
    /// The rules that spoke, in the versions that did, such as `us.pa.hours@2026`.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub cited: Vec<String>,
    /// Those of them that no source confirms.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub unconfirmed: Vec<String>,
}

/// At most so many marketing messages in so many hours.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Cap {
    /// How many.
    pub most: u32,
    /// In any period of this many hours.
    pub hours: u16,
    /// The rule that says so; `None` for the tenant's own.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rule: Option<String>,
}

impl Cap {
    /// The period.
    pub fn window(&self) -> Duration {
        Duration::hours(i64::from(self.hours))
    }
}

/// Whether a part of the wording is asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Demand {
    /// It is not.
    #[default]
    Free,
    /// It is, in each message. A law that asks for it in the first message and regularly is kept by
    /// saying it always.
    Required,
}

/// A channel that is closed for now.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Pause {
    /// The rule that says so.
    pub rule: String,
    /// What may be tried instead.
    pub instead: BTreeSet<Channel>,
}

impl Law {
    /// What binds a message to this contact, by this channel, at this time.
    pub fn of(
        packs: &Packs,
        known: &Known,
        channel: Channel,
        purpose: Purpose,
        at: OffsetDateTime,
    ) -> Self {
        let contact = &known.contact;
        let number: Option<PhoneNumber> = contact
            .address(channel)
            .and_then(|address| address.phone())
            .or(contact.phone);
        let sender = known.tenant.default_region.map(Place::of);
        let of_number = places(&Clues {
            number,
            sender,
            ..Clues::default()
        });
        // A country that was declared adds to the number's places, unless the number tells the part of it.
        let declared: Vec<Place> = contact
            .region
            .map(Place::of)
            .filter(|region| number.is_none() || !tells_part_of(&of_number, *region))
            .into_iter()
            .collect();
        let places = if declared.is_empty() {
            of_number
        } else {
            places(&Clues {
                number,
                region: None,
                declared: &declared,
                sender,
            })
        };
        let plan = packs.plan(&places, &choice(&known.tenant));
        let applicable = plan.at(purpose, channel, at);
        let mut law = Self::from(&*applicable);
        law.put_on_the_senders_clock(&applicable, &known.tenant);
        let keeps_business_hours = matches!(purpose, Purpose::Marketing | Purpose::Reminder);
        if let (true, Some(hours), Some(zone)) = (
            keeps_business_hours,
            &known.tenant.settings.business_hours,
            &known.tenant.time_zone,
        ) {
            law.hours.push(hours.rule(zone.clone()));
        }
        law.keep_dates_alone(at);
        law
    }

    fn put_on_the_senders_clock(&mut self, applicable: &Applicable, tenant: &Tenant) {
        for rule in &applicable.sender_hours {
            match &tenant.time_zone {
                Some(zone) => self.hours.push(rule.clone().in_zone(zone.clone())),
                None => self.sender_clock = Some(rule.id.to_string()),
            }
        }
    }

    /// Puts the closed dates that can matter in place of the calendars that they come from: the facts
    /// must say the same when the calendars have changed.
    fn keep_dates_alone(&mut self, at: OffsetDateTime) {
        let day = Duration::DAY;
        let from = at.saturating_sub(day * 2).date();
        let to = at.saturating_add(HORIZON + day * 2).date();
        for rule in &mut self.hours {
            if !rule.closed.calendars.is_empty() {
                rule.closed = rule.closed.within(from, to);
            }
        }
    }
}

/// Whether the places of a number lie in a country.
fn tells_part_of(places: &Places, country: Place) -> bool {
    places
        .contact()
        .any(|(place, _)| place.country() == Some(country))
}

/// What a tenant's settings choose where a law leaves a choice, and where they are stricter.
fn choice(tenant: &Tenant) -> TenantChoice {
    let settings = &tenant.settings;
    let ConsentSettings {
        double_opt_in,
        soft_opt_in,
        single_opt_in,
        max_age_days,
    } = &settings.consent;
    let here = |regions: &[Region]| regions.iter().copied().map(Place::of).collect();
    TenantChoice {
        soft_opt_in: here(soft_opt_in),
        single_opt_in: here(single_opt_in),
        first_stop_line: BTreeSet::new(),
        least_consent: match double_opt_in {
            DoubleOptIn::WhereRequired => tidings_jurisdictions::Grade::Nothing,
            DoubleOptIn::Everywhere => tidings_jurisdictions::Grade::Confirmed,
        },
        consent_max_age: max_age_days.map(|days| Duration::days(i64::from(days))),
        caps: settings
            .marketing_cap
            .iter()
            .map(|cap| tidings_jurisdictions::Cap {
                most: u32::from(cap.most),
                hours: cap.hours,
                counts: Counts::AnySubject,
            })
            .collect(),
        wording: BTreeSet::new(),
    }
}

impl From<&Applicable> for Law {
    fn from(law: &Applicable) -> Self {
        let demands = |wanted: fn(&Wording) -> bool| {
            if law.wording.iter().any(wanted) {
                Demand::Required
            } else {
                Demand::Free
            }
        };
        Self {
            hours: law.hours.clone(),
            need: need(law),
            caps: law
                .caps
                .iter()
                .map(|capped| Cap {
                    most: capped.cap.most,
                    hours: capped.cap.hours,
                    rule: capped.rule.as_deref().map(ToOwned::to_owned),
                })
                .collect(),
            brand: demands(|wording| matches!(wording, Wording::Brand)),
            stop_line: demands(|wording| matches!(wording, Wording::StopLine(_))),
            pause: law.channel_pause.as_ref().map(|pause| Pause {
                rule: pause.rule.to_string(),
                instead: pause.instead.clone(),
            }),
            sender_clock: None,
            cited: law.cited.iter().map(ToString::to_string).collect(),
            unconfirmed: law.unconfirmed().map(ToString::to_string).collect(),
        }
    }
}

fn need(law: &Applicable) -> Need {
    let demand = law.consent;
    Need {
        grade: match demand.grade {
            tidings_jurisdictions::Grade::Nothing | tidings_jurisdictions::Grade::Express => {
                Grade::Express
            }
            tidings_jurisdictions::Grade::Written => Grade::Written,
            tidings_jurisdictions::Grade::Confirmed => Grade::Confirmed,
        },
        max_age: demand.max_age,
        soft_opt_in: match demand.soft_opt_in {
            LawfulSoftOptIn::Off => SoftOptIn::Refused,
            LawfulSoftOptIn::Allowed { max_age } => SoftOptIn::Accepted { max_age },
        },
    }
}
