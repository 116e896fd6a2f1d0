//! Everything that is kept about a person, as a file.

use super::find;
use crate::{
    answer::{Answer, download},
    ctx::Ctx,
    failure::Failure,
};
use serde_json::{Value, json};
use tidings_consent::chain::Link;
use tidings_messaging::{Contact, MessageFilter, MessageRecord, Page, Preferences};
use time::{OffsetDateTime, format_description::well_known::Rfc3339};

/// `GET /console/contacts/{id}/export`
pub(crate) async fn file(ctx: Ctx) -> Answer {
    let contact = find(&ctx).await?;
    let (console, who) = (ctx.console(), ctx.who());
    let wishes = console.contacts.preferences(who, contact.id).await?;
    let links = console.consent.history(who, contact.id).await?;
    let filter = MessageFilter {
        contact: Some(contact.id),
        ..MessageFilter::default()
    };
    let mut messages = Vec::new();
    let mut after = None;
    loop {
        let part = Page { limit: 200, after };
        let found = console.messages.list(who, &filter, part).await?;
        messages.extend(found.data.iter().map(message));
        after = found.next;
        if after.is_none() {
            break;
        }
    }
    let document = json!({
        "exported_at": text(ctx.now),
        "contact": person(&contact),
        "preferences": preferences(wishes.unwrap_or_default())?,
        "consent": history(&links)?,
        "messages": messages,
    });
    let bytes =
        serde_json::to_vec_pretty(&document).map_err(|error| Failure::Broken(error.into()))?;
    let name = format!("{}.json", contact.id);
    Ok(download("application/json", &name, bytes))
}

fn text(at: OffsetDateTime) -> String {
    at.format(&Rfc3339).unwrap_or_default()
}

fn person(contact: &Contact) -> Value {
    json!({
        "id": contact.id,
        "first_name": contact.first_name,
        "last_name": contact.last_name,
        "phone": contact.phone.map(|number| number.to_string()),
        "whatsapp_phone": contact.whatsapp_phone.map(|number| number.to_string()),
        "whatsapp_user": contact.whatsapp_user,
        "email": contact.email,
        "region": contact.region.map(|region| region.to_string()),
        "locale": contact.locale.as_ref().map(ToString::to_string),
        "time_zone": contact.time_zone.as_ref().map(ToString::to_string),
        "external_id": contact.external_id,
        "attributes": contact.attributes,
        "tags": contact.tags,
        "created_at": text(contact.created_at),
        "updated_at": text(contact.updated_at),
    })
}

fn preferences(wishes: Preferences) -> Result<Value, Failure> {
    serde_json::to_value(wishes).map_err(|error| Failure::Broken(error.into()))
}

fn history(links: &[Link]) -> Result<Value, Failure> {
    let events: Vec<_> = links.iter().map(|link| &link.event).collect();
    serde_json::to_value(events).map_err(|error| Failure::Broken(error.into()))
}

fn message(record: &MessageRecord) -> Value {
    let message = &record.message;
    json!({
        "id": message.id,
        "direction": message.direction.as_str(),
        "channel": message.channel.as_str(),
        "purpose": message.purpose.as_str(),
        "status": message.status.as_str(),
        "from": message.from,
        "to": message.to,
        "subject": message.content.subject,
        "text": message.content.text,
        "media": message.content.media,
        "created_at": text(message.created_at),
    })
}
