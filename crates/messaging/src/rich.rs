//! What WhatsApp carries beside texts, files and templates.

mod check;
mod degrees;

pub use check::RichProblem;
pub use degrees::{Degrees, NoDegrees};

use crate::ProductRef;
use serde::{Deserialize, Serialize};

/// What a WhatsApp message is beside its text and its files.
///
/// The text of a form with something to press is the content's own, and a file of it stands above that.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Rich {
    /// What it shows; `None` for a text or a file that only quotes another message.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub form: Option<RichForm>,
    /// The message that it quotes, or reacts to, by the provider's id.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub to: Option<String>,
}

/// What a rich message shows.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case", deny_unknown_fields)]
pub enum RichForm {
    /// Up to three buttons that answer.
    Buttons {
        /// What stands above and below the text.
        #[serde(default)]
        frame: Frame,
        /// The buttons.
        buttons: Vec<ReplyButton>,
    },
    /// A list to choose from.
    List {
        /// What stands above and below the text.
        #[serde(default)]
        frame: Frame,
        /// The label of the button that opens the list.
        button: String,
        /// The list, in sections.
        sections: Vec<ListSection>,
    },
    /// One button that opens a page.
    Link {
        /// What stands above and below the text.
        #[serde(default)]
        frame: Frame,
        /// The label of the button.
        title: String,
        /// The page.
        url: String,
    },
    /// One product of a catalog. The text may be left out.
    Product {
        /// What stands below the text; above it stands the product, and never a header.
        #[serde(default)]
        frame: Frame,
        /// The product.
        product: ProductRef,
    },
    /// Some products of a catalog, of which the contact makes a cart.
    ProductList {
        /// What stands above and below the text; the header is needed.
        #[serde(default)]
        frame: Frame,
        /// The catalog, by Meta's id.
        catalog: String,
        /// The products, in sections.
        sections: Vec<ProductSection>,
    },
    /// A button that opens the catalog of the number that sends.
    Catalog {
        /// What stands below the text; above it stands a product, and never a header.
        #[serde(default)]
        frame: Frame,
        /// The product whose picture stands above, by the tenant's own id; the first of the catalog without it.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        thumbnail: Option<String>,
    },
    /// A button with which the contact tells where they are.
    LocationRequest,
    /// A place.
    Location {
        /// North of the equator.
        latitude: Degrees,
        /// East of Greenwich.
        longitude: Degrees,
        /// What is there.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        name: Option<String>,
        /// Where that is, in words.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        address: Option<String>,
    },
    /// Business cards.
    Contacts {
        /// The cards.
        contacts: Vec<ContactCard>,
    },
    /// A sign under a message of the contact's or ours.
    Reaction {
        /// The sign; empty takes back the one that is there.
        emoji: String,
    },
}

/// The kinds of rich messages, for telling which of them a provider carries.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RichKind {
    /// Whatever quotes another message.
    Reply,
    /// See [`RichForm::Buttons`].
    Buttons,
    /// See [`RichForm::List`].
    List,
    /// See [`RichForm::Link`].
    Link,
    /// See [`RichForm::Product`].
    Product,
    /// See [`RichForm::ProductList`].
    ProductList,
    /// See [`RichForm::Catalog`].
    Catalog,
    /// See [`RichForm::LocationRequest`].
    LocationRequest,
    /// See [`RichForm::Location`].
    Location,
    /// See [`RichForm::Contacts`].
    Contacts,
    /// See [`RichForm::Reaction`].
    Reaction,
}

/// What stands above and below the text of a message with something to press.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Frame {
    /// A line above; not together with a file.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub header: Option<String>,
    /// Small print below.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub footer: Option<String>,
}

/// A button that answers.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ReplyButton {
    /// What comes back when it is pressed.
    pub id: String,
    /// What stands on it.
    pub title: String,
}

/// Some rows of a list, under a heading.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ListSection {
    /// The heading; may be left out where there is one section only.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub title: Option<String>,
    /// The rows.
    pub rows: Vec<ListRow>,
}

/// A row to choose.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ListRow {
    /// What comes back when it is chosen.
    pub id: String,
    /// What it says.
    pub title: String,
    /// What it says below that.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
}

/// Some products, under a heading.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ProductSection {
    /// The heading; may be left out where there is one section only.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub title: Option<String>,
    /// The products, by the tenant's own ids.
    pub products: Vec<String>,
}

/// A business card.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ContactCard {
    /// The whole name, as it is shown.
    pub formatted_name: String,
    /// A part of the name. One of the two parts at least is needed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub first_name: Option<String>,
    /// A part of the name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last_name: Option<String>,
    /// Where they work.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub company: Option<String>,
    /// Their numbers, as people write them.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub phones: Vec<String>,
    /// Their addresses of email.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub emails: Vec<String>,
    /// Their pages.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub urls: Vec<String>,
}

