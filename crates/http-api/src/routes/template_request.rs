use super::template_view::{ProviderTemplateView, told};
use crate::{
    checks::Checks,
    error::ApiError,
    problem::{FieldError, Span, step},
    wire::{self, given},
};
use serde::Deserialize;
use std::collections::BTreeMap;
use tidings_kernel::{Channel, Locale, Purpose};
use tidings_messaging::{Catalog, ProviderTemplate, fields_of};
use tidings_templates::{
    ApprovalStatus, Component, ComponentErrorKind, FieldKind, FieldName, FieldSpec, ParseErrorKind,
    ParsedBody, Place, Severity, Value, Variant, VariantBody, check,
};
use utoipa::ToSchema;

/// New reusable content.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct NewTemplate {
    /// Unique within the channel. For WhatsApp lower case letters, digits and `_`.
    #[schema(example = "order_shipped")]
    pub(crate) name: String,
    /// The tenant's own grouping, or WhatsApp's category.
    pub(crate) category: Option<String>,
    #[schema(value_type = wire::Channel)]
    pub(crate) channel: Channel,
    #[schema(value_type = wire::Purpose)]
    pub(crate) purpose: Purpose,
    pub(crate) variants: Vec<NewVariant>,
    /// The merge fields. When left out they are taken from the texts.
    pub(crate) fields: Option<Vec<NewField>>,
    /// For WhatsApp: the tenant's word on whether the provider has approved it. `draft` when left out,
    /// unless `provider_status` says more.
    #[schema(value_type = Option<String>)]
    pub(crate) status: Option<ApprovalStatus>,
    /// For WhatsApp: the tenant's word on what each provider calls it and says about it.
    #[serde(default)]
    #[schema(value_type = BTreeMap<String, ProviderTemplateView>,
        example = json!({"twilio": {"id": "HX0123456789abcdef0123456789abcdef", "status": "approved"}}))]
    pub(crate) provider_status: BTreeMap<String, ProviderTemplate>,
}

/// A change of a template: what is absent stays.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct TemplatePatch {
    #[serde(default, deserialize_with = "given")]
    pub(crate) name: Option<String>,
    #[serde(default, deserialize_with = "given")]
    pub(crate) category: Option<String>,
    #[serde(default, deserialize_with = "given")]
    #[schema(value_type = Option<wire::Purpose>)]
    pub(crate) purpose: Option<Purpose>,
    /// Replaces all variants. A WhatsApp template is a draft again, unless `status` says otherwise.
    #[serde(default, deserialize_with = "given")]
    pub(crate) variants: Option<Vec<NewVariant>>,
    #[serde(default, deserialize_with = "given")]
    pub(crate) fields: Option<Vec<NewField>>,
    #[serde(default, deserialize_with = "given")]
    #[schema(value_type = Option<String>)]
    pub(crate) status: Option<ApprovalStatus>,
    #[serde(default, deserialize_with = "given")]
    #[schema(value_type = Option<BTreeMap<String, ProviderTemplateView>>)]
    pub(crate) provider_status: Option<BTreeMap<String, ProviderTemplate>>,
}

/// The body in one locale: `text`, or for WhatsApp `components` in Meta's spelling.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct NewVariant {
    #[schema(value_type = String, example = "en_US")]
    locale: Locale,
    #[schema(example = "Hi {{first_name|there}}, your order ships today.")]
    text: Option<String>,
    #[schema(value_type = Option<Vec<Object>>)]
    components: Option<Vec<Component>>,
}

/// A merge field.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct NewField {
    #[schema(value_type = String, example = "first_name")]
    name: FieldName,
    /// `text`, `number`, `date`, `time`, `datetime`, `money`, `bool` or `url`.
    #[serde(rename = "type", default)]
    #[schema(value_type = String, default = "text")]
    kind: FieldKind,
    #[schema(default = true)]
    required: Option<bool>,
    #[schema(value_type = Option<String>)]
    default: Option<Value>,
    /// For previews and for the provider's reviewers.
    #[schema(value_type = Option<String>)]
    example: Option<Value>,
}

