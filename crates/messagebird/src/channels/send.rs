use crate::{
    account::ChannelsAccount,
    descriptor::{DESCRIPTOR, SMS_CHANNEL_ID, WHATSAPP_CHANNEL_ID},
    errors::not_carried_here,
    media::{Kind, file_name},
    send::{check_length, empty, language, medium, no_email, number, sms_text},
};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use tidings_kernel::{Channel, PhoneNumber};
use tidings_messaging::{Media, ParameterValue, SendableMessage, TemplateCall};
use tidings_routing::ProviderError;

/// The longest text by WhatsApp, in characters.
const TEXT_LIMIT: usize = 4096;

/// The channel at Bird, and what to post there. Which number sends is the channel's matter.
///
/// # Errors
/// What the workspace cannot carry is refused here, before anything leaves.
pub(super) fn body<'a>(
    account: &'a ChannelsAccount,
    message: &SendableMessage,
) -> Result<(&'a str, Value), ProviderError> {
    let (part, content) = match message.channel() {
        Channel::Sms => ("body", text(sms_text(message)?)),
        Channel::Whatsapp => whatsapp(message)?,
        Channel::Email => return Err(no_email()),
    };
    let channel = account
        .channel(message.channel())
        .ok_or_else(|| no_channel(message.channel()))?;
    let body = json!({
        "receiver": { "contacts": [contact(number(message)?)] },
        part: content,
        "reference": message.attempt().to_string(),
    });
    Ok((channel, body))
}

fn contact(number: PhoneNumber) -> Value {
    json!({ "identifierKey": "phonenumber", "identifierValue": number.to_string() })
}

fn text(text: &str) -> Value {
    json!({ "type": "text", "text": { "text": text } })
}

fn whatsapp(message: &SendableMessage) -> Result<(&'static str, Value), ProviderError> {
    let content = message.content();
    let medium = medium(message)?;
    if let Some(call) = &content.template {
        return Ok(("template", template(call)?));
    }
    if let Some(medium) = medium {
        // Where a caption goes is documented nowhere that we know, and a text must not get lost.
        if !content.text.trim().is_empty() {
            return Err(not_carried_here(
                "no_caption",
                "no text is shown beside a medium in a workspace at app.bird.com",
                "send the text as a message of its own, or use another account",
            ));
        }
        return Ok(("body", file(medium)));
    }
    if content.text.trim().is_empty() {
        return Err(empty());
    }
    check_length(&content.text, TEXT_LIMIT, "a text")?;
    Ok(("body", text(&content.text)))
}

fn file(medium: &Media) -> Value {
    if Kind::of(medium) == Kind::Image {
        return json!({ "type": "image", "image": { "images": [{ "mediaUrl": medium.url }] } });
    }
    let mut file = json!({ "mediaUrl": medium.url });
    if let Some(content_type) = &medium.content_type {
        file["contentType"] = content_type.as_str().into();
    }
    if let Some(name) = file_name(&medium.url) {
        file["filename"] = name.into();
    }
    json!({ "type": "file", "file": { "files": [file] } })
}

/// A call of a template: its project at Bird, in its latest version.
fn template(call: &TemplateCall) -> Result<Value, ProviderError> {
    let project = call.provider_ids.get(DESCRIPTOR.name).ok_or_else(|| {
        not_carried_here(
            "template_not_synced",
            "the template has no project id of Bird's",
            "create the template at app.bird.com, have it approved, and put the id of its project to the \
             template here",
        )
    })?;
    let parameters: Vec<Value> = variables(call)?
        .into_iter()
        .map(|(key, value)| json!({ "type": "string", "key": key, "value": value }))
        .collect();
    Ok(json!({
        "projectId": project,
        "version": "latest",
        "locale": language(&call.locale),
        "parameters": parameters,
    }))
}

/// The variables by name. Bird's are of the whole template, while our positional parameters start from 1 in
/// each component; so each component continues where the one before it ended. Named parameters keep their
/// names.
fn variables(call: &TemplateCall) -> Result<BTreeMap<String, &str>, ProviderError> {
    let mut variables: BTreeMap<String, &str> = BTreeMap::new();
    let mut numbered_before = 0_u32;
    for component in &call.components {
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
                return Err(not_carried_here(
                    "conflicting_variables",
                    "two components give the same variable different values",
                    "name the variables of the template apart",
                ));
            }
        }
        numbered_before += numbered_here;
    }
    Ok(variables)
}

fn no_channel(channel: Channel) -> ProviderError {
    let field = match channel {
        Channel::Whatsapp => WHATSAPP_CHANNEL_ID.name,
        Channel::Sms | Channel::Email => SMS_CHANNEL_ID.name,
    };
    not_carried_here(
        "no_channel",
        &format!("the account has no {field}"),
        "put the id of the channel at app.bird.com to the account's credentials",
    )
}
