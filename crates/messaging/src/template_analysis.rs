//! What a template's author should know before anything is sent: what readers get, how many parts it takes, and what
//! the lint says about it as this tenant sends it.

use crate::{Segments, StoredTemplate, Tenant, Wording};
use std::ops::Range;
use tidings_kernel::{Channel, Purpose};
use tidings_segmentation::{Bounds, Class, Piece, Slot, bounds};
use tidings_templates::{
    ApprovalStatus, Category, Code, Data, Diagnostic, FieldKind, FieldRef, FieldSpec, Filter,
    Formats, LintContext, ParsedBody, RenderError, Severity, Subject, Template, Value, Variant,
    WhatsappSubject,
    content::{Brand, ContentContext, StopLine},
    lint,
};

/// What was found about a variant.
#[derive(Debug, Clone)]
pub struct TemplateAnalysis {
    /// The text with examples and defaults in place of the fields; none when it cannot be read or filled.
    pub sample: Option<String>,
    /// For SMS: the parts of the sample.
    pub segments: Option<Segments>,
    /// For SMS: how many parts values of usual length can make of it, when a text has up to 40 characters, or as many
    /// as its filter leaves, and any of them.
    pub bounds: Option<Bounds>,
    /// What the lint says, in the order of the text.
    pub findings: Vec<Diagnostic>,
}

impl TemplateAnalysis {
    /// Looks at a variant as the tenant's readers would get it.
    pub fn of(template: &StoredTemplate, variant: &Variant, tenant: &Tenant) -> Self {
        let (mut sample, mut bounds) = (None, None);
        if let Ok(body) = variant.body.parse() {
            sample = rendered(variant, &body, &stand_ins(&body, &template.fields)).ok();
            bounds = predicted(template, variant, &body);
        }
        let is_text = template.channel == Channel::Sms;
        Self {
            segments: sample.as_deref().filter(|_| is_text).map(Segments::of),
            findings: inspected(
                template,
                variant,
                tenant,
                bounds.map(|bounds| bounds.likely),
            ),
            sample,
            bounds,
        }
    }
}

/// What no message could be made of: a filter that cannot read its field.
const UNUSABLE: [Code; 1] = [Code::FilterType];

/// What WhatsApp refuses of a template that it has not approved yet. What an author adds before it is
/// submitted, such as examples or words behind the last field, stays a warning; so does what a purpose
/// says about a category.
const UNACCEPTABLE: [Code; 7] = [
    Code::WaLength,
    Code::WaButtonCount,
    Code::WaButtonOrder,
    Code::WaButton,
    Code::WaAdjacentFields,
    Code::WaWhitespace,
    Code::WaAuthentication,
];

/// Why a template could not be used or submitted: what is wrong, and with which of its variants. The rest of the lint
/// is for its author.
pub fn template_refusals(template: &StoredTemplate, tenant: &Tenant) -> Vec<(usize, Diagnostic)> {
    let is_new_to_whatsapp =
        template.channel == Channel::Whatsapp && template.status == ApprovalStatus::Draft;
    let refuses = |found: &Diagnostic| {
        let is_meant = UNUSABLE.contains(&found.code)
            || (is_new_to_whatsapp && UNACCEPTABLE.contains(&found.code));
        found.severity == Severity::Error && is_meant
    };
    let variants = template.variants.iter().enumerate();
    variants
        .flat_map(|(index, variant)| {
            let found = inspected(template, variant, tenant, None);
            found.into_iter().map(move |found| (index, found))
        })
        .filter(|(_, found)| refuses(found))
        .collect()
}

/// The fields that texts use; one that has a default everywhere is optional.
pub fn fields_of(bodies: &[ParsedBody]) -> Vec<FieldSpec> {
    let mut fields: Vec<FieldSpec> = Vec::new();
    for used in bodies.iter().flat_map(ParsedBody::templates) {
        for field in used.fields() {
            let has_default = field.default.is_some();
            match fields.iter_mut().find(|known| known.name == field.name) {
                Some(known) => known.required |= !has_default,
                None => fields.push(FieldSpec {
                    name: field.name.clone(),
                    kind: FieldKind::Text,
                    required: !has_default,
                    default: None,
                    example: None,
                }),
            }
        }
    }
    fields
}

/// The text of a variant with `data` in it.
///
/// # Errors
/// [`RenderError`]: the data do not fit.
pub fn rendered(variant: &Variant, body: &ParsedBody, data: &Data) -> Result<String, RenderError> {
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

/// What the lint says of a variant, as this tenant sends it.
fn inspected(
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
        let is_added = settings.wording == Wording::Complete
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
