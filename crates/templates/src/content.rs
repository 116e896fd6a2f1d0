//! What carriers, platforms and regulators ask of a text, whoever wrote it.
//!
//! [`inspect`] reads a text as a contact would get it. The editor calls it through
//! [`lint`](crate::lint) and the gate for each message, so that both say the same (L69).

use crate::{Code, Diagnostic, Severity};
use std::ops::Range;
use tidings_kernel::{Channel, Purpose};

mod lexicon;
mod links;
mod marketing;
mod scan;
mod shape;
mod values;

pub use lexicon::Topic;
pub use links::SHORTENERS;
pub use marketing::{Marker, Strength, detect_marketing, effective_purpose, is_marketing};
pub use values::inspect_values;

/// Longest text that is read; a message is never that long, and the rest of it is not looked at.
pub const MAX_INSPECTED: usize = 65_536;

/// What a text is for, and what it has to show.
#[derive(Debug, Clone, Copy)]
pub struct ContentContext<'a> {
    /// The channel that carries it.
    pub channel: Channel,
    /// Why it is sent.
    pub purpose: Purpose,
    /// The language that it is written in, such as `pt_BR`; English is understood beside it.
    pub language: &'a str,
    /// Who sends it.
    pub brand: Brand<'a>,
    /// Whether it has to say how to stop.
    pub stop_line: StopLine,
    /// The tenant's own domains; `None` when nobody knows them, and then no link is foreign.
    pub domains: Option<&'a [&'a str]>,
}

/// How a reader learns who sends a message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Brand<'a> {
    /// The text has to say one of these names.
    Named(&'a [&'a str]),
    /// The channel shows it, as the profile at WhatsApp does.
    Shown,
}

/// Whether a message has to say how to stop.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum StopLine {
    /// The message is refused without.
    Demanded,
    /// The message may do without.
    Optional,
}

impl<'a> ContentContext<'a> {
    /// The safe setting: marketing and requests to opt in say how to stop, and whatever leaves by
    /// SMS names its sender. Brand names and domains are still to be given.
    ///
    /// Compliance study, sections 10.1 to 10.8.
    pub const fn new(channel: Channel, purpose: Purpose, language: &'a str) -> Self {
        let stop_line = match (channel, purpose) {
            (Channel::Sms | Channel::Whatsapp, Purpose::Marketing)
            | (Channel::Sms, Purpose::DoubleOptIn) => StopLine::Demanded,
            (Channel::Whatsapp, Purpose::DoubleOptIn)
            // An unsubscribe link and its headers are the mail's own.
            | (Channel::Email, Purpose::Marketing | Purpose::DoubleOptIn)
            | (
                _,
                Purpose::Transactional
                | Purpose::Reminder
                | Purpose::Conversational
                | Purpose::Authentication
                | Purpose::Emergency
                | Purpose::OptOutConfirmation,
            ) => StopLine::Optional,
        };
        let brand = match channel {
            Channel::Sms => Brand::Named(&[]),
            Channel::Whatsapp | Channel::Email => Brand::Shown,
        };
        Self {
            channel,
            purpose,
            language,
            brand,
            stop_line,
            domains: None,
        }
    }
}

/// What is wrong with `text`, in the order of its words; nothing is allocated for a clean one.
///
/// # Examples
/// ```
/// use tidings_kernel::{Channel, Purpose};
/// use tidings_templates::content::{Brand, ContentContext, inspect};
/// use tidings_templates::Code;
///
/// let context = ContentContext {
///     brand: Brand::Named(&["Acme"]),
///     domains: Some(&["acme.example"]),
///     ..ContentContext::new(Channel::Sms, Purpose::Marketing, "en")
/// };
/// let good = "Acme: 20% off this week at https://acme.example/sale Reply STOP to opt out";
/// assert!(inspect(good, &context).is_empty());
///
/// let bad = inspect("20% off this week at bit.ly/x1", &context);
/// let codes: Vec<Code> = bad.iter().map(|diagnostic| diagnostic.code).collect();
/// assert_eq!(codes, [Code::PublicShortener, Code::BrandMissing, Code::StopLineMissing]);
/// ```
pub fn inspect(text: &str, context: &ContentContext<'_>) -> Vec<Diagnostic> {
    let text = readable(text);
    let mut found = Vec::new();
    if text.trim().is_empty() {
        found.push(Diagnostic::new(
            Code::EmptyText,
            Severity::Error,
            0..text.len(),
            "there is nothing to read in this text",
        ));
    }
    shape::inspect(text, &mut found);
    let has_link = inspect_links(text, context, &mut found);
    let signs = scan::scan(text, context.language);
    inspect_promotion(&signs, context, &mut found);
    for (topic, span) in signs.prohibited {
        found.push(Diagnostic::new(
            Code::ProhibitedContent,
            Severity::Warning,
            span,
            format!(
                "carriers look for words of {}: make sure that the sender is registered for it",
                topic.as_str()
            ),
        ));
    }
    found.sort_by_key(|diagnostic| diagnostic.span.start);
    inspect_brand(text, context, &mut found);
    let says_stop = !signs.stop_lines.is_empty() || (has_link && !signs.unsubscribes.is_empty());
    match context.stop_line {
        StopLine::Demanded if !says_stop => found.push(stop_line_missing(text, context.language)),
        StopLine::Demanded | StopLine::Optional => {}
    }
    found
}

