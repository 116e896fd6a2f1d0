//! The form of an account: the provider's own fields, senders, limits and prices.

use crate::{
    ctx::Ctx,
    form::Form,
    problems::{Problems, sentence},
    widgets::{Field, id, summary},
    words,
};
use maud::{Markup, html};
use secrecy::SecretString;
use std::str::FromStr;
use tidings_kernel::{Channel, Money, Region, SenderId};
use tidings_messaging::{
    Credentials, Descriptor, NumberStanding, Price, ProviderAccount, Sender, SenderLimits,
};

/// Rows for senders beside those that are there.
const SPARE: usize = 2;
/// The most senders that a page takes.
const SENDERS: usize = 100;

/// What an account's form holds; credentials are never shown again.
pub(super) fn form_of(account: &ProviderAccount) -> Form {
    fn shown<T: ToString>(value: Option<T>) -> String {
        value.map(|value| value.to_string()).unwrap_or_default()
    }
    let prices: Vec<String> = account
        .prices
        .iter()
        .map(|price| {
            let region = price
                .region
                .map_or("*".to_owned(), |region| region.to_string());
            format!("{} {region} {}", price.channel, price.price)
        })
        .collect();
    let mut form = Form::default()
        .with("name", account.name.as_str())
        .with("priority", account.priority.to_string())
        .with("daily_limit", shown(account.daily_limit))
        .with("rate_per_second", shown(account.rate_per_second))
        .with("prices", prices.join("\n"));
    for (row, sender) in account.senders.iter().enumerate() {
        form = form
            .with(&format!("sender_{row}"), sender.address.as_str())
            .with(&format!("region_{row}"), shown(sender.region));
        for channel in &sender.channels {
            form = form.with(&format!("channels_{row}"), channel.as_str());
        }
    }
    form
}

pub(super) fn show(
    descriptor: &Descriptor,
    form: &Form,
    problems: &Problems,
    is_new: bool,
) -> Markup {
    let field = |name, label| Field::new(name, label).value(form.raw(name)).of(problems);
    html! {
        (summary(problems))
        fieldset {
            legend { "Account" }
            (field("name", "Name").hint("What you call it here.").show())
            @if is_new {
                (credentials(descriptor, form, problems, true))
            } @else {
                details open[descriptor.credentials.iter().any(|field| problems.of(&credential(field.name)).is_some())] {
                    summary { "Replace the credentials" }
                    p.hint { "They are sealed and never shown. New ones replace all old ones; leave everything empty to keep them." }
                    (credentials(descriptor, form, problems, false))
                }
            }
        }
        (senders(descriptor, form, problems))
        fieldset {
            legend { "Limits and prices" }
            div.pair {
                (field("priority", "Order").kind("number").hint("Lower is tried first; 100 if left out.").show())
                (field("daily_limit", "Messages a day").kind("number").hint("Empty for no limit.").show())
            }
            (field("rate_per_second", "Messages a second").kind("number").hint("Empty for the provider’s own pace.").show())
            (field("prices", "Prices").hint("One a line: channel, country or *, amount, currency, as in “sms US 0.0079 USD”. For estimates and for the cheapest way.").area(3))
        }
    }
}

/// The name of a credential's field in the form.
pub(super) fn credential(name: &str) -> String {
    format!("credential_{name}")
}

fn credentials(
    descriptor: &Descriptor,
    form: &Form,
    problems: &Problems,
    is_needed: bool,
) -> Markup {
    html! {
        @for own in descriptor.credentials {
            @let name = credential(own.name);
            @let kind = if own.is_secret { "password" } else { "text" };
            // A secret is typed again after a refusal rather than sent back in a page.
            @let value = if own.is_secret { "" } else { form.raw(&name) };
            @let hint = sentence(own.hint);
            @let field = Field::new(&name, own.label).kind(kind).value(value).hint(&hint).complete("off").of(problems);
            @if own.is_required && is_needed { (field.required().show()) } @else { (field.show()) }
        }
    }
}

fn senders(descriptor: &Descriptor, form: &Form, problems: &Problems) -> Markup {
    let filled = (0..SENDERS)
        .rev()
        .find(|row| form.some(&format!("sender_{row}")).is_some())
        .map_or(0, |row| row + 1);
    let rows = (filled + SPARE).min(SENDERS);
    html! {
        fieldset {
            legend { "Senders" }
            p.hint { "Numbers, names or addresses that messages come from, each with the channels that it serves. A sender with a country sends there alone. Empty rows do not count." }
            @for row in 0..rows {
                @let (name, boxes, region) = (format!("sender_{row}"), format!("channels_{row}"), format!("region_{row}"));
                @let label = format!("Sender {}", row + 1);
                div.sender role="group" aria-label=(label) {
                    (Field::new(&name, &label).value(form.raw(&name)).of(problems).show())
                    div.ticks {
                        @for ability in descriptor.channels {
                            @let channel = ability.channel;
                            @let box_id = format!("{}-{channel}", id(&boxes));
                            div.tick {
                                input id=(box_id) type="checkbox" name=(boxes) value=(channel)
                                    checked[form.all(&boxes).any(|name| name == channel.as_str())];
                                label for=(box_id) { (words::channel(channel)) }
                            }
                        }
                    }
                    (Field::new(&region, "Country").value(form.raw(&region)).of(problems).show())
                }
            }
        }
    }
}

