use crate::ParseError;
use serde::Serialize;
use std::fmt;

/// Why components are no template, and in which place.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, thiserror::Error)]
#[error("{place}: {kind}")]
pub struct ComponentError {
    /// Where to look.
    pub place: Place,
    /// What is wrong there.
    pub kind: ComponentErrorKind,
}

/// A place in the body of a template.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Place {
    /// A body that is one text.
    Text,
    /// The header component.
    Header,
    /// The body component.
    Body,
    /// The footer component.
    Footer,
    /// The list of buttons.
    Buttons,
    /// One button.
    Button {
        /// Its position, from 0.
        index: usize,
    },
}

/// What is wrong in a component. Rules of Meta, "Template components", read on 20 November 2026.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, thiserror::Error)]
#[serde(rename_all = "snake_case")]
pub enum ComponentErrorKind {
    /// The text does not parse.
    #[error("{0}")]
    Template(ParseError),
    /// There must be a body.
    #[error("add a body component")]
    NoBody,
    /// The component occurs twice.
    #[error("keep one of these components")]
    Repeated,
    /// More fields than the place takes.
    #[error("use fewer fields here: a header takes one, a footer and a label none")]
    TooManyFields,
    /// Header and body mix fields by name and by number.
    #[error("name all fields or number all fields, in header and body alike")]
    MixedNames,
    /// The numbers of the fields are not 1, 2, 3 and so on.
    #[error("number the fields from 1 without a gap")]
    Gap,
    /// The address of a button has a field that is not alone at its end.
    #[error("use one field in the address, at its end")]
    FieldNotLast,
    /// One field has different defaults in one component, which takes one value for it.
    #[error("give each use of a field the same default")]
    DefaultsDiffer,
    /// An empty default; Meta refuses an empty parameter.
    #[error("give the field a default that is not empty, or none")]
    EmptyDefault,
}

impl Place {
    pub(super) fn error(self, kind: ComponentErrorKind) -> ComponentError {
        ComponentError { place: self, kind }
    }

    /// What sets the fields by number of this place apart from those of the body.
    pub(super) fn prefix(self) -> Option<String> {
        match self {
            Self::Text | Self::Body | Self::Footer | Self::Buttons => None,
            Self::Header => Some("header".to_owned()),
            Self::Button { index } => Some(format!("button_{index}")),
        }
    }
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Text => f.write_str("text"),
            Self::Header => f.write_str("header"),
            Self::Body => f.write_str("body"),
            Self::Footer => f.write_str("footer"),
            Self::Buttons => f.write_str("buttons"),
            Self::Button { index } => write!(f, "button {index}"),
        }
    }
}
