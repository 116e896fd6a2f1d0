use super::message_view::SegmentsView;
use crate::wire::{self, Timestamp};
use serde::Serialize;
use serde_json::Value;
use std::collections::BTreeMap;
use tidings_kernel::{Channel, Purpose};
use tidings_messaging::{ProviderTemplate, Segments, StoredTemplate};
use tidings_templates::{
    ApprovalStatus, Data, FieldKind, FieldSpec, Finding, Formats, ParsedBody, Severity,
    Value as FieldValue, Variant, VariantBody, check,
};
use utoipa::ToSchema;

/// Reusable content.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Template)]
pub(crate) struct TemplateView {
    #[schema(example = "tpl_01h2xcejqtf2nbrexx3vqjhp41")]
    id: String,
    name: String,
    category: String,
    #[schema(value_type = wire::Channel)]
    channel: Channel,
    #[schema(value_type = wire::Purpose)]
    purpose: Purpose,
    variants: Vec<VariantView>,
    fields: Vec<FieldView>,
    /// `draft`, `pending`, `approved`, `rejected`, `paused` or `disabled`. Templates for SMS and email
    /// need nobody's approval.
    #[schema(value_type = String)]
    status: ApprovalStatus,
    #[schema(value_type = BTreeMap<String, ProviderTemplateView>)]
    provider_status: BTreeMap<String, ProviderTemplate>,
    /// By locale.
    analysis: BTreeMap<String, AnalysisView>,
    /// Grows with every change.
    version: u32,
    created_at: Timestamp,
    updated_at: Timestamp,
}

/// The body in one locale: `text`, or `components` in Meta's spelling.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Variant)]
pub(crate) struct VariantView {
    #[schema(example = "en_US")]
    locale: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(example = "Hi {{first_name|there}}, your order ships today.")]
    text: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<Vec<Object>>)]
    components: Option<Value>,
}

/// A merge field.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Field)]
pub(crate) struct FieldView {
    name: String,
    /// `text`, `number`, `date` or `url`.
    #[serde(rename = "type")]
    #[schema(value_type = String)]
    kind: FieldKind,
    required: bool,
    #[schema(value_type = Option<String>)]
    default: Option<FieldValue>,
    #[schema(value_type = Option<String>)]
    example: Option<FieldValue>,
}

/// A template as one provider knows it.
#[derive(ToSchema)]
#[schema(as = ProviderTemplate)]
#[expect(
    dead_code,
    reason = "the schema of what the messaging crate reads and writes"
)]
pub(crate) struct ProviderTemplateView {
    /// The provider's id, such as Twilio's content SID.
    id: Option<String>,
    /// The provider's word for its state.
    status: Option<String>,
    rejection_reason: Option<String>,
}

/// What a variant costs and what to look at.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Analysis)]
pub(crate) struct AnalysisView {
    /// For SMS, with defaults and examples in place of the fields.
    segments: Option<SegmentsView>,
    /// `null` until accounts are taken into account.
    #[schema(value_type = Option<wire::Money>)]
    cost: Option<tidings_kernel::Money>,
    warnings: Vec<WarningView>,
}

/// Something in a template to look at.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Warning)]
pub(crate) struct WarningView {
    code: &'static str,
    detail: String,
}

impl WarningView {
    pub(crate) fn new(code: &'static str, detail: impl Into<String>) -> Self {
        Self {
            code,
            detail: detail.into(),
        }
    }
}

/// A finding in words: code, field, sentence.
pub(crate) fn told(finding: &Finding) -> (&'static str, &str, String) {
    match finding {
        Finding::Undeclared { name } => (
            "undeclared_field",
            name.as_str(),
            format!("the text uses {name}, which fields does not declare"),
        ),
        Finding::Unused { name } => (
            "unused_field",
            name.as_str(),
            format!("no text uses {name}"),
        ),
        Finding::Repeated { name } => (
            "repeated_field",
            name.as_str(),
            format!("{name} is declared more than once"),
        ),
        Finding::NoDefault { name } => (
            "no_default",
            name.as_str(),
            format!("{name} is optional and has no default where it is used"),
        ),
        Finding::DefaultOfWrongType { name } => (
            "default_of_wrong_type",
            name.as_str(),
            format!("the default of {name} is not of its type"),
        ),
        Finding::ExampleOfWrongType { name } => (
            "example_of_wrong_type",
            name.as_str(),
            format!("the example of {name} is not of its type"),
        ),
    }
}

