use super::{find, name};
use crate::{
    answer::{Answer, go},
    ctx::Ctx,
    failure::Failure,
    form::Form,
    layout::{Section, seal},
    pages::{page, refused},
    problems::Problems,
    widgets::{Field, summary, tick},
};
use maud::{Markup, html};
use std::collections::BTreeMap;
use tidings_kernel::{Channel, Locale};
use tidings_messaging::{Contact, Preferences, QuietHoursPreference};
use tidings_quiet_hours::{TimeOfDay, Zone};

fn form_of(wishes: &Preferences) -> Form {
    let on = |is_on: bool| if is_on { "on" } else { "" };
    let hours = wishes.quiet_hours;
    let topics = wishes.topic_channels.iter();
    let topics: Vec<String> = topics
        .map(|(topic, channel)| format!("{topic}: {channel}"))
        .collect();
    Form::default()
        .with("sms", on(wishes.sms_enabled))
        .with("whatsapp", on(wishes.whatsapp_enabled))
        .with("email", on(wishes.email_enabled))
        .with(
            "preferred",
            wishes.preferred_channel.map_or("", Channel::as_str),
        )
        .with("quiet", on(hours.enabled))
        .with("start", hours.start.to_string())
        .with("end", hours.end.to_string())
        .with("weekend", on(wishes.weekend_messages))
        .with("emergency", on(wishes.emergency_notifications))
        .with(
            "time_zone",
            wishes
                .time_zone
                .as_ref()
                .map(ToString::to_string)
                .unwrap_or_default(),
        )
        .with(
            "locale",
            wishes
                .locale
                .as_ref()
                .map(ToString::to_string)
                .unwrap_or_default(),
        )
        .with("topics", topics.join("\n"))
}

fn body(ctx: &Ctx, contact: &Contact, form: &Form, problems: &Problems) -> Markup {
    let path = format!("/console/contacts/{}", contact.id);
    let field = |name, label| Field::new(name, label).value(form.raw(name)).of(problems);
    html! {
        form.card method="post" action=(format!("{path}/preferences")) {
            (seal(&ctx.seal))
            (summary(problems))
            fieldset {
                legend { "Welcome channels" }
                (tick("sms", "on", "SMS", form.is_on("sms")))
                (tick("whatsapp", "on", "WhatsApp", form.is_on("whatsapp")))
                (tick("email", "on", "Email", form.is_on("email")))
                (field("preferred", "First choice").select(&[("", "As the sender likes"), ("sms", "SMS"), ("whatsapp", "WhatsApp"), ("email", "Email")]))
            }
            fieldset {
                legend { "When" }
                (tick("quiet", "on", "Quiet hours of their own", form.is_on("quiet")))
                div.pair {
                    (field("start", "From").kind("time").required().show())
                    (field("end", "Until").kind("time").required().show())
                }
                (tick("weekend", "on", "Weekends are fine for what can wait", form.is_on("weekend")))
                (tick("emergency", "on", "Emergencies may override everything else", form.is_on("emergency")))
                (field("time_zone", "Time zone").hint("The clock that quiet hours mean, such as Europe/Berlin. Without one the contact’s.").show())
            }
            fieldset {
                legend { "Language and topics" }
                (field("locale", "Language").hint("Such as de_DE. Wins over the contact’s.").show())
                (field("topics", "Channels by topic").hint("One a line, such as “invoices: email”.").area(3))
            }
            div.actions { button type="submit" { "Save" } a href=(path) { "Cancel" } }
        }
    }
}

/// `GET /console/contacts/{id}/preferences`
pub(crate) async fn show(ctx: Ctx) -> Answer {
    let contact = find(&ctx).await?;
    let stored = ctx.console().contacts.preferences(ctx.who(), contact.id);
    let wishes = stored.await?.unwrap_or_default();
    let body = body(&ctx, &contact, &form_of(&wishes), &Problems::default());
    Ok(page(&ctx, &title(&contact), Section::Contacts, &body))
}

