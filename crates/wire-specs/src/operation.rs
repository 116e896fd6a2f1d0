//! The operation that a request turned out to be.

use std::collections::BTreeMap;

/// An operation of a specification, and what the request put into its path.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Operation {
    pub(crate) id: String,
    pub(crate) method: String,
    pub(crate) template: String,
    pub(crate) parameters: BTreeMap<String, String>,
    /// Which document of the specification, and which of its routes.
    pub(crate) index: (usize, usize),
}

impl Operation {
    /// The operation's name in the specification, for example `CreateMessage`.
    pub fn id(&self) -> &str {
        &self.id
    }

    /// The method, in capitals.
    pub fn method(&self) -> &str {
        &self.method
    }

    /// The path as the specification writes it, for example `/v1/messages/{message_uuid}`.
    pub fn template(&self) -> &str {
        &self.template
    }

    /// What the request has in the place of `{name}`, decoded; `None` for an operation that was
    /// looked up by its name, and for a name that the template does not hold.
    pub fn parameter(&self, name: &str) -> Option<&str> {
        self.parameters.get(name).map(String::as_str)
    }
}
