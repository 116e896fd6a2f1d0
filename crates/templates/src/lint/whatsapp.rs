//! What Meta refuses. "Template components", "Template management" and "Template categorization",
//! as read on 20 November 2026; limits are counted in characters.

use super::Subject;
use crate::{
    Button, Category, Code, Component, Diagnostic, Header, Place, Severity, Template,
    content::{self, ContentContext},
};
use tidings_kernel::Purpose;

mod authentication;
mod buttons;
mod examples;

pub(crate) use buttons::{COUPON, URL};

/// Longest name of a template.
const NAME: usize = 512;
/// Longest text of a header.
pub(crate) const HEADER: usize = 60;
/// Longest text of a body.
pub(crate) const BODY: usize = 1024;
/// Longest text of a footer.
pub(crate) const FOOTER: usize = 60;

/// What WhatsApp knows of a template.
#[derive(Debug, Clone, Copy)]
pub struct WhatsappSubject<'a> {
    /// Its name at Meta.
    pub name: &'a str,
    /// The category that it is submitted under.
    pub category: Category,
}

pub(super) fn inspect(
    components: &[Component],
    whatsapp: &WhatsappSubject<'_>,
    subject: &Subject<'_>,
    context: &ContentContext<'_>,
    found: &mut Vec<Diagnostic>,
) {
    found.extend(name(whatsapp.name));
    found.extend(language(&subject.variant.locale));
    found.extend(category(whatsapp.category, context.purpose));
    let mut buttons: &[Button] = &[];
    for component in components {
        match component {
            Component::Header(Header::Text { text, .. }) => {
                text_rules(text, Place::Header, HEADER, found);
            }
            Component::Header(
                Header::Image { .. }
                | Header::Video { .. }
                | Header::Document { .. }
                | Header::Location,
            ) => {}
            Component::Body { text, .. } => {
                text_rules(text, Place::Body, BODY, found);
                body_rules(text, found);
            }
            Component::Footer { text, .. } => text_rules(text, Place::Footer, FOOTER, found),
            Component::Buttons { buttons: list } => buttons = list,
        }
    }
    buttons::inspect(buttons, found);
    examples::inspect(components, subject.fields, found);
    authentication::inspect(components, buttons, whatsapp.category, found);
    let offers_stop = buttons.iter().any(|button| match button {
        Button::QuickReply { text } => content::says_stop(text, context.language),
        Button::Url { .. }
        | Button::PhoneNumber { .. }
        | Button::CopyCode { .. }
        | Button::Otp { .. }
        | Button::Flow { .. }
        | Button::Catalog { .. }
        | Button::Mpm { .. }
        | Button::VoiceCall { .. } => false,
    });
    if offers_stop {
        // A button is as good as a line; compliance study, section 10.1.
        found.retain(|diagnostic| diagnostic.code != Code::StopLineMissing);
    }
}

/// True when a template of `category` may carry messages of `purpose`.
pub fn category_suits(category: Category, purpose: Purpose) -> bool {
    category.stricter_of(purpose) == purpose
        && match (category, Category::of_purpose(purpose)) {
            (Category::Authentication, wanted) => wanted == Category::Authentication,
            (Category::Utility, wanted) => wanted != Category::Marketing,
            (Category::Marketing, _) => true,
        }
}

fn category(category: Category, purpose: Purpose) -> Option<Diagnostic> {
    if category_suits(category, purpose) {
        return None;
    }
    let message =
        format!("messages for {purpose} do not belong into a template of category {category}");
    Some(Diagnostic::new(
        Code::WaCategory,
        Severity::Error,
        0..0,
        message,
    ))
}

pub(super) fn name(name: &str) -> Option<Diagnostic> {
    let is_plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_';
    if !name.is_empty() && name.len() <= NAME && name.chars().all(is_plain) {
        return None;
    }
    let plain: String = name
        .chars()
        .map(|c| c.to_ascii_lowercase())
        .map(|c| if is_plain(c) { c } else { '_' })
        .take(NAME)
        .collect();
    let message = "a name takes lower case letters, digits and `_`, 1 to 512 of them";
    let diagnostic = Diagnostic::new(Code::WaName, Severity::Error, 0..0, message);
    Some(if plain.is_empty() {
        diagnostic
    } else {
        diagnostic.suggest(0..name.len(), plain)
    })
}

