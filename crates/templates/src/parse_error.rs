use crate::{FieldName, FilterProblem, MAX_CHARS, MAX_FIELDS};
use serde::Serialize;
use std::fmt;
use std::ops::Range;

/// Why a text is no template, and where.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, thiserror::Error)]
#[error("line {line}, column {column}: {kind}")]
pub struct ParseError {
    /// The offending bytes of the text, on character boundaries.
    pub span: Range<usize>,
    /// Line where the span starts, from 1.
    pub line: usize,
    /// Column where the span starts, in characters from 1.
    pub column: usize,
    /// What is wrong there.
    pub kind: ParseErrorKind,
}

/// What is wrong in a template text; its `Display` says what to do.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(tag = "code", rename_all = "snake_case")]
pub enum ParseErrorKind {
    /// The text has more than [`MAX_CHARS`] characters.
    TooLong {
        /// Characters of the text.
        chars: usize,
    },
    /// The text has more than [`MAX_FIELDS`] fields.
    TooManyFields,
    /// `{{` without `}}` before the next `{{` or the end.
    Unclosed,
    /// Nothing between the braces, or only a default.
    EmptyName,
    /// What stands between the braces is no [`FieldName`].
    BadName {
        /// A name that was probably meant.
        suggestion: Option<FieldName>,
    },
    /// A filter of the field is wrong.
    Filter {
        /// What is wrong with it.
        problem: FilterProblem,
    },
}

impl fmt::Display for ParseErrorKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::TooLong { chars } => write!(
                f,
                "the text has {chars} characters, shorten it to {MAX_CHARS}"
            ),
            Self::TooManyFields => write!(f, "use at most {MAX_FIELDS} fields"),
            Self::Unclosed => f.write_str(
                "this field is not closed, add `}}` after its name or write `\\{{` for plain braces",
            ),
            Self::EmptyName => {
                f.write_str("this field has no name, write one as in `{{first_name}}`")
            }
            Self::BadName { suggestion } => {
                f.write_str("this is not a field name, use lower case letters, digits and `_`")?;
                match suggestion {
                    Some(name) => write!(f, ", did you mean `{name}`"),
                    None => Ok(()),
                }
            }
            Self::Filter { problem } => problem.fmt(f),
        }
    }
}

impl ParseError {
    pub(crate) fn new(source: &str, span: Range<usize>, kind: ParseErrorKind) -> Self {
        let before = source.get(..span.start).unwrap_or(source);
        let line_start = before.rfind('\n').map_or(0, |at| at + 1);
        Self {
            line: before.matches('\n').count() + 1,
            column: before
                .get(line_start..)
                .map_or(0, |line| line.chars().count())
                + 1,
            span,
            kind,
        }
    }
}
