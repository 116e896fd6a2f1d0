//! Messages with something to press, places, cards and signs.

use super::File;
use serde::Serialize;

/// A message with something to press.
#[derive(Debug, Serialize)]
pub(crate) struct Interactive<'a> {
    #[serde(rename = "type")]
    pub(crate) kind: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) header: Option<Header<'a>>,
    /// Only a product does without.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) body: Option<Words<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) footer: Option<Words<'a>>,
    pub(crate) action: Action<'a>,
}

/// What stands above the text.
#[derive(Debug, Serialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub(crate) enum Header<'a> {
    Text { text: &'a str },
    Image { image: File<'a> },
    Video { video: File<'a> },
    Document { document: File<'a> },
}

/// A text of its own.
#[derive(Debug, Serialize)]
pub(crate) struct Words<'a> {
    pub(crate) text: &'a str,
}

/// What can be pressed.
#[derive(Debug, Serialize)]
#[serde(untagged)]
pub(crate) enum Action<'a> {
    Buttons {
        buttons: Vec<ReplyButton<'a>>,
    },
    List {
        button: &'a str,
        sections: Vec<Section<'a>>,
    },
    Link {
        name: &'static str,
        parameters: Link<'a>,
    },
    Product {
        catalog_id: &'a str,
        product_retailer_id: &'a str,
    },
    Products {
        catalog_id: &'a str,
        sections: Vec<ProductSection<'a>>,
    },
    Catalog {
        name: &'static str,
        /// Optional by Meta's guide "Share products with customers" (read on 30 November 2026); the specification
        /// (v23.0) wants it.
        #[serde(skip_serializing_if = "Option::is_none")]
        parameters: Option<Thumbnail<'a>>,
    },
    Named {
        name: &'static str,
    },
}

/// Some products of a list.
#[derive(Debug, Serialize)]
pub(crate) struct ProductSection<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) title: Option<&'a str>,
    pub(crate) product_items: Vec<ProductItem<'a>>,
}

/// A product of a list.
#[derive(Debug, Serialize)]
pub(crate) struct ProductItem<'a> {
    pub(crate) product_retailer_id: &'a str,
}

/// The product whose picture stands above a catalog.
#[derive(Debug, Serialize)]
pub(crate) struct Thumbnail<'a> {
    pub(crate) thumbnail_product_retailer_id: &'a str,
}

/// A button that answers.
#[derive(Debug, Serialize)]
pub(crate) struct ReplyButton<'a> {
    #[serde(rename = "type")]
    pub(crate) kind: &'static str,
    pub(crate) reply: Reply<'a>,
}

/// What a button answers.
#[derive(Debug, Serialize)]
pub(crate) struct Reply<'a> {
    pub(crate) id: &'a str,
    pub(crate) title: &'a str,
}

/// Some rows of a list.
#[derive(Debug, Serialize)]
pub(crate) struct Section<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) title: Option<&'a str>,
    pub(crate) rows: Vec<Row<'a>>,
}

/// A row of a list.
#[derive(Debug, Serialize)]
pub(crate) struct Row<'a> {
    pub(crate) id: &'a str,
    pub(crate) title: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) description: Option<&'a str>,
}

/// Where a button leads.
#[derive(Debug, Serialize)]
pub(crate) struct Link<'a> {
    pub(crate) display_text: &'a str,
    pub(crate) url: &'a str,
}

/// A place. Meta takes the degrees as texts.
#[derive(Debug, Serialize)]
pub(crate) struct Place<'a> {
    pub(crate) latitude: String,
    pub(crate) longitude: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) name: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) address: Option<&'a str>,
}

/// A business card.
#[derive(Debug, Serialize)]
pub(crate) struct Card<'a> {
    pub(crate) name: CardName<'a>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(crate) phones: Vec<Phone<'a>>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(crate) emails: Vec<Email<'a>>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(crate) urls: Vec<Web<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) org: Option<Organization<'a>>,
}

/// The name on a card.
#[derive(Debug, Serialize)]
pub(crate) struct CardName<'a> {
    #[serde(rename = "formatted_name")]
    pub(crate) whole: &'a str,
    #[serde(rename = "first_name", skip_serializing_if = "Option::is_none")]
    pub(crate) first: Option<&'a str>,
    #[serde(rename = "last_name", skip_serializing_if = "Option::is_none")]
    pub(crate) last: Option<&'a str>,
}

/// A number on a card.
#[derive(Debug, Serialize)]
pub(crate) struct Phone<'a> {
    pub(crate) phone: &'a str,
}

/// An address of email on a card.
#[derive(Debug, Serialize)]
pub(crate) struct Email<'a> {
    pub(crate) email: &'a str,
}

/// A page on a card.
#[derive(Debug, Serialize)]
pub(crate) struct Web<'a> {
    pub(crate) url: &'a str,
}

/// A company on a card.
#[derive(Debug, Serialize)]
pub(crate) struct Organization<'a> {
    pub(crate) company: &'a str,
}

/// A sign under a message.
#[derive(Debug, Serialize)]
pub(crate) struct Reaction<'a> {
    pub(crate) message_id: &'a str,
    pub(crate) emoji: &'a str,
}
