//! Each law shown to bite on an implementation that breaks it.

use super::*;
use tidings_kernel::Purpose;

/// True when the law was found broken, by name.
fn bites(result: Result<(), Violation>, law: &str) -> bool {
    result.is_err_and(|violation| violation.law == law && !violation.case.is_empty())
}

#[test]
fn laws_of_rendering_bite() {
    let data = Data::from([("a".to_owned(), Value::from("1"))]);
    // Leaves a hole instead of refusing, and forgets the words of the author.
    let sloppy = |text: &str, data: &Data| {
        let mut out = text.to_owned();
        for (name, value) in data {
            out = out.replace(&format!("{{{{{name}}}}}"), value.as_str());
        }
        Ok::<String, Vec<String>>(out)
    };
    let blank = |_: &str, _: &Data| Ok::<String, String>(String::new());
    let text = "x {{a}}";
    assert!(bites(
        strict_render(blank, text, &spans(text), &data),
        "strict render"
    ));
    assert!(bites(
        exact_missing(sloppy, text, &Data::new(), &["a".into()]),
        "exact missing"
    ));
    assert!(bites(single_pass(sloppy, "{{b}}"), "single pass"));
    assert!(bites(escapes_are_literal(sloppy, "{{x"), "escape"));
    assert!(bites(
        literals_survive(blank, text, &literals(text), &data),
        "L70"
    ));
    assert!(bites(parse_is_safe(|_| Err(7..9), "é"), "parse safety"));
    assert!(bites(
        parse_is_safe(|_| Ok(vec![2..4, 0..2]), "{{}}"),
        "parse safety"
    ));
    let variants = ["de", "en_US"].map(|locale| Variant {
        locale: locale.into(),
        body: crate::VariantBody::Text(String::new()),
    });
    let first = |variants: &[Variant], _: &str, _: &str| Some(variants[0].locale.clone());
    assert!(bites(
        fallback_is_nearest(first, &variants, "en", "de"),
        "fallback"
    ));
}

#[test]
fn laws_of_content_bite() {
    let lenient = |_: &str, _: &ContentContext<'_>| Vec::new();
    assert!(bites(
        unmarked_marketing_is_refused(lenient, "sale", &sms()),
        "L69"
    ));
    assert!(bites(
        no_shortener_passes(lenient, "", "bit.ly", &sms()),
        "L71"
    ));
    // Looks at the rendered text alone, as if it were all the author's.
    let blind =
        |text: &str, _: &[Range<usize>], context: &ContentContext<'_>| inspected(text, context);
    assert!(bites(
        only_the_author_says_stop(blind, "sale", "Reply STOP to end", &sms()),
        "L72"
    ));
    let trusting = |_: &str, declared: Purpose| declared;
    assert!(bites(
        marketing_is_shown_its_purpose(trusting, strengths, "flash sale"),
        "L68"
    ));
}

#[test]
fn laws_of_life_bite() {
    use crate::{PauseRung, StandingEventKind as On};
    let at = |hours: i64, kind| StandingEvent {
        at: OffsetDateTime::UNIX_EPOCH + time::Duration::hours(hours),
        kind,
    };
    let approved = at(1, On::Approved { category: None });
    let paused = at(
        2,
        On::Paused {
            rung: PauseRung::First,
        },
    );
    // The last to arrive wins.
    let last = |events: &[StandingEvent]| events.last().map(|event| event.kind);
    assert!(bites(
        standing_order_free(last, &[approved, paused]),
        "order-free standing"
    ));
    assert!(bites(
        only_approved_is_sent(|_| true, &[approved, paused]),
        "L87"
    ));
    assert!(bites(
        only_approved_is_sent(|events| !events.is_empty(), &[paused]),
        "L87"
    ));
    let wished = |asked: Category, _: &[StandingEvent], _| asked;
    let said = Category::Marketing;
    assert!(bites(
        category_is_the_platforms(wished, &[], said, approved.at),
        "L88"
    ));
    assert!(bites(
        purpose_is_never_milder(|_, declared| declared),
        "never milder"
    ));
}
