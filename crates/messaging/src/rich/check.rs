//! The limits of WhatsApp (reference, section 3.1), as far as they can be known before sending. Those of products are
//! in Meta's specification (v23.0, `InteractiveObject`), where it is not said otherwise.

use super::{ContactCard, Frame, ListSection, ProductSection, ReplyButton, Rich, RichForm};
use crate::Media;
use std::collections::BTreeSet;

/// Something about a rich message that WhatsApp would refuse.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RichProblem {
    /// Where, from the rich message down: `/buttons/1/title`; its text is `text` and its files are `media`.
    pub pointer: String,
    /// A word for programs.
    pub code: &'static str,
    /// What is wrong, and what to do.
    pub detail: String,
}

const BODY: usize = 1_024;
const LIST_BODY: usize = 4_096;
const LINE: usize = 60;
const BUTTONS: usize = 3;
const BUTTON_TITLE: usize = 20;
const BUTTON_ID: usize = 256;
const SECTIONS: usize = 10;
const ROWS: usize = 10;
const ROW_TITLE: usize = 24;
const ROW_DESCRIPTION: usize = 72;
const ROW_ID: usize = 200;
const URL: usize = 2_000;
/// In all sections together: Meta's guide "Share products with customers" (read on 30 November 2026). The
/// specification has it for each section.
const PRODUCTS: usize = 30;
/// Nothing documents a limit here; these keep nonsense out.
const WORDS: usize = 1_000;
const CARDS: usize = 20;
const PRODUCT_ID: usize = 256;
const EMOJI: usize = 16;

impl Rich {
    /// Everything that WhatsApp would refuse about it, beside this text and these files.
    ///
    /// # Examples
    /// ```
    /// use tidings_messaging::{Frame, ReplyButton, Rich, RichForm};
    ///
    /// let buttons = |title: &str| Rich {
    ///     form: Some(RichForm::Buttons {
    ///         frame: Frame::default(),
    ///         buttons: vec![ReplyButton { id: "yes".into(), title: title.into() }],
    ///     }),
    ///     to: None,
    /// };
    /// assert!(buttons("Yes").problems("Confirm?", &[]).is_empty());
    /// let found = buttons("Yes, of course I confirm").problems("Confirm?", &[]);
    /// assert_eq!((found[0].pointer.as_str(), found[0].code), ("/buttons/0/title", "too_long"));
    /// ```
    pub fn problems(&self, text: &str, media: &[Media]) -> Vec<RichProblem> {
        let mut found = Found(Vec::new());
        if let Some(to) = &self.to {
            found.line("/reply_to", to, 512);
        }
        match &self.form {
            None if self.to.is_none() => {
                found.add("", "empty", "say what it shows, or what it answers");
            }
            None => {}
            Some(form) => found.form(form, self.to.is_some(), text, media),
        }
        found.0
    }
}

struct Found(Vec<RichProblem>);

impl Found {
    fn add(&mut self, pointer: &str, code: &'static str, detail: &str) {
        self.0.push(RichProblem {
            pointer: pointer.to_owned(),
            code,
            detail: detail.to_owned(),
        });
    }

