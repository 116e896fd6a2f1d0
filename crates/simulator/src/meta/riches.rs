//! Places, contacts and reactions: reading them from a send, and writing them into a webhook.

use serde_json::{Map, Value, json};

use super::errors::MetaError;
use super::validate::{required, required_text};
use crate::phone;
use crate::rich::{Card, Location, Reaction, Rich};

/// Reads the `location` of a send.
pub(super) fn location(content: &Value) -> Result<Location, MetaError> {
    let degrees = |name: &str| {
        let value = match content.get(name) {
            Some(Value::String(text)) => text.trim().parse().ok(),
            Some(value) => value.as_f64(),
            None => None,
        };
        value.ok_or_else(|| MetaError::with(131_008, format!("location['{name}']")))
    };
    let text = |name: &str| content.get(name).and_then(Value::as_str).map(str::to_owned);
    let place = Location {
        latitude: degrees("latitude")?,
        longitude: degrees("longitude")?,
        name: text("name"),
        address: text("address"),
    };
    if place.is_on_earth() {
        Ok(place)
    } else {
        Err(MetaError::with(131_009, "location is not a place on earth"))
    }
}

/// Reads the `contacts` of a send.
pub(super) fn contacts(content: &Value) -> Result<Vec<Card>, MetaError> {
    content
        .as_array()
        .filter(|list| !list.is_empty())
        .ok_or_else(|| MetaError::with(131_008, "contacts must be a list"))?
        .iter()
        .map(|contact| {
            let name = required(contact, "contact", "name")?;
            let name = required_text(name, "name", "formatted_name")?;
            let phones = contact.get("phones").and_then(Value::as_array);
            let phones = phones.into_iter().flatten();
            Ok(Card {
                name: name.to_owned(),
                phones: phones
                    .filter_map(|one| one.get("phone").and_then(Value::as_str))
                    .map(str::to_owned)
                    .collect(),
            })
        })
        .collect()
}

/// Reads the `reaction` of a send.
pub(super) fn reaction(content: &Value) -> Result<Reaction, MetaError> {
    let message_id = required_text(content, "reaction", "message_id")?.to_owned();
    let emoji = required(content, "reaction", "emoji")?;
    let emoji = emoji.as_str().unwrap_or_default().to_owned();
    Ok(Reaction { message_id, emoji })
}

/// The type and the member of a webhook about what a contact has sent, if it is one of these.
pub(super) fn told(rich: &Rich) -> Option<(&'static str, Value)> {
    if let Some(place) = &rich.location {
        let mut value = Map::new();
        value.insert("latitude".into(), json!(place.latitude));
        value.insert("longitude".into(), json!(place.longitude));
        for (name, text) in [("name", &place.name), ("address", &place.address)] {
            if let Some(text) = text {
                value.insert(name.into(), json!(text));
            }
        }
        return Some(("location", Value::Object(value)));
    }
    if !rich.contacts.is_empty() {
        return Some(("contacts", rich.contacts.iter().map(card).collect()));
    }
    if let Some(order) = &rich.order {
        return Some(("order", json!(order)));
    }
    rich.reaction.as_ref().map(|sign| {
        let mut value = json!({"message_id": sign.message_id});
        // A reaction that is taken away comes without a sign.
        if !sign.emoji.is_empty() {
            value["emoji"] = json!(sign.emoji);
        }
        ("reaction", value)
    })
}

fn card(card: &Card) -> Value {
    let first = card.name.split_whitespace().next().unwrap_or_default();
    let phones: Vec<Value> = card
        .phones
        .iter()
        .map(|number| json!({"phone": number, "wa_id": phone::digits(number), "type": "CELL"}))
        .collect();
    json!({"name": {"formatted_name": card.name, "first_name": first}, "phones": phones})
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_sent_is_what_is_told() {
        let place = json!({"latitude": 38.7, "longitude": "-9.1", "name": "Studio"});
        let rich = Rich {
            location: Some(location(&place).expect("a place")),
            ..Rich::default()
        };
        let expected = json!({"latitude": 38.7, "longitude": -9.1, "name": "Studio"});
        assert_eq!(told(&rich), Some(("location", expected)));
        let cards = json!([{"name": {"formatted_name": "Ana Reis"},
            "phones": [{"phone": "+1 202 555 0123"}, {"type": "HOME"}]}]);
        let rich = Rich {
            contacts: contacts(&cards).expect("contacts"),
            ..Rich::default()
        };
        let (kind, value) = told(&rich).expect("told");
        assert_eq!(kind, "contacts");
        assert_eq!(value[0]["name"]["first_name"], "Ana");
        assert_eq!(value[0]["phones"][0]["wa_id"], "12025550123");
        let gone = json!({"message_id": "wamid.1", "emoji": ""});
        let rich = Rich {
            reaction: Some(reaction(&gone).expect("a reaction")),
            ..Rich::default()
        };
        let expected = json!({"message_id": "wamid.1"});
        assert_eq!(told(&rich), Some(("reaction", expected)));
        assert_eq!(told(&Rich::default()), None);
    }

    #[test]
    fn places_off_the_earth_are_refused() {
        let code = |place: Value| location(&place).err().map(|error| error.code);
        assert_eq!(code(json!({"latitude": 90, "longitude": 180})), None);
        assert_eq!(
            code(json!({"latitude": 90.5, "longitude": 1})),
            Some(131_009)
        );
        assert_eq!(
            code(json!({"latitude": "north", "longitude": 1})),
            Some(131_008)
        );
    }
}
