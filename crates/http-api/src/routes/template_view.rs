use super::template_analysis::{AnalysisView, analysis};
use crate::wire::{self, Timestamp};
use serde::Serialize;
use serde_json::Value;
use std::collections::BTreeMap;
use tidings_kernel::{Channel, Purpose};
use tidings_messaging::{ProviderTemplate, StoredTemplate, Tenant, VariantStanding};
use tidings_templates::{
    ApprovalStatus, FieldKind, FieldSpec, Finding, Value as FieldValue, Variant, VariantBody,
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
    /// Where each language stands at the providers that list it.
    #[schema(value_type = Vec<VariantStandingView>)]
    standings: Vec<VariantStanding>,
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
    /// `text`, `number`, `date`, `time`, `datetime`, `money`, `bool` or `url`.
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

/// Where one language of a template stands at one provider.
#[derive(ToSchema)]
#[schema(as = VariantStanding)]
#[expect(dead_code, reason = "the schema of what the messaging crate writes")]
pub(crate) struct VariantStandingView {
    #[schema(example = "en_US")]
    locale: String,
    #[schema(example = "whatsapp_cloud")]
    provider: String,
    /// The provider's id.
    id: String,
    /// As that of the template, for this language.
    status: String,
    /// The category that the provider has it in; the stricter of it and the purpose decides.
    category: String,
    /// `unknown`, `green`, `yellow` or `red`.
    quality: String,
    /// Why it may not be sent, in the provider's words.
    reason: Option<String>,
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

impl TemplateView {
    /// The template as this tenant sends it.
    pub(crate) fn new(template: StoredTemplate, tenant: &Tenant) -> Self {
        let analysis = template
            .variants
            .iter()
            .map(|variant| (variant.locale.clone(), analysis(&template, variant, tenant)))
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
            standings: template.standings,
            analysis,
            version: template.version,
            created_at: template.created_at.into(),
            updated_at: template.updated_at.into(),
        }
    }
}
