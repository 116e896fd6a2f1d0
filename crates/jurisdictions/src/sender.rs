use serde::{Deserialize, Deserializer, Serialize, de};
use std::{
    collections::{BTreeMap, BTreeSet},
    fmt,
};
use tidings_kernel::Channel;

/// What a text comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SenderKind {
    /// A name of letters and digits.
    Alphanumeric,
    /// An ordinary number of the contact's country.
    LongCode,
    /// A toll-free number.
    TollFree,
    /// A short code.
    ShortCode,
    /// A number of another country.
    ForeignNumber,
}

/// What happens to messages of a kind of sender.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SenderRule {
    /// They arrive.
    Allowed,
    /// They arrive from another number.
    Replaced,
    /// They arrive if the sender is registered: what to register, and where.
    NeedsRegistration(BTreeSet<String>),
    /// They do not arrive.
    Forbidden,
}

/// The rules for senders; a kind without one is [`SenderRule::Allowed`].
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Senders(BTreeMap<SenderKind, SenderRule>);

impl Senders {
    /// The rule for one kind.
    pub fn rule(&self, kind: SenderKind) -> &SenderRule {
        self.0.get(&kind).unwrap_or(&SenderRule::Allowed)
    }

    /// The stricter rule for each kind.
    #[must_use]
    pub fn and(mut self, other: &Self) -> Self {
        for (kind, rule) in &other.0 {
            let own = self.0.remove(kind).unwrap_or(SenderRule::Allowed);
            self.0.insert(*kind, own.and(rule.clone()));
        }
        self
    }

    /// Whether whoever keeps these keeps `other`.
    pub fn implies(&self, other: &Self) -> bool {
        SenderKind::ALL
            .into_iter()
            .all(|kind| self.rule(kind).implies(other.rule(kind)))
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl<'de> Deserialize<'de> for Senders {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(Kinds)
    }
}

/// Reads rules by kind, and refuses a kind that is named twice: the last would undo the others.
struct Kinds;

impl<'de> de::Visitor<'de> for Kinds {
    type Value = Senders;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("rules by kind of sender, such as {\"alphanumeric\": \"forbidden\"}")
    }

    fn visit_map<A: de::MapAccess<'de>>(self, mut map: A) -> Result<Senders, A::Error> {
        let mut rules = BTreeMap::new();
        while let Some((kind, rule)) = map.next_entry::<SenderKind, SenderRule>()? {
            if rules.insert(kind, rule).is_some() {
                return Err(de::Error::custom(format!(
                    "{kind:?} senders have two rules"
                )));
            }
        }
        Ok(Senders(rules))
    }
}

impl SenderRule {
    /// The stricter of two; registrations add up.
    #[must_use]
    pub fn and(self, other: Self) -> Self {
        match (self, other) {
            (Self::NeedsRegistration(mut ours), Self::NeedsRegistration(theirs)) => {
                ours.extend(theirs);
                Self::NeedsRegistration(ours)
            }
            (ours, theirs) if ours.rank() >= theirs.rank() => ours,
            (_, theirs) => theirs,
        }
    }

    /// Whether whoever keeps this keeps `other`.
    pub fn implies(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::NeedsRegistration(ours), Self::NeedsRegistration(theirs)) => {
                ours.is_superset(theirs)
            }
            _ => self.rank() >= other.rank(),
        }
    }

    fn rank(&self) -> u8 {
        match self {
            Self::Allowed => 0,
            Self::Replaced => 1,
            Self::NeedsRegistration(_) => 2,
            Self::Forbidden => 3,
        }
    }
}

impl SenderKind {
    /// Every kind.
    pub const ALL: [Self; 5] = [
        Self::Alphanumeric,
        Self::LongCode,
        Self::TollFree,
        Self::ShortCode,
        Self::ForeignNumber,
    ];
}

/// Channels that must not be used for now.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Pause {
    /// Channels that may be tried instead.
    #[serde(default)]
    pub instead: BTreeSet<Channel>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_kind_of_sender_has_one_rule() {
        let one = r#"{"alphanumeric":"forbidden","toll_free":"replaced"}"#;
        let senders: Senders = serde_json::from_str(one).unwrap();
        assert_eq!(
            senders.rule(SenderKind::Alphanumeric),
            &SenderRule::Forbidden
        );
        let two = r#"{"alphanumeric":"forbidden","alphanumeric":"allowed"}"#;
        let error = serde_json::from_str::<Senders>(two).unwrap_err();
        assert!(error.to_string().contains("two rules"), "{error}");
    }
}
