//! Everything that can be said about a template before it is used.

use crate::{
    Code, ComponentErrorKind, Diagnostic, FieldName, FieldSpec, Finding, ParsedBody, Place,
    Severity, Template, Variant, VariantBody, check,
    content::{self, ContentContext},
};

mod fields;
mod whatsapp;

pub(crate) use whatsapp::{BODY, COUPON, HEADER, URL};
pub use whatsapp::{WhatsappSubject, category_suits};

/// A template in one locale, as its author wrote it.
#[derive(Debug, Clone, Copy)]
pub struct Subject<'a> {
    /// The locale and the text or components.
    pub variant: &'a Variant,
    /// The fields that the template declares, for all locales.
    pub fields: &'a [FieldSpec],
    /// What WhatsApp knows of it; `None` for other channels.
    pub whatsapp: Option<WhatsappSubject<'a>>,
}

/// What the template is measured by.
#[derive(Debug, Clone, Copy)]
pub struct LintContext<'a> {
    /// What carriers and regulators ask of its text.
    pub content: ContentContext<'a>,
    /// How many SMS segments a message takes, as the caller counted them; `None` for other channels.
    pub predicted_segments: Option<u32>,
}

/// What its author should look at: errors first, then by place and position.
///
/// Fields stand for nothing here: a brand that only a value would bring is missing. Fields that
/// other locales use count as used when `fields` declares them for all; so `tpl.unused_field` is
/// said of a single variant and is a warning.
///
/// # Examples
/// ```
/// use tidings_kernel::{Channel, Purpose};
/// use tidings_templates::content::{Brand, ContentContext};
/// use tidings_templates::{Code, LintContext, Subject, Variant, VariantBody, lint};
///
/// let variant = Variant {
///     locale: "en".into(),
///     body: VariantBody::Text("Hi {{first_name}}, 20% off at Acme!".into()),
/// };
/// let content = ContentContext {
///     brand: Brand::Named(&["Acme"]),
///     ..ContentContext::new(Channel::Sms, Purpose::Marketing, "en")
/// };
/// let subject = Subject { variant: &variant, fields: &[], whatsapp: None };
/// let context = LintContext { content, predicted_segments: Some(1) };
/// let found = lint(&subject, &context);
/// let codes: Vec<Code> = found.iter().map(|diagnostic| diagnostic.code).collect();
/// assert_eq!(codes, [Code::UnknownField, Code::StopLineMissing]);
/// assert_eq!(found[1].suggestion.as_ref().unwrap().replacement, "\nReply STOP to opt out");
/// ```
pub fn lint(subject: &Subject<'_>, context: &LintContext<'_>) -> Vec<Diagnostic> {
    let mut found = Vec::new();
    match subject.variant.body.parse() {
        Ok(body) => {
            fields::inspect(subject, &body, &mut found);
            found.extend(texts(&body, &context.content));
        }
        Err(error) => {
            let (code, span) = match &error.kind {
                ComponentErrorKind::Template(error) => (Code::Syntax, error.span.clone()),
                ComponentErrorKind::MixedNames => (Code::WaMixedNames, 0..0),
                ComponentErrorKind::Gap => (Code::WaGap, 0..0),
                ComponentErrorKind::NoBody
                | ComponentErrorKind::Repeated
                | ComponentErrorKind::TooManyFields
                | ComponentErrorKind::FieldNotLast
                | ComponentErrorKind::DefaultsDiffer
                | ComponentErrorKind::EmptyDefault => (Code::WaComponents, 0..0),
            };
            let message = error.kind.to_string();
            found.push(Diagnostic::new(code, Severity::Error, span, message).at(error.place));
        }
    }
    match (&subject.variant.body, &subject.whatsapp) {
        (VariantBody::Components(components), Some(whatsapp)) => {
            whatsapp::inspect(components, whatsapp, subject, &context.content, &mut found);
        }
        (VariantBody::Text(_) | VariantBody::Components(_), _) => {}
    }
    found.extend(context.predicted_segments.and_then(many_segments));
    found.sort_by(|a, b| {
        (a.severity as u8, a.place, a.span.start, a.code).cmp(&(
            b.severity as u8,
            b.place,
            b.span.start,
            b.code,
        ))
    });
    found.dedup();
    found
}

/// What is wrong with a rendered text, given where the values of its fields stand in it: what
/// [`content::inspect`] and [`content::inspect_values`] say, together.
pub fn lint_text(
    rendered: &str,
    values: &[std::ops::Range<usize>],
    context: &ContentContext<'_>,
) -> Vec<Diagnostic> {
    let mut found = content::inspect(rendered, context);
    let brought = content::inspect_values(rendered, values, context);
    let says_stop = brought
        .iter()
        .any(|diagnostic| diagnostic.code == Code::StopLineInjected);
    if says_stop && context.stop_line == content::StopLine::Demanded {
        // A line that a value brought does not count.
        let own = content::stop_lines(rendered, context.language);
        let is_own = |line: &std::ops::Range<usize>| {
            values
                .iter()
                .all(|value| value.end <= line.start || line.end <= value.start)
        };
        if !own.iter().any(is_own) {
            found.push(content::stop_line_missing(rendered, context.language));
        }
    }
    found.extend(brought);
    found
}

