#![doc = include_str!("../README.md")]

mod approval;
mod check;
mod component;
mod component_template;
mod field_name;
mod field_spec;
#[cfg(test)]
mod laws;
mod parse_error;
mod parser;
mod render;
#[cfg(any(test, feature = "strategies"))]
pub mod strategies;
mod template;
mod value;
mod variant;

pub use approval::{ApprovalEvent, ApprovalStatus, TransitionError};
pub use check::{Finding, Severity, check};
pub use component::{Button, Component, Header, MediaFormat};
pub use component_template::{
    ButtonParameter, ButtonValue, COUPON_CODE_FIELD, ComponentError, ComponentErrorKind,
    ComponentTemplate, Parameter, ParameterFormat, Place, RenderedComponents,
};
pub use field_name::{FieldName, FieldNameError};
pub use field_spec::{BindError, FieldKind, FieldSpec, bind};
pub use parse_error::{ParseError, ParseErrorKind};
pub use render::RenderError;
pub use template::{FieldRef, MAX_CHARS, MAX_FIELDS, Template};
pub use value::{Data, DataError, Decimal, Value, ValueError, data_from_json};
pub use variant::{ParsedBody, Variant, VariantBody, choose};
