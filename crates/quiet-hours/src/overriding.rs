use serde::{Deserialize, Serialize};

/// Somebody's decision to go past the hours, with a reason. It is recorded with every message that it
/// let through.
///
/// ```rust
/// use tidings_quiet_hours::{InvalidOverride, Override};
///
/// let flood = Override::new("usr_dana", "evacuation of the river bank")?;
/// assert_eq!(flood.actor(), "usr_dana");
/// assert_eq!(Override::new("usr_dana", " "), Err(InvalidOverride::NoReason));
/// # Ok::<(), InvalidOverride>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "Fields", into = "Fields")]
pub struct Override {
    actor: String,
    reason: String,
}

/// Why something is no override.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum InvalidOverride {
    /// Nobody answers for it.
    #[error("an override needs an actor: say who decided it")]
    NoActor,
    /// Nobody could review it.
    #[error("an override needs a reason: say why it cannot wait")]
    NoReason,
}

impl Override {
    /// The name of the rule that a decision gives when hours were overridden.
    pub const RULE: &'static str = "quiet_hours.overridden";

    /// Both are trimmed, and neither may be empty.
    ///
    /// # Errors
    /// [`InvalidOverride`]: one is.
    pub fn new(actor: &str, reason: &str) -> Result<Self, InvalidOverride> {
        let (actor, reason) = (actor.trim(), reason.trim());
        if actor.is_empty() {
            Err(InvalidOverride::NoActor)
        } else if reason.is_empty() {
            Err(InvalidOverride::NoReason)
        } else {
            Ok(Self {
                actor: actor.to_owned(),
                reason: reason.to_owned(),
            })
        }
    }

    /// Who decided it.
    pub fn actor(&self) -> &str {
        &self.actor
    }

    /// Why it cannot wait.
    pub fn reason(&self) -> &str {
        &self.reason
    }
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Fields {
    actor: String,
    reason: String,
}

impl TryFrom<Fields> for Override {
    type Error = InvalidOverride;

    fn try_from(Fields { actor, reason }: Fields) -> Result<Self, Self::Error> {
        Self::new(&actor, &reason)
    }
}

impl From<Override> for Fields {
    fn from(Override { actor, reason }: Override) -> Self {
        Self { actor, reason }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nobody_and_nothing_are_refused_in_json_too() {
        assert_eq!(Override::new("", "x"), Err(InvalidOverride::NoActor));
        let flood = Override::new(" dana ", "flood").unwrap();
        let json = serde_json::to_string(&flood).unwrap();
        assert_eq!(json, r#"{"actor":"dana","reason":"flood"}"#);
        assert_eq!(serde_json::from_str::<Override>(&json).unwrap(), flood);
        for bad in [r#"{"actor":"","reason":"x"}"#, r#"{"actor":"x"}"#] {
            assert!(serde_json::from_str::<Override>(bad).is_err(), "{bad}");
        }
    }
}
