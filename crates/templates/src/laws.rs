//! The laws of templates, over generated texts and data.

use crate::strategies::{brace_soup, data, plain_text, text_with, value};
use crate::{Data, FieldName, RenderError, Template, Value};
use proptest::prelude::*;
use std::collections::{BTreeMap, BTreeSet};

/// A text together with a value for each of its fields.
fn filled() -> impl Strategy<Value = (String, Data)> {
    data().prop_flat_map(|data| {
        let names = data
            .keys()
            .filter_map(|name| FieldName::new(name).ok())
            .collect();
        (text_with(names), Just(data))
    })
}

fn names(keys: impl IntoIterator<Item = String>) -> Vec<String> {
    keys.into_iter()
        .collect::<BTreeSet<_>>()
        .into_iter()
        .collect()
}

proptest! {
    #[test]
    fn a_text_without_fields_renders_as_itself(text in plain_text()) {
        prop_assert_eq!(Template::parse(&text).unwrap().render(&Data::new()), Ok(text));
    }

    #[test]
    fn parsing_never_panics_and_spans_fall_on_characters(text in brace_soup()) {
        match Template::parse(&text) {
            Ok(template) => {
                let mut end = 0;
                for field in template.fields() {
                    let slice = text.get(field.span.clone());
                    prop_assert!(slice.is_some_and(|s| s.starts_with("{{") && s.ends_with("}}")));
                    prop_assert!(slice.is_some_and(|s| s.contains(field.name.as_str())));
                    prop_assert!(field.span.start >= end);
                    end = field.span.end;
                }
            }
            Err(error) => {
                prop_assert!(text.get(error.span.clone()).is_some_and(|s| !s.is_empty()));
                let line = text.split('\n').nth(error.line - 1);
                prop_assert!(line.is_some_and(|l| error.column <= l.chars().count() + 1));
            }
        }
    }

    #[test]
    fn every_field_is_replaced_by_its_value((text, data) in filled()) {
        let template = Template::parse(&text).unwrap();
        // What remains of the text when each field is cut out by its span and its value put there.
        let mut expected = text.clone();
        for field in template.fields().collect::<Vec<_>>().into_iter().rev() {
            expected.replace_range(field.span.clone(), data[field.name.as_str()].as_str());
        }
        prop_assert_eq!(template.render(&data), Ok(expected));
    }

    #[test]
    fn no_known_field_is_left_over((text, data) in filled()) {
        let plain: Data = data.into_keys().map(|name| (name, Value::from("x"))).collect();
        let rendered = Template::parse(&text).unwrap().render(&plain).unwrap();
        prop_assert!(!rendered.contains("{{"));
    }

    #[test]
    fn exactly_the_missing_names_are_named((text, data) in filled(), keep in any::<u8>()) {
        let (kept, dropped): (BTreeMap<_, _>, BTreeMap<_, _>) =
            data.into_iter().enumerate().map(|(i, entry)| (keep & (1 << i) != 0, entry)).fold(
                (BTreeMap::new(), BTreeMap::new()),
                |(mut kept, mut dropped), (is_kept, (name, value))| {
                    if is_kept { &mut kept } else { &mut dropped }.insert(name, value);
                    (kept, dropped)
                },
            );
        let rendered = Template::parse(&text).unwrap().render(&kept);
        if dropped.is_empty() {
            prop_assert!(rendered.is_ok());
        } else {
            prop_assert_eq!(rendered, Err(RenderError::Missing { names: names(dropped.into_keys()) }));
        }
    }

    #[test]
    fn exactly_the_unknown_names_are_named((text, data) in filled(), extra in data()) {
        let unknown = names(extra.keys().filter(|name| !data.contains_key(*name)).cloned());
        let all: Data = extra.into_iter().chain(data).collect();
        let rendered = Template::parse(&text).unwrap().render(&all);
        if unknown.is_empty() {
            prop_assert!(rendered.is_ok());
        } else {
            prop_assert_eq!(rendered, Err(RenderError::Unknown { names: unknown }));
        }
    }

    #[test]
    fn values_survive_json(value in value()) {
        let json = serde_json::to_string(&value).unwrap();
        prop_assert_eq!(serde_json::from_str::<Value>(&json).unwrap(), value);
    }
}
