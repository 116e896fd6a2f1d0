use crate::{FieldName, FieldSpec, Template};
use serde::Serialize;
use std::collections::BTreeSet;

/// Something in a template that its author should look at.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(tag = "code", rename_all = "snake_case")]
pub enum Finding {
    /// A text uses a field that is not declared.
    Undeclared {
        /// The field.
        name: FieldName,
    },
    /// A field is declared that no text uses.
    Unused {
        /// The field.
        name: FieldName,
    },
    /// A field is declared more than once.
    Repeated {
        /// The field.
        name: FieldName,
    },
    /// An optional field is used where neither declaration nor text has a default.
    NoDefault {
        /// The field.
        name: FieldName,
    },
    /// The declared default is not of the declared type.
    DefaultOfWrongType {
        /// The field.
        name: FieldName,
    },
    /// The declared example is not of the declared type.
    ExampleOfWrongType {
        /// The field.
        name: FieldName,
    },
}

/// What a finding means for the template.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Severity {
    /// Messages will be refused; correct it before use.
    Error,
    /// Messages will go out; look whether it was meant.
    Warning,
    /// Nothing is wrong; it could be better.
    Hint,
}

impl std::fmt::Display for Severity {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Error => "error",
            Self::Warning => "warning",
            Self::Hint => "hint",
        })
    }
}

impl Finding {
    /// What it means for the template.
    pub const fn severity(&self) -> Severity {
        match self {
            Self::Undeclared { .. }
            | Self::Repeated { .. }
            | Self::NoDefault { .. }
            | Self::DefaultOfWrongType { .. } => Severity::Error,
            Self::Unused { .. } | Self::ExampleOfWrongType { .. } => Severity::Warning,
        }
    }
}

/// Compares the declared `fields` with all texts of a template; each finding once, sorted.
///
/// # Examples
/// ```
/// use tidings_templates::{Finding, Template, check};
///
/// let text = Template::parse("Hi {{first_name}}")?;
/// let findings = check(&[], &[&text]);
/// assert!(matches!(&findings[..], [Finding::Undeclared { name }] if name.as_str() == "first_name"));
/// # Ok::<(), tidings_templates::ParseError>(())
/// ```
pub fn check(fields: &[FieldSpec], templates: &[&Template]) -> Vec<Finding> {
    let mut findings = BTreeSet::new();
    let mut declared = BTreeSet::new();
    for field in fields {
        let name = || field.name.clone();
        if !declared.insert(&field.name) {
            findings.insert(Finding::Repeated { name: name() });
        }
        let mut uses = templates
            .iter()
            .flat_map(|t| t.fields())
            .filter(|f| f.name == field.name)
            .peekable();
        if uses.peek().is_none() {
            findings.insert(Finding::Unused { name: name() });
        }
        if !field.required && field.default.is_none() && uses.any(|f| f.default.is_none()) {
            findings.insert(Finding::NoDefault { name: name() });
        }
        if field
            .default
            .as_ref()
            .is_some_and(|value| !field.kind.accepts(value))
        {
            findings.insert(Finding::DefaultOfWrongType { name: name() });
        }
        if field
            .example
            .as_ref()
            .is_some_and(|value| !field.kind.accepts(value))
        {
            findings.insert(Finding::ExampleOfWrongType { name: name() });
        }
    }
    for name in templates.iter().flat_map(|template| template.names()) {
        if !declared.contains(name) {
            findings.insert(Finding::Undeclared { name: name.clone() });
        }
    }
    findings.into_iter().collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::{Value as Json, json};

    fn codes(fields: Json, texts: &[&str]) -> Vec<String> {
        let fields: Vec<FieldSpec> = serde_json::from_value(fields).unwrap();
        let parsed: Vec<Template> = texts.iter().map(|t| Template::parse(t).unwrap()).collect();
        let templates: Vec<&Template> = parsed.iter().collect();
        let line = |finding: &Finding| {
            let json = serde_json::to_value(finding).unwrap();
            format!(
                "{} {}",
                json["code"].as_str().unwrap(),
                json["name"].as_str().unwrap()
            )
        };
        check(&fields, &templates).iter().map(line).collect()
    }

    #[test]
    fn a_template_in_order_has_no_findings() {
        let fields = json!([
            {"name": "a", "example": "x"},
            {"name": "b", "type": "number", "required": false, "default": 2},
            {"name": "c", "required": false},
        ]);
        assert!(codes(fields, &["{{a}} {{b}}", "{{a}} {{c|x}}"]).is_empty());
    }

    #[test]
    fn each_finding_is_given_once() {
        let fields = json!([
            {"name": "a"},
            {"name": "a"},
            {"name": "b", "type": "number", "default": "x", "example": "y"},
            {"name": "c", "required": false},
        ]);
        assert_eq!(
            codes(fields, &["{{a}} {{c}} {{d}} {{d|x}}", "{{d}} {{c|x}}"]),
            [
                "undeclared d",
                "unused b",
                "repeated a",
                "no_default c",
                "default_of_wrong_type b",
                "example_of_wrong_type b",
            ]
        );
    }
}
