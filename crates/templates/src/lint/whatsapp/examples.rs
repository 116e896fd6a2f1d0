//! Every field and every medium has a value for the reviewer.

use crate::{
    Button, Code, Component, Diagnostic, Example, FieldRef, FieldSpec, Header, Place, Severity,
    Template,
};

pub(super) fn inspect(components: &[Component], fields: &[FieldSpec], found: &mut Vec<Diagnostic>) {
    for component in components {
        match component {
            Component::Header(header) => header_rules(header, fields, found),
            Component::Body { text, example, .. } => {
                let row = example
                    .as_ref()
                    .and_then(|example| example.body_text.first());
                let named = example
                    .as_ref()
                    .map(|it| it.body_text_named_params.as_slice());
                let has = |field: &FieldRef| match field.name.position() {
                    Some(number) => row.is_some_and(|row| row.len() >= usize::from(number)),
                    None => named.is_some_and(|list| {
                        list.iter().any(|it| it.param_name == field.name.as_str())
                    }),
                };
                missing(text, Place::Body, "", fields, has, found);
            }
            Component::Footer { .. } => {}
            Component::Buttons { buttons } => {
                for (index, button) in buttons.iter().enumerate() {
                    if let Button::Url { url, example, .. } = button {
                        let prefix = format!("button_{index}_");
                        let place = Place::Button { index };
                        let has = |_: &FieldRef| !example.is_empty();
                        missing(url, place, &prefix, fields, has, found);
                    }
                }
            }
        }
    }
}

fn header_rules(header: &Header, fields: &[FieldSpec], found: &mut Vec<Diagnostic>) {
    match header {
        Header::Text { text, example } => {
            let has = |field: &FieldRef| {
                example
                    .as_ref()
                    .is_some_and(|example| match field.name.position() {
                        Some(_) => !example.header_text.is_empty(),
                        None => !example.header_text_named_params.is_empty(),
                    })
            };
            missing(text, Place::Header, "header_", fields, has, found);
        }
        Header::Image { example } | Header::Video { example } | Header::Document { example } => {
            let has_handle = |example: &Example| !example.header_handle.is_empty();
            if !example.as_ref().is_some_and(has_handle) {
                let message =
                    "the reviewer needs a sample of the medium: upload one and give its handle";
                let diagnostic = Diagnostic::new(Code::WaExample, Severity::Warning, 0..0, message);
                found.push(diagnostic.at(Place::Header));
            }
        }
        Header::Location => {}
    }
}

/// Fields by number are declared under the name that data uses: `header_1` for the header's `{{1}}`.
fn missing(
    text: &str,
    place: Place,
    prefix: &str,
    fields: &[FieldSpec],
    has_example: impl Fn(&FieldRef) -> bool,
    found: &mut Vec<Diagnostic>,
) {
    let Ok(template) = Template::parse(text) else {
        return;
    };
    for field in template.fields() {
        let name = field.name.as_str();
        let declared = fields.iter().find(|spec| match field.name.position() {
            Some(_) => spec.name.as_str().strip_prefix(prefix) == Some(name),
            None => spec.name == field.name,
        });
        if has_example(field) || declared.is_some_and(|spec| spec.example.is_some()) {
            continue;
        }
        let message = format!("the reviewer needs a value for {name}: give the field an example");
        let diagnostic = Diagnostic::new(
            Code::WaExample,
            Severity::Warning,
            field.span.clone(),
            message,
        );
        found.push(diagnostic.at(place));
    }
}
