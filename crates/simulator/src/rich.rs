//! What a message has beside text, files and buttons, as the apps of handsets show it.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::problem::Problem;
use crate::products::{Order, Product, Shelf};

/// Everything that WhatsApp shows beside a text. Most messages have nothing of it.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub(crate) struct Rich {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) header: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) footer: Option<String>,
    /// The rows stand among the buttons as well: they are tapped alike.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) list: Option<List>,
    /// Buttons that open something and tell nobody.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(crate) links: Vec<Link>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) location: Option<Location>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(crate) contacts: Vec<Card>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) reaction: Option<Reaction>,
    /// Provider id of the message that this one answers.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) reply_to: Option<String>,
    /// Products that the business shows.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) shelf: Option<Shelf>,
    /// The cart of the contact.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) order: Option<Order>,
    /// The product that the contact was looking at.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) referred_product: Option<Product>,
    /// The contact is asked where it is.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub(crate) asks_location: bool,
    /// Of a document.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) file_name: Option<String>,
}

/// A list that a button opens.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(crate) struct List {
    /// Of the button.
    pub(crate) title: String,
    pub(crate) sections: Vec<Section>,
}

/// Rows under a title.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(crate) struct Section {
    pub(crate) title: Option<String>,
    pub(crate) rows: Vec<Row>,
}

/// Something to choose from a list.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(crate) struct Row {
    pub(crate) id: String,
    pub(crate) title: String,
    pub(crate) description: Option<String>,
}

impl List {
    /// The row with this id.
    pub(crate) fn row(&self, id: &str) -> Option<&Row> {
        let mut rows = self.sections.iter().flat_map(|section| &section.rows);
        rows.find(|row| row.id == id)
    }
}

/// A button that opens an address or dials a number.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(crate) struct Link {
    pub(crate) title: String,
    /// `None` for what only the real app could open.
    pub(crate) url: Option<String>,
}

/// A place.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Location {
    pub(crate) latitude: f64,
    pub(crate) longitude: f64,
    pub(crate) name: Option<String>,
    pub(crate) address: Option<String>,
}

impl Location {
    /// True if there is such a place on earth.
    pub(crate) fn is_on_earth(&self) -> bool {
        self.latitude.abs() <= 90.0 && self.longitude.abs() <= 180.0
    }

    /// As text, for those who are told nothing else.
    pub(crate) fn text(&self) -> String {
        format!("📍 {}, {}", self.latitude, self.longitude)
    }
}

/// Somebody's name and numbers.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Card {
    pub(crate) name: String,
    #[serde(default)]
    pub(crate) phones: Vec<String>,
}

impl Card {
    /// Several as text, for those who are told nothing else.
    pub(crate) fn text(cards: &[Self]) -> String {
        let names: Vec<&str> = cards.iter().map(|card| card.name.as_str()).collect();
        format!("👤 {}", names.join(", "))
    }
}

/// A sign on a message; an empty one takes it away.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Reaction {
    /// Provider id of the message.
    pub(crate) message_id: String,
    pub(crate) emoji: String,
}

/// The riches of what a contact writes.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Told {
    location: Option<Location>,
    #[serde(default)]
    contacts: Vec<Card>,
    reaction: Option<Reaction>,
    reply_to: Option<String>,
    order: Option<Order>,
    referred_product: Option<Product>,
}

/// The members of a contact's message that are riches.
const TOLD: [&str; 6] = [
    "location",
    "contacts",
    "reaction",
    "reply_to",
    "order",
    "referred_product",
];

impl Told {
    /// Takes the members that are riches out of the body of a contact's message.
    pub(crate) fn taken_from(body: &mut Value) -> Result<Self, Problem> {
        let mut own = serde_json::Map::new();
        if let Some(object) = body.as_object_mut() {
            for name in TOLD {
                if let Some(value) = object.remove(name) {
                    own.insert(name.to_owned(), value);
                }
            }
        }
        let told: Self = crate::problem::fields(Value::Object(own), "")?;
        if told.location.as_ref().is_some_and(|it| !it.is_on_earth()) {
            let detail = "latitude is -90 to 90, longitude -180 to 180";
            return Err(Problem::field("invalid_field", "/location", detail));
        }
        if let Some(order) = &told.order {
            order.checked()?;
        }
        Ok(told)
    }

    /// What those read who are told nothing but text.
    pub(crate) fn text(&self) -> Option<String> {
        let place = self.location.as_ref().map(Location::text);
        let cards = || (!self.contacts.is_empty()).then(|| Card::text(&self.contacts));
        let sign = || self.reaction.as_ref().map(|it| it.emoji.clone());
        let cart = || self.order.as_ref().map(Order::words);
        place.or_else(cards).or_else(sign).or_else(cart)
    }

    /// True if nothing else has to be said: taking a reaction away is a message without text.
    pub(crate) fn is_something(&self) -> bool {
        self.location.is_some()
            || !self.contacts.is_empty()
            || self.reaction.is_some()
            || self.order.is_some()
    }

    pub(crate) fn into_rich(self) -> Rich {
        Rich {
            location: self.location,
            contacts: self.contacts,
            reaction: self.reaction,
            reply_to: self.reply_to,
            order: self.order,
            referred_product: self.referred_product,
            ..Rich::default()
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn riches_are_taken_out_and_the_rest_is_left() {
        let mut body = json!({"channel": "whatsapp", "to": "+12025550101",
            "location": {"latitude": 38.7, "longitude": -9.1}});
        let told = Told::taken_from(&mut body).expect("riches");
        assert_eq!(body, json!({"channel": "whatsapp", "to": "+12025550101"}));
        assert_eq!(told.text().as_deref(), Some("📍 38.7, -9.1"));
        assert!(told.is_something());
    }

    #[test]
    fn places_off_the_earth_and_unknown_members_are_refused() {
        for (body, pointer) in [
            (
                json!({"location": {"latitude": 91, "longitude": 0}}),
                "/location",
            ),
            (
                json!({"location": {"latitude": 1, "longitude": -181}}),
                "/location",
            ),
            (
                json!({"reaction": {"message_id": "a", "emoji": "b", "size": 1}}),
                "/size",
            ),
            (json!({"contacts": [{"phones": []}]}), "/name"),
        ] {
            let refused = Told::taken_from(&mut body.clone()).expect_err("refused");
            assert!(
                refused.to_string().starts_with(pointer),
                "{body}: {refused}"
            );
        }
    }

    #[test]
    fn plain_messages_have_nothing_to_show() {
        assert_eq!(
            serde_json::to_value(Rich::default()).expect("JSON"),
            json!({})
        );
        assert!(!Told::default().is_something());
    }
}
