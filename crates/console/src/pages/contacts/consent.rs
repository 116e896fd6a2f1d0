//! Recording a fact about consent, with what proves it.

use super::{detail::spoken, find, name};
use crate::{
    answer::{Answer, go},
    ctx::Ctx,
    failure::Failure,
    form::Form,
    layout::{Section, seal},
    pages::{page, refused},
    problems::Problems,
    widgets::{Field, summary, tick},
    words,
};
use maud::{Markup, html};
use tidings_consent::{Action, BoundedText, Channels, ConsentEvent, Evidence, Method, Purposes};
use tidings_kernel::{Channel, ConsentEventId, Purpose};
use tidings_messaging::{Contact, RecordError};
use time::{OffsetDateTime, PrimitiveDateTime, macros::format_description};

fn body(ctx: &Ctx, contact: &Contact, form: &Form, problems: &Problems) -> Markup {
    let path = format!("/console/contacts/{}", contact.id);
    let field = |name, label| Field::new(name, label).value(form.raw(name)).of(problems);
    let actions = Action::FOR_REQUESTS.map(|action| (action.as_str(), spoken(action.as_str())));
    let methods: Vec<(&str, String)> = Method::ALL
        .iter()
        .map(|method| (method.as_str(), spoken(method.as_str())))
        .collect();
    html! {
        p { "What is recorded here is never changed: a correction is another entry. An opt-out counts at once." }
        form.card method="post" action=(format!("{path}/consent")) {
            (seal(&ctx.seal))
            (summary(problems))
            (field("action", "What happened").select(&actions))
            fieldset #f-channels tabindex="-1" {
                legend { "On which channels" }
                @for channel in Channel::ALL {
                    (tick("channels", channel.as_str(), words::channel(channel), form.all("channels").any(|name| name == channel.as_str())))
                }
                p.hint { "None ticked means all of them." }
            }
            fieldset #f-purposes tabindex="-1" {
                legend { "For which purposes" }
                @for purpose in Purpose::FOR_TENANTS {
                    (tick("purposes", purpose.as_str(), words::purpose(purpose), form.all("purposes").any(|name| name == purpose.as_str())))
                }
                p.hint { "None ticked means all of them." }
            }
            (field("method", "How you know").select(&methods))
            (field("occurred_at", "When, by UTC").kind("datetime-local").hint("Leave it empty for now.").show())
            fieldset {
                legend { "Evidence" }
                (field("text_shown", "Words that the person saw").hint("As they stood in the form.").area(3))
                (field("document_url", "Document").hint("Where the signed form or recording is kept.").show())
                (field("source_message_id", "Message").hint("The id of the message that says it.").show())
                (field("note", "Note").area(2))
            }
            div.actions { button type="submit" { "Record" } a href=(path) { "Cancel" } }
        }
    }
}

fn title(contact: &Contact) -> String {
    format!("Record consent of {}", name(contact))
}

/// `GET /console/contacts/{id}/consent`
pub(crate) async fn new(ctx: Ctx) -> Answer {
    let contact = find(&ctx).await?;
    let form = Form::default()
        .with("action", Action::ConsentGiven.as_str())
        .with("method", Method::Manual.as_str());
    let body = body(&ctx, &contact, &form, &Problems::default());
    Ok(page(&ctx, &title(&contact), Section::Contacts, &body))
}

/// `POST /console/contacts/{id}/consent`
pub(crate) async fn record(ctx: Ctx) -> Answer {
    let contact = find(&ctx).await?;
    let mut problems = Problems::default();
    let event = read(&ctx, &contact, &mut problems);
    let Some(event) = event.filter(|_| problems.is_empty()) else {
        let body = body(&ctx, &contact, &ctx.form, &problems);
        return Ok(refused(&ctx, &title(&contact), Section::Contacts, &body));
    };
    match ctx.console().consent.record(ctx.who(), &event, None).await {
        Ok(()) => Ok(go(&format!(
            "/console/contacts/{}?done=recorded",
            contact.id
        ))),
        Err(RecordError::NoContact) => Err(Failure::NotFound("contact")),
        Err(RecordError::Store(error)) => Err(error.into()),
        Err(error @ RecordError::KeyLost(_)) => Err(Failure::Broken(error.into())),
    }
}

fn read(ctx: &Ctx, contact: &Contact, problems: &mut Problems) -> Option<ConsentEvent> {
    let form = &ctx.form;
    let action = form.get("action").parse::<Action>().ok();
    let action = action.filter(|action| Action::FOR_REQUESTS.contains(action));
    if action.is_none() {
        problems.add("action", "Choose what happened from the list.");
    }
    let method = form.get("method").parse::<Method>().ok();
    if method.is_none() {
        problems.add("method", "Choose how you know from the list.");
    }
    let channels: Result<Vec<Channel>, _> = form.all("channels").map(str::parse).collect();
    let channels = problems.take("channels", channels);
    let purposes: Result<Vec<Purpose>, _> = form.all("purposes").map(str::parse).collect();
    let purposes = problems.take("purposes", purposes);
    let purposes = if purposes.is_empty() {
        Some(Purposes::All)
    } else {
        problems.take("purposes", Purposes::only(purposes).map(Some))
    };
    let channels = if channels.is_empty() {
        Some(Channels::All)
    } else {
        problems.take("channels", Channels::only(channels).map(Some))
    };
    let evidence = Evidence {
        text_shown: bounded(form, "text_shown", problems),
        document_url: bounded(form, "document_url", problems),
        source_message_id: bounded(form, "source_message_id", problems),
        note: bounded(form, "note", problems),
        ..Evidence::default()
    };
    let occurred_at = problems.take(
        "occurred_at",
        moment(form.get("occurred_at"), ctx.now).map(Some),
    );
    Some(ConsentEvent {
        id: ConsentEventId::new(&*ctx.console().ids),
        contact: contact.id,
        action: action?,
        channels: channels?,
        purposes: purposes?,
        method: method?,
        occurred_at: occurred_at?,
        recorded_at: ctx.now,
        evidence,
    })
}

fn bounded<const MOST: usize>(
    form: &Form,
    name: &str,
    problems: &mut Problems,
) -> Option<BoundedText<MOST>> {
    form.some(name)?;
    problems.take(name, BoundedText::new(form.text(name).trim()).map(Some))
}

/// A local time as browsers write it, by UTC; now if it is empty.
fn moment(text: &str, now: OffsetDateTime) -> Result<OffsetDateTime, &'static str> {
    if text.is_empty() {
        return Ok(now);
    }
    let form = format_description!("[year]-[month]-[day]T[hour]:[minute]");
    let at = PrimitiveDateTime::parse(text.get(..16).unwrap_or(text), form)
        .map_err(|_| "write it as 2026-07-15T09:30, or leave it empty")?
        .assume_utc();
    if at > now {
        return Err("it cannot have happened yet");
    }
    Ok(at)
}

#[cfg(test)]
mod tests {
    use super::*;
    use time::macros::datetime;

    #[test]
    fn what_lies_ahead_cannot_have_happened() {
        let now = datetime!(2026-07-15 15:00 UTC);
        assert_eq!(moment("", now), Ok(now));
        let read = moment("2026-07-15T09:30", now);
        assert_eq!(read, Ok(datetime!(2026-07-15 9:30 UTC)));
        assert!(moment("2026-07-15T15:01", now).is_err());
        assert!(moment("yesterday", now).is_err());
    }
}
