//! What is scheduled: a page by days, and a feed for calendar programs.

pub(crate) mod feed;
mod icalendar;
pub(crate) mod show;

use crate::{
    ctx::{Ctx, Visit},
    failure::Failure,
};
use std::collections::{BTreeSet, HashMap};
use tidings_kernel::{ContactId, TenantId};
use tidings_messaging::{Message, MessageFilter, Page, Status};
use time::{OffsetDateTime, PrimitiveDateTime, macros::format_description};

/// How many waiting messages of each status are looked at.
const LOOKED_AT: usize = 600;

/// Something that will be sent.
struct Planned {
    message: Message,
    at: OffsetDateTime,
    /// What the contact is called.
    who: String,
}

/// The clock that days are told by: the business's, else UTC.
pub(crate) fn clock(ctx: &Ctx) -> String {
    let zone = ctx.tenant.time_zone.as_ref();
    zone.map_or_else(|| "UTC".to_owned(), ToString::to_string)
}

/// The instant at which the business's clock shows what a browser's field for a day and a time says; `None` if it says
/// neither, or the clock never shows it.
pub(crate) fn at(ctx: &Ctx, text: &str) -> Option<OffsetDateTime> {
    let form = format_description!("[year]-[month]-[day]T[hour]:[minute]");
    // Some browsers add seconds.
    let shown = PrimitiveDateTime::parse(text.get(..16)?, form).ok()?;
    let Some(zone) = &ctx.tenant.time_zone else {
        return Some(shown.assume_utc());
    };
    // Where the clock stands at the wanted moment is known when the moment is: the second look is past a change.
    let guess = |near: OffsetDateTime| {
        let offset = zone.local(near)?.assume_utc() - near;
        shown.assume_utc().checked_sub(offset)
    };
    let at = guess(guess(shown.assume_utc())?)?;
    (zone.local(at)? == shown).then_some(at)
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
    let ids: BTreeSet<ContactId> = waiting.iter().map(|(_, message)| message.contact).collect();
    let ids: Vec<ContactId> = ids.into_iter().collect();
    let contacts = console.contacts.get_many(tenant, &ids).await?;
    let names: HashMap<ContactId, String> = contacts
        .iter()
        .map(|contact| (contact.id, super::contacts::name(contact)))
        .collect();
    let planned = waiting.into_iter().map(|(at, message)| {
        let name = names.get(&message.contact);
        let who = name.map_or_else(|| "somebody who was erased".to_owned(), Clone::clone);
        Planned { message, at, who }
    });
    Ok((planned.collect(), is_all))
}
