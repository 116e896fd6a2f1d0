//! What a template would send, and what to look at, while it is written.

use super::fields;
use crate::{
    answer::{Answer, html as answer_html},
    ctx::Ctx,
    pages::templates::edit::blank,
    problems::{Problems, sentence},
    words,
};
use axum::http::StatusCode;
use maud::{Markup, html};
use tidings_messaging::{Segments, StoredTemplate, TemplateAnalysis, Tenant};
use tidings_segmentation::{Encoding, Fix, fix};
use tidings_templates::{Severity, Variant};

/// `POST /console/templates/check`
pub(crate) async fn show(ctx: Ctx) -> Answer {
    let mut template = blank(&ctx);
    let mut problems = Problems::default();
    fields::read(&ctx, &mut template, &mut problems);
    let body = html! {
        @if !problems.is_empty() {
            ul.findings { @for (_, words) in problems.iter() { li.error { (words) } } }
        }
        (looked_at(&template, &ctx.tenant))
    };
    Ok(answer_html(StatusCode::OK, body))
}

/// Every variant as readers would get it.
pub(super) fn looked_at(template: &StoredTemplate, tenant: &Tenant) -> Markup {
    html! {
        @for variant in &template.variants { (one(template, variant, tenant)) }
        @if template.variants.is_empty() { p.hint { "Write a text to see it here as readers get it." } }
    }
}

fn one(template: &StoredTemplate, variant: &Variant, tenant: &Tenant) -> Markup {
    let found = TemplateAnalysis::of(template, variant, tenant);
    html! {
        article.preview lang=(variant.locale.replace('_', "-")) {
            h3 { (variant.locale) }
            @if let Some(sample) = &found.sample {
                p.bubble.typed { (sample) }
                @if let Some(segments) = &found.segments { (parts(sample, segments)) }
            }
            @if let Some(bounds) = &found.bounds {
                @if bounds.least != bounds.most {
                    p.hint { "With other values from " (bounds.least) " to " (words::count(bounds.most, "part", "parts")) "." }
                }
            }
            @if found.findings.is_empty() { p.hint { "Nothing to look at." } }
            @else {
                ul.findings { @for finding in &found.findings {
                    li class=(severity(finding.severity)) {
                        strong { (word(finding.severity)) ": " } (sentence(&finding.message))
                        @if let Some(change) = finding.suggestion.as_ref().filter(|change| !change.replacement.is_empty()) {
                            " " span.hint { "Write “" (change.replacement) "”." }
                        }
                    }
                } }
            }
        }
    }
}

/// The counter of an SMS, and what would make it cheaper.
pub(crate) fn parts(text: &str, segments: &Segments) -> Markup {
    let characters = text.chars().count();
    html! {
        p.counter {
            strong { (words::count(segments.count, "part", "parts")) }
            ", " (words::count(characters, "character", "characters")) ", " (alphabet(segments.encoding))
        }
        @if let Some(character) = odd(text) {
            p.hint { "“" (character) "” makes it so: with plain characters alone, a part holds more than twice as many." }
        }
        @match fix(text) {
            Fix::Saves(fixed) => p.hint { "Plain characters would save " (words::count(fixed.saved(), "part", "parts")) ": “" (fixed.text) "”" },
            Fix::Unneeded | Fix::Pointless(_) | Fix::Blocked(_) => "",
        }
    }
}

/// The first character that is none of the plain ones, so that the whole text is sent the dearer way.
fn odd(text: &str) -> Option<char> {
    match fix(text) {
        Fix::Unneeded => None,
        Fix::Saves(fixed) | Fix::Pointless(fixed) => fixed.substitutions.first().map(|it| it.from),
        Fix::Blocked(forced) => forced.first().map(|it| it.char),
    }
}

/// What a part holds, for people.
const fn alphabet(encoding: Encoding) -> &'static str {
    match encoding {
        Encoding::Gsm7 => "plain characters (GSM-7)",
        Encoding::Ucs2 => "all characters (UCS-2)",
    }
}

const fn severity(severity: Severity) -> &'static str {
    match severity {
        Severity::Error => "error",
        Severity::Warning => "warning",
        Severity::Hint => "tip",
    }
}

const fn word(severity: Severity) -> &'static str {
    match severity {
        Severity::Error => "Messages will be refused",
        Severity::Warning => "Look at this",
        Severity::Hint => "Tip",
    }
}
