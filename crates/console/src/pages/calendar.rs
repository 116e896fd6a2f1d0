//! What is scheduled: a page by days, and a feed for calendar programs.

pub(crate) mod feed;
mod icalendar;
pub(crate) mod show;

use crate::{ctx::Visit, failure::Failure};
use std::collections::HashMap;
use tidings_kernel::{ContactId, TenantId};
use tidings_messaging::{Message, MessageFilter, Page, Status};
use time::OffsetDateTime;

/// How many waiting messages of each status are looked at.
const LOOKED_AT: usize = 600;

/// Something that will be sent.
struct Planned {
    message: Message,
    at: OffsetDateTime,
    /// What the contact is called.
    who: String,
}

/// What waits for a later time, soonest first, and whether that is all of it.
async fn planned(visit: &Visit, tenant: TenantId) -> Result<(Vec<Planned>, bool), Failure> {
    let console = visit.console();
    let mut waiting: Vec<(OffsetDateTime, Message)> = Vec::new();
    let mut is_all = true;
    for status in [Status::Deferred, Status::Queued] {
        let filter = MessageFilter {
            status: Some(status),
            ..MessageFilter::default()
        };
        let (mut after, mut seen) = (None, 0);
        loop {
            let part = Page { limit: 200, after };
            let found = console.messages.list(tenant, &filter, part).await?;
            seen += found.data.len();
            let later = found.data.into_iter().filter_map(|record| {
                let message = record.message;
                let at = message.send_at.or(message.scheduled_at)?;
                (at > visit.now).then_some((at, message))
            });
            waiting.extend(later);
            after = found.next;
            if after.is_none() || seen >= LOOKED_AT {
                is_all &= after.is_none();
                break;
            }
        }
    }
    waiting.sort_by_key(|(at, message)| (*at, message.id));
    let mut names: HashMap<ContactId, String> = HashMap::new();
    let mut planned = Vec::with_capacity(waiting.len());
    for (at, message) in waiting {
        let who = if let Some(name) = names.get(&message.contact) {
            name.clone()
        } else {
            let contact = console.contacts.get(tenant, message.contact).await?;
            let name = contact.as_ref().map(super::contacts::name);
            let name = name.unwrap_or_else(|| "somebody who was erased".to_owned());
            names.insert(message.contact, name.clone());
            name
        };
        planned.push(Planned { message, at, who });
    }
    Ok((planned, is_all))
}
