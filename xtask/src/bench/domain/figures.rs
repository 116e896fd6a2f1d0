//! The figures that are wanted of the domain crates.

use std::path::Path;

use super::criterion::{Estimate, estimate};
use crate::process::Outcome;

/// What one line of the table is about.
struct Line {
    /// For people.
    what: &'static str,
    /// Criterion's group and function.
    at: (&'static str, &'static str),
    /// What is wanted.
    target: Target,
    /// Functions of the same group that say what fast would be.
    beside: &'static [&'static str],
}

/// What is wanted of a benchmark.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Target {
    /// At least so many bytes a second.
    Bytes(f64),
    /// At least so many things a second, which have this name.
    Things(f64, &'static str),
    /// At most so many nanoseconds a pass.
    Nanoseconds(f64),
    /// At least so many times as fast as this function of the same group.
    TimesAsFast(f64, &'static str),
    /// Nothing; told because people ask.
    None(Unit),
}

/// How a figure without a target is told.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Unit {
    /// Nanoseconds a pass.
    Time,
    /// Bytes a second.
    Bytes,
    /// Things a second.
    Things(&'static str),
}

/// One line of the table, measured.
pub(super) struct Figure {
    /// For people.
    pub(super) what: &'static str,
    /// What is wanted.
    pub(super) target: Target,
    /// What was measured.
    pub(super) estimate: Estimate,
    /// The function that the target names.
    pub(super) rival: Option<Estimate>,
    /// Other functions over the same input.
    pub(super) beside: Vec<(&'static str, Estimate)>,
}

const FLOORS: &[&str] = &["byte sum", "from_utf8"];

/// Every line, in the order of the table.
const LINES: &[Line] = &[
    Line {
        what: "segmentation: `measure`, ASCII, one message of 300 bytes",
        at: ("segmentation ascii message", "measure"),
        target: Target::Bytes(1e9),
        beside: FLOORS,
    },
    Line {
        what: "segmentation: `measure`, ASCII, 64 KiB",
        at: ("segmentation ascii 64 KiB", "measure"),
        target: Target::Bytes(1e9),
        beside: FLOORS,
    },
    Line {
        what: "segmentation: `measure`, mixed languages and emoji",
        at: ("segmentation mixed", "measure"),
        target: Target::Bytes(200e6),
        beside: FLOORS,
    },
    Line {
        what: "segmentation: `segment`, mixed languages and emoji",
        at: ("segmentation mixed", "segment"),
        target: Target::None(Unit::Bytes),
        beside: &[],
    },
    Line {
        what: "gate: `decide`, transactional",
        at: ("gate", "transactional"),
        target: Target::Nanoseconds(2_000.0),
        beside: &[],
    },
    Line {
        what: "gate: `decide`, US marketing by day (consent, hours)",
        at: ("gate", "marketing by day"),
        target: Target::Nanoseconds(2_000.0),
        beside: &[],
    },
    Line {
        what: "gate: `decide`, US marketing at night (deferred)",
        at: ("gate", "marketing at night"),
        target: Target::Nanoseconds(2_000.0),
        beside: &[],
    },
    Line {
        what: "gate: `decide`, US marketing, ledger of 20 events",
        at: ("gate", "marketing with 20 events"),
        target: Target::None(Unit::Time),
        beside: &[],
    },
    Line {
        what: "consent: `state`, ledger of 8 events",
        at: ("consent state", "8 events"),
        target: Target::Things(10e6, "events"),
        beside: &[],
    },
    Line {
        what: "consent: `state`, ledger of 1,000 events",
        at: ("consent state", "1000 events"),
        target: Target::Things(10e6, "events"),
        beside: &[],
    },
    Line {
        what: "consent: `classify`, replies of all kinds",
        at: ("replies", "classify"),
        target: Target::None(Unit::Things("replies")),
        beside: &[],
    },
    Line {
        what: "quiet hours: `next_allowed`, open now",
        at: ("next_allowed", "open now"),
        target: Target::Nanoseconds(1_000.0),
        beside: &[],
    },
    Line {
        what: "quiet hours: `next_allowed`, closed until morning",
        at: ("next_allowed", "closed until morning"),
        target: Target::Nanoseconds(1_000.0),
        beside: &[],
    },
    Line {
        what: "quiet hours: `next_allowed`, closed, four candidate zones",
        at: ("next_allowed", "closed, four zones"),
        target: Target::None(Unit::Time),
        beside: &[],
    },
    Line {
        what: "templates: `render`, five fields",
        at: ("templates", "render"),
        target: Target::TimesAsFast(5.0, "minijinja"),
        beside: &[],
    },
    Line {
        what: "templates: `write_into`, five fields, a buffer used again",
        at: ("templates", "into a buffer"),
        target: Target::TimesAsFast(5.0, "minijinja"),
        beside: &[],
    },
    Line {
        what: "templates: `BoundTemplate::write_into`, five fields, a buffer used again",
        at: ("templates", "row into a buffer"),
        target: Target::TimesAsFast(5.0, "minijinja"),
        beside: &[],
    },
    Line {
        what: "templates: `parse`, five fields",
        at: ("templates", "parse"),
        target: Target::None(Unit::Time),
        beside: &[],
    },
];

/// Reads every line from what criterion wrote.
///
/// # Errors
/// A benchmark that a line names was not measured.
pub(super) fn read(results: &Path) -> Outcome<Vec<Figure>> {
    LINES
        .iter()
        .map(|line| {
            let (group, function) = line.at;
            let other = |name: &'static str| estimate(results, group, name);
            let rival = match line.target {
                Target::TimesAsFast(_, name) => Some(other(name)?),
                Target::Bytes(_)
                | Target::Things(..)
                | Target::Nanoseconds(_)
                | Target::None(_) => None,
            };
            Ok(Figure {
                what: line.what,
                target: line.target,
                estimate: estimate(results, group, function)?,
                rival,
                beside: line
                    .beside
                    .iter()
                    .map(|name| Ok((*name, other(name)?)))
                    .collect::<Outcome<_>>()?,
            })
        })
        .collect()
}

impl Figure {
    /// How many times over the target is reached: 1 and more is enough. `None` without a target.
    pub(super) fn ratio(&self) -> Option<f64> {
        let Estimate { nanoseconds, .. } = self.estimate;
        match self.target {
            Target::Bytes(wanted) | Target::Things(wanted, _) => {
                Some(self.estimate.per_second() / wanted)
            }
            Target::Nanoseconds(allowed) => Some(allowed / nanoseconds),
            Target::TimesAsFast(times, _) => self
                .rival
                .map(|rival| rival.nanoseconds / nanoseconds / times),
            Target::None(_) => None,
        }
    }
}
