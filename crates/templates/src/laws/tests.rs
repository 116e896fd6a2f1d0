//! Each law over generated values.

mod bite;

use super::*;
use crate::content::{
    ContentContext, SHORTENERS, detect_marketing, effective_purpose, inspect, stop_line,
};
use crate::strategies::{
    brace_soup, category, data, locale, plain_text, standing_event, standing_events, text_with,
    value, variants,
};
use crate::{
    Category, Code, Data, Diagnostic, FieldName, Formats, RenderError, Severity, Standing,
    StandingEvent, Template, Value, Variant, choose, lint_text,
};
use proptest::prelude::*;
use proptest::sample::select;
use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;
use tidings_kernel::{Channel, Purpose};
use time::OffsetDateTime;

/// A text together with a value for each of its fields.
fn filled() -> impl Strategy<Value = (String, Data)> {
    data().prop_flat_map(|data| {
        let names = data
            .keys()
            .filter_map(|name| FieldName::new(name).ok())
            .collect();
        (text_with(names), Just(data))
    })
}

fn names(keys: impl IntoIterator<Item = String>) -> Vec<String> {
    keys.into_iter()
        .collect::<BTreeSet<_>>()
        .into_iter()
        .collect()
}

fn ours(text: &str, data: &Data) -> Result<String, String> {
    let template = Template::parse(text).map_err(|error| error.to_string())?;
    template.render(data).map_err(|error| error.to_string())
}

fn missing_of(text: &str, data: &Data) -> Result<String, Vec<String>> {
    match Template::parse(text).unwrap().render(data) {
        Ok(text) => Ok(text),
        Err(RenderError::Missing { names }) => Err(names),
        Err(other) => Err(vec![other.to_string()]),
    }
}

fn spans(text: &str) -> Vec<(Range<usize>, String)> {
    let template = Template::parse(text).unwrap();
    let field = |field: &crate::FieldRef| (field.span.clone(), field.name.to_string());
    template.fields().map(field).collect()
}

fn literals(text: &str) -> Vec<String> {
    let mut literals = Vec::new();
    let mut end = 0;
    for (span, _) in spans(text) {
        literals.push(text[end..span.start].to_owned());
        end = span.end;
    }
    literals.push(text[end..].to_owned());
    literals
}

fn parsed(text: &str) -> Result<Vec<Range<usize>>, Range<usize>> {
    match Template::parse(text) {
        Ok(template) => Ok(template.fields().map(|field| field.span.clone()).collect()),
        Err(error) => Err(error.span),
    }
}

fn chosen(variants: &[Variant], wanted: &str, fallback: &str) -> Option<String> {
    choose(variants, wanted, fallback).map(|variant| variant.locale.clone())
}

fn errors(found: Vec<Diagnostic>) -> Vec<Code> {
    let errors = found
        .into_iter()
        .filter(|it| it.severity == Severity::Error);
    errors.map(|it| it.code).collect()
}

fn inspected(text: &str, context: &ContentContext<'_>) -> Vec<Code> {
    errors(inspect(text, context))
}

fn linted(text: &str, values: &[Range<usize>], context: &ContentContext<'_>) -> Vec<Code> {
    errors(lint_text(text, values, context))
}

fn sms() -> ContentContext<'static> {
    ContentContext {
        brand: crate::content::Brand::Named(&["Acme"]),
        ..ContentContext::new(Channel::Sms, Purpose::Marketing, "en")
    }
}

fn purpose_of(text: &str, declared: Purpose) -> Purpose {
    effective_purpose(declared, None, &detect_marketing(text, "en"))
}

fn strengths(text: &str) -> Vec<crate::content::Strength> {
    let markers = detect_marketing(text, "en");
    markers.into_iter().map(|marker| marker.strength).collect()
}

fn standing(events: &[StandingEvent]) -> Standing {
    Standing::fold(Category::Utility, events)
}

fn category_at(asked: Category, events: &[StandingEvent], now: OffsetDateTime) -> Category {
    Standing::fold(asked, events).category(now)
}