/// `POST /console/contacts/{id}/preferences`
pub(crate) async fn save(ctx: Ctx) -> Answer {
    let contact = find(&ctx).await?;
    let mut problems = Problems::default();
    let wishes = read(&ctx.form, &mut problems);
    if !problems.is_empty() {
        let body = body(&ctx, &contact, &ctx.form, &problems);
        return Ok(refused(&ctx, &title(&contact), Section::Contacts, &body));
    }
    let contacts = &ctx.console().contacts;
    if !contacts
        .set_preferences(ctx.who(), contact.id, &wishes, ctx.now)
        .await?
    {
        return Err(Failure::NotFound("contact"));
    }
    Ok(go(&format!("/console/contacts/{}?done=saved", contact.id)))
}

fn title(contact: &Contact) -> String {
    format!("Preferences of {}", name(contact))
}

fn read(form: &Form, problems: &mut Problems) -> Preferences {
    let time = |name: &str, problems: &mut Problems| {
        form.get(name).parse::<TimeOfDay>().unwrap_or_else(|_| {
            problems.add(name, "Write a time of day such as 21:00.");
            TimeOfDay::MIDNIGHT
        })
    };
    let start = time("start", problems);
    let end = time("end", problems);
    let zone = form.some("time_zone").map(Zone::parse).transpose();
    let locale = form.some("locale").map(Locale::parse).transpose();
    let preferred = form
        .some("preferred")
        .map(str::parse::<Channel>)
        .transpose();
    Preferences {
        sms_enabled: form.is_on("sms"),
        whatsapp_enabled: form.is_on("whatsapp"),
        email_enabled: form.is_on("email"),
        preferred_channel: problems.take("preferred", preferred),
        topic_channels: topics(form, problems),
        quiet_hours: QuietHoursPreference {
            enabled: form.is_on("quiet"),
            start,
            end,
        },
        weekend_messages: form.is_on("weekend"),
        time_zone: problems.take("time_zone", zone),
        locale: problems.take("locale", locale),
        emergency_notifications: form.is_on("emergency"),
    }
}

fn topics(form: &Form, problems: &mut Problems) -> BTreeMap<String, Channel> {
    let text = form.text("topics");
    let mut topics = BTreeMap::new();
    for line in text.lines().filter(|line| !line.trim().is_empty()) {
        let pair = line.rsplit_once(':');
        let channel = pair.and_then(|(_, channel)| channel.trim().parse::<Channel>().ok());
        let topic = pair.map_or("", |(topic, _)| topic.trim());
        match channel {
            Some(channel) if (1..=100).contains(&topic.chars().count()) => {
                topics.insert(topic.to_owned(), channel);
            }
            Some(_) | None => {
                let known: Vec<&str> = Channel::ALL.into_iter().map(Channel::as_str).collect();
                let known = known.join(", ");
                problems.add(
                    "topics",
                    format!("Write each line as a topic, a colon and one of {known}."),
                );
                return topics;
            }
        }
    }
    if topics.len() > 100 {
        problems.add("topics", "Keep at most 100 topics.");
    }
    topics
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_form_gives_the_preferences_that_it_was_made_of() {
        let wishes = Preferences {
            sms_enabled: false,
            preferred_channel: Some(Channel::Email),
            topic_channels: BTreeMap::from([("in: voices".to_owned(), Channel::Email)]),
            quiet_hours: QuietHoursPreference {
                enabled: true,
                start: "21:00".parse().unwrap(),
                end: "07:30".parse().unwrap(),
            },
            time_zone: Some(Zone::parse("Europe/Berlin").unwrap()),
            locale: Some(Locale::parse("de_DE").unwrap()),
            ..Preferences::default()
        };
        let mut problems = Problems::default();
        assert_eq!(read(&form_of(&wishes), &mut problems), wishes);
        assert!(problems.is_empty());
        let wrong = Form::parse(
            b"start=9&end=25:00&time_zone=Mars/Hill&locale=%21&topics=x:fax&preferred=fax",
        );
        read(&wrong, &mut problems);
        for field in ["start", "end", "time_zone", "locale", "topics", "preferred"] {
            assert!(problems.of(field).is_some(), "{field}");
        }
    }
}
