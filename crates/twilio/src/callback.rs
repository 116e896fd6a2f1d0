use crate::{
    credentials::Identity,
    errors,
    send::{ATTEMPT_FIELD, WHATSAPP},
    signature,
    status::MessageStatus,
};
use tidings_kernel::{AttemptId, Channel, PhoneNumber};
use tidings_messaging::{
    Access, Address, CallbackRequest, InboundEvent, Media, NotAuthentic, ProviderEvent,
    ProviderOpt, Receipt, ReceiptEvent, Unreadable,
};
use url::Url;

const SIGNATURE_HEADER: &str = "x-twilio-signature";
/// More than any message has; bounds the reading of numbered fields.
const MOST_MEDIA: usize = 20;

/// Checks the signature, and that the form speaks of the account that the credentials are for.
pub(crate) fn authenticate(access: &Access, request: &CallbackRequest) -> Result<(), NotAuthentic> {
    let signature = request
        .header(SIGNATURE_HEADER)
        .ok_or(NotAuthentic::Missing)?;
    // Without credentials nothing can be right.
    let identity = Identity::read(&access.credentials).map_err(|_| NotAuthentic::Wrong)?;
    if !signature::is_valid(&identity.auth_token, &request.url, &request.body, signature) {
        return Err(NotAuthentic::Wrong);
    }
    if is_json(request) {
        // Events name no account in a place that is ours to read; the token alone vouches.
        return Ok(());
    }
    match Form::of(request).get("AccountSid") {
        Some(sid) if sid == identity.account_sid => Ok(()),
        Some(_) | None => Err(NotAuthentic::OtherAccount),
    }
}

/// Reads one request; each tells one thing.
pub(crate) fn parse(request: &CallbackRequest) -> Result<ProviderEvent, Unreadable> {
    if is_json(request) {
        return Ok(ProviderEvent::Ignored("an event in JSON".into()));
    }
    let form = Form::of(request);
    if let Some(status) = form.get("MessageStatus") {
        return receipt(&form, status, attempt(&request.url));
    }
    if form.get("SmsStatus") == Some("received") || form.has("Body") {
        return inbound(&form);
    }
    Ok(ProviderEvent::Ignored(
        "a form without MessageStatus or Body".into(),
    ))
}

fn receipt(
    form: &Form,
    status: &str,
    attempt: Option<AttemptId>,
) -> Result<ProviderEvent, Unreadable> {
    let Some((status, receipt)) = MessageStatus::parse(status)
        .and_then(|status| status.receipt().map(|receipt| (status, receipt)))
    else {
        return Ok(ProviderEvent::Ignored(status.chars().take(64).collect()));
    };
    let code = match form.get("ErrorCode") {
        Some(text) => Some(text.parse().map_err(|error| Unreadable {
            context: "ErrorCode of a status callback is not a number".into(),
            source: Some(Box::new(error)),
        })?),
        None => None,
    };
    let words = form
        .get("ChannelStatusMessage")
        .or(form.get("ErrorMessage"));
    Ok(ProviderEvent::Receipt(ReceiptEvent {
        attempt,
        provider_message_id: form.require("MessageSid")?.to_owned(),
        receipt,
        error: (receipt == Receipt::Failed).then(|| errors::delivery_failure(status, code, words)),
        cost: None,
        // `RawDlrDoneDate` has no zone and only minutes, so the time of arrival is the better one.
        at: None,
    }))
}

fn inbound(form: &Form) -> Result<ProviderEvent, Unreadable> {
    let from = form.require("From")?;
    let to = form.require("To")?;
    let (channel, from) = match from.strip_prefix(WHATSAPP) {
        Some(rest) => (Channel::Whatsapp, rest),
        None => (Channel::Sms, from),
    };
    let user = form
        .get("ExternalUserId")
        .map(|id| id.strip_prefix(WHATSAPP).unwrap_or(id).to_owned())
        .filter(|_| channel == Channel::Whatsapp);
    let from = match (PhoneNumber::from_e164(from), &user) {
        (Ok(number), _) => Address::Phone(number),
        (Err(_), Some(user)) => Address::WhatsappUser(user.clone()),
        (Err(_), None) => {
            return Ok(ProviderEvent::Ignored(
                "a message from what is no phone number".into(),
            ));
        }
    };
    Ok(ProviderEvent::Inbound(InboundEvent {
        provider_message_id: form.require("MessageSid")?.to_owned(),
        channel,
        from,
        whatsapp_user: user,
        to: to.strip_prefix(WHATSAPP).unwrap_or(to).to_owned(),
        text: text(form),
        media: media(form),
        button: form
            .get("ButtonPayload")
            .or(form.get("ListId"))
            .map(str::to_owned),
        shopping: None,
        profile_name: form.get("ProfileName").map(str::to_owned),
        provider_opt: provider_opt(form),
        at: None,
    }))
}

/// What was written; a place without words becomes a `geo:` address (RFC 5870).
fn text(form: &Form) -> String {
    match (
        form.get("Body"),
        form.get("Latitude"),
        form.get("Longitude"),
    ) {
        (Some(body), _, _) => body.to_owned(),
        (None, Some(latitude), Some(longitude)) => format!("geo:{latitude},{longitude}"),
        (None, _, _) => String::new(),
    }
}

fn media(form: &Form) -> Vec<Media> {
    (0..MOST_MEDIA)
        .map_while(|index| {
            Some(Media {
                url: form.get(&format!("MediaUrl{index}"))?.to_owned(),
                content_type: form
                    .get(&format!("MediaContentType{index}"))
                    .map(str::to_owned),
            })
        })
        .collect()
}

/// Present only with Advanced Opt-Out, so keywords are read by us as well.
fn provider_opt(form: &Form) -> Option<ProviderOpt> {
    match form.get("OptOutType")? {
        "STOP" => Some(ProviderOpt::Stop),
        "START" => Some(ProviderOpt::Start),
        "HELP" => Some(ProviderOpt::Help),
        _ => None,
    }
}

fn attempt(url: &str) -> Option<AttemptId> {
    let url = Url::parse(url).ok()?;
    let (_, value) = url.query_pairs().find(|(name, _)| name == ATTEMPT_FIELD)?;
    value.parse().ok()
}

fn is_json(request: &CallbackRequest) -> bool {
    request
        .header("content-type")
        .is_some_and(|kind| kind.starts_with("application/json"))
}

/// The fields of a callback.
struct Form(Vec<(String, String)>);

impl Form {
    /// Of the body, or of the query where the callback is configured as GET.
    fn of(request: &CallbackRequest) -> Self {
        let query = || request.url.split_once('?').map_or("", |(_, query)| query);
        let encoded = match request.method.as_str() {
            "GET" => query().as_bytes(),
            _ => &request.body,
        };
        // No store of ours keeps U+0000, and a STOP must not be lost because of one behind it.
        let fields = form_urlencoded::parse(encoded)
            .map(|(name, value)| (name.into_owned(), value.replace('\0', "")));
        Self(fields.collect())
    }

    /// A field that is present and not empty.
    fn get(&self, name: &str) -> Option<&str> {
        let (_, value) = self
            .0
            .iter()
            .find(|(key, value)| key == name && !value.is_empty())?;
        Some(value)
    }

    fn has(&self, name: &str) -> bool {
        self.0.iter().any(|(key, _)| key == name)
    }

    fn require(&self, name: &str) -> Result<&str, Unreadable> {
        self.get(name).ok_or_else(|| Unreadable {
            context: format!("{name} is missing"),
            source: None,
        })
    }
}
