use super::message_view::SegmentsView;
use crate::wire;
use serde::Serialize;
use std::ops::Range;
use tidings_kernel::{Channel, Purpose};
use tidings_messaging::{Segments, StoredTemplate, Tenant};
use tidings_segmentation::{Bounds, Class, Piece, Slot, bounds, segment};
use tidings_templates::{
    Category, Code, Data, Diagnostic, FieldKind, FieldRef, FieldSpec, Filter, Formats, LintContext,
    ParsedBody, RenderError, Severity, Subject, Template, Value, Variant, WhatsappSubject,
    content::{Brand, ContentContext, StopLine},
    lint,
};
use utoipa::ToSchema;

/// What a variant costs and what to look at.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Analysis)]
pub(crate) struct AnalysisView {
    /// For SMS, with defaults and examples in place of the fields.
    segments: Option<SegmentsView>,
    /// For SMS: what values of usual length can make of it.
    segments_range: Option<SegmentsRange>,
    /// `null` until accounts are taken into account.
    #[schema(value_type = Option<wire::Money>)]
    cost: Option<tidings_kernel::Money>,
    warnings: Vec<WarningView>,
}

/// How many parts the messages of a template can have, when a text has up to 40 characters, or as many as
/// its filter leaves, and any of them.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct SegmentsRange {
    /// The fewest.
    least: u32,
    /// A guess: every field half filled, with plain characters.
    likely: u32,
    /// The most.
    most: u32,
}

/// Something in a template to look at.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Warning)]
pub(crate) struct WarningView {
    /// Stable, for programs.
    #[schema(example = "stop_line_missing")]
    code: &'static str,
    /// `error`: messages will be refused; `warning`: they go out; `hint`: nothing is wrong.
    #[schema(value_type = String, example = "warning")]
    severity: Severity,
    /// What is wrong, and what to do.
    message: String,
    /// The same as `message`.
    detail: String,
    /// The bytes of the text, or of its component, that it speaks of.
    #[serde(skip_serializing_if = "Option::is_none")]
    span: Option<Bytes>,
    /// A change that settles it.
    #[serde(skip_serializing_if = "Option::is_none")]
    suggestion: Option<SuggestionView>,
}

/// A part of a text.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Bytes {
    /// The first byte.
    start: usize,
    /// The byte after the last.
    end: usize,
}

/// A change that settles a warning.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = TextChange)]
pub(crate) struct SuggestionView {
    /// The bytes to replace; none to insert.
    span: Bytes,
    replacement: String,
}

impl From<Range<usize>> for Bytes {
    fn from(span: Range<usize>) -> Self {
        Self {
            start: span.start,
            end: span.end,
        }
    }
}

impl From<Bounds> for SegmentsRange {
    fn from(bounds: Bounds) -> Self {
        Self {
            least: bounds.least,
            likely: bounds.likely,
            most: bounds.most,
        }
    }
}

impl WarningView {
    pub(super) fn new(code: &'static str, message: impl Into<String>) -> Self {
        let message = message.into();
        Self {
            code,
            severity: Severity::Warning,
            detail: message.clone(),
            message,
            span: None,
            suggestion: None,
        }
    }
}

impl From<Diagnostic> for WarningView {
    fn from(found: Diagnostic) -> Self {
        let warning = Self::new(code(found.code), found.message);
        Self {
            severity: found.severity,
            span: (!found.span.is_empty()).then(|| found.span.into()),
            suggestion: found.suggestion.map(|change| SuggestionView {
                span: change.span.into(),
                replacement: change.replacement,
            }),
            ..warning
        }
    }
}

/// The lint's codes without their family. Three had other names here before there was a lint.
pub(super) fn code(code: Code) -> &'static str {
    if code == Code::UnknownField {
        "undeclared_field"
    } else if code == Code::DefaultType {
        "default_of_wrong_type"
    } else if code == Code::ExampleType {
        "example_of_wrong_type"
    } else {
        let text = code.as_str();
        text.strip_prefix("tpl.").unwrap_or(text)
    }
}

/// What makes an SMS text expensive.
pub(super) fn expensive(channel: Channel, text: &str) -> Option<WarningView> {
    if channel != Channel::Sms {
        return None;
    }
    let forced = segment(text).forced_by;
    let first = forced.first()?;
    let message = format!(
        "{:?} at character {} makes the whole text UCS-2, with 70 instead of 160 units in a part",
        first.char, first.index
    );
    Some(WarningView::new("forces_ucs2", message))
}