    fn form(&mut self, form: &RichForm, has_target: bool, text: &str, media: &[Media]) {
        match form {
            RichForm::Buttons { frame, buttons } => {
                self.pressed(frame, text, BODY, media);
                self.buttons(buttons);
            }
            RichForm::List {
                frame,
                button,
                sections,
            } => {
                self.pressed(frame, text, LIST_BODY, &[]);
                self.no_media(media);
                self.line("/list/button", button, BUTTON_TITLE);
                self.sections(sections);
            }
            RichForm::Link { frame, title, url } => {
                self.pressed(frame, text, BODY, media);
                self.line("/link/title", title, BUTTON_TITLE);
                self.line("/link/url", url, URL);
                if !url.starts_with("https://") && !url.starts_with("http://") {
                    self.add(
                        "/link/url",
                        "invalid_url",
                        "give an address that starts with https://",
                    );
                }
            }
            RichForm::Product { frame, product } => {
                if !text.is_empty() {
                    self.line("text", text, BODY);
                }
                self.headless(frame, media);
                let (catalog, product) = (&product.catalog, &product.product);
                self.line("/product/catalog_id", catalog, PRODUCT_ID);
                self.line("/product/product_retailer_id", product, PRODUCT_ID);
            }
            RichForm::ProductList {
                frame,
                catalog,
                sections,
            } => {
                self.pressed(frame, text, BODY, &[]);
                self.no_media(media);
                if frame.header.is_none() {
                    let detail = "a list of products needs a line above its text";
                    self.add("/header", "missing_field", detail);
                }
                self.line("/product_list/catalog_id", catalog, PRODUCT_ID);
                self.products(sections);
            }
            RichForm::Catalog { frame, thumbnail } => {
                self.line("text", text, BODY);
                self.headless(frame, media);
                let pointer = "/catalog/thumbnail_product_retailer_id";
                self.maybe(pointer, thumbnail.as_deref(), PRODUCT_ID);
            }
            RichForm::LocationRequest => {
                self.pressed(&Frame::default(), text, BODY, &[]);
                self.no_media(media);
            }
            RichForm::Location {
                latitude,
                name,
                address,
                ..
            } => {
                self.alone(text, media);
                if latitude.value().abs() > 90.0 {
                    self.add(
                        "/location/latitude",
                        "out_of_range",
                        "a latitude goes from -90 to 90",
                    );
                }
                self.maybe("/location/name", name.as_deref(), WORDS);
                self.maybe("/location/address", address.as_deref(), WORDS);
            }
            RichForm::Contacts { contacts } => {
                self.alone(text, media);
                self.count("/contacts", contacts.len(), CARDS);
                for (index, card) in contacts.iter().enumerate() {
                    self.card(&format!("/contacts/{index}"), card);
                }
            }
            RichForm::Reaction { emoji } => {
                self.alone(text, media);
                if emoji.chars().count() > EMOJI || emoji.chars().any(char::is_alphabetic) {
                    self.add(
                        "/reaction",
                        "invalid_value",
                        "give one emoji, or nothing to take it back",
                    );
                }
                if !has_target {
                    self.add(
                        "/reply_to",
                        "missing_field",
                        "say which message it reacts to",
                    );
                }
            }
        }
    }

    /// A message with something to press: it needs a text, and one file may stand above that.
    fn pressed(&mut self, frame: &Frame, text: &str, most: usize, media: &[Media]) {
        self.line("text", text, most);
        self.maybe("/header", frame.header.as_deref(), LINE);
        self.maybe("/footer", frame.footer.as_deref(), LINE);
        if media.len() > 1 {
            self.add("media", "too_many", "one file can stand above the text");
        }
        if !media.is_empty() && frame.header.is_some() {
            self.add("/header", "conflict", "give a header or a file, not both");
        }
    }

    /// A message above which stands a product.
    fn headless(&mut self, frame: &Frame, media: &[Media]) {
        self.maybe("/footer", frame.footer.as_deref(), LINE);
        self.no_media(media);
        if frame.header.is_some() {
            let detail = "a product stands above the text: give no header";
            self.add("/header", "conflict", detail);
        }
    }

    fn no_media(&mut self, media: &[Media]) {
        if !media.is_empty() {
            self.add(
                "media",
                "conflict",
                "this kind of message takes no file: send it before",
            );
        }
    }

    /// A message that has neither text nor files.
    fn alone(&mut self, text: &str, media: &[Media]) {
        self.no_media(media);
        if !text.is_empty() {
            self.add(
                "text",
                "conflict",
                "this kind of message takes no text: send it before",
            );
        }
    }

    fn buttons(&mut self, buttons: &[ReplyButton]) {
        self.count("/buttons", buttons.len(), BUTTONS);
        let (mut ids, mut titles) = (BTreeSet::new(), BTreeSet::new());
        for (index, button) in buttons.iter().enumerate() {
            let id = format!("/buttons/{index}/id");
            let title = format!("/buttons/{index}/title");
            self.line(&id, &button.id, BUTTON_ID);
            self.line(&title, &button.title, BUTTON_TITLE);
            self.once(&id, ids.insert(&button.id));
            self.once(&title, titles.insert(&button.title));
        }
    }

