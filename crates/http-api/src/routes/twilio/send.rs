use super::{
    Refusal, address,
    new_message::{Content, Form, NewMessage},
    own,
    refusal::RefusalView,
    view::MessageResource,
};
use crate::{
    api::Api,
    auth::{Caller, Send},
    body::{JSON_LIMIT, media_type, read},
};
use axum::{
    Extension, Json,
    extract::{Path, Request, State, rejection::PathRejection},
    http::StatusCode,
};
use serde::Deserialize;
use std::sync::Arc;
use tidings_kernel::{Channel, Purpose, SenderId, TenantId};
use tidings_messaging::{
    MessageRecord, TraceId,
    send::{ChannelWish, ContentWish, Prepared, Recipient, SendRequest},
};
use tidings_quiet_hours::Urgency;
use tidings_twilio_facade::read_address;
use utoipa::ToSchema;

/// The provider whose ids of templates programs know.
const TWILIO: &str = "twilio";

/// The fields that mean something here.
#[derive(Deserialize, ToSchema)]
#[schema(as = TwilioNewMessage)]
#[expect(dead_code, reason = "the schema of a form that is read field by field")]
pub(crate) struct NewMessageForm {
    /// A number in E.164, or `whatsapp:` and one.
    #[serde(rename = "To")]
    to: String,
    /// A sender of the tenant's; this or `MessagingServiceSid` is needed.
    #[serde(rename = "From")]
    from: Option<String>,
    /// Any; routing chooses among all senders, and goes another way when one fails.
    #[serde(rename = "MessagingServiceSid")]
    messaging_service_sid: Option<String>,
    #[serde(rename = "Body")]
    #[schema(max_length = 1600)]
    body: Option<String>,
    /// Up to ten times.
    #[serde(rename = "MediaUrl")]
    media_url: Option<Vec<String>>,
    /// A template whose id at the provider `twilio` this is.
    #[serde(rename = "ContentSid")]
    content_sid: Option<String>,
    /// A JSON object as text.
    #[serde(rename = "ContentVariables")]
    content_variables: Option<String>,
    /// Where changes of the status are posted, signed with the tenant's auth token.
    #[serde(rename = "StatusCallback")]
    status_callback: Option<String>,
    /// Seconds, 1 to 36000.
    #[serde(rename = "ValidityPeriod")]
    validity_period: Option<u32>,
    /// `fixed`.
    #[serde(rename = "ScheduleType")]
    schedule_type: Option<String>,
    /// Not before this instant.
    #[serde(rename = "SendAt")]
    send_at: Option<String>,
    /// Ours: why it is sent, else what the tenant has set, else `transactional`.
    #[serde(rename = "TidingsPurpose")]
    tidings_purpose: Option<String>,
}

/// Send a message as a program written for Twilio does
///
/// By HTTP Basic: the Account SID with the auth token or with an API key, or a key's SID with the key. Errors are
/// Twilio's. Other fields of Twilio's are ignored, unless they promise something that is not kept here.
#[utoipa::path(post, path = "/2010-04-01/Accounts/{AccountSid}/Messages.json", tag = "Twilio facade",
    security(("basic" = [])), params(("AccountSid" = String, Path)),
    request_body(content = NewMessageForm, content_type = "application/x-www-form-urlencoded"),
    responses((status = 201, body = MessageResource),
        (status = 400, body = RefusalView, description = "21211, 21603, 21610 and others: the guide has the list"),
        (status = 401, body = RefusalView, description = "20003"),
        (status = 403, body = RefusalView, description = "20403: the key's scope is too weak"),
        (status = 404, body = RefusalView, description = "20404"),
        (status = 429, body = RefusalView, description = "20429, or 63038 when the month is used up"),
        (status = 503, body = RefusalView, description = "20503")))]
pub(crate) async fn create(
    State(api): State<Arc<Api>>,
    caller: Caller<Send>,
    Extension(trace): Extension<TraceId>,
    path: Result<Path<String>, PathRejection>,
    request: Request,
) -> Result<(StatusCode, Json<MessageResource>), Refusal> {
    let Path(account) = path.map_err(|_| Refusal::not_found())?;
    own(&caller, &account)?;
    let form = form(request).await?;
    let asked = NewMessage::read(&form, api.clock.now(), api.config.webhook_reach())?;
    let prepared = accept(&api, caller.tenant, trace, asked).await?;
    let record = MessageRecord {
        attempts: Vec::new(),
        timeline: prepared.new.timeline(),
        message: prepared.new.message,
    };
    let view = MessageResource::of(&record, None);
    Ok((StatusCode::CREATED, Json(view)))
}

