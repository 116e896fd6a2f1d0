//! From the text of a pack to its rules, strictly.

use crate::{
    Concern, Demand, LawRule, Loosening, PackError, PackProblem, Place, Reach, SoftOptInRule,
    Start, StopLine, Switch, Trust, Version, Wording, closed_days::calendars_of,
};
use serde::{Deserialize, Deserializer, de};
use std::{collections::BTreeSet, sync::Arc};
use tidings_kernel::{Channel, Purpose};
use tidings_quiet_hours::Calendar;
use time::{
    Date, OffsetDateTime, format_description::well_known::Rfc3339, macros::format_description,
};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawPack {
    #[serde(rename = "about")]
    _about: String,
    #[serde(default)]
    calendars: Vec<String>,
    rules: Vec<RawRule>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawRule {
    id: String,
    place: String,
    concern: Concern,
    channels: BTreeSet<Channel>,
    purposes: Purposes,
    #[serde(default)]
    reach: Reach,
    #[serde(default)]
    switch: Switch,
    versions: Vec<RawVersion>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawVersion {
    version: String,
    #[serde(deserialize_with = "start")]
    from: Start,
    #[serde(default, with = "time::serde::rfc3339::option")]
    until: Option<OffsetDateTime>,
    #[serde(default)]
    begins: Begins,
    demands: Demand,
    #[serde(default)]
    tenant_may_choose: BTreeSet<Loosening>,
    source: String,
    trust: Trust,
    #[serde(deserialize_with = "date")]
    read_on: Date,
    #[serde(default)]
    conflict: Option<String>,
    #[serde(default)]
    note: Option<String>,
}

/// How a version follows the one before it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Begins {
    /// When that has ended by its own date.
    #[default]
    AfterTheLast,
    /// By ending it.
    EndingTheLast,
}

/// Purposes by name, or all of them.
struct Purposes(BTreeSet<Purpose>);

impl<'de> Deserialize<'de> for Purposes {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        #[derive(Deserialize)]
        #[serde(untagged)]
        enum Raw {
            Word(String),
            Names(Vec<String>),
        }
        match Raw::deserialize(deserializer)? {
            Raw::Word(word) if word == "all" => Ok(Self(Purpose::ALL.into_iter().collect())),
            Raw::Word(word) => Err(de::Error::custom(format!(
                "unknown purposes {word:?}: use \"all\" or a list"
            ))),
            Raw::Names(names) => names
                .iter()
                .map(|name| name.parse().map_err(de::Error::custom))
                .collect::<Result<_, _>>()
                .map(Self),
        }
    }
}

fn start<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Start, D::Error> {
    match Option::<String>::deserialize(deserializer)?.as_deref() {
        None => Ok(Start::NotSet),
        Some("ever") => Ok(Start::Ever),
        Some(text) => OffsetDateTime::parse(text, &Rfc3339)
            .map(Start::At)
            .map_err(|_| {
                de::Error::custom(format!(
                    "invalid from {text:?}: use an instant such as 2026-10-18T00:00:00-04:00, \"ever\" or null"
                ))
            }),
    }
}

pub(crate) fn parse_date(text: &str) -> Option<Date> {
    Date::parse(text, format_description!("[year]-[month]-[day]")).ok()
}

fn date<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Date, D::Error> {
    let text = String::deserialize(deserializer)?;
    parse_date(&text)
        .ok_or_else(|| de::Error::custom(format!("invalid date {text:?}: use YYYY-MM-DD")))
}

/// A rule as one pack has it, its versions not yet put in order.
pub(crate) struct Draft {
    pub(crate) pack: String,
    /// The calendars of that pack, as it has them.
    pub(crate) calendars: Arc<[String]>,
    /// Without versions.
    pub(crate) head: LawRule,
    pub(crate) versions: Vec<(Version, Begins)>,
}

/// The rules of the pack `name`, each checked by itself.
pub(crate) fn read(name: &str, text: &str) -> Result<Vec<Draft>, PackError> {
    let raw: RawPack = serde_json::from_str(text).map_err(|error| malformed(name, text, &error))?;
    let calendars = calendars_of(name, &raw.calendars).map_err(|error| PackError {
        pack: name.to_owned(),
        rule: None,
        version: None,
        problem: PackProblem::InvalidCalendar(error.to_string()),
    })?;
    let lines: Arc<[String]> = raw.calendars.into();
    let drafts = raw
        .rules
        .into_iter()
        .map(|rule| draft(name, rule, &calendars, &lines));
    let drafts = drafts.collect::<Result<Vec<_>, _>>()?;
    let mut ids = BTreeSet::new();
    for draft in &drafts {
        if !ids.insert(Arc::clone(&draft.head.id)) {
            return Err(draft.error(None, PackProblem::Twice));
        }
    }
    Ok(drafts)
}

impl Draft {
    pub(crate) fn error(&self, version: Option<&str>, problem: PackProblem) -> PackError {
        PackError {
            pack: self.pack.clone(),
            rule: Some(self.head.id.to_string()),
            version: version.map(str::to_owned),
            problem,
        }
    }
}

/// Which rule and version the text is wrong in, by reading once more what can be read.
fn malformed(name: &str, text: &str, error: &serde_json::Error) -> PackError {
    let text_of = |value: &serde_json::Value, key: &str| {
        value.get(key).and_then(|id| id.as_str()).map(str::to_owned)
    };
    let bad_rule = serde_json::from_str::<serde_json::Value>(text)
        .ok()
        .and_then(|pack| pack.get("rules")?.as_array().cloned())
        .and_then(|rules| {
            let is_bad = |rule: &serde_json::Value| RawRule::deserialize(rule).is_err();
            rules.into_iter().find(is_bad)
        });
    let version = bad_rule
        .as_ref()
        .and_then(|rule| rule.get("versions")?.as_array())
        .and_then(|versions| {
            versions
                .iter()
                .find(|one| RawVersion::deserialize(*one).is_err())
        })
        .and_then(|version| text_of(version, "version"));
    PackError {
        pack: name.to_owned(),
        rule: bad_rule.and_then(|rule| text_of(&rule, "id")),
        version,
        problem: PackProblem::Malformed(error.to_string()),
    }
}

