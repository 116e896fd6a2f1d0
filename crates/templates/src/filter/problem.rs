use super::MAX_FILTERS;
use serde::Serialize;
use std::fmt;

/// What is wrong with a filter; its `Display` says what to do.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(tag = "problem", rename_all = "snake_case")]
pub enum FilterProblem {
    /// There is no filter of that name.
    Unknown {
        /// The filter that was probably meant.
        suggestion: Option<&'static str>,
    },
    /// The filter needs an argument, as in `truncate(20)`.
    NoArgument,
    /// The filter takes no argument.
    Argument,
    /// The argument is not what the filter takes.
    BadArgument {
        /// What it takes.
        expected: &'static str,
        /// The argument that was probably meant.
        suggestion: Option<&'static str>,
    },
    /// The pattern has a letter that means nothing here.
    BadLetter {
        /// The letters, as many as are alike.
        letters: String,
        /// The letters that were probably meant.
        suggestion: Option<&'static str>,
    },
    /// A quotation is not closed.
    OpenQuote,
    /// The filter reads the value itself but stands behind another one.
    NotFirst,
    /// More filters than a field takes.
    TooMany,
    /// Something else stands where a filter, `|` or `}}` was expected.
    Syntax,
}

impl fmt::Display for FilterProblem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unknown { suggestion } => {
                f.write_str(
                    "there is no such filter, use date, time, datetime, money, number, upper, lower, capitalize or truncate",
                )?;
                meant(f, *suggestion)
            }
            Self::NoArgument => {
                f.write_str("this filter needs a number in parentheses, as in `truncate(20)`")
            }
            Self::Argument => f.write_str("this filter takes no argument, drop the parentheses"),
            Self::BadArgument {
                expected,
                suggestion,
            } => {
                write!(f, "this filter takes {expected}")?;
                meant(f, *suggestion)
            }
            Self::BadLetter {
                letters,
                suggestion,
            } => {
                write!(
                    f,
                    "`{letters}` means nothing in this pattern, put plain letters in '…'"
                )?;
                meant(f, *suggestion)
            }
            Self::OpenQuote => f.write_str("this quotation is not closed"),
            Self::NotFirst => {
                f.write_str("this filter reads the value itself, put it before the others")
            }
            Self::TooMany => write!(f, "use at most {MAX_FILTERS} filters on a field"),
            Self::Syntax => f.write_str(
                "expected a filter as in `:upper`, a default as in `|there`, or the closing braces",
            ),
        }
    }
}

fn meant(f: &mut fmt::Formatter<'_>, suggestion: Option<&str>) -> fmt::Result {
    match suggestion {
        Some(text) => write!(f, ", did you mean `{text}`"),
        None => Ok(()),
    }
}