/// What makes an SMS text expensive.
pub(crate) fn expensive(channel: Channel, text: &str) -> Vec<WarningView> {
    if channel != Channel::Sms {
        return Vec::new();
    }
    let forced = tidings_segmentation::segment(text).forced_by;
    forced
        .first()
        .map(|first| {
            let detail = format!(
                "{:?} at character {} makes the whole text UCS-2, with 70 instead of 160 units in a part",
                first.char, first.index
            );
            WarningView::new("forces_ucs2", detail)
        })
        .into_iter()
        .collect()
}

/// The text with `data` in it.
pub(crate) fn rendered(
    variant: &Variant,
    body: &ParsedBody,
    data: &Data,
) -> Result<String, tidings_templates::RenderError> {
    let formats = Formats::of(&variant.locale);
    match body {
        ParsedBody::Text(text) => text.render_as(data, &formats),
        ParsedBody::Components(components) => Ok(components.render_as(data, &formats)?.text),
    }
}

/// Defaults and examples, else the field's own name, for every field that a body has.
pub(crate) fn stand_ins(body: &ParsedBody, fields: &[FieldSpec]) -> Data {
    let mut data = Data::new();
    for template in body.templates() {
        for name in template.names() {
            let field = fields.iter().find(|field| field.name == *name);
            let value = field.and_then(|field| field.example.clone().or(field.default.clone()));
            let value = value.unwrap_or_else(|| FieldValue::from(name.as_str()));
            data.insert(name.as_str().to_owned(), value);
        }
    }
    data
}

fn analysis(template: &StoredTemplate, variant: &Variant) -> AnalysisView {
    let mut warnings = Vec::new();
    let mut segments = None;
    match variant.body.parse() {
        Ok(body) => {
            for finding in check(&template.fields, &body.templates()) {
                if finding.severity() == Severity::Warning {
                    let (code, _, detail) = told(&finding);
                    warnings.push(WarningView::new(code, detail));
                }
            }
            if let Ok(text) = rendered(variant, &body, &stand_ins(&body, &template.fields)) {
                warnings.extend(expensive(template.channel, &text));
                segments = (template.channel == Channel::Sms).then(|| Segments::of(&text));
            }
        }
        Err(error) => warnings.push(WarningView::new("invalid_template", error.to_string())),
    }
    AnalysisView {
        segments: segments.map(Into::into),
        cost: None,
        warnings,
    }
}

impl From<&Variant> for VariantView {
    fn from(variant: &Variant) -> Self {
        let (text, components) = match &variant.body {
            VariantBody::Text(text) => (Some(text.clone()), None),
            // Components always serialize: they are text all through.
            VariantBody::Components(list) => (None, serde_json::to_value(list).ok()),
        };
        Self {
            locale: variant.locale.clone(),
            text,
            components,
        }
    }
}

impl From<FieldSpec> for FieldView {
    fn from(field: FieldSpec) -> Self {
        Self {
            name: field.name.to_string(),
            kind: field.kind,
            required: field.required,
            default: field.default,
            example: field.example,
        }
    }
}

impl From<StoredTemplate> for TemplateView {
    fn from(template: StoredTemplate) -> Self {
        let analysis = template
            .variants
            .iter()
            .map(|variant| (variant.locale.clone(), analysis(&template, variant)))
            .collect();
        Self {
            id: template.id.to_string(),
            name: template.name,
            category: template.category,
            channel: template.channel,
            purpose: template.purpose,
            variants: template.variants.iter().map(Into::into).collect(),
            fields: template.fields.into_iter().map(Into::into).collect(),
            status: template.status,
            provider_status: template.provider_status,
            analysis,
            version: template.version,
            created_at: template.created_at.into(),
            updated_at: template.updated_at.into(),
        }
    }
}
