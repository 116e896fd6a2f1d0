//! A template instead of a text: a field for each of its values, with what is known of the contact.

use super::{
    attach, find,
    thread::{Draft, again, draft},
};
use crate::{
    answer::{Answer, html as answer_html},
    ctx::Ctx,
    form::Form,
    problems::Problems,
    widgets::Field,
};
use axum::http::StatusCode;
use maud::{Markup, html};
use serde_json::{Map, Value};
use tidings_messaging::{Contact, StoredTemplate};
use tidings_templates::{FieldKind, FieldSpec};

/// What stands before the name of a value in the form.
const VALUE: &str = "value_";

/// `POST /console/conversations/{id}/fields`
pub(crate) async fn show(ctx: Ctx) -> Answer {
    let thread = find(&ctx).await?;
    let mut problems = Problems::default();
    let form = attach::take_in(&ctx, &mut problems).await;
    let draft = draft(&ctx, form, problems).await?;
    if ctx.is_fragment {
        let fields = fields(&draft, &thread.contact);
        return Ok(answer_html(StatusCode::OK, fields));
    }
    again(&ctx, StatusCode::OK, &thread, &draft).await
}

/// The fields of the template that the form names.
pub(super) fn fields(draft: &Draft, contact: &Contact) -> Markup {
    let name = draft.form.get("template");
    let chosen = draft.templates.iter().find(|known| known.name == name);
    html! {
        @if let Some(template) = chosen {
            @if template.fields.is_empty() { p.hint { "It has no fields: it goes as it is." } }
            div.pair { @for spec in &template.fields { (field(draft, template, spec, contact)) } }
        }
    }
}

fn field(draft: &Draft, template: &StoredTemplate, spec: &FieldSpec, contact: &Contact) -> Markup {
    let own = spec.name.as_str();
    let name = format!("{VALUE}{own}");
    let is_typed = draft.form.fields().any(|(key, _)| key == name);
    let value = if is_typed {
        draft.form.raw(&name).to_owned()
    } else {
        known(contact, own).unwrap_or_default()
    };
    let hint = match (&spec.default, &spec.example) {
        (Some(default), _) => format!("“{}” if left empty.", default.as_str()),
        (None, Some(example)) => format!("Such as {}.", example.as_str()),
        (None, None) => String::new(),
    };
    let mut label = own.replace('_', " ");
    label[..1].make_ascii_uppercase();
    let field = Field::new(&name, &label)
        .kind(kind(spec.kind))
        .value(&value)
        .hint(&hint)
        .of(&draft.problems);
    let is_needed = spec.required && spec.default.is_none() && !template.variants.is_empty();
    if is_needed {
        field.required().show()
    } else {
        field.show()
    }
}

/// What the contact's own data say to a field of this name.
pub(super) fn known(contact: &Contact, name: &str) -> Option<String> {
    match name {
        "first_name" => contact.first_name.clone(),
        "last_name" => contact.last_name.clone(),
        "email" => contact.email.as_ref().map(ToString::to_string),
        "phone" => contact.phone.map(|phone| phone.to_string()),
        name => match contact.attributes.get(name)? {
            Value::String(text) => Some(text.clone()),
            other => Some(other.to_string()),
        },
    }
}

/// How a browser takes a value; days and times come as templates want them.
const fn kind(kind: FieldKind) -> &'static str {
    match kind {
        FieldKind::Date => "date",
        FieldKind::Time => "time",
        FieldKind::Url => "url",
        FieldKind::Text
        | FieldKind::Number
        | FieldKind::DateTime
        | FieldKind::Money
        | FieldKind::Bool => "text",
    }
}

/// The values that were typed.
pub(super) fn values(form: &Form) -> Map<String, Value> {
    form.fields()
        .filter_map(|(name, value)| Some((name.strip_prefix(VALUE)?, value.trim())))
        .filter(|(_, value)| !value.is_empty())
        .map(|(name, value)| (name.to_owned(), value.into()))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_what_was_typed_into_fields() {
        let form = Form::parse(b"text=Hi&value_day=Friday&value_at=+&value_place=");
        let read = values(&form);
        assert_eq!(read.len(), 1);
        assert_eq!(read["day"], Value::from("Friday"));
    }
}
