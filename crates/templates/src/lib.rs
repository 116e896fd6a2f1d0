#![doc = include_str!("../README.md")]

mod approval;
mod bound_template;
mod category;
mod check;
mod component;
mod component_template;
pub mod content;
mod diagnostic;
mod field_name;
mod field_spec;
mod filter;
mod formats;
#[cfg(any(test, feature = "strategies"))]
pub mod laws;
mod lint;
mod parse_error;
mod parser;
mod render;
mod standing;
#[cfg(any(test, feature = "strategies"))]
pub mod strategies;
mod template;
mod value;
mod variant;
mod versions;

pub use approval::{ApprovalEvent, ApprovalStatus, TransitionError};
pub use bound_template::BoundTemplate;
pub use category::{Category, UnknownCategory};
pub use check::{Finding, Severity, check};
pub use component::{Button, Component, Example, Header, MediaFormat, NamedExample, OtpType};
pub use component_template::{
    ButtonParameter, ButtonValue, COUPON_CODE_FIELD, ComponentError, ComponentErrorKind,
    ComponentTemplate, Parameter, ParameterFormat, Place, RenderedComponents, ReviewError,
    Reviewable, for_review,
};
pub use diagnostic::{Code, Diagnostic, Suggestion};
pub use field_name::{FieldName, FieldNameError};
pub use field_spec::{BindError, FieldKind, FieldSpec, bind};
pub use filter::{Filter, FilterProblem, Layout};
pub use formats::Formats;
pub use lint::{LintContext, Subject, WhatsappSubject, category_suits, lint, lint_text};
pub use parse_error::{ParseError, ParseErrorKind};
pub use render::RenderError;
pub use standing::{PauseRung, Quality, Standing, StandingEvent, StandingEventKind};
pub use template::{FieldRef, MAX_CHARS, MAX_FIELDS, Template};
pub use value::{
    Amount, Data, DataError, Decimal, Moment, Value, ValueError, Written, data_from_json,
};
pub use variant::{ParsedBody, Variant, VariantBody, choose};
pub use versions::{FieldDiff, NumberingError, PublishError, Published, VersionContent, Versions};
