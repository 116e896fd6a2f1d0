use crate::credentials::{TwilioCredentials, is_messaging_service};
use std::collections::BTreeMap;
use tidings_kernel::{AttemptId, Channel, PhoneNumber, Purpose};
use tidings_messaging::{
    Address, ComponentCall, ComponentKind, Content, ParameterValue, Rich, RichForm,
    SendableMessage, TemplateCall,
};
use tidings_routing::{Class, ProviderError};
use time::Duration;
use url::Url;

/// The name of the query field of a callback that carries our reference.
pub(crate) const ATTEMPT_FIELD: &str = "att";
/// What Twilio puts before addresses on WhatsApp.
pub(crate) const WHATSAPP: &str = "whatsapp:";

/// Up to ten attachments by MMS, one by WhatsApp (reference, sections 2 and 2.1).
const MOST_MEDIA_BY_MMS: usize = 10;
const MOST_MEDIA_BY_WHATSAPP: usize = 1;
/// The bounds of `ValidityPeriod`, in seconds.
const SHORTEST_VALIDITY: i64 = 1;
const LONGEST_VALIDITY: i64 = 36_000;

/// The fields of the call that creates the message, or why Twilio cannot carry it.
pub(crate) fn form(
    credentials: &TwilioCredentials,
    callback_url: &str,
    message: &SendableMessage,
) -> Result<Vec<(&'static str, String)>, ProviderError> {
    let to = number(message)?;
    let content = message.content();
    let mut form = vec![("To", address(message.channel(), &to.to_string()))];
    if is_messaging_service(message.from()) {
        // The service itself is the sender: it chooses from its pool.
        form.push(("MessagingServiceSid", message.from().to_owned()));
    } else {
        form.push(("From", address(message.channel(), message.from())));
        if let Some(service) = &credentials.messaging_service {
            form.push(("MessagingServiceSid", service.clone()));
        }
    }
    if let Some(template) = &content.template {
        form.push(("ContentSid", content_sid(template)?));
        if let Some(variables) = content_variables(template, message.purpose())? {
            form.push(("ContentVariables", variables));
        }
    } else {
        match &content.rich {
            Some(rich) => form.extend(place(rich)?),
            None if content.text.is_empty() => {}
            None => form.push(("Body", content.text.clone())),
        }
        check_media(message)?;
        form.extend(
            content
                .media
                .iter()
                .map(|media| ("MediaUrl", media.url.clone())),
        );
    }
    if let Some(url) = status_callback(callback_url, message.attempt()) {
        form.push(("StatusCallback", url));
    }
    if let Some(seconds) = validity(message.valid_for()) {
        form.push(("ValidityPeriod", seconds.to_string()));
    }
    Ok(form)
}

/// An address as Twilio writes it on this channel.
pub(crate) fn address(channel: Channel, address: &str) -> String {
    match channel {
        Channel::Whatsapp if !address.starts_with(WHATSAPP) => format!("{WHATSAPP}{address}"),
        Channel::Sms | Channel::Whatsapp | Channel::Email => address.to_owned(),
    }
}

/// Where Twilio reports on the attempt, with retries switched on: without them it calls once.
///
/// `None` if Twilio would refuse the address, and with it the message; then [`find`] is what tells.
///
/// [`find`]: tidings_messaging::Provider::find
pub(crate) fn status_callback(callback_url: &str, attempt: AttemptId) -> Option<String> {
    let mut url = Url::parse(callback_url).ok().filter(accepts_callbacks)?;
    url.query_pairs_mut()
        .append_pair(ATTEMPT_FIELD, &attempt.to_string());
    // Retry three times, on any kind of failure (webhook connection overrides).
    url.set_fragment(Some("rc=3&rp=all"));
    Some(url.into())
}

/// Whether Twilio takes this address for callbacks: it refuses hosts with an underscore.
pub(crate) fn accepts_callbacks(url: &Url) -> bool {
    matches!(url.scheme(), "http" | "https")
        && url.host_str().is_some_and(|host| !host.contains('_'))
}

fn number(message: &SendableMessage) -> Result<PhoneNumber, ProviderError> {
    match (message.channel(), message.to()) {
        (Channel::Sms | Channel::Whatsapp, Address::Phone(number)) => Ok(*number),
        (Channel::Whatsapp, Address::WhatsappUser(_)) => Err(ProviderError::not_carried_here(
            "no_phone_number",
            "Twilio reaches people by phone number only",
        )),
        (Channel::Sms, Address::WhatsappUser(_))
        | (Channel::Sms | Channel::Whatsapp, Address::Email(_)) => Err(ProviderError::new(
            Class::Recipient,
            "no_phone_number",
            "nobody is reached there without a phone number",
        )),
        (Channel::Email, _) => Err(ProviderError::not_carried_here(
            "no_email",
            "Twilio accounts of this kind carry no email",
        )),
    }
}