/// The form in a request's body.
pub(super) async fn form(request: Request) -> Result<Form, Refusal> {
    let kind = media_type(request.headers());
    if !kind.eq_ignore_ascii_case("application/x-www-form-urlencoded") {
        return Err(Refusal::of(
            20_001,
            "Send the parameters as application/x-www-form-urlencoded",
        ));
    }
    Form::read(&read(request, JSON_LIMIT).await?)
}

async fn accept(
    api: &Api,
    tenant: TenantId,
    trace: TraceId,
    asked: NewMessage,
) -> Result<Prepared, Refusal> {
    let (request, from) = request(api, tenant, trace, &asked).await?;
    let finish = |prepared: &mut Prepared| {
        if !prepared.is_blocked() {
            let new = &mut prepared.new;
            new.status_webhook.clone_from(&asked.status_callback);
            // The program named it, so it is chosen.
            new.message.from.clone_from(&from);
        }
        Ok::<_, Refusal>((None, ()))
    };
    let (prepared, ()) = api.sending.take_in(tenant, &request, finish).await?;
    // A refusal is stored too, as our own API does.
    if prepared.is_blocked() {
        return Err(Refusal::of_gate(prepared.decision()));
    }
    Ok(prepared)
}

/// The request in the domain's terms, and the address of the sender that it is bound to.
async fn request(
    api: &Api,
    tenant: TenantId,
    trace: TraceId,
    asked: &NewMessage,
) -> Result<(SendRequest, Option<String>), Refusal> {
    let settings = crate::routes::tenant::find(api, tenant)
        .await?
        .settings
        .twilio_facade;
    let to = read_address(&asked.to);
    let sender = match &asked.from {
        Some(from) => {
            let sender = sender(api, tenant, from, to.channel, to.address).await?;
            Some(sender).filter(|_| !settings.any_sender)
        }
        None => None,
    };
    let (content, of_template) = content(api, tenant, asked, to.channel).await?;
    let usual = || settings.purpose_of(asked.service.as_deref());
    let (sender, from) = sender.unzip();
    let request = SendRequest {
        to: Recipient::Phone {
            text: to.address.to_owned(),
            region: None,
        },
        channel: ChannelWish::Order(vec![to.channel]),
        purpose: asked.purpose.or(of_template).unwrap_or_else(usual),
        content,
        media: asked.media.clone(),
        subject: None,
        sender,
        account: None,
        priority: 5,
        scheduled_at: asked.send_at,
        valid_until: asked.valid_until,
        urgency: Urgency::default(),
        override_by: None,
        topic: None,
        context: None,
        tags: asked.service.iter().cloned().collect(),
        trace: Some(trace),
        fallback: None,
    };
    Ok((request, from))
}

async fn sender(
    api: &Api,
    tenant: TenantId,
    from: &str,
    channel: Channel,
    to: &str,
) -> Result<(SenderId, String), Refusal> {
    let from = read_address(from);
    if from.channel != channel {
        return Err(Refusal::of(
            21_910,
            "Invalid From and To pair. From and To should be of the same channel",
        ));
    }
    if from.address == to {
        return Err(Refusal::of(
            21_266,
            "'To' and 'From' number cannot be the same",
        ));
    }
    let accounts = api.accounts.of_tenants(&[tenant]).await?;
    address::sender(&accounts, from)
}

/// What is to be said, and the purpose of the template that says it.
async fn content(
    api: &Api,
    tenant: TenantId,
    asked: &NewMessage,
    channel: Channel,
) -> Result<(ContentWish, Option<Purpose>), Refusal> {
    let (sid, variables) = match &asked.content {
        Content::Text(text) => return Ok((ContentWish::Text(text.clone()), None)),
        Content::MediaOnly => return Ok((ContentWish::MediaOnly, None)),
        Content::Template { sid, variables } => (sid, variables),
    };
    let templates = api.templates.known_as(tenant, TWILIO, sid).await?;
    let template = templates
        .into_iter()
        .find(|template| template.channel == channel);
    let Some(template) = template else {
        return Err(Refusal::of(
            21_655,
            "The ContentSid is invalid: no template of this channel has it as its id at twilio",
        ));
    };
    let wish = ContentWish::Template {
        name: template.name,
        locale: None,
        data: variables.clone(),
    };
    let is_tenants = Purpose::FOR_TENANTS.contains(&template.purpose);
    Ok((wish, Some(template.purpose).filter(|_| is_tenants)))
}
