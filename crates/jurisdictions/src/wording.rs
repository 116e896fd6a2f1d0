use serde::{Deserialize, Serialize};

/// A part that the text of a message must hold.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Wording {
    /// Who sends.
    Brand,
    /// How to stop.
    StopLine(StopLine),
    /// An address or number at which the sender answers.
    Contact,
    /// A postal address.
    PostalAddress,
    /// A label at the head of the text, such as `<ADV>`.
    Label(String),
}

/// How often a message says how to stop.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum StopLine {
    /// In the first message, and regularly.
    FirstAndRegularly,
    /// In each message.
    EachMessage,
}

impl Wording {
    /// Whether a text that holds this holds `other`.
    pub fn implies(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::StopLine(ours), Self::StopLine(theirs)) => ours >= theirs,
            _ => self == other,
        }
    }
}