/// Takes the credentials that the provider asks for. `None` when none was typed.
pub(super) fn read_credentials(
    descriptor: &Descriptor,
    form: &Form,
    problems: &mut Problems,
    is_needed: bool,
) -> Option<Credentials> {
    let given: Vec<(&str, &str)> = descriptor
        .credentials
        .iter()
        .filter_map(|field| Some((field.name, form.some(&credential(field.name))?)))
        .collect();
    if given.is_empty() && !is_needed {
        return None;
    }
    for field in descriptor.credentials.iter().filter(|f| f.is_required) {
        if !given.iter().any(|(name, _)| *name == field.name) {
            problems.add(
                credential(field.name),
                format!("{} is missing. {}", field.label, field.hint),
            );
        }
    }
    Some(Credentials::new(given.into_iter().map(|(name, text)| {
        (name.to_owned(), SecretString::from(text))
    })))
}

/// Fills everything but the credentials from the form, and notes what is wrong.
pub(super) fn read(
    ctx: &Ctx,
    descriptor: &Descriptor,
    account: &mut ProviderAccount,
    problems: &mut Problems,
) {
    let form = &ctx.form;
    problems.text("name", form.get("name"), 100);
    let name = form.some("name").unwrap_or(descriptor.title);
    name.clone_into(&mut account.name);
    account.priority = number(form, "priority", problems).unwrap_or(100);
    account.daily_limit = number(form, "daily_limit", problems);
    account.rate_per_second = number(form, "rate_per_second", problems);
    for (name, limit) in [
        ("daily_limit", account.daily_limit),
        ("rate_per_second", account.rate_per_second),
    ] {
        if limit == Some(0) {
            problems.add(name, "Give at least 1, or leave it empty for no limit.");
        }
    }
    account.prices = prices(&form.text("prices"), problems);
    account.senders = read_senders(ctx, descriptor, &account.senders, problems);
}

fn number<T: FromStr>(form: &Form, name: &str, problems: &mut Problems) -> Option<T> {
    let text = form.some(name)?;
    let read = text.parse().ok();
    if read.is_none() {
        problems.add(name, "Write a whole number.");
    }
    read
}

fn prices(text: &str, problems: &mut Problems) -> Vec<Price> {
    let mut prices = Vec::new();
    for line in text.lines().filter(|line| !line.trim().is_empty()) {
        match price(line) {
            Some(price) => prices.push(price),
            None => problems.add(
                "prices",
                format!("“{}” is no price. Write it as “sms US 0.0079 USD”, or with * for every other country.", line.trim()),
            ),
        }
    }
    if prices.len() > 1_000 {
        problems.add("prices", "Keep at most 1000 prices.");
    }
    prices
}

fn price(line: &str) -> Option<Price> {
    let mut words = line.split_whitespace();
    let channel = words.next()?.parse::<Channel>().ok()?;
    let region = match words.next()? {
        "*" => None,
        text => Some(Region::parse(text).ok()?),
    };
    let price = Money::parse(words.next()?, words.next()?).ok()?;
    (words.next().is_none() && price.micros() >= 0).then_some(Price {
        channel,
        region,
        price,
    })
}

fn read_senders(
    ctx: &Ctx,
    descriptor: &Descriptor,
    old: &[Sender],
    problems: &mut Problems,
) -> Vec<Sender> {
    let mut senders: Vec<Sender> = Vec::new();
    for row in 0..SENDERS {
        let (name, boxes, place) = (
            format!("sender_{row}"),
            format!("channels_{row}"),
            format!("region_{row}"),
        );
        let Some(text) = ctx.form.some(&name) else {
            continue;
        };
        let region = ctx.form.some(&place).map(Region::parse).transpose();
        let region = problems.take(&place, region);
        let channels: Result<Vec<Channel>, _> = ctx.form.all(&boxes).map(str::parse).collect();
        let channels = problems.take(&name, channels);
        if channels.is_empty() {
            problems.add(&name, "Tick at least one channel that this sender serves.");
        }
        let mut address = text.to_owned();
        for channel in &channels {
            let fictitious = ctx.console().config.fictitious;
            let read = Sender::read_address(*channel, &address, region, fictitious);
            match read.filter(|_| descriptor.ability(*channel).is_some()) {
                Some(read) => address = read,
                None => problems.add(
                    &name,
                    format!(
                        "“{text}” is no address that sends {} at {}.",
                        words::channel(*channel),
                        descriptor.title
                    ),
                ),
            }
        }
        if senders.iter().any(|other| other.address == address) {
            problems.add(&name, format!("“{address}” is there twice."));
        }
        let known = old.iter().find(|other| other.address == address);
        senders.push(Sender {
            id: known.map_or_else(|| SenderId::new(&*ctx.console().ids), |known| known.id),
            address,
            channels,
            region,
            limits: known.map_or_else(SenderLimits::default, |known| known.limits),
            standing: known.map_or_else(NumberStanding::default, |known| known.standing.clone()),
        });
    }
    senders
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn prices_are_lines() {
        let mut problems = Problems::default();
        let read = prices("sms US 0.0079 USD\n\nwhatsapp * 0.05 EUR", &mut problems);
        assert_eq!(read.len(), 2);
        assert!(problems.is_empty() && read.iter().any(|price| price.region.is_none()));
        for bad in [
            "sms",
            "fax US 1 USD",
            "sms USA 1 USD",
            "sms US -1 USD",
            "sms US 1 USD x",
        ] {
            let mut problems = Problems::default();
            assert!(prices(bad, &mut problems).is_empty(), "{bad}");
            assert!(problems.of("prices").is_some(), "{bad}");
        }
    }
}
