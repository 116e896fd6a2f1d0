//! The form of a contact.

use crate::{
    ctx::Ctx,
    form::Form,
    problems::Problems,
    widgets::{Field, summary},
};
use maud::{Markup, html};
use std::collections::BTreeMap;
use tidings_kernel::{Locale, PhoneNumber, Region};
use tidings_messaging::{Contact, Member};
use tidings_quiet_hours::Zone;

/// What a contact's form holds.
pub(super) fn form_of(contact: &Contact) -> Form {
    fn shown<T: ToString>(value: Option<T>) -> String {
        value.map(|value| value.to_string()).unwrap_or_default()
    }
    let text = |value: &Option<String>| value.clone().unwrap_or_default();
    let attributes: Vec<String> = contact
        .attributes
        .iter()
        .map(|(name, value)| match value {
            serde_json::Value::String(text) if !text.contains('\n') => format!("{name}: {text}"),
            other => format!("{name}: {other}"),
        })
        .collect();
    Form::default()
        .with("first_name", text(&contact.first_name))
        .with("last_name", text(&contact.last_name))
        .with("phone", shown(contact.phone))
        .with("whatsapp_phone", shown(contact.whatsapp_phone))
        .with("email", text(&contact.email))
        .with("region", shown(contact.region))
        .with("locale", shown(contact.locale.as_ref()))
        .with("time_zone", shown(contact.time_zone.as_ref()))
        .with("external_id", text(&contact.external_id))
        .with("tags", contact.tags.join(", "))
        .with("attributes", attributes.join("\n"))
}

pub(super) fn show(form: &Form, problems: &Problems) -> Markup {
    let field = |name, label| Field::new(name, label).value(form.raw(name)).of(problems);
    html! {
        (summary(problems))
        fieldset {
            legend { "Who" }
            div.pair {
                (field("first_name", "First name").show())
                (field("last_name", "Last name").show())
            }
            (field("phone", "Phone").kind("tel").hint("In any form; with the country code, or as it is dialed in the region below.").show())
            (field("whatsapp_phone", "WhatsApp number").kind("tel").hint("Only if it is another than the phone.").show())
            (field("email", "Email").kind("email").show())
        }
        fieldset {
            legend { "Where and how" }
            div.pair {
                (field("region", "Country").hint("Two letters, such as US.").show())
                (field("locale", "Language").hint("Such as en_US.").show())
            }
            (field("time_zone", "Time zone").hint("Such as America/New_York. Without one the number tells.").show())
        }
        fieldset {
            legend { "Your own" }
            (field("external_id", "External id").hint("Your system’s key of this person; unique.").show())
            (field("tags", "Tags").hint("With commas between them.").show())
            (field("attributes", "Attributes").hint("One a line, such as “wedding_date: 2026-09-12”. Templates can use them as fields.").area(4))
        }
    }
}

/// Fills a contact from the form, and notes what is wrong.
pub(super) fn read(ctx: &Ctx, form: &Form, contact: &mut Contact) -> Problems {
    let mut problems = Problems::default();
    for (name, most) in [
        ("first_name", 100),
        ("last_name", 100),
        ("external_id", 255),
    ] {
        problems.text(name, form.get(name), most);
    }
    let owned = |name: &str| form.some(name).map(ToOwned::to_owned);
    contact.first_name = owned("first_name");
    contact.last_name = owned("last_name");
    contact.external_id = owned("external_id");
    contact.region = some(&mut problems, form, "region", Region::parse);
    contact.locale = some(&mut problems, form, "locale", Locale::parse);
    contact.time_zone = some(&mut problems, form, "time_zone", Zone::parse);
    let region = contact.region.or(ctx.tenant.default_region);
    let mut phone = |name: &str| -> Option<PhoneNumber> {
        some(&mut problems, form, name, |text| {
            ctx.console()
                .parse_phone(text, region)
                .map(|parsed| parsed.number)
        })
    };
    contact.phone = phone("phone");
    contact.whatsapp_phone = phone("whatsapp_phone");
    contact.email = owned("email");
    if let Some(email) = &contact.email
        && Member::email(email).is_none()
    {
        problems.add("email", "Write it as name@example.com.");
    }
    contact.tags = tags(&mut problems, form.get("tags"));
    contact.attributes = attributes(&mut problems, &form.text("attributes"), &contact.attributes);
    problems
}

fn some<T, E: ToString>(
    problems: &mut Problems,
    form: &Form,
    name: &str,
    read: impl Fn(&str) -> Result<T, E>,
) -> Option<T> {
    let read = form.some(name).map(read).transpose();
    problems.take(name, read)
}

/// Labels, each once: at most 50, each of at most 64 characters.
fn tags(problems: &mut Problems, text: &str) -> Vec<String> {
    let mut tags: Vec<String> = Vec::new();
    for tag in text.split(',').map(str::trim).filter(|tag| !tag.is_empty()) {
        if !tags.iter().any(|known| known == tag) {
            tags.push(tag.to_owned());
        }
    }
    if tags.len() > 50 || tags.iter().any(|tag| tag.chars().count() > 64) {
        problems.add(
            "tags",
            "Use at most 50 tags, each of at most 64 characters.",
        );
    }
    tags
}

/// Lines of `name: value`. What was no text before stays what it was where the line did not change.
fn attributes(
    problems: &mut Problems,
    text: &str,
    before: &BTreeMap<String, serde_json::Value>,
) -> BTreeMap<String, serde_json::Value> {
    let mut attributes = BTreeMap::new();
    for line in text.lines().filter(|line| !line.trim().is_empty()) {
        let Some((name, value)) = line.split_once(':') else {
            problems.add(
                "attributes",
                "Write each line as a name, a colon and a value.",
            );
            return attributes;
        };
        let (name, value) = (name.trim(), value.trim());
        if name.is_empty() || name.chars().count() > 64 {
            problems.add("attributes", "A name has 1 to 64 characters.");
        }
        let is_same = |old: &&serde_json::Value| {
            let shown = old.to_string();
            shown == value
        };
        let old = before.get(name).filter(is_same);
        let value = old.cloned().unwrap_or_else(|| value.into());
        attributes.insert(name.to_owned(), value);
    }
    let size = serde_json::to_vec(&attributes).map_or(0, |json| json.len());
    if attributes.len() > 100 || size > 16 * 1_024 {
        problems.add("attributes", "Keep at most 100 attributes, 16 KiB in all.");
    }
    attributes
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn attributes_are_lines_and_keep_their_types() {
        let before = BTreeMap::from([("age".to_owned(), serde_json::json!(40))]);
        let mut problems = Problems::default();
        let read = attributes(&mut problems, "age: 40\n\n city : Bonn: center\n", &before);
        assert!(problems.is_empty());
        assert_eq!(read["age"], serde_json::json!(40));
        assert_eq!(read["city"], serde_json::json!("Bonn: center"));
        attributes(&mut problems, "no colon", &before);
        assert!(problems.of("attributes").is_some());
    }

    #[test]
    fn tags_are_told_apart_by_commas() {
        let mut problems = Problems::default();
        assert_eq!(tags(&mut problems, " vip, new ,,vip"), ["vip", "new"]);
        assert!(problems.is_empty());
        tags(&mut problems, &"x".repeat(65));
        assert!(!problems.is_empty());
    }
}
