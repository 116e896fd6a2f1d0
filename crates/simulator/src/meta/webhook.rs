//! Webhooks: statuses and inbound messages.

use serde_json::{Value, json};

use super::MetaApp;
use super::riches;
use super::signature::{escape_non_ascii, meta_signature};
use crate::callbacks::{Callback, Target, headers};
use crate::message::{Media, Message, Status};
use crate::phone;
use crate::protocol::Inbound;
use crate::world::World;

/// The webhook about the status of `message`, if the app has a callback URL.
pub(super) fn status(world: &World, message: &Message) -> Option<Callback> {
    let facts = &message.facts;
    let app = world.registry.meta.get(&facts.account)?;
    let mut status = json!({
        "id": facts.provider_message_id,
        "status": message.status.word(),
        "timestamp": message.updated_at.unix_timestamp().to_string(),
        "recipient_id": phone::digits(&facts.contact),
    });
    let object = status.as_object_mut()?;
    if let Some(reference) = &facts.client_reference {
        object.insert("biz_opaque_callback_data".into(), json!(reference));
    }
    if let Some(failure) = message.failure {
        let error = json!({
            "code": failure.code,
            "title": failure.title,
            "message": failure.title,
            "error_data": {"details": failure.title},
            "href": "https://developers.facebook.com/docs/whatsapp/cloud-api/support/error-codes/",
        });
        object.insert("errors".into(), json!([error]));
    }
    // With `sent` and one of `delivered` and `read`.
    if matches!(message.status, Status::Sent | Status::Delivered) {
        object.insert("pricing".into(), pricing(message));
    }
    let value = json!({ "statuses": [status] });
    post(world, &app, message, "status", value, message.seq)
}

/// Free text and, inside the window, utility templates cost nothing.
fn pricing(message: &Message) -> Value {
    let category = message.facts.category.unwrap_or("service");
    let is_free = match category {
        "service" => true,
        "utility" => message.facts.in_window,
        _ => false,
    };
    json!({
        "billable": !is_free,
        "pricing_model": "PMP",
        "type": if is_free { "free_customer_service" } else { "regular" },
        "category": category,
    })
}

/// The webhook about a message from a contact.
pub(super) fn inbound(world: &World, inbound: &Inbound<'_>) -> Option<Callback> {
    let Inbound {
        message,
        profile_name,
        tap,
        lane,
    } = *inbound;
    let facts = &message.facts;
    let app = world.registry.meta.get(&facts.account)?;
    let wa_id = phone::digits(&facts.contact);
    let mut content = json!({
        "from": wa_id,
        "id": facts.provider_message_id,
        "timestamp": facts.at.unix_timestamp().to_string(),
    });
    let object = content.as_object_mut()?;
    if let Some(original) = &facts.rich.reply_to {
        let from = phone::digits(&facts.sender);
        object.insert("context".into(), json!({"from": from, "id": original}));
    }
    if let Some(product) = &facts.rich.referred_product {
        // "Message business" is pressed on the page of a product, which is a message to nobody else.
        let from = phone::digits(&facts.sender);
        let id = format!("{}.product", facts.provider_message_id);
        let about = json!({"from": from, "id": id, "referred_product": product});
        object.insert("context".into(), about);
    }
    let (kind, payload) = if let Some(tap) = tap {
        if let Some(original) = &tap.on {
            let from = phone::digits(&facts.sender);
            object.insert("context".into(), json!({"from": from, "id": original}));
        }
        if tap.of_template {
            let button = json!({"payload": tap.payload, "text": tap.title});
            ("button", button)
        } else if let Some(row) = &tap.row {
            let mut reply = json!({"id": row.id, "title": row.title});
            if let Some(description) = &row.description {
                reply["description"] = json!(description);
            }
            let kind = json!({"type": "list_reply", "list_reply": reply});
            ("interactive", kind)
        } else {
            let reply = json!({"id": tap.payload, "title": tap.title});
            let kind = json!({"type": "button_reply", "button_reply": reply});
            ("interactive", kind)
        }
    } else if let Some(told) = riches::told(&facts.rich) {
        told
    } else if let Some(media) = facts.media.first() {
        media_payload(media, facts.text.as_deref())
    } else {
        let body = facts.text.as_deref().unwrap_or_default();
        ("text", json!({ "body": body }))
    };
    object.insert("type".into(), json!(kind));
    object.insert(kind.into(), payload);
    let value = json!({
        "contacts": [{"profile": {"name": profile_name}, "wa_id": wa_id}],
        "messages": [content],
    });
    post(world, &app, message, "inbound", value, lane)
}

fn media_payload(media: &Media, caption: Option<&str>) -> (&'static str, Value) {
    let kind = match media.content_type.split('/').next() {
        Some("image") => "image",
        Some("video") => "video",
        Some("audio") => "audio",
        Some(_) | None => "document",
    };
    let mut payload = json!({
        "id": media.id,
        "mime_type": media.content_type,
        "url": media.url,
    });
    if let (Some(object), Some(caption)) = (payload.as_object_mut(), caption) {
        object.insert("caption".into(), json!(caption));
    }
    (kind, payload)
}

fn post(
    world: &World,
    app: &MetaApp,
    message: &Message,
    kind: &'static str,
    mut value: Value,
    lane: u64,
) -> Option<Callback> {
    let url = app.callback_url.as_deref()?;
    let object = value.as_object_mut()?;
    object.insert("messaging_product".into(), json!("whatsapp"));
    let metadata = json!({
        "display_phone_number": phone::digits(&app.display_number),
        "phone_number_id": app.phone_number_id,
    });
    object.insert("metadata".into(), metadata);
    let envelope = json!({
        "object": "whatsapp_business_account",
        "entry": [{"id": app.waba_id, "changes": [{"field": "messages", "value": value}]}],
    });
    let body = escape_non_ascii(&envelope.to_string());
    let signature = meta_signature(&app.app_secret, body.as_bytes());
    let headers = headers([
        ("content-type", "application/json"),
        ("x-hub-signature-256", &signature),
    ]);
    let target = Target { kind, url, lane };
    Some(Callback::post(world, message, target, headers, body))
}
