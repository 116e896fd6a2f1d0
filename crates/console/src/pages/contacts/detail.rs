use super::{block, find, list::tag_link, name};
use crate::{
    answer::{Answer, go},
    ctx::Ctx,
    failure::Failure,
    layout::Section,
    pages::{messages::list::table, page},
    widgets::{badge, empty, when},
    words,
};
use maud::{Markup, html};
use tidings_consent::{
    ConsentEvent, Scope, Scoped, Status,
    chain::{Link, verify},
    state,
};
use tidings_kernel::{Channel, ConversationId, Purpose};
use tidings_messaging::{Contact, FactsQuery, Known, MessageFilter, Page, Preferences, Role};

/// How many of the latest messages are shown.
const LATEST: u16 = 10;

/// `GET /console/contacts/{id}`
pub(crate) async fn show(ctx: Ctx) -> Answer {
    let contact = match find(&ctx).await {
        Err(Failure::NotFound(what)) => {
            let into = ctx.console().contacts.merged_into(ctx.who(), ctx.id(what)?);
            let into = into.await?.ok_or(Failure::NotFound(what))?;
            return Ok(go(&format!("/console/contacts/{into}")));
        }
        found => found?,
    };
    let (console, who) = (ctx.console(), ctx.who());
    let query = FactsQuery::of(who, contact.id);
    let known = console.facts.load(&[query], ctx.now).await?.pop().flatten();
    let known = known.ok_or(Failure::NotFound("contact"))?;
    let links: Vec<Link> = console.consent.history(who, contact.id).await?;
    let filter = MessageFilter {
        contact: Some(contact.id),
        ..MessageFilter::default()
    };
    let latest = Page {
        limit: LATEST,
        after: None,
    };
    let messages = console.messages.list(who, &filter, latest).await?;
    let path = format!("/console/contacts/{}", contact.id);
    let own = ConversationId::from_uuid(contact.id.uuid());
    let status = console.conversing.get(who, own).await?.conversation.status;
    let body = html! {
        (block::notice(&ctx, &contact, status))
        @if ctx.may(Role::Member) {
            div.bar {
                a.button href=(format!("/console/conversations/{own}")) { "Write" }
                a.button.quiet href=(format!("{path}/edit")) { "Edit" }
                a.button.quiet href=(format!("{path}/export")) download { "Export" }
                a.button.quiet href=(format!("{path}/merge")) { "Merge" }
                (block::offer(&ctx, &contact, status))
                a.button.quiet.danger href=(format!("{path}/erase")) { "Erase" }
            }
        } @else {
            div.bar { a.button.quiet href=(format!("{path}/export")) download { "Export" } }
        }
        div.columns {
            section.card aria-labelledby="who" { h2 #who { "Who" } (person(&contact)) }
            section.card aria-labelledby="wishes" {
                h2 #wishes { "Preferences" }
                (wishes(known.preferences.as_ref()))
                @if ctx.may(Role::Member) { p { a href=(format!("{path}/preferences")) { "Change preferences" } } }
            }
        }
        section.card aria-labelledby="consent" {
            h2 #consent { "Consent" }
            (matrix(&known, &ctx))
            @if ctx.may(Role::Member) { p { a href=(format!("{path}/consent")) { "Record a fact about consent" } } }
            (history(&links))
        }
        section aria-labelledby="messages" {
            h2 #messages { "Messages" }
            @if messages.data.is_empty() {
                (empty("No messages yet", "What is sent to this person, and what they answer, is listed here.", None))
            } @else {
                (table(&messages.data))
                p { a href=(format!("/console/messages?contact={}", contact.id)) { "All messages" } }
            }
        }
    };
    Ok(page(&ctx, &name(&contact), Section::Contacts, &body))
}

fn person(contact: &Contact) -> Markup {
    html! {
        dl.pairs {
            @if let Some(phone) = contact.phone { dt { "Phone" } dd { (phone) } }
            @if let Some(phone) = contact.whatsapp_phone { dt { "WhatsApp" } dd { (phone) } }
            @if let Some(user) = &contact.whatsapp_user { dt { "WhatsApp id" } dd { (user) } }
            @if let Some(email) = &contact.email { dt { "Email" } dd { (email) } }
            @if !contact.also.is_empty() { dt { "Also found by" } dd { @for address in &contact.also { (address) " " } } }
            @if let Some(region) = contact.region { dt { "Country" } dd { (region) } }
            @if let Some(locale) = &contact.locale { dt { "Language" } dd { (locale) } }
            @if let Some(zone) = &contact.time_zone { dt { "Time zone" } dd { (zone) } }
            @if let Some(key) = &contact.external_id { dt { "External id" } dd { (key) } }
            @if !contact.tags.is_empty() { dt { "Tags" } dd { @for tag in &contact.tags { (tag_link(tag)) " " } } }
            @for (key, value) in &contact.attributes {
                dt { (key) }
                dd { @match value { serde_json::Value::String(text) => (text), other => (other.to_string()) } }
            }
            dt { "Added" } dd { (when(contact.created_at)) }
        }
    }
}

fn wishes(preferences: Option<&Preferences>) -> Markup {
    let usual = Preferences::default();
    let wishes = preferences.unwrap_or(&usual);
    let welcome = Channel::ALL
        .into_iter()
        .filter(|channel| wishes.welcomes(*channel));
    let welcome: Vec<&str> = welcome.map(words::channel).collect();
    let hours = wishes.quiet_hours;
    html! {
        @if preferences.is_none() { p.hint { "Never set: these are the defaults." } }
        dl.pairs {
            dt { "Welcome" } dd { @if welcome.is_empty() { "Nothing" } @else { (welcome.join(", ")) } }
            dt { "First" } dd { (wishes.preferred_channel.map_or("As the sender likes", words::channel)) }
            dt { "Quiet hours" } dd { @if hours.enabled { (hours.start) " to " (hours.end) } @else { "None of their own" } }
            dt { "Weekends" } dd { @if wishes.weekend_messages { "Fine" } @else { "Not for what can wait" } }
            dt { "Emergencies" } dd { @if wishes.emergency_notifications { "May override" } @else { "May not override" } }
            @for (topic, channel) in &wishes.topic_channels { dt { "Topic " (topic) } dd { (words::channel(*channel)) } }
        }
    }
}

/// What stands for each channel and purpose, as the gate sees it.
fn matrix(known: &Known, ctx: &Ctx) -> Markup {
    let state = state(&known.consent, ctx.now);
    html! {
        div.scroll tabindex="0" {
            table.matrix {
                caption { "What stands now, by channel and purpose. It counts every contact that shares an address." }
                thead { tr {
                    th scope="col" { "Purpose" }
                    @for channel in Channel::ALL { th scope="col" { (words::channel(channel)) } }
                } }
                tbody {
                    @for purpose in Purpose::FOR_TENANTS {
                        tr {
                            th scope="row" { (words::purpose(purpose)) }
                            @for channel in Channel::ALL {
                                td { (badge(standing(state.status(channel, purpose).status))) }
                            }
                        }
                    }
                }
            }
        }
    }
}

const fn standing(status: Status) -> (&'static str, &'static str) {
    match status {
        Status::Granted => ("good", "Granted"),
        Status::Confirmed => ("good", "Confirmed"),
        Status::Pending => ("warn", "Pending"),
        Status::Denied => ("bad", "Denied"),
        Status::None => ("calm", "None"),
    }
}

/// The ledger with its evidence, newest first.
fn history(links: &[Link]) -> Markup {
    html! {
        h3 { "History" }
        @match verify(links) {
            Ok(Some(head)) => p.hint { "The chain holds. Its head is " code.long { (head) } "." },
            Ok(None) => (empty("Nothing recorded yet", "Without a record most messages are refused. Record what this person agreed to, and how you know.", None)),
            Err(broken) => div.notice.bad role="alert" {
                "The chain is broken at entry " (broken.index + 1) ": somebody changed what was recorded. Tell your operator."
            },
        }
        @if !links.is_empty() {
            ol.history {
                @for link in links.iter().rev() { li { (entry(&link.event)) } }
            }
        }
    }
}

fn entry(event: &ConsentEvent) -> Markup {
    let evidence = &event.evidence;
    html! {
        p { strong { (spoken(event.action.as_str())) } " for " (scope(&event.purposes, words::purpose)) " by "
            (scope(&event.channels, words::channel)) ", " (when(event.occurred_at)) }
        p.hint { "By " (event.method.as_str().replace('_', " ")) ", recorded " (when(event.recorded_at)) ", " code { (event.id) } }
        @if !evidence.is_empty() {
            details {
                summary { "Evidence" }
                dl.pairs {
                    @if let Some(text) = &evidence.text_shown { dt { "Text shown" } dd.typed { (text.as_str()) } }
                    @if let Some(text) = &evidence.document_url { dt { "Document" } dd { (text.as_str()) } }
                    @if let Some(text) = &evidence.source_message_id { dt { "Message" } dd { (text.as_str()) } }
                    @if let Some(text) = &evidence.ip { dt { "From address" } dd { (text.as_str()) } }
                    @if let Some(text) = &evidence.user_agent { dt { "Program" } dd { (text.as_str()) } }
                    @if let Some(text) = &evidence.note { dt { "Note" } dd.typed { (text.as_str()) } }
                }
            }
        }
    }
}

fn scope<T: Scoped>(scope: &Scope<T>, word: fn(T) -> &'static str) -> String {
    match scope.named() {
        None => "everything".to_owned(),
        Some(named) => {
            let words: Vec<&str> = named.iter().map(|thing| word(*thing)).collect();
            words.join(", ")
        }
    }
}

/// A word of the API as people read it: `opt_in` is `Opt in`.
pub(super) fn spoken(word: &str) -> String {
    let mut letters = word.chars();
    let first = letters.next().map(|first| first.to_ascii_uppercase());
    first
        .into_iter()
        .chain(letters)
        .collect::<String>()
        .replace('_', " ")
}
