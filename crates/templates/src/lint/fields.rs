//! Fields against their declarations, filters against types and languages.

use super::{Subject, declared};
use crate::{
    Code, Diagnostic, FieldKind, FieldRef, FieldSpec, Filter, Formats, Layout, ParsedBody, Place,
    Severity,
};

pub(super) fn inspect(subject: &Subject<'_>, body: &ParsedBody, found: &mut Vec<Diagnostic>) {
    let texts = body.placed_templates();
    found.extend(declared(subject.fields, &texts));
    let knows_names = Formats::of(&subject.variant.locale).knows_names();
    for (place, text) in texts {
        for field in text.fields() {
            let spec = subject.fields.iter().find(|spec| spec.name == field.name);
            found.extend(filter_type(field, spec, place));
            found.extend(raw_value(field, spec, place));
            if !knows_names && field.filters.iter().any(needs_names) {
                let message = "the names of months and days are not known in this language, English ones would be used: write the date in digits";
                let diagnostic = Diagnostic::new(
                    Code::LocaleNames,
                    Severity::Warning,
                    field.span.clone(),
                    message,
                );
                found.push(diagnostic.at(place));
            }
        }
    }
}

/// A filter that could never read a value of the declared type.
fn filter_type(field: &FieldRef, spec: Option<&FieldSpec>, place: Place) -> Option<Diagnostic> {
    let spec = spec?;
    let first = field.filters.first()?;
    if first.suits(spec.kind) {
        return None;
    }
    let name = &field.name;
    let filter = first.name();
    let kind = kind_name(spec.kind);
    let message = format!("`{filter}` cannot read {name}, which is {kind}");
    let diagnostic = Diagnostic::new(
        Code::FilterType,
        Severity::Error,
        field.span.clone(),
        message,
    )
    .at(place);
    Some(match fitting(spec.kind) {
        Some(fit) => {
            let default = match &field.default {
                Some(default) => format!("|{default}"),
                None => String::new(),
            };
            diagnostic.suggest(field.span.clone(), format!("{{{{{name}:{fit}{default}}}}}"))
        }
        None => diagnostic,
    })
}

/// A date or an amount without a filter reads like a computer's.
fn raw_value(field: &FieldRef, spec: Option<&FieldSpec>, place: Place) -> Option<Diagnostic> {
    let fit = fitting(spec?.kind)?;
    // Numbers of orders and of rooms are numbers, too.
    if !field.filters.is_empty() || spec?.kind == FieldKind::Number {
        return None;
    }
    let message = format!(
        "{} prints as a computer writes it: use `:{fit}`",
        field.name
    );
    let at = field.span.start + 2 + field.name.as_str().len();
    let diagnostic =
        Diagnostic::new(Code::RawValue, Severity::Hint, field.span.clone(), message).at(place);
    Some(diagnostic.suggest(at..at, format!(":{fit}")))
}

fn fitting(kind: FieldKind) -> Option<&'static str> {
    match kind {
        FieldKind::Date => Some("date"),
        FieldKind::Time => Some("time(short)"),
        FieldKind::DateTime => Some("datetime"),
        FieldKind::Money => Some("money"),
        FieldKind::Number => Some("number"),
        FieldKind::Text | FieldKind::Url | FieldKind::Bool => None,
    }
}

fn kind_name(kind: FieldKind) -> &'static str {
    match kind {
        FieldKind::Text => "a text",
        FieldKind::Number => "a number",
        FieldKind::Date => "a date",
        FieldKind::Time => "a time",
        FieldKind::DateTime => "a date with a time",
        FieldKind::Money => "an amount of money",
        FieldKind::Bool => "true or false",
        FieldKind::Url => "an address",
    }
}

/// True for a pattern with names; styles of unknown languages have digits only.
fn needs_names(filter: &Filter) -> bool {
    match filter {
        Filter::Date(Layout::Pattern(pattern)) | Filter::DateTime(Layout::Pattern(pattern)) => {
            pattern.contains("MMM") || pattern.contains("EEE")
        }
        Filter::Date(Layout::Short | Layout::Medium | Layout::Long)
        | Filter::DateTime(Layout::Short | Layout::Medium | Layout::Long)
        | Filter::Time(_)
        | Filter::Money(_)
        | Filter::Number(_)
        | Filter::Upper
        | Filter::Lower
        | Filter::Capitalize
        | Filter::Truncate(_) => false,
    }
}