/// The content rules, on what is the author's own in each text.
fn texts(body: &ParsedBody, context: &ContentContext<'_>) -> Vec<Diagnostic> {
    match body {
        ParsedBody::Text(template) => {
            let mut found = content::inspect(template.as_str(), context);
            found.retain(|diagnostic| !lies_in_field(diagnostic, template));
            found
        }
        ParsedBody::Components(components) => {
            // Together they are what the reader sees: the footer may say how to stop.
            let (text, places) = components.source();
            let mut found = content::inspect(&text, context);
            for diagnostic in &mut found {
                if let Some((place, start)) = places
                    .iter()
                    .rev()
                    .find(|(_, start)| *start <= diagnostic.span.start)
                {
                    diagnostic.place = *place;
                    diagnostic.span =
                        diagnostic.span.start - start..diagnostic.span.end.saturating_sub(*start);
                    // A change to the whole cannot be made in one component.
                    diagnostic.suggestion = None;
                }
            }
            found
        }
    }
}

/// True for what is said of a field's name or filter, which no contact will read; defaults are read.
fn lies_in_field(diagnostic: &Diagnostic, template: &Template) -> bool {
    template.fields().any(|field| {
        let is_default = |at: usize| {
            let inner = template
                .as_str()
                .get(field.span.clone())
                .unwrap_or_default();
            inner
                .find('|')
                .is_some_and(|bar| at > field.span.start + bar)
        };
        let span = &diagnostic.span;
        field.span.start < span.end
            && span.start >= field.span.start
            && span.end <= field.span.end
            && !is_default(span.start)
    })
}

fn many_segments(segments: u32) -> Option<Diagnostic> {
    let severity = match segments {
        0 | 1 => return None,
        2 | 3 => Severity::Hint,
        4.. => Severity::Warning,
    };
    let message = format!("a message takes {segments} SMS segments, and each is paid for");
    Some(Diagnostic::new(Code::ManySegments, severity, 0..0, message))
}

/// The name of the field that a finding speaks of.
fn name_of(finding: &Finding) -> &FieldName {
    match finding {
        Finding::Undeclared { name }
        | Finding::Unused { name }
        | Finding::Repeated { name }
        | Finding::NoDefault { name }
        | Finding::DefaultOfWrongType { name }
        | Finding::ExampleOfWrongType { name } => name,
    }
}

/// The first use of `name`, and the place of the text it stands in.
fn first_use(texts: &[(Place, &Template)], name: &FieldName) -> (Place, std::ops::Range<usize>) {
    let uses = texts
        .iter()
        .flat_map(|(place, text)| text.fields().map(move |field| (*place, field)));
    uses.into_iter()
        .find(|(_, field)| field.name == *name)
        .map_or((Place::Text, 0..0), |(place, field)| {
            (place, field.span.clone())
        })
}

/// What [`check`] finds, in the words of the lint.
fn declared(fields: &[FieldSpec], texts: &[(Place, &Template)]) -> Vec<Diagnostic> {
    let templates: Vec<&Template> = texts.iter().map(|(_, template)| *template).collect();
    check(fields, &templates)
        .into_iter()
        .map(|finding| {
            let name = name_of(&finding);
            let (place, span) = first_use(texts, name);
            let (code, message) = match &finding {
                Finding::Undeclared { .. } => {
                    (Code::UnknownField, format!("no field {name} is declared"))
                }
                Finding::Unused { .. } => (
                    Code::UnusedField,
                    format!("the field {name} is not used in this locale"),
                ),
                Finding::Repeated { .. } => (
                    Code::RepeatedField,
                    format!("the field {name} is declared more than once"),
                ),
                Finding::NoDefault { .. } => (
                    Code::NoDefault,
                    format!("{name} is optional: give it a default as in `{{{{{name}|there}}}}`"),
                ),
                Finding::DefaultOfWrongType { .. } => (
                    Code::DefaultType,
                    format!("the default of {name} is not of its type"),
                ),
                Finding::ExampleOfWrongType { .. } => (
                    Code::ExampleType,
                    format!("the example of {name} is not of its type"),
                ),
            };
            let diagnostic = Diagnostic::new(code, finding.severity(), span.clone(), message);
            let diagnostic = diagnostic.at(place);
            match &finding {
                Finding::Undeclared { name } => match nearest(name, fields) {
                    Some(near) => diagnostic.suggest(
                        span.start + 2..span.end.saturating_sub(2).max(span.start + 2),
                        near.as_str(),
                    ),
                    None => diagnostic,
                },
                Finding::Unused { .. }
                | Finding::Repeated { .. }
                | Finding::NoDefault { .. }
                | Finding::DefaultOfWrongType { .. }
                | Finding::ExampleOfWrongType { .. } => diagnostic,
            }
        })
        .collect()
}

/// The declared field that the author of `name` probably meant.
fn nearest<'fields>(name: &FieldName, fields: &'fields [FieldSpec]) -> Option<&'fields FieldName> {
    let candidates = fields.iter().map(|field| &field.name);
    crate::filter::nearest_of(name.as_str(), candidates, |name| name.as_str())
}

#[cfg(test)]
mod tests;