/// `en`, `en_US`; the list of languages is open.
pub(super) fn language(locale: &str) -> Option<Diagnostic> {
    let (language, region) = match locale.split_once(['_', '-']) {
        Some((language, region)) => (language, Some(region)),
        None => (locale, None),
    };
    let is_language =
        (2..=3).contains(&language.len()) && language.bytes().all(|b| b.is_ascii_alphabetic());
    let is_region = region
        .is_none_or(|region| region.len() == 2 && region.bytes().all(|b| b.is_ascii_alphabetic()));
    let written = match region {
        Some(region) => format!(
            "{}_{}",
            language.to_ascii_lowercase(),
            region.to_ascii_uppercase()
        ),
        None => language.to_ascii_lowercase(),
    };
    if is_language && is_region && written == locale {
        return None;
    }
    let message = "WhatsApp writes a language as `en` or `en_US`";
    let diagnostic = Diagnostic::new(Code::WaLanguage, Severity::Error, 0..0, message);
    Some(if is_language && is_region {
        diagnostic.suggest(0..locale.len(), written)
    } else {
        diagnostic
    })
}

fn text_rules(text: &str, place: Place, most: usize, found: &mut Vec<Diagnostic>) {
    if let Some((end, _)) = text.char_indices().nth(most) {
        let message = format!(
            "{} characters, and the {place} takes {most}",
            text.chars().count()
        );
        let diagnostic = Diagnostic::new(Code::WaLength, Severity::Error, end..text.len(), message);
        found.push(diagnostic.at(place));
    }
    // One line on top and one below.
    if place != Place::Body
        && let Some(at) = text.find('\n')
    {
        let message = format!("the {place} takes one line");
        let diagnostic = Diagnostic::new(Code::WaWhitespace, Severity::Error, at..at + 1, message);
        found.push(diagnostic.at(place).suggest(at..at + 1, " "));
    }
}

fn body_rules(text: &str, found: &mut Vec<Diagnostic>) {
    let error = |code, span, message: &'static str| {
        Diagnostic::new(code, Severity::Error, span, message).at(Place::Body)
    };
    if let Some(at) = text.find("\n\n\n") {
        let end = text.len()
            - text
                .get(at..)
                .unwrap_or_default()
                .trim_start_matches('\n')
                .len();
        let message = "Meta refuses more than two line feeds in a row";
        found.push(error(Code::WaWhitespace, at..end, message).suggest(at..end, "\n\n"));
    }
    let Ok(template) = Template::parse(text) else {
        return;
    };
    let mut end = 0;
    let mut words = 0;
    let mut count = 0;
    for field in template.fields() {
        let before = text.get(end..field.span.start).unwrap_or_default();
        words += before.split_whitespace().count();
        if before.trim().is_empty() {
            let (code, message) = if count == 0 {
                (
                    Code::WaFieldAtEdge,
                    "a text must not start with a field (2388299)",
                )
            } else {
                (
                    Code::WaAdjacentFields,
                    "two fields must not stand side by side: put words between them",
                )
            };
            found.push(error(code, field.span.clone(), message));
        }
        count += 1;
        end = field.span.end;
    }
    if count == 0 {
        return;
    }
    let rest = text.get(end..).unwrap_or_default();
    words += rest.split_whitespace().count();
    if !rest.contains(char::is_alphanumeric) {
        let last = template
            .fields()
            .last()
            .map_or(0..0, |field| field.span.clone());
        let message = "a text must not end with a field: add a word or two behind it (2388299)";
        found.push(error(Code::WaFieldAtEdge, last, message));
    }
    // Meta does not say where it draws the line (2388293); integrators count two words a field.
    let distinct = template.names().len();
    if words < 2 * distinct + 1 {
        let message = format!(
            "{distinct} fields among {words} words: Meta refuses a text of so little substance (2388293)"
        );
        let diagnostic = Diagnostic::new(
            Code::WaTooManyFields,
            Severity::Warning,
            0..text.len(),
            message,
        );
        found.push(diagnostic.at(Place::Body));
    }
}
