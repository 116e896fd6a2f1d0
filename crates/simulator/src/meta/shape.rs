//! The parts of a template: a header, a body, a footer and buttons.

use serde_json::Value;

use super::MetaTemplate;

/// A template in its parts, whether it was registered as a text or submitted as components.
#[derive(Debug)]
pub(super) struct Shape {
    pub(super) header: Option<Header>,
    pub(super) body: String,
    pub(super) footer: Option<String>,
    /// In the order in which calls count them.
    pub(super) buttons: Vec<Knob>,
}

/// What stands above the body.
#[derive(Debug)]
pub(super) enum Header {
    Text(String),
    /// A file or a place, which every send brings.
    Brought,
}

/// A button of a template.
#[derive(Debug)]
pub(super) enum Knob {
    /// Tells the business that it was tapped.
    Reply(String),
    /// Opens something; nothing where only the real app could.
    Link { title: String, url: Option<String> },
}

impl Shape {
    pub(super) fn of(template: &MetaTemplate) -> Self {
        let Some(components) = template.components.as_ref().and_then(Value::as_array) else {
            return Self {
                header: None,
                body: template.body.clone(),
                footer: None,
                buttons: template.buttons.iter().cloned().map(Knob::Reply).collect(),
            };
        };
        let part = |kind: &str| components.iter().find(|one| is_of(one, kind));
        let text = |one: &Value| one.get("text").and_then(Value::as_str).map(str::to_owned);
        let header = part("HEADER").map(|header| {
            let is_text = header.get("format").is_none_or(|format| format == "TEXT");
            match text(header) {
                Some(words) if is_text => Header::Text(words),
                Some(_) | None => Header::Brought,
            }
        });
        let buttons = part("BUTTONS").and_then(|one| one.get("buttons")?.as_array());
        Self {
            header,
            body: template.body.clone(),
            footer: part("FOOTER").and_then(text),
            buttons: buttons.into_iter().flatten().map(knob).collect(),
        }
    }
}

/// What a template of these components says, without its fields filled.
pub(super) fn body(components: &[Value]) -> Option<String> {
    let body = components.iter().find(|one| is_of(one, "BODY"))?;
    let text = body.get("text").and_then(Value::as_str);
    // Meta writes the text of one-time codes itself.
    let code = || {
        body.get("add_security_recommendation")
            .map(|_| "*{{1}}* is your verification code.".to_owned())
    };
    text.map(str::to_owned).or_else(code)
}

/// True for a component of this type.
pub(super) fn is_of(component: &Value, kind: &str) -> bool {
    let found = component.get("type").and_then(Value::as_str);
    found.is_some_and(|found| found.eq_ignore_ascii_case(kind))
}

fn knob(button: &Value) -> Knob {
    let text = |name: &str| button.get(name).and_then(Value::as_str);
    let title = text("text").unwrap_or("Copy code").to_owned();
    let dial = || text("phone_number").map(|number| format!("tel:{number}"));
    match text("type").unwrap_or_default() {
        "QUICK_REPLY" => Knob::Reply(title),
        _ => Knob::Link {
            title,
            url: text("url").map(str::to_owned).or_else(dial),
        },
    }
}
