//! Rules in words, for tables and for people.

use crate::{
    Cap, ClockOf, ConsentRule, Counts, Demand, ExclusiveMeans, Grade, Hours, Keep, Packs,
    Revocation, SenderKind, SenderRule, Senders, SoftOptInRule, Start, StopLine, Version, Wording,
};
use std::fmt::{self, Write};
use time::{OffsetDateTime, Weekday, macros::format_description};

impl Packs {
    /// Every version of every rule as a table in Markdown, sorted by id.
    ///
    /// ```rust
    /// let packs = tidings_jurisdictions::Packs::bundled()?;
    /// let row = "| us.pa.hours@2026 | US-PA | Mon to Sat 09:00 to 19:00 | 2026-10-18 | ";
    /// assert!(packs.table().contains(row));
    /// # Ok::<(), tidings_jurisdictions::PackError>(())
    /// ```
    pub fn table(&self) -> String {
        let mut table = "| Rule | Place | Demands | From | Source | Trust |\n\
                         |---|---|---|---|---|---|\n"
            .to_owned();
        for rule in self.rules() {
            for version in rule.versions() {
                // Writing to a string does not fail.
                let _ = writeln!(
                    table,
                    "| {}@{} | {} | {} | {} | {} | {} |",
                    rule.id(),
                    version.version,
                    rule.place(),
                    cell(&version.demand.to_string()),
                    validity(version),
                    cell(&version.source),
                    trust(version),
                );
            }
        }
        table
    }
}

fn cell(text: &str) -> String {
    text.replace('|', "\\|").replace('<', "&lt;")
}

fn trust(version: &Version) -> String {
    match &version.conflict {
        Some(_) => format!("{}, conflict", version.trust),
        None => version.trust.to_string(),
    }
}

fn validity(version: &Version) -> String {
    let start = match version.from {
        Start::Ever => String::new(),
        Start::At(from) => date(from),
        Start::NotSet => "no date".to_owned(),
    };
    match version.until {
        Some(until) => format!("{start} until {}", date(until)).trim().to_owned(),
        None => start,
    }
}

fn date(at: OffsetDateTime) -> String {
    at.format(format_description!("[year]-[month]-[day]"))
        .unwrap_or_default()
}

impl fmt::Display for Demand {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Hours(hours) => f.write_str(&hours_text(hours)),
            Self::ClosedDays(days) => {
                let calendars = days
                    .calendars
                    .iter()
                    .map(|one| format!("calendar {}", one.id()));
                let dates = days.dates.iter().map(ToString::to_string);
                let all: Vec<_> = calendars.chain(dates).collect();
                write!(f, "closed: {}", all.join(", "))
            }
            Self::Cap(cap) => f.write_str(&cap_text(*cap)),
            Self::Consent(consent) => f.write_str(&consent_text(consent)),
            Self::Wording(parts) => {
                let parts: Vec<_> = parts.iter().map(wording_text).collect();
                f.write_str(&parts.join(", "))
            }
            Self::Records(retention) => {
                let years = retention.consent_years_after_use;
                let opt_out = match retention.opt_out {
                    Keep::Years(years) => format!("{years} years"),
                    Keep::ForEver => "for ever".to_owned(),
                };
                if years > 0 {
                    write!(f, "consent {years} years after use, ")?;
                }
                write!(f, "opt-out {opt_out}")
            }
            Self::SenderId(senders) => f.write_str(&senders_text(senders)),
            Self::ChannelPause(pause) => {
                f.write_str("nothing is sent")?;
                match pause
                    .instead
                    .iter()
                    .map(|one| one.as_str())
                    .collect::<Vec<_>>()
                {
                    channels if channels.is_empty() => Ok(()),
                    channels => write!(f, "; instead: {}", channels.join(", ")),
                }
            }
            Self::Revocation(revocation) => f.write_str(&revocation_text(*revocation)),
        }
    }
}

