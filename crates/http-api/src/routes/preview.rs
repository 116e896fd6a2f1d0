use super::{
    contacts,
    message_view::SegmentsView,
    template_analysis::{WarningView, expensive},
    templates::find,
};
use crate::{
    api::Api,
    auth::{Caller, Read},
    body::RawBody,
    error::ApiError,
    page::PathId,
    problem::{FieldError, step},
};
use axum::{Json, extract::State};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use std::{collections::BTreeSet, sync::Arc};
use tidings_kernel::{Channel, ContactId, Locale, TemplateId};
use tidings_messaging::{Contact, Segments, StoredTemplate, rendered};
use tidings_templates::{
    BindError, Data, DataError, FieldSpec, ParsedBody, RenderError, Variant, bind, data_from_json,
};
use utoipa::ToSchema;

/// What to fill a template with.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = PreviewRequest)]
pub(crate) struct PreviewBody {
    /// Values by field.
    #[serde(default)]
    data: Map<String, Value>,
    /// A contact whose names, email and attributes fill the fields that `data` leaves open.
    #[schema(value_type = Option<String>)]
    contact_id: Option<ContactId>,
    /// Only this locale.
    #[schema(value_type = Option<String>)]
    locale: Option<Locale>,
}

/// What readers would see.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Preview)]
pub(crate) struct PreviewView {
    variants: Vec<PreviewVariant>,
}

/// What readers of one locale would see.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct PreviewVariant {
    locale: String,
    text: String,
    /// For SMS.
    segments: Option<SegmentsView>,
    warnings: Vec<WarningView>,
}

/// Preview a template
///
/// Fields that neither `data` nor the contact fills take their example, with a warning `example_used`.
#[utoipa::path(post, path = "/v1/templates/{id}/preview", tag = "Templates", params(("id" = String, Path)),
    request_body = PreviewBody,
    responses((status = 200, body = PreviewView), (status = 404, description = "`not_found`"),
        (status = 422, description = "`template_data`: values are missing, unknown or of the wrong type")))]
pub(crate) async fn preview(
    State(api): State<Arc<Api>>,
    caller: Caller<Read>,
    PathId(id): PathId<TemplateId>,
    body: RawBody,
) -> Result<Json<PreviewView>, ApiError> {
    let request: PreviewBody = body.json_or_empty()?;
    let template = find(&api, caller.tenant, id).await?;
    let contact = match request.contact_id {
        Some(contact) => Some(contacts::find(&api, caller.tenant, contact).await?),
        None => None,
    };
    let data = data_from_json(Value::Object(request.data)).map_err(wrong_data)?;
    let variants: Vec<&Variant> = match &request.locale {
        Some(wanted) => {
            let wanted = wanted.as_str();
            tidings_templates::choose(&template.variants, wanted, wanted)
                .into_iter()
                .collect()
        }
        None => template.variants.iter().collect(),
    };
    let parsed: Vec<(&Variant, ParsedBody)> = variants
        .into_iter()
        .map(|variant| Ok((variant, variant.body.parse().map_err(ApiError::internal)?)))
        .collect::<Result<_, ApiError>>()?;
    let data = filled(&template, &parsed, data, contact.as_ref());
    let variants = parsed
        .iter()
        .map(|(variant, body)| shown(&template, variant, body, &data))
        .collect::<Result<_, ApiError>>()?;
    Ok(Json(PreviewView { variants }))
}

/// The values to show, and the fields that took their example.
struct Filled {
    data: Data,
    examples: Vec<String>,
}

fn filled(
    template: &StoredTemplate,
    parsed: &[(&Variant, ParsedBody)],
    mut data: Data,
    contact: Option<&Contact>,
) -> Filled {
    let mut examples = Vec::new();
    let used: BTreeSet<&str> = parsed
        .iter()
        .flat_map(|(_, body)| body.templates())
        .flat_map(|text| text.names())
        .map(tidings_templates::FieldName::as_str)
        .collect();
    for name in used {
        if data.contains_key(name) {
            continue;
        }
        if let Some(value) = contact.and_then(|contact| known(contact, name)) {
            data.insert(name.to_owned(), value);
            continue;
        }
        let field = template.fields.iter().find(|f| f.name.as_str() == name);
        let example = field
            .filter(|field| field.default.is_none() && field.required)
            .and_then(|field| field.example.clone());
        if let Some(example) = example {
            data.insert(name.to_owned(), example);
            examples.push(name.to_owned());
        }
    }
    Filled { data, examples }
}

