#![doc = include_str!("../README.md")]

mod aws;
mod catalog;
#[cfg(test)]
mod defects;
mod document;
#[cfg(test)]
mod examples;
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

pub use aws::AwsModel;
pub use operation::Operation;
pub use request::Request;
pub use spec::Spec;
pub use violation::{Rule, Violation, Violations};
