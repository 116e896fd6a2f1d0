//! `POST …/channels/{channel}/messages`.

use std::sync::Arc;

use axum::Json;
use axum::body::Bytes;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use serde_json::{Value, json};

use super::super::MESSAGEBIRD;
use super::super::accounts::{BirdChannelKind, MessageBirdAccount, sender};
use super::super::errors::{decided, failure};
use super::errors::ChannelsError;
use super::events::resource;
use super::{authenticate, own_channel};
use crate::answer::Taken;
use crate::journey::{Fate, magic};
use crate::ledger::Request;
use crate::message::{
    Button, Channel, Direction, Facts, Media, Message, Parties, Status, content_type,
};
use crate::phone;
use crate::request::{list, text};
use crate::world::World;

/// Takes a message, or says why not.
pub(super) async fn send(
    State(world): State<Arc<World>>,
    Path((workspace, channel)): Path<(String, String)>,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    world.hesitate(MESSAGEBIRD).await;
    let body: Value = match serde_json::from_slice(&body) {
        Ok(body) => body,
        Err(error) => return ChannelsError::invalid(error.to_string()).into_response(),
    };
    let caller = authenticate(&world, &headers, &workspace);
    let account = caller.as_ref().map(|account| account.access_key.clone());
    let mut entry = Request::now(MESSAGEBIRD, account.as_deref().unwrap_or_default());
    entry.to = receiver(&body).map(str::to_owned);
    entry.text = text(&body["body"]["text"], "text").map(str::to_owned);
    entry.client_reference = text(&body, "reference").map(str::to_owned);
    let result = caller.and_then(|account| {
        let message = accept(&world, &account, &channel, &body)?;
        let answer = Json(resource(&account, &message));
        let answer = (StatusCode::ACCEPTED, answer).into_response();
        Ok(Taken { message, answer })
    });
    world.conclude(entry, result).await
}

/// The number of the only contact.
fn receiver(body: &Value) -> Option<&str> {
    let [contact] = list(&body["receiver"], "contacts") else {
        return None;
    };
    (text(contact, "identifierKey") == Some("phonenumber"))
        .then(|| text(contact, "identifierValue"))
        .flatten()
}

fn accept(
    world: &World,
    account: &MessageBirdAccount,
    channel: &str,
    body: &Value,
) -> Result<Message, ChannelsError> {
    let told = world.judge::<ChannelsError>()?;
    let channel = own_channel(account, channel)?;
    let to = receiver(body)
        .filter(|to| phone::is_e164(to))
        .ok_or_else(|| {
            ChannelsError::invalid("receiver.contacts must be one phonenumber in E.164")
        })?;
    let content = content(body)?;
    let kind = match channel.kind {
        BirdChannelKind::Sms => Channel::Sms,
        BirdChannelKind::Whatsapp => Channel::Whatsapp,
    };
    let parties = Parties {
        account: account.access_key.clone(),
        channel: kind,
        contact: to.to_owned(),
        sender: sender(&channel.number),
    };
    let in_window =
        kind == Channel::Whatsapp && world.is_window_open(MESSAGEBIRD, to, &parties.sender);
    let fate = told.unwrap_or_else(|| fate(world, &parties, &content, in_window));
    let facts = Facts {
        text: content.text,
        template: content.template,
        media: content.media,
        buttons: content.buttons,
        client_reference: text(body, "reference").map(str::to_owned),
        in_window,
        own: json!({"channel": channel.id, "body": body.get("body")}),
        ..Facts::new(MESSAGEBIRD, world.ids.uuid(), Direction::ToContact, parties)
    };
    Ok(world.begin(facts, Status::Accepted, fate))
}

#[derive(Debug, Default)]
struct Content {
    text: Option<String>,
    template: Option<Value>,
    media: Vec<Media>,
    buttons: Vec<Button>,
}

