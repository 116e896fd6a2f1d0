#![doc = include_str!("../README.md")]

mod catalog;
mod document;
mod form;
mod multipart;
mod operation;
mod request;
mod response;
mod route;
mod schema;
mod spec;
mod translate;
mod verdict;
mod violation;

pub use operation::Operation;
pub use request::Request;
pub use spec::Spec;
pub use violation::{Rule, Violation, Violations};
