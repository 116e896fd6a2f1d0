//! Template texts and data for property tests.

use crate::{Data, FieldName, Value};
use proptest::collection::{btree_map, vec};
use proptest::prelude::*;

/// A valid field name by word, up to 64 characters, or by number.
pub fn field_name() -> impl Strategy<Value = FieldName> {
    prop_oneof![8 => "[a-z][a-z0-9_]{0,63}", 1 => "[1-9][0-9]{0,2}"]
        .prop_filter_map("a valid name", |name| FieldName::new(&name).ok())
}

/// A value without control characters; text values have something to read.
pub fn value() -> impl Strategy<Value = Value> {
    prop_oneof![
        "\\PC{0,12}[a-z{}|\\\\]\\PC{0,12}".prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<bool>().prop_map(Value::from),
    ]
}

/// Data of up to eight fields, which need not belong to any template.
pub fn data() -> impl Strategy<Value = Data> {
    btree_map(field_name().prop_map(String::from), value(), 0..8)
}

/// A text without any field: no `{{`, else anything, up to 80 characters.
pub fn plain_text() -> impl Strategy<Value = String> {
    vec(
        prop_oneof![
            any::<char>(),
            "[{}|\\\\a ]".prop_map(|s| s.chars().next().unwrap_or(' '))
        ],
        0..80,
    )
    .prop_map(String::from_iter)
    .prop_filter("no field opens", |text| !text.contains("{{"))
}

/// Any text, rich in braces, well formed or not.
pub fn brace_soup() -> impl Strategy<Value = String> {
    let piece = prop_oneof![
        Just("{{".to_owned()),
        Just("}}".to_owned()),
        "[{}|\\\\ \n]",
        "[a-z0-9_]{1,4}",
        any::<char>().prop_map(String::from),
    ];
    vec(piece, 0..40).prop_map(|pieces| pieces.concat())
}

/// A well-formed text that uses each of `names` once or more, without defaults.
pub fn text_with(names: Vec<FieldName>) -> impl Strategy<Value = String> {
    let pieces: Vec<_> = names
        .into_iter()
        .map(|name| {
            ("[a-zA-Z,. é]{0,8}", "[ ]{0,2}", 1_usize..3).prop_map(move |(before, blank, times)| {
                format!("{before}{{{{{blank}{name}{blank}}}}}").repeat(times)
            })
        })
        .collect();
    pieces.prop_map(|pieces| pieces.concat())
}
