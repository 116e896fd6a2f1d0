//! What is wrong with a request, and where.

use std::{fmt, ops::Deref};

/// One way in which a request or a body breaks its specification.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Violation {
    /// Where, as a JSON pointer whose first step names the part: `/body/to`, `/query/PageSize`,
    /// `/header/authorization`, `/path/Sid`, `/method`.
    ///
    /// The fields of a form are steps of `/body` too, and items count from zero.
    pub place: String,
    /// Which kind of rule is broken.
    pub rule: Rule,
    /// The same for a reader.
    pub message: String,
}

/// The kinds of rules that a specification sets.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Rule {
    /// No operation has this path.
    Path,
    /// The path exists, the method does not.
    Method,
    /// A required field, parameter, header or body is absent.
    Missing,
    /// A field, parameter or body that the specification does not know.
    Unknown,
    /// A parameter or field is given more than once, and is not a list.
    Repeated,
    /// The value has the wrong JSON type.
    Type,
    /// The value is none of those that are listed.
    Enum,
    /// The value does not match the pattern.
    Pattern,
    /// The value does not have the declared format.
    Format,
    /// A string is too short or too long.
    Length,
    /// A number is too small or too large.
    Range,
    /// A list or an object has too few or too many members.
    Count,
    /// Exactly one alternative must fit, and none or several do.
    Choice,
    /// The content type is not one that the operation takes, or the body is not what it says.
    Content,
    /// The answer has a status that the operation does not declare.
    Status,
    /// Any other keyword of the schema.
    Other,
}

impl Violation {
    pub(crate) fn new(rule: Rule, place: impl Into<String>, message: impl Into<String>) -> Self {
        Self {
            place: place.into(),
            rule,
            message: message.into(),
        }
    }
}

impl fmt::Display for Violation {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            formatter,
            "{}: {} ({:?})",
            self.place, self.message, self.rule
        )
    }
}

/// All violations that a check found; never empty.
///
/// It is a slice of [`Violation`], and prints one line for each.
#[derive(Clone, PartialEq, Eq)]
pub struct Violations(Vec<Violation>);

impl Violations {
    /// `Ok` of `value` when nothing was found.
    pub(crate) fn unless_empty<T>(found: Vec<Violation>, value: T) -> Result<T, Self> {
        if found.is_empty() {
            Ok(value)
        } else {
            Err(Self(found))
        }
    }

    /// Whether one of them breaks `rule` at `place`.
    pub fn has(&self, rule: Rule, place: &str) -> bool {
        self.iter()
            .any(|violation| violation.rule == rule && violation.place == place)
    }

    /// The violations alone.
    pub fn into_vec(self) -> Vec<Violation> {
        self.0
    }
}

impl Deref for Violations {
    type Target = [Violation];

    fn deref(&self) -> &[Violation] {
        &self.0
    }
}

impl From<Violation> for Violations {
    fn from(violation: Violation) -> Self {
        Self(vec![violation])
    }
}

impl fmt::Display for Violations {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, violation) in self.iter().enumerate() {
            if index > 0 {
                formatter.write_str("\n")?;
            }
            write!(formatter, "{violation}")?;
        }
        Ok(())
    }
}

// Printed by `unwrap` in a test, where the lines are what a reader needs.
impl fmt::Debug for Violations {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "\n{self}\n")
    }
}

impl std::error::Error for Violations {}