fn draft(
    pack: &str,
    raw: RawRule,
    calendars: &[(String, Calendar)],
    lines: &Arc<[String]>,
) -> Result<Draft, PackError> {
    let at_rule = |problem| PackError {
        pack: pack.to_owned(),
        rule: Some(raw.id.clone()),
        version: None,
        problem,
    };
    if !is_id(&raw.id) {
        return Err(at_rule(PackProblem::InvalidId));
    }
    let place =
        Place::parse(&raw.place).map_err(|error| at_rule(PackProblem::UnknownPlace(error)))?;
    for (name, is_empty) in [
        ("channels", raw.channels.is_empty()),
        ("purposes", raw.purposes.0.is_empty()),
        ("versions", raw.versions.is_empty()),
    ] {
        if is_empty {
            return Err(at_rule(PackProblem::Empty(name)));
        }
    }
    let concern = raw.concern;
    let mut draft = Draft {
        pack: pack.to_owned(),
        calendars: Arc::clone(lines),
        head: LawRule {
            id: raw.id.into(),
            place,
            concern,
            channels: raw.channels,
            purposes: raw.purposes.0,
            reach: raw.reach,
            switch: raw.switch,
            versions: Vec::new(),
        },
        versions: raw.versions.into_iter().map(version).collect(),
    };
    for (version, _) in &mut draft.versions {
        if let Demand::ClosedDays(days) = &mut version.demand {
            days.resolve(calendars).map_err(|error| PackError {
                pack: pack.to_owned(),
                rule: Some(draft.head.id.to_string()),
                version: Some(version.version.to_string()),
                problem: PackProblem::UnknownCalendar(error),
            })?;
        }
    }
    for (version, _) in &draft.versions {
        check(version, concern).map_err(|problem| draft.error(Some(&version.version), problem))?;
    }
    Ok(draft)
}

fn version(raw: RawVersion) -> (Version, Begins) {
    let version = Version {
        version: raw.version.into(),
        from: raw.from,
        until: raw.until,
        demand: raw.demands,
        tenant_may_choose: raw.tenant_may_choose,
        source: raw.source.into(),
        trust: raw.trust,
        conflict: raw.conflict.map(Into::into),
        read_on: raw.read_on,
        note: raw.note,
    };
    (version, raw.begins)
}

fn check(version: &Version, concern: Concern) -> Result<(), PackProblem> {
    let own = version.demand.concern();
    if own != concern {
        return Err(PackProblem::OtherConcern {
            rule: concern.as_str(),
            version: own.as_str(),
        });
    }
    if version.version.trim().is_empty() {
        return Err(PackProblem::Empty("the name of the version"));
    }
    if version.source.trim().is_empty() {
        return Err(PackProblem::Empty("source"));
    }
    let nothing = match &version.demand {
        Demand::Hours(hours) => hours.clocks.is_empty().then_some("clocks"),
        Demand::ClosedDays(days) => days.is_empty().then_some("closed_days"),
        Demand::Cap(cap) => (cap.hours == 0).then_some("the window of the cap"),
        Demand::Wording(parts) => parts.is_empty().then_some("wording"),
        Demand::SenderId(senders) => senders.is_empty().then_some("sender_id"),
        Demand::Consent(_)
        | Demand::Records(_)
        | Demand::ChannelPause(_)
        | Demand::Revocation(_) => None,
    };
    if let Some(what) = nothing {
        return Err(PackProblem::Empty(what));
    }
    if let Demand::Consent(consent) = &version.demand
        && matches!(consent.soft_opt_in, SoftOptInRule::Offered(_))
        && !version.tenant_may_choose.contains(&Loosening::SoftOptIn)
    {
        return Err(PackProblem::Empty("soft_opt_in in tenant_may_choose"));
    }
    for choice in &version.tenant_may_choose {
        let (name, can) = match (choice, &version.demand) {
            (Loosening::SoftOptIn, Demand::Consent(consent)) => (
                "soft_opt_in",
                matches!(consent.soft_opt_in, SoftOptInRule::Offered(_)),
            ),
            (Loosening::SingleOptIn, Demand::Consent(consent)) => {
                ("single_opt_in", consent.grade == crate::Grade::Confirmed)
            }
            (Loosening::FirstStopLine, Demand::Wording(parts)) => (
                "first_stop_line",
                parts.contains(&Wording::StopLine(StopLine::EachMessage)),
            ),
            (Loosening::SoftOptIn, _) => ("soft_opt_in", false),
            (Loosening::SingleOptIn, _) => ("single_opt_in", false),
            (Loosening::FirstStopLine, _) => ("first_stop_line", false),
        };
        if !can {
            return Err(PackProblem::NothingToChoose(name));
        }
    }
    match (version.from, version.until) {
        (Start::At(from), Some(until)) if until <= from => Err(PackProblem::EmptyValidity),
        (Start::NotSet, Some(_)) => Err(PackProblem::EmptyValidity),
        (Start::Ever | Start::At(_) | Start::NotSet, _) => Ok(()),
    }
}

fn is_id(id: &str) -> bool {
    !id.is_empty()
        && id.len() <= 100
        && id.bytes().all(|byte| {
            byte.is_ascii_lowercase() || byte.is_ascii_digit() || matches!(byte, b'.' | b'-' | b'_')
        })
}