impl From<NewField> for FieldSpec {
    fn from(field: NewField) -> Self {
        Self {
            name: field.name,
            kind: field.kind,
            required: field.required.unwrap_or(true),
            default: field.default,
            example: field.example,
        }
    }
}

/// Checks name, category and purpose.
pub(crate) fn check_names(
    checks: &mut Checks,
    channel: Channel,
    name: &str,
    category: &str,
    purpose: Purpose,
) {
    checks.text("/name", Some(name), 512);
    let is_plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_';
    if channel == Channel::Whatsapp && !name.chars().all(is_plain) {
        let detail = "WhatsApp takes lower case letters, digits and _";
        checks.refuse("/name", "invalid_value", detail);
    }
    checks.text("/category", Some(category), 64);
    if !Purpose::FOR_TENANTS.contains(&purpose) {
        checks.refuse(
            "/purpose",
            "invalid_value",
            "this purpose is the system's own",
        );
    }
}

/// Checks what a tenant says about approval.
pub(crate) fn check_approval(
    checks: &mut Checks,
    catalog: &Catalog,
    channel: Channel,
    status: Option<ApprovalStatus>,
    provider_status: &BTreeMap<String, ProviderTemplate>,
) {
    for name in provider_status.keys() {
        if catalog.get(name).is_none() {
            let pointer = format!("/provider_status/{}", step(name));
            checks.refuse(pointer, "unknown_provider", "see GET /v1/providers");
        }
    }
    if channel != Channel::Whatsapp && status.is_some() {
        let detail = "only WhatsApp templates are approved by anybody";
        checks.refuse("/status", "invalid_value", detail);
    }
}

/// What the tenant's word amounts to: `status`, else what any provider approved, else a draft.
pub(crate) fn approval(
    channel: Channel,
    status: Option<ApprovalStatus>,
    provider_status: &BTreeMap<String, ProviderTemplate>,
) -> ApprovalStatus {
    let is_approved = |template: &ProviderTemplate| {
        let word = template.status.as_deref().unwrap_or_default();
        word.eq_ignore_ascii_case("approved")
    };
    match (channel, status) {
        (Channel::Sms | Channel::Email, _) => ApprovalStatus::Approved,
        (Channel::Whatsapp, Some(status)) => status,
        (Channel::Whatsapp, None) if provider_status.values().any(is_approved) => {
            ApprovalStatus::Approved
        }
        (Channel::Whatsapp, None) => ApprovalStatus::Draft,
    }
}

/// Reads the bodies, and compares them with the fields; fields that are not given are those of the
/// texts.
pub(crate) fn read(
    channel: Channel,
    given: Vec<NewVariant>,
    fields: Option<Vec<FieldSpec>>,
) -> Result<(Vec<Variant>, Vec<FieldSpec>), ApiError> {
    let mut errors = Vec::new();
    if given.is_empty() || given.len() > 100 {
        let detail = "give 1 to 100 variants";
        errors.push(FieldError::new("/variants", "out_of_range", detail));
    }
    let mut variants: Vec<Variant> = Vec::new();
    for (index, variant) in given.into_iter().enumerate() {
        let at = format!("/variants/{index}");
        let locale = variant.locale.to_string();
        if variants.iter().any(|other| other.locale == locale) {
            let detail = "give each locale once";
            errors.push(FieldError::new(format!("{at}/locale"), "duplicate", detail));
        }
        match (variant.text, variant.components) {
            (Some(text), None) => variants.push(Variant {
                locale,
                body: VariantBody::Text(text),
            }),
            (None, Some(components)) if channel == Channel::Whatsapp => variants.push(Variant {
                locale,
                body: VariantBody::Components(components),
            }),
            (None, Some(_)) => {
                let detail = format!("components are for WhatsApp; {channel} takes text");
                let pointer = format!("{at}/components");
                errors.push(FieldError::new(pointer, "invalid_value", detail));
            }
            (Some(_), Some(_)) | (None, None) => {
                let detail = "give text or components";
                errors.push(FieldError::new(at, "missing_field", detail));
            }
        }
    }
    if !errors.is_empty() {
        return Err(ApiError::Invalid(errors));
    }
    let fields = checked(&variants, fields)?;
    Ok((variants, fields))
}

