use super::{content_error, media};
use crate::wire::{
    Action, Card, CardName, Email, Header, Interactive, Link, Organization, Payload, Phone, Place,
    ProductItem, ProductSection, Reaction, Reply, ReplyButton, Row, Section, Thumbnail, Web, Words,
};
use tidings_messaging::{
    self as domain, ContactCard, Content, Frame, ListSection, Media, Rich, RichForm,
};
use tidings_routing::ProviderError;

/// Nothing stands around a request for a place.
static NO_FRAME: Frame = Frame {
    header: None,
    footer: None,
};

/// The message that a form is.
pub(super) fn payload<'a>(
    content: &'a Content,
    rich: &'a Rich,
    form: &'a RichForm,
) -> Result<Payload<'a>, ProviderError> {
    if let Some(problem) = rich.problems(&content.text, &content.media).first() {
        let detail = format!("{}: {}", problem.pointer, problem.detail);
        let advice = "correct it as WhatsApp takes it";
        return Err(content_error(problem.code, &detail, advice));
    }
    let text = content.text.as_str();
    let files = content.media.as_slice();
    Ok(match form {
        RichForm::Buttons { frame, buttons } => {
            let buttons = buttons.iter().map(|button| ReplyButton {
                kind: "reply",
                reply: Reply {
                    id: &button.id,
                    title: &button.title,
                },
            });
            let action = Action::Buttons {
                buttons: buttons.collect(),
            };
            interactive("button", text, frame, files, action)?
        }
        RichForm::List {
            frame,
            button,
            sections,
        } => {
            let action = Action::List {
                button,
                sections: sections.iter().map(section).collect(),
            };
            interactive("list", text, frame, files, action)?
        }
        RichForm::Link { frame, title, url } => {
            let action = Action::Link {
                name: "cta_url",
                parameters: Link {
                    display_text: title,
                    url,
                },
            };
            interactive("cta_url", text, frame, files, action)?
        }
        RichForm::Product { frame, product } => {
            let action = Action::Product {
                catalog_id: &product.catalog,
                product_retailer_id: &product.product,
            };
            interactive("product", text, frame, files, action)?
        }
        RichForm::ProductList {
            frame,
            catalog,
            sections,
        } => {
            let action = Action::Products {
                catalog_id: catalog,
                sections: sections.iter().map(products).collect(),
            };
            interactive("product_list", text, frame, files, action)?
        }
        RichForm::Catalog { frame, thumbnail } => {
            let action = Action::Catalog {
                name: "catalog_message",
                parameters: thumbnail.as_deref().map(|product| Thumbnail {
                    thumbnail_product_retailer_id: product,
                }),
            };
            interactive("catalog_message", text, frame, files, action)?
        }
        RichForm::LocationRequest => {
            let action = Action::Named {
                name: "send_location",
            };
            let kind = "location_request_message";
            interactive(kind, text, &NO_FRAME, files, action)?
        }
        RichForm::Location {
            latitude,
            longitude,
            name,
            address,
        } => Payload::Location(Place {
            latitude: latitude.to_string(),
            longitude: longitude.to_string(),
            name: name.as_deref(),
            address: address.as_deref(),
        }),
        RichForm::Contacts { contacts } => Payload::Contacts(contacts.iter().map(card).collect()),
        RichForm::Reaction { emoji } => Payload::Reaction(Reaction {
            message_id: rich.to.as_deref().unwrap_or_default(),
            emoji,
        }),
    })
}

fn interactive<'a>(
    kind: &'static str,
    text: &'a str,
    frame: &'a Frame,
    files: &'a [Media],
    action: Action<'a>,
) -> Result<Payload<'a>, ProviderError> {
    let header = match (files.first(), frame.header.as_deref()) {
        (Some(file), _) => Some(medium(file)?),
        (None, Some(text)) => Some(Header::Text { text }),
        (None, None) => None,
    };
    Ok(Payload::Interactive(Interactive {
        kind,
        header,
        body: (!text.is_empty()).then_some(Words { text }),
        footer: frame.footer.as_deref().map(|text| Words { text }),
        action,
    }))
}

/// A file above the text.
fn medium(file: &Media) -> Result<Header<'_>, ProviderError> {
    match media::file(file, "")? {
        Payload::Image(image) => Ok(Header::Image { image }),
        Payload::Video(video) => Ok(Header::Video { video }),
        Payload::Document(document) => Ok(Header::Document { document }),
        Payload::Audio(_)
        | Payload::Sticker(_)
        | Payload::Text(_)
        | Payload::Template(_)
        | Payload::Interactive(_)
        | Payload::Location(_)
        | Payload::Contacts(_)
        | Payload::Reaction(_) => Err(content_error(
            "no_header",
            "WhatsApp shows no sound and no sticker above a text",
            "give an image, a video or a document, or send the file before",
        )),
    }
}

fn section(section: &ListSection) -> Section<'_> {
    let rows = section.rows.iter().map(|row| Row {
        id: &row.id,
        title: &row.title,
        description: row.description.as_deref(),
    });
    Section {
        title: section.title.as_deref(),
        rows: rows.collect(),
    }
}

fn products(section: &domain::ProductSection) -> ProductSection<'_> {
    let items = section.products.iter().map(|product| ProductItem {
        product_retailer_id: product,
    });
    ProductSection {
        title: section.title.as_deref(),
        product_items: items.collect(),
    }
}

fn card(card: &ContactCard) -> Card<'_> {
    let phones = card.phones.iter().map(|phone| Phone { phone });
    let emails = card.emails.iter().map(|email| Email { email });
    let urls = card.urls.iter().map(|url| Web { url });
    Card {
        name: CardName {
            whole: &card.formatted_name,
            first: card.first_name.as_deref(),
            last: card.last_name.as_deref(),
        },
        phones: phones.collect(),
        emails: emails.collect(),
        urls: urls.collect(),
        org: card
            .company
            .as_deref()
            .map(|company| Organization { company }),
    }
}
