//! Whatever a tenant writes as a template is read or refused with a place inside it, and renders strictly.
#![no_main]

use libfuzzer_sys::fuzz_target;
use tidings_templates::{Data, RenderError, Template, Value};

fuzz_target!(|data: &[u8]| {
    let text = String::from_utf8_lossy(data);
    // What stands after the first NUL is the value of every field.
    let (text, value) = text.split_once('\0').unwrap_or((&text, "x"));
    let template = match Template::parse(text) {
        Ok(template) => template,
        Err(error) => {
            assert!(
                text.get(error.span.clone()).is_some(),
                "the span is of the text"
            );
            assert!(error.line >= 1 && error.column >= 1);
            assert!(!error.to_string().is_empty());
            return;
        }
    };
    assert_eq!(template.as_str(), text);
    assert_eq!(Template::parse(text).as_ref(), Ok(&template));
    let names: Vec<String> = template
        .names()
        .iter()
        .map(|name| name.as_str().to_owned())
        .collect();
    for field in template.fields() {
        assert!(
            text.get(field.span.clone())
                .is_some_and(|slice| slice.starts_with("{{"))
        );
    }
    let filled: Data = names
        .iter()
        .map(|name| (name.clone(), Value::from(value)))
        .collect();
    match template.render(&filled) {
        Ok(rendered) if !value.trim().is_empty() => {
            // A single pass: each field became the value as it is, whatever braces it holds.
            assert!(names.is_empty() || rendered.contains(value));
        }
        Ok(_) => {}
        Err(RenderError::Missing { names: missing }) => {
            assert!(missing.iter().all(|name| names.contains(name)));
        }
        Err(error) => {
            let is_unknown = matches!(error, RenderError::Unknown { .. });
            assert!(!is_unknown, "its own fields are unknown: {error}");
        }
    }
});
