use crate::UnknownPlace;
use tidings_quiet_hours::UnknownCalendar;

/// Why rule packs were refused: where, and what is wrong there.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{}: {problem}", place(.pack, .rule.as_deref(), .version.as_deref()))]
pub struct PackError {
    /// The name that was given with the text.
    pub pack: String,
    /// The rule, where it could be told.
    pub rule: Option<String>,
    /// Its version, where it could be told.
    pub version: Option<String>,
    /// What is wrong.
    pub problem: PackProblem,
}

/// What is wrong with a rule pack.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PackProblem {
    /// It is not what the format asks for; the text names the field, line and column.
    #[error("{0}")]
    Malformed(String),
    /// The id is not lower-case letters, digits, dots, dashes and underscores.
    #[error("the id is empty or holds other than a-z, 0-9, dot, dash and underscore")]
    InvalidId,
    /// No such place.
    #[error(transparent)]
    UnknownPlace(UnknownPlace),
    /// The pack's own calendars are not what the format asks for.
    #[error("calendars: {0}")]
    InvalidCalendar(String),
    /// Neither the pack nor `tidings-quiet-hours` has a calendar of this name.
    #[error(transparent)]
    UnknownCalendar(UnknownCalendar),
    /// The rule says nothing about anybody.
    #[error("{0} is empty")]
    Empty(&'static str),
    /// A version speaks of something else than its rule.
    #[error("the rule is about {rule}, this version about {version}")]
    OtherConcern {
        /// The rule's concern.
        rule: &'static str,
        /// The version's.
        version: &'static str,
    },
    /// The rule stands twice in one pack.
    #[error("the rule stands twice")]
    Twice,
    /// Two packs of one name have other calendars.
    #[error("another pack of this name has other calendars: give it another name")]
    SameName,
    /// Two packs describe one rule differently.
    #[error("another pack has this rule with another place, concern, channels, purposes or reach")]
    OtherHead,
    /// Two versions have one name.
    #[error("two versions have this name")]
    VersionTwice,
    /// It would end before it began.
    #[error("the validity ends before it begins")]
    EmptyValidity,
    /// Two versions would be in force at once.
    #[error("the validity overlaps that of version {0}")]
    Overlap(String),
    /// No version would be in force for a time.
    #[error("nothing is in force between the end of version {0} and the start of this")]
    Gap(String),
    /// A period was entered for a rule that is in force by its dates, or for one that does not exist.
    #[error("no rule of this id is switched by periods")]
    NotSwitched,
    /// The rule offers what its demand does not have.
    #[error("a tenant cannot choose {0} here")]
    NothingToChoose(&'static str),
}

fn place(pack: &str, rule: Option<&str>, version: Option<&str>) -> String {
    let named = |name: &str, value: Option<&str>| {
        value.map_or_else(String::new, |value| format!(", {name} {value}"))
    };
    format!(
        "pack {pack}{}{}",
        named("rule", rule),
        named("version", version)
    )
}
