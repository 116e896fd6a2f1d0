use crate::{
    answer::{Answer, html as answer_html},
    ctx::Ctx,
    layout::Section,
    pages::page,
    widgets::{Field, badge, empty, more, when},
    words,
};
use axum::http::StatusCode;
use maud::{Markup, html};
use tidings_kernel::Channel;
use tidings_messaging::{Direction, MessageFilter, MessageRecord, Paged, Status};

/// How many are shown at once.
const SHOWN: u16 = 50;
/// How much of a text stands in a list, in characters.
const GLANCE: usize = 90;

/// `GET /console/messages`
pub(crate) async fn show(ctx: Ctx) -> Answer {
    let query = &ctx.query;
    let filter = MessageFilter {
        status: query.get("status").parse::<Status>().ok(),
        direction: Direction::parse(query.get("direction")),
        channel: query.get("channel").parse::<Channel>().ok(),
        contact: query.get("contact").parse().ok(),
        text: query.some("q").map(ToOwned::to_owned),
        ..MessageFilter::default()
    };
    let found = ctx
        .console()
        .messages
        .list(ctx.who(), &filter, ctx.page(SHOWN))
        .await?;
    let results = results(&ctx, &filter, &found);
    if ctx.is_fragment {
        return Ok(answer_html(StatusCode::OK, results));
    }
    let mut statuses = vec![("", "Any status")];
    statuses.extend(
        Status::ALL
            .into_iter()
            .map(|status| (status.as_str(), words::status(status).1)),
    );
    // A later page stays as it is.
    let is_newest = query.some("after").is_none();
    let body = html! {
        form.filters method="get" action="/console/messages"
            hx-get="/console/messages" hx-trigger="change, input changed delay:300ms from:#f-q" hx-target="#results" {
            (Field::new("q", "Says").kind("search").bare().value(query.get("q")).show())
            (Field::new("status", "Status").value(query.get("status")).select(&statuses))
            (Field::new("channel", "Channel").value(query.get("channel"))
                .select(&[("", "Any channel"), ("sms", "SMS"), ("whatsapp", "WhatsApp"), ("email", "Email")]))
            (Field::new("direction", "Direction").value(query.get("direction"))
                .select(&[("", "Both ways"), ("outbound", "Sent"), ("inbound", "Received")]))
            @if let Some(contact) = filter.contact { input type="hidden" name="contact" value=(contact); }
            button.quiet type="submit" { "Show" }
        }
        div #results aria-live="polite" hx-get=[is_newest.then_some("/console/messages")] hx-include=".filters"
            hx-trigger="live" data-live=[is_newest.then_some("message")] { (results) }
    };
    Ok(page(&ctx, "Messages", Section::Messages, &body))
}

fn results(ctx: &Ctx, filter: &MessageFilter, found: &Paged<MessageRecord>) -> Markup {
    html! {
        @if found.data.is_empty() && *filter != MessageFilter::default() {
            (empty("Nothing fits", "No message fits what you chose. Choose less, or look at everything.", Some(("/console/messages", "Show all"))))
        } @else if found.data.is_empty() {
            (empty("No messages yet", "What is sent and what comes in is listed here, with what became of it. Open a contact to write the first one, or send it through the API.", Some(("/console/contacts", "To the contacts"))))
        } @else {
            (table(&found.data))
            (more("/console/messages", &ctx.query, found.next))
        }
    }
}

/// Messages as a table.
pub(crate) fn table(messages: &[MessageRecord]) -> Markup {
    html! {
        div.scroll tabindex="0" {
            table.stack {
                thead { tr {
                    th scope="col" { "Message" } th scope="col" { "With" } th scope="col" { "Channel" }
                    th scope="col" { "Status" } th scope="col" { "When" }
                } }
                tbody {
                    @for record in messages {
                        @let message = &record.message;
                        tr {
                            th scope="row" { a href=(format!("/console/messages/{}", message.id)) { (glance(&message.content.text)) } }
                            td { (with(record)) }
                            td { (words::channel(message.channel)) }
                            td { (badge(words::status(message.status))) }
                            td { (when(message.created_at)) }
                        }
                    }
                }
            }
        }
    }
}

/// The other side of a message.
fn with(record: &MessageRecord) -> Markup {
    let message = &record.message;
    let (word, address) = match message.direction {
        Direction::Outbound => ("To\u{a0}", message.to.as_str()),
        Direction::Inbound => (
            "From\u{a0}",
            message.from.as_deref().unwrap_or("nobody known"),
        ),
    };
    html! { a href=(format!("/console/contacts/{}", message.contact)) { (word) (address) } }
}

/// The beginning of a text.
pub(crate) fn glance(text: &str) -> String {
    let line = text.split_whitespace().collect::<Vec<_>>().join(" ");
    if line.is_empty() {
        return "(no text)".to_owned();
    }
    let mut letters = line.chars();
    let mut short: String = letters.by_ref().take(GLANCE).collect();
    if letters.next().is_some() {
        short.push('…');
    }
    short
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_glance_is_one_short_line() {
        assert_eq!(glance("a\n b"), "a b");
        assert_eq!(glance(" "), "(no text)");
        assert_eq!(glance(&"ä".repeat(91)).chars().count(), 91);
        assert!(glance(&"ä".repeat(91)).ends_with('…'));
    }
}
