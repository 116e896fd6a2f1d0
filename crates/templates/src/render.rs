use crate::filter::WrongKind;
use crate::template::Piece;
use crate::{Data, FieldName, FieldRef, Formats, Value, filter};
use std::cmp::Ordering;
use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;

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
    /// Values with control characters other than a line feed, and in a WhatsApp parameter with a
    /// line feed or more than four blanks in a row; clean them.
    #[error("control characters in the value of: {}", names.join(", "))]
    ControlCharacters {
        /// The fields.
        names: Vec<String>,
    },
    /// Values that make a WhatsApp text longer than Meta takes; shorten them.
    #[error("the text gets too long with the value of: {}", names.join(", "))]
    TooLong {
        /// The fields of that text.
        names: Vec<String>,
    },
    /// Values that a filter of the field cannot read, such as `soon` for a date; correct them.
    #[error("the value does not fit the filter of: {}", names.join(", "))]
    WrongKind {
        /// The fields.
        names: Vec<String>,
    },
}

/// One field of a template, however often it is used.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Slot {
    pub(crate) name: FieldName,
    /// False when every use has a default.
    pub(crate) needs_value: bool,
}

/// Most fields whose values are gathered without asking for memory.
const FEW: usize = 16;

/// The fields of `pieces`, sorted by name; each use learns which of them it is.
pub(crate) fn slots(pieces: &mut [Piece]) -> Vec<Slot> {
    let mut needs: BTreeMap<FieldName, bool> = BTreeMap::new();
    for field in pieces.iter().filter_map(Piece::field) {
        *needs.entry(field.name.clone()).or_default() |= field.default.is_none();
    }
    for field in pieces.iter_mut().filter_map(Piece::field_mut) {
        field.slot = needs.range::<FieldName, _>(..&field.name).count();
    }
    let slot = |(name, needs_value)| Slot { name, needs_value };
    needs.into_iter().map(slot).collect()
}

/// Walks `slots` and `data` side by side, both being sorted, and hands the values to `then` in the
/// order of the slots; `None` when they do not match, for [`verify`] to say why.
pub(crate) fn joined<T>(
    slots: &[Slot],
    data: &Data,
    then: impl FnOnce(&[Option<&Value>]) -> T,
) -> Option<T> {
    gathered(
        slots.len(),
        |values| {
            let mut places = slots.iter().zip(values);
            for (key, value) in data {
                let (slot, place) = loop {
                    let (slot, place) = places.next()?;
                    match slot.name.as_str().cmp(key) {
                        Ordering::Equal => break (slot, place),
                        Ordering::Less if !slot.needs_value => {}
                        Ordering::Less | Ordering::Greater => return None,
                    }
                };
                if !is_clean(value) {
                    return None;
                }
                if !value.is_blank() {
                    *place = Some(value);
                } else if slot.needs_value {
                    return None;
                }
            }
            places.all(|(slot, _)| !slot.needs_value).then_some(())
        },
        then,
    )
}