fn hours_text(hours: &Hours) -> String {
    const WEEK: [(Weekday, &str); 7] = [
        (Weekday::Monday, "Mon"),
        (Weekday::Tuesday, "Tue"),
        (Weekday::Wednesday, "Wed"),
        (Weekday::Thursday, "Thu"),
        (Weekday::Friday, "Fri"),
        (Weekday::Saturday, "Sat"),
        (Weekday::Sunday, "Sun"),
    ];
    // Neighboring days with the same windows stand together.
    let mut groups: Vec<(&str, &str, String)> = Vec::new();
    for (day, name) in WEEK {
        let windows: Vec<_> = hours
            .open
            .intervals(day)
            .iter()
            .map(ToString::to_string)
            .collect();
        let windows = windows.join(" and ");
        match groups.last_mut() {
            Some((_, last, same)) if *same == windows => *last = name,
            Some(_) | None => groups.push((name, name, windows)),
        }
    }
    let group = |(first, last, windows): &(&str, &str, String)| match (*first, *last) {
        ("Mon", "Sun") => format!("daily {windows}"),
        (first, last) if first == last => format!("{first} {windows}"),
        (first, last) => format!("{first} to {last} {windows}"),
    };
    let open = groups.iter().filter(|(_, _, windows)| !windows.is_empty());
    let text = open.map(group).collect::<Vec<_>>().join(", ");
    let others = hours.clocks.iter().filter_map(|clock| match clock {
        ClockOf::Recipient => None,
        ClockOf::Sender => Some("the sender's clock".to_owned()),
        ClockOf::Zone(zone) => Some(zone.name().to_owned()),
    });
    match others.collect::<Vec<_>>() {
        others if others.is_empty() => text,
        others => format!("{text}, also by {}", others.join(", ")),
    }
}

fn cap_text(cap: Cap) -> String {
    let Cap {
        most,
        hours,
        counts,
    } = cap;
    match counts {
        Counts::SameSubject => format!("at most {most} in {hours} h on the same subject"),
        Counts::AnySubject => format!("at most {most} in {hours} h"),
    }
}

fn consent_text(consent: &ConsentRule) -> String {
    let grade = match consent.grade {
        Grade::Nothing => "no consent",
        Grade::Express => "express consent",
        Grade::Written => "written consent",
        Grade::Confirmed => "written and confirmed consent",
    };
    let soft = match consent.soft_opt_in {
        SoftOptInRule::Refused => ", no soft opt-in".to_owned(),
        SoftOptInRule::Silent => String::new(),
        SoftOptInRule::Offered(limit) => match limit.max_age_days {
            Some(days) => format!(", soft opt-in offered for {days} days"),
            None => ", soft opt-in offered".to_owned(),
        },
    };
    let age = consent
        .max_age_days
        .map_or_else(String::new, |days| format!(", for {days} days"));
    format!("{grade}{age}{soft}")
}

fn wording_text(part: &Wording) -> String {
    match part {
        Wording::Brand => "brand".to_owned(),
        Wording::StopLine(StopLine::EachMessage) => "how to stop, each message".to_owned(),
        Wording::StopLine(StopLine::FirstAndRegularly) => {
            "how to stop, first message and regularly".to_owned()
        }
        Wording::Contact => "contact".to_owned(),
        Wording::PostalAddress => "postal address".to_owned(),
        Wording::Label(label) => format!("label {label}"),
    }
}

fn senders_text(senders: &Senders) -> String {
    let kinds = SenderKind::ALL.into_iter().filter_map(|kind| {
        let name = match kind {
            SenderKind::Alphanumeric => "alphanumeric",
            SenderKind::LongCode => "long code",
            SenderKind::TollFree => "toll-free",
            SenderKind::ShortCode => "short code",
            SenderKind::ForeignNumber => "foreign number",
        };
        match senders.rule(kind) {
            SenderRule::Allowed => None,
            SenderRule::Replaced => Some(format!("{name}: replaced")),
            SenderRule::Forbidden => Some(format!("{name}: forbidden")),
            SenderRule::NeedsRegistration(what) => {
                let what: Vec<_> = what.iter().map(String::as_str).collect();
                Some(format!("{name}: register {}", what.join(", ")))
            }
        }
    });
    kinds.collect::<Vec<_>>().join("; ")
}

fn revocation_text(revocation: Revocation) -> String {
    let minutes = revocation
        .confirmation_minutes
        .map_or_else(String::new, |minutes| {
            format!(", confirmation within {minutes} minutes")
        });
    let means = match revocation.exclusive_means {
        ExclusiveMeans::IfDisclosed => "",
        ExclusiveMeans::Forbidden => ", by any reasonable means",
    };
    format!(
        "opt-out within {} business days{minutes}{means}",
        revocation.business_days
    )
}
