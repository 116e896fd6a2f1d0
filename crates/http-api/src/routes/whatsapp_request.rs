use super::whatsapp_products::{CatalogBody, ProductBody, ProductListBody};
use crate::checks::Checks;
use serde::{Deserialize, Serialize};
use tidings_kernel::MessageId;
use tidings_messaging::{
    ContactCard, Degrees, Frame, ListRow, ListSection, Media, ReplyButton, Rich, RichForm,
    send::ContentWish,
};
use utoipa::ToSchema;

/// What WhatsApp has besides text, files and templates: one of `buttons`, `list`, `link`, `product_list`, `catalog`,
/// `request_location`, `product`, `location`, `contacts` and `reaction`, or `reply_to` alone with a text or a file.
/// The first six need `text`, `product` may have one, the others take none. Like a free text it is carried only within 24 hours
/// after the contact wrote.
#[derive(Debug, Clone, Default, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = WhatsappForm)]
pub(crate) struct WhatsappBody {
    /// The message of the same contact that it quotes, or that `reaction` stands under.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, example = "msg_01h2xcejqtf2nbrexx3vqjhp41")]
    reply_to: Option<MessageId>,
    /// A line above the text of `buttons`, `list` and `link`, and of `product_list`, which needs it.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(max_length = 60)]
    header: Option<String>,
    /// Small print below the text of `buttons`, `list`, `link`, `product`, `product_list` and `catalog`.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(max_length = 60)]
    footer: Option<String>,
    /// Up to three buttons that answer. One file may stand above the text.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(min_items = 1, max_items = 3)]
    buttons: Option<Vec<ReplyButtonBody>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    list: Option<ListBody>,
    #[serde(skip_serializing_if = "Option::is_none")]
    link: Option<LinkBody>,
    #[serde(skip_serializing_if = "Option::is_none")]
    product: Option<ProductBody>,
    #[serde(skip_serializing_if = "Option::is_none")]
    product_list: Option<ProductListBody>,
    #[serde(skip_serializing_if = "Option::is_none")]
    catalog: Option<CatalogBody>,
    /// `true` for a button with which the contact tells where they are.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    request_location: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    location: Option<LocationBody>,
    /// Business cards.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(min_items = 1, max_items = 20)]
    contacts: Option<Vec<ContactCardBody>>,
    /// An emoji under the message `reply_to`; empty to take it back.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(example = "👍")]
    reaction: Option<String>,
}

/// A button that answers.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = ReplyButton)]
pub(crate) struct ReplyButtonBody {
    /// What comes back as `button` when it is pressed.
    #[schema(max_length = 256)]
    id: String,
    /// What stands on it.
    #[schema(max_length = 20)]
    title: String,
}

/// A list to choose from: ten rows at most in all.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = WhatsappList)]
pub(crate) struct ListBody {
    /// The label of the button that opens it.
    #[schema(max_length = 20)]
    button: String,
    #[schema(min_items = 1, max_items = 10)]
    sections: Vec<ListSectionBody>,
}

/// Some rows under a heading.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = ListSection)]
pub(crate) struct ListSectionBody {
    /// Needed where there are several.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(max_length = 24)]
    title: Option<String>,
    #[schema(min_items = 1, max_items = 10)]
    rows: Vec<ListRowBody>,
}

/// A row to choose.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = ListRow)]
pub(crate) struct ListRowBody {
    /// What comes back as `button` when it is chosen.
    #[schema(max_length = 200)]
    id: String,
    #[schema(max_length = 24)]
    title: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(max_length = 72)]
    description: Option<String>,
}

/// A button that opens a page.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = LinkButton)]
pub(crate) struct LinkBody {
    #[schema(max_length = 20)]
    title: String,
    #[schema(example = "https://example.com/orders/42")]
    url: String,
}

/// A place.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = Place)]
pub(crate) struct LocationBody {
    /// Degrees north of the equator.
    #[schema(value_type = f64, minimum = -90, maximum = 90, example = 38.7223)]
    latitude: Degrees,
    /// Degrees east of Greenwich.
    #[schema(value_type = f64, minimum = -180, maximum = 180, example = -9.1393)]
    longitude: Degrees,
    #[serde(skip_serializing_if = "Option::is_none")]
    name: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    address: Option<String>,
}

/// A business card.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = ContactCard)]
pub(crate) struct ContactCardBody {
    /// The whole name, as it is shown.
    formatted_name: String,
    /// One of the two parts of the name at least is needed.
    #[serde(skip_serializing_if = "Option::is_none")]
    first_name: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    last_name: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    company: Option<String>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    phones: Vec<String>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    emails: Vec<String>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    urls: Vec<String>,
}

impl WhatsappBody {
    /// What a message shows. Which message it answers is the provider's matter.
    pub(super) fn of(rich: Rich) -> Option<Self> {
        let nothing = Self::default();
        Some(match rich.form? {
            RichForm::Buttons { frame, buttons } => Self {
                buttons: Some(buttons.into_iter().map(Into::into).collect()),
                ..Self::framed(frame)
            },
            RichForm::List {
                frame,
                button,
                sections,
            } => Self {
                list: Some(ListBody::of(button, sections)),
                ..Self::framed(frame)
            },
            RichForm::Link { frame, title, url } => Self {
                link: Some(LinkBody { title, url }),
                ..Self::framed(frame)
            },
            RichForm::Product { frame, product } => Self {
                product: Some(product.into()),
                ..Self::framed(frame)
            },
            RichForm::ProductList {
                frame,
                catalog,
                sections,
            } => Self {
                product_list: Some(ProductListBody::of(catalog, sections)),
                ..Self::framed(frame)
            },
            RichForm::Catalog { frame, thumbnail } => Self {
                catalog: Some(CatalogBody::of(thumbnail)),
                ..Self::framed(frame)
            },
            RichForm::LocationRequest => Self {
                request_location: true,
                ..nothing
            },
            RichForm::Location {
                latitude,
                longitude,
                name,
                address,
            } => Self {
                location: Some(LocationBody {
                    latitude,
                    longitude,
                    name,
                    address,
                }),
                ..nothing
            },
            RichForm::Contacts { contacts } => Self {
                contacts: Some(contacts.into_iter().map(Into::into).collect()),
                ..nothing
            },
            RichForm::Reaction { emoji } => Self {
                reaction: Some(emoji),
                ..nothing
            },
        })
    }