    fn sections(&mut self, sections: &[ListSection]) {
        self.count("/list/sections", sections.len(), SECTIONS);
        let rows: usize = sections.iter().map(|section| section.rows.len()).sum();
        if rows > ROWS {
            self.add(
                "/list/sections",
                "too_many",
                "a list has 10 rows at most, in all its sections together",
            );
        }
        let mut ids = BTreeSet::new();
        for (place, section) in sections.iter().enumerate() {
            let at = format!("/list/sections/{place}");
            self.heading(&at, section.title.as_deref(), sections.len());
            if section.rows.is_empty() {
                self.add(&format!("{at}/rows"), "empty", "give at least one row");
            }
            for (index, row) in section.rows.iter().enumerate() {
                let at = format!("{at}/rows/{index}");
                self.line(&format!("{at}/id"), &row.id, ROW_ID);
                self.line(&format!("{at}/title"), &row.title, ROW_TITLE);
                self.maybe(
                    &format!("{at}/description"),
                    row.description.as_deref(),
                    ROW_DESCRIPTION,
                );
                self.once(&format!("{at}/id"), ids.insert(&row.id));
            }
        }
    }

    fn products(&mut self, sections: &[ProductSection]) {
        let pointer = "/product_list/sections";
        self.count(pointer, sections.len(), SECTIONS);
        let products: usize = sections.iter().map(|it| it.products.len()).sum();
        if products > PRODUCTS {
            let detail = "a list has 30 products at most, in all its sections together";
            self.add(pointer, "too_many", detail);
        }
        for (place, section) in sections.iter().enumerate() {
            let at = format!("{pointer}/{place}");
            self.heading(&at, section.title.as_deref(), sections.len());
            let at = format!("{at}/product_items");
            if section.products.is_empty() {
                self.add(&at, "empty", "give at least one product");
            }
            for (index, product) in section.products.iter().enumerate() {
                let at = format!("{at}/{index}/product_retailer_id");
                self.line(&at, product, PRODUCT_ID);
            }
        }
    }

    /// The title of one of so many sections.
    fn heading(&mut self, section: &str, title: Option<&str>, sections: usize) {
        let pointer = format!("{section}/title");
        match title {
            Some(text) => self.line(&pointer, text, ROW_TITLE),
            None if sections > 1 => {
                let detail = "several sections need a title each";
                self.add(&pointer, "missing_field", detail);
            }
            None => {}
        }
    }

    fn card(&mut self, at: &str, card: &ContactCard) {
        self.line(&format!("{at}/formatted_name"), &card.formatted_name, WORDS);
        let parts = [&card.first_name, &card.last_name];
        if parts
            .into_iter()
            .flatten()
            .all(|part| part.trim().is_empty())
        {
            let detail = "give a first or a last name beside the whole name";
            self.add(&format!("{at}/first_name"), "missing_field", detail);
        }
        let words = card.words();
        if words.into_iter().any(|word| word.chars().count() > WORDS) {
            self.add(
                at,
                "too_long",
                "a field of a card has 1000 characters at most",
            );
        }
    }

    fn count(&mut self, pointer: &str, count: usize, most: usize) {
        if count == 0 {
            self.add(pointer, "empty", "give at least one");
        } else if count > most {
            self.add(pointer, "too_many", &format!("at most {most}"));
        }
    }

    fn once(&mut self, pointer: &str, is_new: bool) {
        if !is_new {
            self.add(pointer, "duplicate", "another one says the same");
        }
    }

    fn maybe(&mut self, pointer: &str, text: Option<&str>, most: usize) {
        if let Some(text) = text {
            self.line(pointer, text, most);
        }
    }

    /// A text that says something.
    fn line(&mut self, pointer: &str, text: &str, most: usize) {
        let length = text.chars().count();
        if text.trim().is_empty() {
            self.add(pointer, "empty", "write something");
        } else if length > most {
            let detail = format!("it has {length} characters, {most} are allowed");
            self.add(pointer, "too_long", &detail);
        }
    }
}

#[cfg(test)]
mod tests;
