use super::Violation;
use crate::{Data, Variant};
use std::ops::Range;

/// **Strict render.** With a value for every field a text comes out in which each field, cut out at
/// its span, is replaced by its value and nothing else is changed.
///
/// `text` is a template without defaults, filters and escapes whose fields all have a readable value
/// in `data`; `spans` are its fields and their names, in order.
///
/// # Errors
/// [`Violation`]: something else came out.
pub fn strict_render<E>(
    render: impl Fn(&str, &Data) -> Result<String, E>,
    text: &str,
    spans: &[(Range<usize>, String)],
    data: &Data,
) -> Result<(), Violation> {
    let mut expected = text.to_owned();
    for (span, name) in spans.iter().rev() {
        if let Some(value) = data.get(name) {
            expected.replace_range(span.clone(), value.as_str());
        }
    }
    let rendered = render(text, data).ok();
    Violation::unless(
        rendered.as_ref() == Some(&expected),
        "strict render",
        || format!("{text:?} became {rendered:?}"),
    )
}

/// **Exact missing.** A template rendered without the values of some fields names exactly those, and
/// renders nothing.
///
/// `render` gives the names that it found missing in place of an error; no field of `text` has a
/// default; `data` has the values that are left.
///
/// # Errors
/// [`Violation`]: something was rendered, or other names were named.
pub fn exact_missing(
    render: impl Fn(&str, &Data) -> Result<String, Vec<String>>,
    text: &str,
    data: &Data,
    missing: &[String],
) -> Result<(), Violation> {
    let rendered = render(text, data);
    let holds = match &rendered {
        Ok(_) => missing.is_empty(),
        Err(names) => !missing.is_empty() && names == missing,
    };
    Violation::unless(holds, "exact missing", || {
        format!("without {missing:?} {text:?} became {rendered:?}")
    })
}

/// **Single pass.** A value that looks like a template stays as it is: what stands between the parts
/// of the author is the value, letter by letter.
///
/// # Errors
/// [`Violation`]: the value was read as a template, or was changed.
pub fn single_pass<E>(
    render: impl Fn(&str, &Data) -> Result<String, E>,
    value: &str,
) -> Result<(), Violation> {
    let data = Data::from([("a".to_owned(), value.into()), ("b".to_owned(), "B".into())]);
    let rendered = render("<{{a}}|{{b}}>", &data).ok();
    let expected = format!("<{value}|B>");
    Violation::unless(rendered.as_ref() == Some(&expected), "single pass", || {
        format!("{value:?} became {rendered:?}")
    })
}

/// **Escape.** A text that has no field, written with each `{{` as `\{{`, renders as itself.
///
/// # Errors
/// [`Violation`]: it renders as something else, or not at all.
pub fn escapes_are_literal<E>(
    render: impl Fn(&str, &Data) -> Result<String, E>,
    text: &str,
) -> Result<(), Violation> {
    // A backslash before the braces would be taken for the escape's own.
    if text.contains("\\{{") {
        return Ok(());
    }
    let escaped = text.replace("{{", "\\{{");
    let rendered = render(&escaped, &Data::new()).ok();
    Violation::unless(rendered.as_deref() == Some(text), "escape", || {
        format!("{escaped:?} became {rendered:?}")
    })
}

/// **Parse safety.** Whatever the text, parsing ends in spans or in an error whose span lies on
/// characters of the text; the spans of the fields are in order and do not overlap.
///
/// # Errors
/// [`Violation`]: a span points at nothing.
pub fn parse_is_safe(
    parse: impl Fn(&str) -> Result<Vec<Range<usize>>, Range<usize>>,
    text: &str,
) -> Result<(), Violation> {
    let parsed = parse(text);
    let holds = match &parsed {
        Ok(spans) => {
            let ordered = spans.windows(2).all(|pair| match pair {
                [left, right] => left.end <= right.start,
                _ => true,
            });
            let is_field = |span: &Range<usize>| {
                text.get(span.clone())
                    .is_some_and(|field| field.starts_with("{{") && field.ends_with("}}"))
            };
            ordered && spans.iter().all(is_field)
        }
        Err(span) => text.get(span.clone()).is_some_and(|part| !part.is_empty()),
    };
    Violation::unless(holds, "parse safety", || {
        format!("{text:?} gave {parsed:?}")
    })
}

/// **L70. Mandatory lines survive.** What stands outside of fields comes out whole and in order,
/// whatever the values and whatever is done to them.
///
/// `literals` are the parts of `text` between its fields.
///
/// # Errors
/// [`Violation`]: a part of the author's text is gone.
pub fn literals_survive<E>(
    render: impl Fn(&str, &Data) -> Result<String, E>,
    text: &str,
    literals: &[String],
    data: &Data,
) -> Result<(), Violation> {
    let Ok(rendered) = render(text, data) else {
        return Ok(());
    };
    let mut rest = rendered.as_str();
    let all = literals
        .iter()
        .all(|literal| match rest.split_once(literal.as_str()) {
            Some((_, after)) => {
                rest = after;
                true
            }
            None => false,
        });
    Violation::unless(all, "L70", || format!("{text:?} became {rendered:?}"))
}

/// **Fallback.** A reader gets the same locale if there is one, else the same language, else the
/// fallback's locale, else its language, else anything: never nothing.
///
/// # Errors
/// [`Violation`]: a nearer variant was passed over.
pub fn fallback_is_nearest(
    choose: impl Fn(&[Variant], &str, &str) -> Option<String>,
    variants: &[Variant],
    wanted: &str,
    fallback: &str,
) -> Result<(), Violation> {
    let chosen = choose(variants, wanted, fallback);
    let normal = |locale: &str| locale.replace('_', "-").to_ascii_lowercase();
    let language = |locale: &str| normal(locale).split('-').next().map(str::to_owned);
    let distance = |locale: &str| {
        if normal(locale) == normal(wanted) {
            0
        } else if language(locale) == language(wanted) {
            1
        } else if normal(locale) == normal(fallback) {
            2
        } else if language(locale) == language(fallback) {
            3
        } else {
            4
        }
    };
    let nearest = variants
        .iter()
        .map(|variant| distance(&variant.locale))
        .min();
    let holds = chosen.as_deref().map(distance) == nearest;
    Violation::unless(holds, "fallback", || {
        let locales: Vec<&str> = variants.iter().map(|it| it.locale.as_str()).collect();
        format!("of {locales:?} a reader of {wanted} (else {fallback}) got {chosen:?}")
    })
}
