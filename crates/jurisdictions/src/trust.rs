use crate::Concern;
use serde::{Deserialize, Serialize};
use std::{fmt, sync::Arc};

/// How much a version of a rule can be trusted (compliance reference, head).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Trust {
    /// The primary text was read.
    #[serde(rename = "P")]
    Primary,
    /// The primary text as quoted word for word in a named study.
    #[serde(rename = "Q")]
    Quoted,
    /// The platform's own documentation.
    #[serde(rename = "D")]
    Documentation,
    /// Secondary sources.
    #[serde(rename = "S")]
    Secondary,
    /// No law but a safe setting of ours, where the law is silent or disputed.
    #[serde(rename = "own")]
    Own,
    /// Recalled, absent, or from a single weak source.
    #[serde(rename = "unconfirmed")]
    Unconfirmed,
}

impl Trust {
    /// The mark used in packs: `P`, `Q`, `D`, `S`, `own`, `unconfirmed`.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Primary => "P",
            Self::Quoted => "Q",
            Self::Documentation => "D",
            Self::Secondary => "S",
            Self::Own => "own",
            Self::Unconfirmed => "unconfirmed",
        }
    }
}

impl fmt::Display for Trust {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// One rule that a decision used, in the version that was in force.
///
/// `Display` gives `us.pa.hours@2026`, the form in which decisions store it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Citation {
    /// The rule's stable id.
    pub rule: Arc<str>,
    /// What it is about.
    pub concern: Concern,
    /// Its version.
    pub version: Arc<str>,
    /// Where it stands.
    pub source: Arc<str>,
    /// How sure that is.
    pub trust: Trust,
    /// Where sources disagree, and which side is taken.
    pub conflict: Option<Arc<str>>,
}

impl Citation {
    /// Whether a person should check it before relying on it: nobody confirmed it, or sources disagree.
    pub fn is_unconfirmed(&self) -> bool {
        self.trust == Trust::Unconfirmed || self.conflict.is_some()
    }
}

impl fmt::Display for Citation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}@{}", self.rule, self.version)
    }
}