/// The fields of bodies that are well formed and agree with them.
pub(crate) fn checked(
    variants: &[Variant],
    fields: Option<Vec<FieldSpec>>,
) -> Result<Vec<FieldSpec>, ApiError> {
    let mut errors = Vec::new();
    let mut bodies = Vec::new();
    for (index, variant) in variants.iter().enumerate() {
        match variant.body.parse() {
            Ok(body) => bodies.push(body),
            Err(error) => errors.push(broken(index, &variant.body, &error.place, &error.kind)),
        }
    }
    if !errors.is_empty() {
        return Err(ApiError::InvalidTemplate(errors));
    }
    let fields = fields.unwrap_or_else(|| fields_of(&bodies));
    let templates: Vec<_> = bodies.iter().flat_map(ParsedBody::templates).collect();
    for finding in check(&fields, &templates) {
        if finding.severity() == Severity::Error {
            let (code, name, detail) = told(&finding);
            let place = fields.iter().position(|field| field.name.as_str() == name);
            let pointer = place.map_or("/fields".to_owned(), |at| format!("/fields/{at}"));
            errors.push(FieldError::new(pointer, code, detail));
        }
    }
    if errors.is_empty() {
        Ok(fields)
    } else {
        Err(ApiError::InvalidTemplate(errors))
    }
}

/// Where a part of a variant stands in a request.
pub(crate) fn pointer_of(index: usize, body: &VariantBody, place: &Place) -> String {
    match body {
        VariantBody::Text(_) => format!("/variants/{index}/text"),
        VariantBody::Components(list) => {
            let at = list.iter().position(|component| {
                matches!(
                    (component, place),
                    (Component::Header(_), Place::Header)
                        | (Component::Body { .. }, Place::Body)
                        | (Component::Footer { .. }, Place::Footer)
                        | (
                            Component::Buttons { .. },
                            Place::Buttons | Place::Button { .. }
                        )
                )
            });
            let component = at.map_or(String::new(), |at| format!("/{at}"));
            let button = match place {
                Place::Button { index } => format!("/buttons/{index}"),
                Place::Text | Place::Header | Place::Body | Place::Footer | Place::Buttons => {
                    String::new()
                }
            };
            format!("/variants/{index}/components{component}{button}")
        }
    }
}

fn broken(
    index: usize,
    body: &VariantBody,
    place: &Place,
    kind: &ComponentErrorKind,
) -> FieldError {
    let pointer = pointer_of(index, body, place);
    let (code, span) = match kind {
        ComponentErrorKind::Template(error) => (
            parse_code(&error.kind),
            Some(Span::new(&error.span, error.line, error.column)),
        ),
        ComponentErrorKind::NoBody => ("no_body", None),
        ComponentErrorKind::Repeated => ("repeated", None),
        ComponentErrorKind::TooManyFields => ("too_many_fields", None),
        ComponentErrorKind::MixedNames => ("mixed_names", None),
        ComponentErrorKind::Gap => ("gap", None),
        ComponentErrorKind::FieldNotLast => ("field_not_last", None),
        ComponentErrorKind::DefaultsDiffer => ("defaults_differ", None),
        ComponentErrorKind::EmptyDefault => ("empty_default", None),
    };
    FieldError {
        span,
        ..FieldError::new(pointer, code, kind.to_string())
    }
}

const fn parse_code(kind: &ParseErrorKind) -> &'static str {
    match kind {
        ParseErrorKind::TooLong { .. } => "too_long",
        ParseErrorKind::TooManyFields => "too_many_fields",
        ParseErrorKind::Unclosed => "unclosed",
        ParseErrorKind::EmptyName => "empty_name",
        ParseErrorKind::BadName { .. } => "bad_name",
        ParseErrorKind::Filter { .. } => "bad_filter",
    }
}