impl Rich {
    /// The kinds that a provider must know to carry it: what it shows, and that it quotes a message.
    pub fn kinds(&self) -> Vec<RichKind> {
        let form = self.form.as_ref().map(RichForm::kind);
        let is_reply = self.to.is_some() && form != Some(RichKind::Reaction);
        let reply = is_reply.then_some(RichKind::Reply);
        form.into_iter().chain(reply).collect()
    }

    /// Everything in it that a person reads.
    pub fn words(&self) -> Vec<&str> {
        self.form.as_ref().map_or_else(Vec::new, RichForm::words)
    }
}

impl RichForm {
    /// Which kind it is.
    pub const fn kind(&self) -> RichKind {
        match self {
            Self::Buttons { .. } => RichKind::Buttons,
            Self::List { .. } => RichKind::List,
            Self::Link { .. } => RichKind::Link,
            Self::Product { .. } => RichKind::Product,
            Self::ProductList { .. } => RichKind::ProductList,
            Self::Catalog { .. } => RichKind::Catalog,
            Self::LocationRequest => RichKind::LocationRequest,
            Self::Location { .. } => RichKind::Location,
            Self::Contacts { .. } => RichKind::Contacts,
            Self::Reaction { .. } => RichKind::Reaction,
        }
    }

    /// The products that it shows, in a line.
    pub(crate) fn products(&self) -> Option<String> {
        match self {
            Self::Product { product, .. } => Some(format!("Shows {}", product.words())),
            Self::ProductList {
                catalog, sections, ..
            } => {
                let products = sections.iter().flat_map(|section| &section.products);
                let products: Vec<&str> = products.map(String::as_str).collect();
                let products = products.join(", ");
                Some(format!("Shows products of catalog {catalog}: {products}"))
            }
            Self::Catalog { .. } => Some("Shows the catalog".to_owned()),
            Self::Buttons { .. }
            | Self::List { .. }
            | Self::Link { .. }
            | Self::LocationRequest
            | Self::Location { .. }
            | Self::Contacts { .. }
            | Self::Reaction { .. } => None,
        }
    }

    fn words(&self) -> Vec<&str> {
        match self {
            Self::Buttons { frame, buttons } => {
                let titles = buttons.iter().map(|button| button.title.as_str());
                frame.words().chain(titles).collect()
            }
            Self::List {
                frame,
                button,
                sections,
            } => {
                let rows = sections.iter().flat_map(ListSection::words);
                frame.words().chain([button.as_str()]).chain(rows).collect()
            }
            Self::Link { frame, title, url } => frame
                .words()
                .chain([title.as_str(), url.as_str()])
                .collect(),
            Self::ProductList {
                frame, sections, ..
            } => {
                let titles = sections.iter().filter_map(|it| it.title.as_deref());
                frame.words().chain(titles).collect()
            }
            Self::Product { frame, .. } | Self::Catalog { frame, .. } => frame.words().collect(),
            Self::LocationRequest => Vec::new(),
            Self::Location { name, address, .. } => name
                .as_deref()
                .into_iter()
                .chain(address.as_deref())
                .collect(),
            Self::Contacts { contacts } => contacts.iter().flat_map(ContactCard::words).collect(),
            Self::Reaction { emoji } => vec![emoji.as_str()],
        }
    }
}

impl Frame {
    fn words(&self) -> impl Iterator<Item = &str> {
        let header = self.header.as_deref().into_iter();
        header.chain(self.footer.as_deref())
    }
}

impl ListSection {
    fn words(&self) -> impl Iterator<Item = &str> {
        let rows = self.rows.iter().flat_map(|row| {
            let description = row.description.as_deref();
            [row.title.as_str()].into_iter().chain(description)
        });
        self.title.as_deref().into_iter().chain(rows)
    }
}

impl ContactCard {
    fn words(&self) -> impl Iterator<Item = &str> {
        let names = [
            Some(self.formatted_name.as_str()),
            self.first_name.as_deref(),
            self.last_name.as_deref(),
            self.company.as_deref(),
        ];
        let lists = [&self.phones, &self.emails, &self.urls];
        let lists = lists.into_iter().flatten().map(String::as_str);
        names.into_iter().flatten().chain(lists)
    }
}

impl RichKind {
    /// The name for people and API.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Reply => "reply",
            Self::Buttons => "buttons",
            Self::List => "list",
            Self::Link => "link",
            Self::Product => "product",
            Self::ProductList => "product_list",
            Self::Catalog => "catalog",
            Self::LocationRequest => "location_request",
            Self::Location => "location",
            Self::Contacts => "contacts",
            Self::Reaction => "reaction",
        }
    }
}