/// What is known of a contact under a field's name.
fn known(contact: &Contact, name: &str) -> Option<tidings_templates::Value> {
    let text = match name {
        "first_name" => contact.first_name.clone(),
        "last_name" => contact.last_name.clone(),
        "email" => contact.email.clone(),
        "phone" => contact.phone.map(|number| number.to_string()),
        _ => None,
    };
    match text {
        Some(text) => Some(text.into()),
        None => contact
            .attributes
            .get(name)
            .and_then(|value| value.clone().try_into().ok()),
    }
}

fn shown(
    template: &StoredTemplate,
    variant: &Variant,
    body: &ParsedBody,
    filled: &Filled,
) -> Result<PreviewVariant, ApiError> {
    let data = of_variant(template, body, &filled.data);
    let fields: Vec<FieldSpec> = used_fields(template, body);
    let data = bind(&fields, data).map_err(|error| unbound(&error))?;
    let text = rendered(variant, body, &data).map_err(|error| unrendered(&error))?;
    let names: Vec<&str> = body
        .templates()
        .iter()
        .flat_map(|text| text.names())
        .map(tidings_templates::FieldName::as_str)
        .collect();
    let mut warnings: Vec<WarningView> = filled
        .examples
        .iter()
        .filter(|name| names.contains(&name.as_str()))
        .map(|name| WarningView::new("example_used", format!("{name} shows its example")))
        .collect();
    warnings.extend(expensive(template.channel, &text));
    Ok(PreviewVariant {
        locale: variant.locale.clone(),
        segments: (template.channel == Channel::Sms).then(|| Segments::of(&text).into()),
        text,
        warnings,
    })
}

fn used_fields(template: &StoredTemplate, body: &ParsedBody) -> Vec<FieldSpec> {
    let texts = body.templates();
    template
        .fields
        .iter()
        .filter(|field| texts.iter().any(|text| text.names().contains(&&field.name)))
        .cloned()
        .collect()
}

/// Data for the fields of this body; a field of another locale's text is no typo, one of none is.
fn of_variant(template: &StoredTemplate, body: &ParsedBody, data: &Data) -> Data {
    let used = used_fields(template, body);
    data.iter()
        .filter(|(name, _)| {
            let is_used = used
                .iter()
                .any(|field| field.name.as_str() == name.as_str());
            let is_known = template
                .fields
                .iter()
                .any(|field| field.name.as_str() == name.as_str());
            is_used || !is_known
        })
        .map(|(name, value)| (name.clone(), value.clone()))
        .collect()
}

fn refused<'a>(
    code: &'static str,
    detail: &str,
    names: impl IntoIterator<Item = &'a str>,
) -> ApiError {
    ApiError::TemplateData(
        names
            .into_iter()
            .map(|name| FieldError::new(format!("/data/{}", step(name)), code, detail))
            .collect(),
    )
}

fn wrong_data(error: DataError) -> ApiError {
    match error {
        DataError::NotAnObject => ApiError::field("/data", "invalid_type", error.to_string()),
        DataError::Values(values) => ApiError::TemplateData(
            values
                .into_iter()
                .map(|(name, error)| {
                    let pointer = format!("/data/{}", step(&name));
                    FieldError::new(pointer, "wrong_type", error.to_string())
                })
                .collect(),
        ),
    }
}

fn unbound(error: &BindError) -> ApiError {
    let detail = error.to_string();
    let (code, names) = match error {
        BindError::Missing { names } => ("missing_field", names),
        BindError::WrongKind { names } => ("wrong_type", names),
    };
    refused(
        code,
        &detail,
        names.iter().map(tidings_templates::FieldName::as_str),
    )
}

fn unrendered(error: &RenderError) -> ApiError {
    let detail = error.to_string();
    let (code, names) = match error {
        RenderError::Unknown { names } => ("unknown_field", names),
        RenderError::Missing { names } => ("missing_field", names),
        RenderError::ControlCharacters { names } => ("control_character", names),
        RenderError::WrongKind { names } => ("wrong_type", names),
        RenderError::TooLong { names } => ("too_long", names),
    };
    refused(code, &detail, names.iter().map(String::as_str))
}