    fn framed(Frame { header, footer }: Frame) -> Self {
        Self {
            header,
            footer,
            ..Self::default()
        }
    }

    /// The wish in the domain's terms, beside this text and these files; what WhatsApp would refuse is noted.
    pub(super) fn wish(
        self,
        checks: &mut Checks,
        text: Option<String>,
        media: &[Media],
    ) -> Option<ContentWish> {
        let answers = self.reply_to;
        let form = match self.form() {
            Ok(form) => form,
            Err(detail) => {
                checks.refuse("/whatsapp", "conflict", detail);
                return None;
            }
        };
        let text = text.unwrap_or_default();
        let rich = Rich {
            form,
            to: answers.map(|id| id.to_string()),
        };
        let problems = rich.problems(&text, media);
        let is_sound = problems.is_empty();
        for problem in problems {
            let pointer = match problem.pointer.as_str() {
                pointer @ ("text" | "media") => format!("/{pointer}"),
                pointer => format!("/whatsapp{pointer}"),
            };
            checks.refuse(pointer, problem.code, problem.detail);
        }
        is_sound.then_some(ContentWish::Rich {
            text,
            form: rich.form,
            answers,
        })
    }

    /// The one form that is given, if any.
    ///
    /// # Errors
    /// It is not clear which one is meant, in words.
    fn form(self) -> Result<Option<RichForm>, &'static str> {
        let has_frame = self.header.is_some() || self.footer.is_some();
        let frame = Frame {
            header: self.header,
            footer: self.footer,
        };
        let framed = [
            self.buttons.map(|buttons| RichForm::Buttons {
                frame: frame.clone(),
                buttons: buttons.into_iter().map(Into::into).collect(),
            }),
            self.list.map(|list| list.form(frame.clone())),
            self.product.map(|product| product.form(frame.clone())),
            self.product_list.map(|list| list.form(frame.clone())),
            self.catalog.map(|catalog| catalog.form(frame.clone())),
            self.link.map(|link| RichForm::Link {
                frame,
                title: link.title,
                url: link.url,
            }),
        ];
        let plain = [
            self.request_location.then_some(RichForm::LocationRequest),
            self.location.map(Into::into),
            self.contacts.map(|contacts| RichForm::Contacts {
                contacts: contacts.into_iter().map(Into::into).collect(),
            }),
            self.reaction.map(|emoji| RichForm::Reaction { emoji }),
        ];
        let takes_frame = framed.iter().any(Option::is_some);
        let mut given = framed.into_iter().chain(plain).flatten();
        let form = given.next();
        if given.next().is_some() {
            return Err("one message shows one thing: send the others apart");
        }
        if has_frame && !takes_frame {
            return Err("header and footer stand around buttons, a list, a link or products");
        }
        Ok(form)
    }
}

impl ListBody {
    fn of(button: String, sections: Vec<ListSection>) -> Self {
        let sections = sections.into_iter().map(|section| ListSectionBody {
            title: section.title,
            rows: section.rows.into_iter().map(Into::into).collect(),
        });
        Self {
            button,
            sections: sections.collect(),
        }
    }

    fn form(self, frame: Frame) -> RichForm {
        RichForm::List {
            frame,
            button: self.button,
            sections: self
                .sections
                .into_iter()
                .map(|section| ListSection {
                    title: section.title,
                    rows: section.rows.into_iter().map(Into::into).collect(),
                })
                .collect(),
        }
    }
}

impl From<ReplyButtonBody> for ReplyButton {
    fn from(ReplyButtonBody { id, title }: ReplyButtonBody) -> Self {
        Self { id, title }
    }
}

impl From<ReplyButton> for ReplyButtonBody {
    fn from(ReplyButton { id, title }: ReplyButton) -> Self {
        Self { id, title }
    }
}

impl From<ListRow> for ListRowBody {
    fn from(row: ListRow) -> Self {
        Self {
            id: row.id,
            title: row.title,
            description: row.description,
        }
    }
}

impl From<ContactCard> for ContactCardBody {
    fn from(card: ContactCard) -> Self {
        Self {
            formatted_name: card.formatted_name,
            first_name: card.first_name,
            last_name: card.last_name,
            company: card.company,
            phones: card.phones,
            emails: card.emails,
            urls: card.urls,
        }
    }
}

impl From<ListRowBody> for ListRow {
    fn from(row: ListRowBody) -> Self {
        Self {
            id: row.id,
            title: row.title,
            description: row.description,
        }
    }
}

impl From<LocationBody> for RichForm {
    fn from(place: LocationBody) -> Self {
        Self::Location {
            latitude: place.latitude,
            longitude: place.longitude,
            name: place.name,
            address: place.address,
        }
    }
}

impl From<ContactCardBody> for ContactCard {
    fn from(card: ContactCardBody) -> Self {
        Self {
            formatted_name: card.formatted_name,
            first_name: card.first_name,
            last_name: card.last_name,
            company: card.company,
            phones: card.phones,
            emails: card.emails,
            urls: card.urls,
        }
    }
}