/// Lets `fill` fill room for `count` values, and hands them to `then` if it could.
pub(crate) fn gathered<'data, T>(
    count: usize,
    fill: impl FnOnce(&mut [Option<&'data Value>]) -> Option<()>,
    then: impl FnOnce(&[Option<&'data Value>]) -> T,
) -> Option<T> {
    let mut few = [None; FEW];
    let mut many = Vec::new();
    let values = if let Some(values) = few.get_mut(..count) {
        values
    } else {
        many.resize(count, None);
        many.as_mut_slice()
    };
    fill(values)?;
    Some(then(values))
}

/// Appends `pieces` with `values`, which are given by slot, to `out`; all or nothing.
pub(crate) fn write(
    pieces: &[Piece],
    values: &[Option<&Value>],
    formats: &Formats,
    out: &mut String,
) -> Result<(), RenderError> {
    let value = |field: &FieldRef| values.get(field.slot).copied().flatten();
    let length = |piece: &Piece| match piece {
        Piece::Literal(text) => text.len(),
        Piece::Field(field) => match value(field) {
            Some(value) => value.as_str().len(),
            None => field.default.as_ref().map_or(0, String::len),
        },
    };
    let start = out.len();
    out.reserve(pieces.iter().map(length).sum());
    for piece in pieces {
        match piece {
            Piece::Literal(text) => out.push_str(text),
            Piece::Field(field) => {
                if write_field(field, value(field), formats, out).is_err() {
                    out.truncate(start);
                    return Err(misfits(pieces, values, formats));
                }
            }
        }
    }
    Ok(())
}

/// Where values stand in what [`write`] appends for the same arguments.
pub(crate) fn spans(
    pieces: &[Piece],
    values: &[Option<&Value>],
    formats: &Formats,
) -> Vec<Range<usize>> {
    let mut out = String::new();
    let mut spans = Vec::new();
    for piece in pieces {
        match piece {
            Piece::Literal(text) => out.push_str(text),
            Piece::Field(field) => {
                let start = out.len();
                let value = values.get(field.slot).copied().flatten();
                // Who calls has written them without an error before.
                let written = write_field(field, value, formats, &mut out);
                if written.is_ok() && value.is_some() {
                    spans.push(start..out.len());
                }
            }
        }
    }
    spans
}

/// Appends one use of a field.
fn write_field(
    field: &FieldRef,
    value: Option<&Value>,
    formats: &Formats,
    out: &mut String,
) -> Result<(), WrongKind> {
    match value {
        Some(value) if field.filters.is_empty() => out.push_str(value.as_str()),
        Some(value) => filter::write(&field.filters, value, formats, out)?,
        // Nothing is missing here: who calls has looked.
        None => out.push_str(field.default.as_deref().unwrap_or_default()),
    }
    Ok(())
}

/// Names every field whose value a filter refuses.
fn misfits(pieces: &[Piece], values: &[Option<&Value>], formats: &Formats) -> RenderError {
    let refused = pieces.iter().filter_map(Piece::field).filter(|field| {
        let value = values.get(field.slot).copied().flatten();
        write_field(field, value, formats, &mut String::new()).is_err()
    });
    RenderError::WrongKind {
        names: listed(refused.map(|field| &field.name)).unwrap_or_default(),
    }
}

/// Says why `data` does not match all the `fields` that it is meant for.
///
/// # Errors
/// [`RenderError`], unless they match.
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
    let dirty = data.iter().filter(|(_, value)| !is_clean(value));
    match listed(dirty.map(|(name, _)| name)) {
        Some(names) => Err(RenderError::ControlCharacters { names }),
        None => Ok(()),
    }
}

/// The text for one use of a field.
pub(crate) fn resolve(
    field: &FieldRef,
    data: &Data,
    formats: &Formats,
) -> Result<String, RenderError> {
    let mut text = String::new();
    let value = given(data, field.name.as_str());
    let names = || vec![field.name.to_string()];
    if value.is_none() && field.default.is_none() {
        return Err(RenderError::Missing { names: names() });
    }
    match write_field(field, value, formats, &mut text) {
        Ok(()) => Ok(text),
        Err(WrongKind) => Err(RenderError::WrongKind { names: names() }),
    }
}

/// A value counts only when there is something to read in it.
fn given<'data>(data: &'data Data, name: &str) -> Option<&'data Value> {
    data.get(name).filter(|value| !value.is_blank())
}

/// True without control characters other than a line feed; only texts can have them.
pub(crate) fn is_clean(value: &Value) -> bool {
    let Value::Text(text) = value else {
        return true;
    };
    let mut before = 0;
    text.bytes().all(|byte| {
        // C0 and delete, and C1 in UTF-8.
        let is_control = (byte < 0x20 && byte != b'\n')
            || byte == 0x7F
            || (before == 0xC2 && (0x80..0xA0).contains(&byte));
        before = byte;
        !is_control
    })
}

pub(crate) fn listed(names: impl Iterator<Item = impl ToString>) -> Option<Vec<String>> {
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
    fn every_value_that_a_filter_refuses_is_named() {
        let refused = render(
            "{{a:date}} {{b:upper}} {{c:money}}{{d:date|soon}}",
            &[("a", "soon"), ("b", "x"), ("c", "12")],
        );
        let names = vec!["a".into(), "c".into()];
        assert_eq!(refused, Err(RenderError::WrongKind { names }));
    }

    #[test]
    fn what_was_in_the_buffer_stays() {
        let template = Template::parse("{{a}} {{b:date}}").unwrap();
        let data = |b: &str| Data::from([("a".into(), "x".into()), ("b".into(), b.into())]);
        let mut out = "before ".to_owned();
        let formats = Formats::of("en_GB");
        assert!(
            template
                .write_into(&data("soon"), &formats, &mut out)
                .is_err()
        );
        assert!(
            template
                .write_into(&Data::new(), &formats, &mut out)
                .is_err()
        );
        assert_eq!(out, "before ");
        template
            .write_into(&data("2026-11-21"), &formats, &mut out)
            .unwrap();
        assert_eq!(out, "before x 21 Nov 2026");
    }

    #[test]
    fn many_fields_are_as_strict_as_few() {
        let name = |i: usize| format!("f{i:03}");
        let fields: Vec<String> = (0..60).map(|i| format!("{{{{{}}}}}", name(i))).collect();
        let text = fields.concat();
        let template = Template::parse(&text).unwrap();
        let mut data: Data = (0..60).map(|i| (name(i), Value::from("x"))).collect();
        assert_eq!(template.render(&data).unwrap(), "x".repeat(60));
        data.remove("f059");
        data.insert("f000".into(), Value::from(" "));
        let names = vec!["f000".into(), "f059".into()];
        assert_eq!(template.render(&data), Err(RenderError::Missing { names }));
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