/// A body or a template.
fn content(body: &Value) -> Result<Content, ChannelsError> {
    if let Some(template) = body.get("template") {
        let project = text(template, "projectId").or_else(|| text(template, "name"));
        let project =
            project.ok_or_else(|| ChannelsError::invalid("template.projectId is required"))?;
        let locale = text(template, "locale").unwrap_or("en");
        let values: Vec<&str> = list(template, "parameters")
            .iter()
            .filter_map(|parameter| text(parameter, "value"))
            .collect();
        return Ok(Content {
            text: Some(format!("[{project} {locale}: {}]", values.join(", "))),
            template: Some(template.clone()),
            ..Content::default()
        });
    }
    let object = &body["body"];
    let kind = text(object, "type").ok_or_else(|| ChannelsError::invalid("body is required"))?;
    let own = &object[kind];
    match kind {
        "text" => {
            let words = text(own, "text")
                .ok_or_else(|| ChannelsError::invalid("body.text.text is required"))?;
            let buttons = list(own, "actions").iter().filter_map(|action| {
                let reply = action.get("reply").unwrap_or(action);
                let title = text(reply, "text")?;
                Some(Button {
                    id: text(reply, "payload").unwrap_or(title).to_owned(),
                    title: title.to_owned(),
                    of_template: false,
                })
            });
            Ok(Content {
                text: Some(words.to_owned()),
                buttons: buttons.collect(),
                ..Content::default()
            })
        }
        "image" | "file" => {
            let name = if kind == "image" { "images" } else { "files" };
            let media: Vec<Media> = list(own, name)
                .iter()
                .filter_map(|file| {
                    let url = text(file, "mediaUrl")?;
                    let guessed = content_type(url);
                    Some(Media {
                        content_type: text(file, "contentType").unwrap_or(guessed).to_owned(),
                        url: Some(url.to_owned()),
                        id: None,
                    })
                })
                .collect();
            if media.is_empty() {
                return Err(ChannelsError::invalid(format!(
                    "body.{kind}.{name} is required"
                )));
            }
            Ok(Content {
                text: text(own, "text").map(str::to_owned),
                media,
                ..Content::default()
            })
        }
        "list" | "carousel" => Ok(Content {
            text: text(own, "text").map(str::to_owned),
            ..Content::default()
        }),
        "location" => Ok(Content {
            text: Some(format!(
                "📍 {}, {}",
                own["coordinates"]["latitude"], own["coordinates"]["longitude"]
            )),
            ..Content::default()
        }),
        _ => Err(ChannelsError::invalid("body.type is not known")),
    }
}

fn fate(world: &World, parties: &Parties, content: &Content, in_window: bool) -> Fate {
    let is_whatsapp = parties.channel == Channel::Whatsapp;
    if world.is_blocked(&parties.contact) {
        return Fate::Undelivered(failure("blocked_by_recipient"));
    }
    if let Some(fate) = magic(&parties.contact).and_then(|digits| decided(digits, is_whatsapp)) {
        return fate;
    }
    if is_whatsapp && !in_window && content.template.is_none() {
        return Fate::Failed(failure("service_window_expired"));
    }
    Fate::Delivered
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::content;

    #[test]
    fn a_message_has_a_body_or_a_template() {
        for (body, expected) in [
            (
                json!({"body": {"type": "text", "text": {"text": "Hi"}}}),
                Some("Hi"),
            ),
            (
                json!({"template": {
                    "projectId": "p1", "version": "latest", "locale": "en",
                    "parameters": [{"type": "string", "key": "name", "value": "Ana"}],
                }}),
                Some("[p1 en: Ana]"),
            ),
            (json!({"body": {"type": "text", "text": {}}}), None),
            (json!({"body": {"type": "pigeon"}}), None),
            (json!({"template": {}}), None),
            (json!({}), None),
        ] {
            let text = content(&body).ok().and_then(|content| content.text);
            assert_eq!(text.as_deref(), expected, "{body}");
        }
        let image = json!({"body": {"type": "image", "image": {"images": [{"mediaUrl": "https://a.example/b.png"}]}}});
        assert_eq!(
            content(&image).expect("valid").media[0].content_type,
            "image/png"
        );
        let buttons = json!({"body": {"type": "text", "text": {
            "text": "Yes or no?", "actions": [{"type": "reply", "reply": {"text": "Yes"}}],
        }}});
        assert_eq!(content(&buttons).expect("valid").buttons[0].title, "Yes");
    }
}