/// The text with `data` in it.
pub(super) fn rendered(
    variant: &Variant,
    body: &ParsedBody,
    data: &Data,
) -> Result<String, RenderError> {
    let formats = Formats::of(&variant.locale);
    match body {
        ParsedBody::Text(text) => text.render_as(data, &formats),
        ParsedBody::Components(components) => Ok(components.render_as(data, &formats)?.text),
    }
}

/// Examples and defaults, else something of the field's type, for every field that a body has.
fn stand_ins(body: &ParsedBody, fields: &[FieldSpec]) -> Data {
    let mut data = Data::new();
    for template in body.templates() {
        for name in template.names() {
            let field = fields.iter().find(|field| field.name == *name);
            let value = field.and_then(|field| field.example.clone().or(field.default.clone()));
            let value = value.unwrap_or_else(|| {
                match field.map(|field| field.kind) {
                    None | Some(FieldKind::Text) => name.as_str(),
                    Some(FieldKind::Number) => "42",
                    Some(FieldKind::Date) => "2026-11-21",
                    Some(FieldKind::Time) => "14:30",
                    Some(FieldKind::DateTime) => "2026-11-21T14:30:00",
                    Some(FieldKind::Money) => "10.50 EUR",
                    Some(FieldKind::Bool) => "true",
                    Some(FieldKind::Url) => "https://example.com/a",
                }
                .into()
            });
            data.insert(name.as_str().to_owned(), value);
        }
    }
    data
}

/// Looks at a variant as the tenant's readers would get it.
pub(super) fn analysis(
    template: &StoredTemplate,
    variant: &Variant,
    tenant: &Tenant,
) -> AnalysisView {
    let mut warnings = Vec::new();
    let (mut segments, mut range) = (None, None);
    if let Ok(body) = variant.body.parse() {
        if let Ok(text) = rendered(variant, &body, &stand_ins(&body, &template.fields)) {
            warnings.extend(expensive(template.channel, &text));
            segments = (template.channel == Channel::Sms).then(|| Segments::of(&text));
        }
        range = predicted(template, variant, &body);
    }
    let likely = range.map(|range| range.likely);
    warnings.extend(
        inspected(template, variant, tenant, likely)
            .into_iter()
            .map(WarningView::from),
    );
    AnalysisView {
        segments: segments.map(Into::into),
        segments_range: range.map(Into::into),
        cost: None,
        warnings,
    }
}

/// What the lint says of a variant, as this tenant sends it.
pub(super) fn inspected(
    template: &StoredTemplate,
    variant: &Variant,
    tenant: &Tenant,
    predicted_segments: Option<u32>,
) -> Vec<Diagnostic> {
    let names = [tenant.brand(), &tenant.name];
    let settings = &tenant.settings;
    let domains: Vec<&str> = settings.link_domains.iter().map(String::as_str).collect();
    let usual = ContentContext::new(template.channel, template.purpose, &variant.locale);
    let (brand, stop_line) = match (template.channel, template.purpose) {
        // The gate adds what a law asks for, or refuses; other purposes need neither.
        (Channel::Sms, Purpose::Marketing) => (Brand::Named(&names), usual.stop_line),
        (Channel::Whatsapp | Channel::Email, Purpose::Marketing) => (Brand::Shown, usual.stop_line),
        (
            _,
            Purpose::Transactional
            | Purpose::Reminder
            | Purpose::Conversational
            | Purpose::Authentication
            | Purpose::Emergency
            | Purpose::OptOutConfirmation
            | Purpose::DoubleOptIn,
        ) => (Brand::Shown, StopLine::Optional),
    };
    let content = ContentContext {
        brand,
        stop_line,
        domains: (!domains.is_empty()).then_some(&domains),
        ..usual
    };
    let category = template.category.parse::<Category>();
    let subject = Subject {
        variant,
        fields: &template.fields,
        whatsapp: (template.channel == Channel::Whatsapp).then(|| WhatsappSubject {
            name: &template.name,
            category: category.unwrap_or(Category::of_purpose(template.purpose)),
        }),
    };
    let by = LintContext {
        content,
        predicted_segments,
    };
    let mut found = lint(&subject, &by);
    for diagnostic in &mut found {
        // It goes out all the same: the gate adds it where the law of the place asks for it.
        let is_added = settings.wording == tidings_messaging::Wording::Complete
            && template.channel == Channel::Sms
            && [Code::BrandMissing, Code::StopLineMissing].contains(&diagnostic.code);
        if is_added {
            diagnostic.severity = Severity::Warning;
            diagnostic.message = format!(
                "{}; it is added where the law asks for it",
                diagnostic.message
            )
            .into();
        }
    }
    found
}