/// A line that says how to stop, in the language of `locale` if its words are known, else in English.
///
/// # Examples
/// ```
/// assert_eq!(tidings_templates::content::stop_line("fr_CA"), "Répondez STOP pour vous désabonner");
/// ```
pub fn stop_line(locale: &str) -> &'static str {
    let (english, own) = lexicon::for_language(locale);
    own.unwrap_or(english).stop_line
}

/// Where `text` says how to stop: by an answer, or by a link that it names for that.
pub fn stop_lines(text: &str, language: &str) -> Vec<Range<usize>> {
    let text = readable(text);
    let signs = scan::scan(text, language);
    let mut lines = signs.stop_lines;
    if links::links(text).next().is_some() {
        lines.extend(signs.unsubscribes);
    }
    lines
}

/// True when a word of stopping stands anywhere in a label.
pub(crate) fn says_stop(label: &str, language: &str) -> bool {
    scan::scan(readable(label), language).says_stop
}

/// True when the words of the language of `locale` are known; else only English ones are found.
pub fn knows_language(locale: &str) -> bool {
    lexicon::knows(locale)
}

/// The part of `text` that is looked at.
fn readable(text: &str) -> &str {
    text.get(..text.floor_char_boundary(MAX_INSPECTED))
        .unwrap_or(text)
}

fn inspect_links(text: &str, context: &ContentContext<'_>, found: &mut Vec<Diagnostic>) -> bool {
    let mut has_link = false;
    for link in links::links(text) {
        has_link = true;
        let span = link.span.clone();
        if let Some(domain) = link.shortener() {
            let message = format!(
                "carriers block {domain} and other public shorteners: use a link of your own domain"
            );
            let diagnostic = Diagnostic::new(
                Code::PublicShortener,
                Severity::Error,
                span.clone(),
                message,
            );
            found.push(diagnostic);
        } else if let Some(domains) = context.domains
            && !domains.iter().any(|domain| link.is_of(domain))
        {
            let severity = match context.purpose {
                Purpose::Marketing => Severity::Error,
                Purpose::Transactional
                | Purpose::Reminder
                | Purpose::Conversational
                | Purpose::Authentication
                | Purpose::Emergency
                | Purpose::OptOutConfirmation
                | Purpose::DoubleOptIn => Severity::Warning,
            };
            let message = format!("{} is not one of your domains", link.host);
            found.push(Diagnostic::new(
                Code::ForeignLink,
                severity,
                span.clone(),
                message,
            ));
        }
        if link.is_disguised() {
            found.push(Diagnostic::new(
                Code::DisguisedLink,
                Severity::Warning,
                span.clone(),
                "a reader cannot tell where this link leads: write the domain in plain letters",
            ));
        }
        if context.purpose == Purpose::Authentication {
            found.push(Diagnostic::new(
                Code::LinkWithCode,
                Severity::Error,
                span,
                "a message with a code must not have a link",
            ));
        }
    }
    has_link
}

fn inspect_promotion(
    signs: &scan::Signs,
    context: &ContentContext<'_>,
    found: &mut Vec<Diagnostic>,
) {
    if context.purpose == Purpose::Marketing || !is_marketing(&signs.markers) {
        return;
    }
    // What may not leave while it is mixed, and what is decided as marketing then.
    let severity = match context.purpose {
        Purpose::Authentication | Purpose::OptOutConfirmation | Purpose::DoubleOptIn => {
            Severity::Error
        }
        Purpose::Marketing
        | Purpose::Transactional
        | Purpose::Reminder
        | Purpose::Conversational
        | Purpose::Emergency => Severity::Warning,
    };
    for marker in &signs.markers {
        let message = format!(
            "`{}` makes this an advertisement: a mixed message counts as marketing, take it out or change the purpose",
            marker.phrase
        );
        found.push(Diagnostic::new(
            Code::Promotion,
            severity,
            marker.span.clone(),
            message,
        ));
    }
}

fn inspect_brand(text: &str, context: &ContentContext<'_>, found: &mut Vec<Diagnostic>) {
    let Brand::Named(names) = context.brand else {
        return;
    };
    let severity = match context.purpose {
        // Who asks knows whom; compliance study, section 10.3.
        Purpose::Conversational => return,
        Purpose::Marketing | Purpose::OptOutConfirmation | Purpose::DoubleOptIn => Severity::Error,
        Purpose::Transactional
        | Purpose::Reminder
        | Purpose::Authentication
        | Purpose::Emergency => Severity::Warning,
    };
    if names.iter().any(|name| shape::says(text, name)) {
        return;
    }
    let diagnostic = Diagnostic::new(
        Code::BrandMissing,
        severity,
        text.len()..text.len(),
        "the text does not say who sends it: name your business",
    );
    found.push(match names.first() {
        Some(name) => diagnostic.suggest(0..0, format!("{name}: ")),
        None => diagnostic,
    });
}

pub(crate) fn stop_line_missing(text: &str, language: &str) -> Diagnostic {
    let end = text.trim_end().len();
    let line = stop_line(language);
    let message = format!("the text does not say how to stop: add a line such as `{line}`");
    Diagnostic::new(
        Code::StopLineMissing,
        Severity::Error,
        end..text.len(),
        message,
    )
    .suggest(end..text.len(), format!("\n{line}"))
}

#[cfg(test)]
mod tests;
