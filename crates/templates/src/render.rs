use crate::{Data, FieldRef};
use std::collections::{BTreeMap, BTreeSet};

/// Why data could not fill a template. Names are listed once each, sorted; values never are.
///
/// When several reasons hold, the one that comes first here is given: a misspelled key explains a
/// missing value.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum RenderError {
    /// Keys that no field has; correct or drop them.
    #[error("the template has no field for: {}", names.join(", "))]
    Unknown {
        /// The keys.
        names: Vec<String>,
    },
    /// Fields without a default whose value is absent or blank; give them one.
    #[error("a value is missing for: {}", names.join(", "))]
    Missing {
        /// The fields.
        names: Vec<String>,
    },
    /// Values with control characters other than a line feed; clean them.
    #[error("control characters in the value of: {}", names.join(", "))]
    ControlCharacters {
        /// The fields.
        names: Vec<String>,
    },
}

/// Checks `data` against all `fields` that it is meant for.
pub(crate) fn verify<'fields>(
    fields: impl Iterator<Item = &'fields FieldRef>,
    data: &Data,
) -> Result<(), RenderError> {
    let mut known = BTreeMap::new();
    for field in fields {
        let has_default = known.entry(field.name.as_str()).or_insert(true);
        *has_default &= field.default.is_some();
    }
    let unknown = data.keys().filter(|key| !known.contains_key(key.as_str()));
    if let Some(names) = listed(unknown) {
        return Err(RenderError::Unknown { names });
    }
    let missing = known
        .iter()
        .filter(|(name, has_default)| !**has_default && given(data, name).is_none())
        .map(|(name, _)| name);
    if let Some(names) = listed(missing) {
        return Err(RenderError::Missing { names });
    }
    let dirty = data
        .iter()
        .filter(|(_, value)| {
            value
                .as_str()
                .contains(|c: char| c.is_control() && c != '\n')
        })
        .map(|(name, _)| name);
    match listed(dirty) {
        Some(names) => Err(RenderError::ControlCharacters { names }),
        None => Ok(()),
    }
}

/// The text for one use of a field.
pub(crate) fn resolve<'a>(field: &'a FieldRef, data: &'a Data) -> Result<&'a str, RenderError> {
    given(data, field.name.as_str())
        .or(field.default.as_deref())
        .ok_or_else(|| RenderError::Missing {
            names: vec![field.name.to_string()],
        })
}

/// A value counts only when there is something to read in it.
fn given<'data>(data: &'data Data, name: &str) -> Option<&'data str> {
    data.get(name)
        .map(crate::Value::as_str)
        .filter(|text| !text.trim().is_empty())
}

fn listed(names: impl Iterator<Item = impl ToString>) -> Option<Vec<String>> {
    let names: BTreeSet<String> = names.map(|name| name.to_string()).collect();
    (!names.is_empty()).then(|| names.into_iter().collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Template, Value};

    fn render(text: &str, data: &[(&str, &str)]) -> Result<String, RenderError> {
        let data = data
            .iter()
            .map(|(k, v)| ((*k).to_owned(), Value::from(*v)))
            .collect();
        Template::parse(text).unwrap().render(&data)
    }

    #[test]
    fn a_default_stands_in_for_an_absent_or_blank_value() {
        assert_eq!(render("Hi {{a|there}}", &[]).unwrap(), "Hi there");
        assert_eq!(render("Hi {{a|there}}", &[("a", " ")]).unwrap(), "Hi there");
        assert_eq!(render("Hi {{a|there}}", &[("a", "Ana")]).unwrap(), "Hi Ana");
        assert_eq!(render("Hi{{a|}}", &[]).unwrap(), "Hi");
    }

    #[test]
    fn a_field_is_missing_when_one_of_its_uses_has_no_default() {
        let names = vec!["a".to_owned()];
        assert_eq!(
            render("{{a|x}} {{a}}", &[]),
            Err(RenderError::Missing {
                names: names.clone()
            })
        );
        assert_eq!(
            render("{{a}}", &[("a", "")]),
            Err(RenderError::Missing { names })
        );
    }

    #[test]
    fn a_misspelled_key_is_named_before_what_is_missing() {
        let unknown = RenderError::Unknown {
            names: vec!["b".into(), "c".into()],
        };
        assert_eq!(render("{{a}}", &[("c", "1"), ("b", "2")]), Err(unknown));
    }

    #[test]
    fn only_line_feeds_may_control() {
        assert_eq!(render("{{a}}", &[("a", "x\ny")]).unwrap(), "x\ny");
        for value in ["x\ty", "x\ry", "x\0", "\u{1B}[1m", "x\u{85}"] {
            let refused = RenderError::ControlCharacters {
                names: vec!["a".into()],
            };
            assert_eq!(render("{{a}}", &[("a", value)]), Err(refused));
        }
    }
}