proptest! {
    #[test]
    fn rendering_is_strict((text, data) in filled()) {
        prop_assert_eq!(strict_render(ours, &text, &spans(&text), &data), Ok(()));
        prop_assert_eq!(literals_survive(ours, &text, &literals(&text), &data), Ok(()));
    }

    #[test]
    fn filters_keep_the_authors_words(
        (before, after) in ("[a-zA-Z .]{0,12}", "[a-zA-Z .]{0,12}"),
        filter in select(&["", ":upper", ":lower:capitalize", ":truncate(4)", ":truncate(9):upper"][..]),
        value in "\\PC{0,30}",
    ) {
        let text = format!("{before}{{{{a{filter}|x}}}}{after}");
        let data = Data::from([("a".to_owned(), Value::from(value))]);
        prop_assert_eq!(literals_survive(ours, &text, &[before, after], &data), Ok(()));
    }

    #[test]
    fn a_cut_text_is_no_longer_than_asked(value in "\\PC{0,40}", most in 4_usize..20) {
        let template = Template::parse(&format!("{{{{a:truncate({most})|x}}}}")).unwrap();
        let data = Data::from([("a".to_owned(), Value::from(value.as_str()))]);
        let rendered = template.render(&data).unwrap();
        prop_assert!(rendered.chars().count() <= most);
        let is_whole = value.chars().count() <= most && !value.trim().is_empty();
        prop_assert!(!is_whole || rendered == value);
    }

    #[test]
    fn values_are_never_templates(value in "[ -~]{0,12}\\{\\{[a-z|:}]{0,9}\\}\\}[ -~]{0,8}") {
        prop_assert_eq!(single_pass(ours, &value), Ok(()));
    }

    #[test]
    fn escapes_are_plain(text in brace_soup().prop_filter("not blank", |it| !it.is_empty())) {
        prop_assert_eq!(escapes_are_literal(ours, &text), Ok(()));
    }

    #[test]
    fn parsing_is_safe(text in brace_soup()) {
        prop_assert_eq!(parse_is_safe(parsed, &text), Ok(()));
    }

    #[test]
    fn parsing_filters_is_safe(text in "\\{\\{a(:[a-z]{0,8}|\\(|\\)|\"|\\||[dMyH' ]{1,4}|é){0,8}\\}\\}") {
        prop_assert_eq!(parse_is_safe(parsed, &text), Ok(()));
    }

    #[test]
    fn the_nearest_variant_is_chosen(variants in variants(), wanted in locale(), fallback in locale()) {
        prop_assert_eq!(fallback_is_nearest(chosen, &variants, wanted, fallback), Ok(()));
    }

    #[test]
    fn unmarked_marketing_never_passes(text in "[b-d ]{0,40}[%0-9 ]{0,9}") {
        prop_assert_eq!(unmarked_marketing_is_refused(inspected, &text, &sms()), Ok(()));
    }

    #[test]
    fn shorteners_never_pass(before in "[a-zA-Z!? ]{0,20}", shortener in select(SHORTENERS)) {
        prop_assert_eq!(no_shortener_passes(inspected, &before, shortener, &sms()), Ok(()));
    }

    #[test]
    fn stop_lines_of_values_never_count(
        before in "[b-d ]{0,20}",
        language in select(&["en", "es", "fr", "pt", "de", "it", "nl", "pl", "tr", "hi", "ar"][..]),
    ) {
        let context = ContentContext { language, ..sms() };
        let line = stop_line(language);
        prop_assert_eq!(only_the_author_says_stop(linted, &before, line, &context), Ok(()));
    }

    #[test]
    fn mixed_messages_are_marketing(
        before in "[a-z ]{0,20}",
        sign in select(&["flash sale", "20% off", "promo code", "hello", "free", "buy now!"][..]),
    ) {
        let text = format!("{before} {sign}");
        prop_assert_eq!(marketing_is_shown_its_purpose(purpose_of, strengths, &text), Ok(()));
    }

    #[test]
    fn standings_are_free_of_order(events in standing_events()) {
        prop_assert_eq!(standing_order_free(standing, &events), Ok(()));
        prop_assert_eq!(only_approved_is_sent(|it| standing(it).is_sendable(), &events), Ok(()));
    }

    #[test]
    fn the_platforms_category_decides(
        events in standing_events(), said in category(), last in standing_event(),
    ) {
        prop_assert_eq!(category_is_the_platforms(category_at, &events, said, last.at), Ok(()));
    }

    #[test]
    fn inspection_never_panics_and_points_into_the_text(text in "\\PC{0,80}") {
        for diagnostic in inspect(&text, &sms()) {
            prop_assert!(text.get(diagnostic.span.clone()).is_some());
        }
    }

    #[test]
    fn a_row_renders_as_data_does((text, data) in filled()) {
        let template = Template::parse(&text).unwrap();
        let columns: Vec<&str> = data.keys().map(String::as_str).collect();
        let row: Vec<Value> = data.values().cloned().collect();
        let mut out = String::new();
        let bound = template.bound_to(&columns).unwrap();
        bound.write_into(&row, &Formats::default(), &mut out).unwrap();
        prop_assert_eq!(Ok(out), template.render(&data));
    }

    #[test]
    fn a_text_without_fields_renders_as_itself(text in plain_text()) {
        prop_assert_eq!(Template::parse(&text).unwrap().render(&Data::new()), Ok(text));
    }

    #[test]
    fn parsing_never_panics_and_spans_fall_on_characters(text in brace_soup()) {
        match Template::parse(&text) {
            Ok(template) => {
                let mut end = 0;
                for field in template.fields() {
                    let slice = text.get(field.span.clone());
                    prop_assert!(slice.is_some_and(|s| s.starts_with("{{") && s.ends_with("}}")));
                    prop_assert!(slice.is_some_and(|s| s.contains(field.name.as_str())));
                    prop_assert!(field.span.start >= end);
                    end = field.span.end;
                }
            }
            Err(error) => {
                prop_assert!(text.get(error.span.clone()).is_some_and(|s| !s.is_empty()));
                let line = text.split('\n').nth(error.line - 1);
                prop_assert!(line.is_some_and(|l| error.column <= l.chars().count() + 1));
            }
        }
    }

    #[test]
    fn no_known_field_is_left_over((text, data) in filled()) {
        let plain: Data = data.into_keys().map(|name| (name, Value::from("x"))).collect();
        let rendered = Template::parse(&text).unwrap().render(&plain).unwrap();
        prop_assert!(!rendered.contains("{{"));
    }

    #[test]
    fn exactly_the_missing_names_are_named((text, data) in filled(), keep in any::<u8>()) {
        let (kept, dropped): (BTreeMap<_, _>, BTreeMap<_, _>) =
            data.into_iter().enumerate().map(|(i, entry)| (keep & (1 << i) != 0, entry)).fold(
                (BTreeMap::new(), BTreeMap::new()),
                |(mut kept, mut dropped), (is_kept, (name, value))| {
                    if is_kept { &mut kept } else { &mut dropped }.insert(name, value);
                    (kept, dropped)
                },
            );
        let missing = names(dropped.into_keys());
        prop_assert_eq!(exact_missing(missing_of, &text, &kept, &missing), Ok(()));
    }

    #[test]
    fn exactly_the_unknown_names_are_named((text, data) in filled(), extra in data()) {
        let unknown = names(extra.keys().filter(|name| !data.contains_key(*name)).cloned());
        let all: Data = extra.into_iter().chain(data).collect();
        let rendered = Template::parse(&text).unwrap().render(&all);
        if unknown.is_empty() {
            prop_assert!(rendered.is_ok());
        } else {
            prop_assert_eq!(rendered, Err(RenderError::Unknown { names: unknown }));
        }
    }

    #[test]
    fn values_survive_json(value in value()) {
        let json = serde_json::to_string(&value).unwrap();
        prop_assert_eq!(serde_json::from_str::<Value>(&json).unwrap(), value);
    }
}

#[test]
fn no_category_makes_a_purpose_milder() {
    assert_eq!(purpose_is_never_milder(Category::stricter_of), Ok(()));
}