/// Whether Twilio can carry this at all: to numbers only, and templates that have a Content there.
pub(crate) fn can_carry(channel: Channel, to: &Address, content: &Content) -> bool {
    let mut templates = content.template.iter();
    matches!(to, Address::Phone(_))
        && (channel != Channel::Sms || content.media.len() <= MOST_MEDIA_BY_MMS)
        && templates.all(|template| content_sid(template).is_ok())
}

fn check_media(message: &SendableMessage) -> Result<(), ProviderError> {
    let count = message.content().media.len();
    let code = "too_many_media";
    match message.channel() {
        Channel::Sms | Channel::Email if count > MOST_MEDIA_BY_MMS => {
            let detail = format!("Twilio carries at most {MOST_MEDIA_BY_MMS} attachments by MMS");
            Err(ProviderError::not_carried_here(code, &detail))
        }
        // Nobody carries more.
        Channel::Whatsapp if count > MOST_MEDIA_BY_WHATSAPP => Err(ProviderError::new(
            Class::Content,
            code,
            "a WhatsApp message carries one medium",
        )),
        Channel::Sms | Channel::Email | Channel::Whatsapp => Ok(()),
    }
}

/// A place as Twilio writes it, the only rich message that it takes without a Content of its own.
fn place(rich: &Rich) -> Result<[(&'static str, String); 2], ProviderError> {
    let (
        Some(RichForm::Location {
            latitude,
            longitude,
            name,
            address,
        }),
        None,
    ) = (&rich.form, &rich.to)
    else {
        let detail = "Twilio carries no such message without a Content made for it";
        return Err(ProviderError::not_carried_here("not_carried", detail));
    };
    let point = format!("geo:{latitude},{longitude}");
    // Twilio wants a text with every message; with a place it is the name of that.
    let title = name.as_ref().or(address.as_ref()).unwrap_or(&point).clone();
    let action = match address {
        Some(address) => format!("{point}|{address}"),
        None => point,
    };
    Ok([("Body", title), ("PersistentAction", action)])
}

fn content_sid(template: &TemplateCall) -> Result<String, ProviderError> {
    template
        .provider_ids
        .get(crate::DESCRIPTOR.name)
        .cloned()
        .ok_or_else(|| ProviderError {
            advice:
                "create the template as Content at Twilio, have it approved for WhatsApp, and put \
                 its SID (HX…) to the template here"
                    .into(),
            ..ProviderError::not_carried_here(
                "template_not_synced",
                "the template has no Content SID of Twilio's",
            )
        })
}

/// The parameters as one JSON object, or nothing if there are none.
///
/// Twilio numbers the variables of a template through, from the header over the body to the buttons,
/// while our positional parameters start from 1 in each component; so each component continues where
/// the one before it ended. Named parameters keep their names. A template for one-time codes has one
/// variable at Twilio, which fills text and button alike.
fn content_variables(
    template: &TemplateCall,
    purpose: Purpose,
) -> Result<Option<String>, ProviderError> {
    let mut variables: BTreeMap<String, &str> = BTreeMap::new();
    let mut numbered_before = 0_u32;
    let is_code = |component: &ComponentCall| {
        purpose == Purpose::Authentication && component.component != ComponentKind::Body
    };
    for component in template.components.iter().filter(|it| !is_code(it)) {
        let mut numbered_here = 0;
        for parameter in &component.parameters {
            let name = match parameter.name.parse::<u32>() {
                Ok(number) => {
                    numbered_here += 1;
                    numbered_before.saturating_add(number).to_string()
                }
                Err(_) => parameter.name.clone(),
            };
            let (ParameterValue::Text(value)
            | ParameterValue::Image(value)
            | ParameterValue::Video(value)
            | ParameterValue::Document(value)) = &parameter.value;
            if variables
                .insert(name, value)
                .is_some_and(|other| other != value)
            {
                let detail = "two components give the same variable of Twilio's different values";
                return Err(ProviderError::not_carried_here(
                    "conflicting_variables",
                    detail,
                ));
            }
        }
        numbered_before += numbered_here;
    }
    // A map of strings always serializes.
    Ok((!variables.is_empty()).then(|| serde_json::json!(variables).to_string()))
}

/// For how many seconds Twilio may keep the message in its queue.
fn validity(valid_for: Option<Duration>) -> Option<i64> {
    valid_for.map(|span| {
        span.whole_seconds()
            .clamp(SHORTEST_VALIDITY, LONGEST_VALIDITY)
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use tidings_messaging::Parameter;

    fn attempt() -> AttemptId {
        "att_01h2xcejqtf2nbrexx3vqjhp41".parse().unwrap()
    }

    fn text(name: &str, value: &str) -> Parameter {
        Parameter {
            name: name.into(),
            value: ParameterValue::Text(value.into()),
        }
    }

    fn call(components: Vec<(ComponentKind, Vec<Parameter>)>) -> TemplateCall {
        TemplateCall {
            id: "tpl_01h2xcejqtf2nbrexx3vqjhp41".parse().unwrap(),
            name: "order_update".into(),
            locale: "en".into(),
            provider_ids: BTreeMap::new(),
            components: components
                .into_iter()
                .map(|(component, parameters)| ComponentCall {
                    component,
                    parameters,
                })
                .collect(),
        }
    }

    #[test]
    fn our_reference_travels_in_the_callback_address() {
        assert_eq!(
            status_callback("https://hooks.example.com/callbacks/twilio/abc", attempt()).unwrap(),
            "https://hooks.example.com/callbacks/twilio/abc\
             ?att=att_01h2xcejqtf2nbrexx3vqjhp41#rc=3&rp=all"
        );
        assert_eq!(
            status_callback("https://hooks.example.com/c?t=acme", attempt()).unwrap(),
            "https://hooks.example.com/c?t=acme&att=att_01h2xcejqtf2nbrexx3vqjhp41#rc=3&rp=all"
        );
    }

    #[test]
    fn an_address_that_twilio_refuses_is_left_out() {
        for url in [
            "https://my_host.example.com/c",
            "not an address",
            "ftp://example.com/c",
        ] {
            assert_eq!(status_callback(url, attempt()), None, "{url}");
        }
    }

    #[test]
    fn validity_stays_within_twilio_s_bounds() {
        assert_eq!(validity(None), None);
        assert_eq!(validity(Some(Duration::milliseconds(-1))), Some(1));
        assert_eq!(validity(Some(Duration::milliseconds(90_999))), Some(90));
        assert_eq!(validity(Some(Duration::days(2))), Some(36_000));
    }

    #[test]
    fn positional_variables_are_numbered_through() {
        let call = call(vec![
            (
                ComponentKind::Header,
                vec![Parameter {
                    name: "1".into(),
                    value: ParameterValue::Image("https://cdn.example.com/a.png".into()),
                }],
            ),
            (
                ComponentKind::Body,
                vec![text("1", "Ana"), text("2", "A-42")],
            ),
            (
                ComponentKind::UrlButton { index: 0 },
                vec![text("1", "A-42/track")],
            ),
        ]);
        assert_eq!(
            content_variables(&call, Purpose::Transactional)
                .unwrap()
                .unwrap(),
            r#"{"1":"https://cdn.example.com/a.png","2":"Ana","3":"A-42","4":"A-42/track"}"#
        );
    }

    #[test]
    fn a_one_time_code_is_one_variable() {
        let call = call(vec![
            (ComponentKind::Body, vec![text("1", "123456")]),
            (
                ComponentKind::UrlButton { index: 0 },
                vec![text("1", "123456")],
            ),
        ]);
        assert_eq!(
            content_variables(&call, Purpose::Authentication).unwrap(),
            Some(r#"{"1":"123456"}"#.to_owned())
        );
    }

    #[test]
    fn named_variables_keep_their_names_and_agree() {
        let agreeing = call(vec![
            (ComponentKind::Header, vec![text("name", "Ana")]),
            (
                ComponentKind::Body,
                vec![text("name", "Ana"), text("order", "A \"42\"")],
            ),
        ]);
        assert_eq!(
            content_variables(&agreeing, Purpose::Reminder)
                .unwrap()
                .unwrap(),
            r#"{"name":"Ana","order":"A \"42\""}"#
        );
        let conflicting = call(vec![
            (ComponentKind::Header, vec![text("name", "Ana")]),
            (ComponentKind::Body, vec![text("name", "Bea")]),
        ]);
        let error = content_variables(&conflicting, Purpose::Reminder).unwrap_err();
        assert_eq!(
            (error.class, error.provider_code.as_str()),
            (Class::Sender, "conflicting_variables")
        );
        let none = content_variables(&call(Vec::new()), Purpose::Reminder);
        assert_eq!(none.unwrap(), None);
    }
}