fn predicted(template: &StoredTemplate, variant: &Variant, body: &ParsedBody) -> Option<Bounds> {
    match body {
        ParsedBody::Text(text) if template.channel == Channel::Sms => {
            Some(estimate(text, &template.fields, &variant.locale))
        }
        ParsedBody::Text(_) | ParsedBody::Components(_) => None,
    }
}

fn estimate(template: &Template, fields: &[FieldSpec], locale: &str) -> Bounds {
    let source = template.as_str();
    let mut texts = Vec::new();
    let mut slots = Vec::new();
    let mut at = 0;
    // An escaped brace is written with a backslash that nobody reads.
    let literal = |range: Range<usize>| source.get(range).unwrap_or_default().replace("\\{{", "{{");
    for field in template.fields() {
        texts.push(literal(at..field.span.start));
        let spec = fields.iter().find(|spec| spec.name == field.name);
        slots.push(slot(field, spec, locale));
        at = field.span.end;
    }
    let rest = literal(at..source.len());
    let mut pieces = Vec::with_capacity(2 * texts.len() + 1);
    for (text, slot) in texts.iter().zip(slots) {
        pieces.extend([Piece::Text(text), Piece::Slot(slot)]);
    }
    pieces.push(Piece::Text(&rest));
    bounds(&pieces)
}

/// Characters of a text of usual length, such as a name.
const USUAL: u32 = 40;
/// Characters of a link of usual length.
const LINK: u32 = 80;

/// What may stand in a field: as its type and its filters leave it.
fn slot(field: &FieldRef, spec: Option<&FieldSpec>, locale: &str) -> Slot {
    let reads = |filter: &Filter| match filter {
        Filter::Date(_)
        | Filter::Time(_)
        | Filter::DateTime(_)
        | Filter::Money(_)
        | Filter::Number(_) => true,
        Filter::Upper | Filter::Lower | Filter::Capitalize | Filter::Truncate(_) => false,
    };
    let is_formatted = field.filters.iter().any(reads);
    // Months, signs of currencies and blanks between digits differ from language to language.
    let is_plain = !is_formatted || locale.starts_with("en");
    let written = if is_plain { Class::Gsm7 } else { Class::Bmp };
    let kind = spec.map(|spec| spec.kind).unwrap_or_default();
    let (least, most, class) = match (kind, is_formatted) {
        (FieldKind::Text, false) => (1, USUAL, Class::Any),
        (FieldKind::Text, true) | (FieldKind::DateTime, _) => (4, 30, written),
        (FieldKind::Number, _) => (1, 15, written),
        (FieldKind::Date, false) => (10, 10, Class::Basic),
        (FieldKind::Date, true) => (6, 20, written),
        (FieldKind::Time, _) => (4, 11, written),
        // The sign of a currency is in GSM-7 for few of them.
        (FieldKind::Money, false) => (5, 18, Class::Basic),
        (FieldKind::Money, true) => (4, 18, Class::Bmp),
        (FieldKind::Bool, _) => (4, 5, Class::Basic),
        (FieldKind::Url, _) => (10, LINK, Class::Url),
    };
    let limit = field.filters.iter().find_map(|filter| match filter {
        Filter::Truncate(most) => Some(u32::from(*most)),
        Filter::Date(_)
        | Filter::Time(_)
        | Filter::DateTime(_)
        | Filter::Money(_)
        | Filter::Number(_)
        | Filter::Upper
        | Filter::Lower
        | Filter::Capitalize => None,
    });
    let most = limit.map_or(most, |limit| most.min(limit));
    // A default that is longer, or an empty one, is a value too.
    let declared = spec
        .and_then(|spec| spec.default.as_ref())
        .map(Value::as_str);
    let default = field.default.as_deref().or(declared).map(length);
    let class = match default {
        Some(_) if !fits(class, field.default.as_deref().or(declared)) => Class::Any,
        Some(_) | None => class,
    };
    let least = default.map_or(least, |length| least.min(length)).min(most);
    let most = default.map_or(most, |length| most.max(length));
    Slot::between(least, most, class).unwrap_or(Slot::up_to(most, class))
}

fn length(text: &str) -> u32 {
    u32::try_from(text.chars().count()).unwrap_or(u32::MAX)
}

fn fits(class: Class, text: Option<&str>) -> bool {
    text.is_none_or(|text| text.chars().all(|character| class.contains(character)))
}
