//! Interactive messages: buttons, lists, links, products, location requests and flows.

use serde_json::Value;

use super::errors::MetaError;
use super::products;
use super::validate::{Draft, media, required, required_text, within};
use crate::message::Button;
use crate::rich::{Link, List, Row, Section};

/// Checks the `interactive` object and takes over its text and choices.
pub(super) fn fill(draft: &mut Draft, content: &Value) -> Result<(), MetaError> {
    let kind = required_text(content, "interactive", "type")?;
    // Only a product does without.
    if kind != "product" || content.get("body").is_some() {
        let body = required(content, "interactive", "body")?;
        let body = required_text(body, "interactive['body']", "text")?;
        let most = if kind == "list" { 4096 } else { 1024 };
        draft.text = Some(within(body, most, "interactive['body']['text']")?.to_owned());
    }
    let title = |part: &str| {
        content
            .pointer(part)
            .and_then(Value::as_str)
            .map(str::to_owned)
    };
    draft.rich.header = title("/header/text");
    draft.rich.footer = title("/footer/text");
    if let Some(kind) = title("/header/type").filter(|kind| kind != "text") {
        let file = required(content, "header", &kind).and_then(|file| media(&kind, file))?;
        draft.media.push(file);
    }
    let action = required(content, "interactive", "action")?;
    match kind {
        "button" => {
            let buttons = items(action, "action", "buttons", 3)?;
            for button in buttons {
                let reply = required(button, "button", "reply")?;
                draft.buttons.push(choice(reply, 256, 20)?);
            }
        }
        "list" => {
            let title = within(
                required_text(action, "action", "button")?,
                20,
                "action['button']",
            )?;
            let mut list = List {
                title: title.to_owned(),
                sections: Vec::new(),
            };
            for section in items(action, "action", "sections", 10)? {
                let mut rows = Vec::new();
                for row in items(section, "section", "rows", 10)? {
                    let button = choice(row, 200, 24)?;
                    let description = row.get("description").and_then(Value::as_str);
                    rows.push(Row {
                        id: button.id.clone(),
                        title: button.title.clone(),
                        description: description.map(str::to_owned),
                    });
                    draft.buttons.push(button);
                }
                let title = section.get("title").and_then(Value::as_str);
                list.sections.push(Section {
                    title: title.map(str::to_owned),
                    rows,
                });
            }
            draft.rich.list = Some(list);
            if draft.buttons.len() > 10 {
                return Err(MetaError::with(131_009, "A list has at most 10 rows"));
            }
        }
        "cta_url" => {
            let parameters = required(action, "action", "parameters")?;
            let title = required_text(parameters, "parameters", "display_text")?;
            within(title, 20, "parameters['display_text']")?;
            draft.rich.links.push(Link {
                title: title.to_owned(),
                url: Some(required_text(parameters, "parameters", "url")?.to_owned()),
            });
        }
        "product" | "product_list" | "catalog_message" => {
            let has_header = content.get("header").is_some();
            draft.rich.shelf = Some(products::shelf(kind, action, has_header)?);
        }
        "location_request_message" => {
            required_text(action, "action", "name")?;
            draft.rich.asks_location = true;
        }
        "flow" => {
            required_text(action, "action", "name")?;
            let title = action
                .pointer("/parameters/flow_cta")
                .and_then(Value::as_str);
            draft.rich.links.push(Link {
                title: title.unwrap_or("Open the form").to_owned(),
                url: None,
            });
        }
        _ => return Err(MetaError::with(131_009, "interactive['type']")),
    }
    Ok(())
}

pub(super) fn items<'a>(
    object: &'a Value,
    place: &str,
    name: &str,
    most: usize,
) -> Result<&'a [Value], MetaError> {
    let list = required(object, place, name)?
        .as_array()
        .map(Vec::as_slice)
        .unwrap_or_default();
    if (1..=most).contains(&list.len()) {
        Ok(list)
    } else {
        let details = format!("{place}['{name}'] must have 1 to {most} elements");
        Err(MetaError::with(131_009, details))
    }
}

fn choice(object: &Value, id: usize, title: usize) -> Result<Button, MetaError> {
    Ok(Button {
        id: within(required_text(object, "reply", "id")?, id, "id")?.to_owned(),
        title: within(required_text(object, "reply", "title")?, title, "title")?.to_owned(),
        of_template: false,
    })
}
