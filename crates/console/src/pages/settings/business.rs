//! Name, branding and the laws that count.

use super::{change, page};
use crate::{
    answer::Answer,
    ctx::Ctx,
    failure::Failure,
    form::Form,
    layout::seal,
    problems::Problems,
    widgets::{Field, summary, tick},
    words::size,
};
use axum::http::StatusCode;
use maud::{Markup, html};
use tidings_kernel::{Locale, Region};
use tidings_messaging::{MarketingCap, Tenant, WhatsappSettings};
use tidings_quiet_hours::Zone;

const PATH: &str = "/console/settings";

fn form_of(tenant: &Tenant) -> Form {
    fn shown<T: ToString>(value: Option<T>) -> String {
        value.map(|value| value.to_string()).unwrap_or_default()
    }
    let settings = &tenant.settings;
    let cap = settings.marketing_cap;
    let whatsapp = settings.whatsapp;
    Form::default()
        .with("name", tenant.name.as_str())
        .with("region", shown(tenant.default_region))
        .with("time_zone", shown(tenant.time_zone.as_ref()))
        .with("locale", tenant.locale.as_str())
        .with("brand", settings.brand.clone().unwrap_or_default())
        .with("help_text", settings.help_text.clone().unwrap_or_default())
        .with("cap_most", shown(cap.map(|cap| cap.most)))
        .with("cap_hours", shown(cap.map(|cap| cap.hours)))
        .with(
            "medium_quality",
            whatsapp.medium_quality_percent.to_string(),
        )
        .with(
            "read_receipts",
            if whatsapp.read_receipts { "on" } else { "" },
        )
}

fn body(ctx: &Ctx, form: &Form, problems: &Problems) -> Markup {
    let field = |name, label| Field::new(name, label).value(form.raw(name)).of(problems);
    html! {
        (summary(problems))
        form.card method="post" action=(PATH) {
            (seal(&ctx.seal))
            fieldset {
                legend { "Business" }
                (field("name", "Name").required().show())
                div.pair {
                    (field("region", "Country").hint("Where national numbers are read, such as US.").show())
                    (field("locale", "Language").required().hint("To fall back to, such as en_US.").show())
                }
                (field("time_zone", "Time zone").hint("The clock of the business, such as America/New_York.").show())
            }
            fieldset {
                legend { "Branding" }
                (field("brand", "Brand").hint("What recipients know you by; marketing says it. The name if empty.").show())
                (field("help_text", "Answer to HELP").hint("The brand, a contact that works, and how to stop. At most 320 characters.").area(3))
            }
            fieldset {
                legend { "At most so much marketing for one person" }
                div.pair {
                    (field("cap_most", "Messages").kind("number").show())
                    (field("cap_hours", "In so many hours").kind("number").hint("1 to 168. Leave both empty for what the law allows.").show())
                }
            }
            fieldset {
                legend { "WhatsApp" }
                (field("medium_quality", "Pace of marketing at medium quality, in percent").kind("number").hint("1 to 100, and 50 if empty: how fast marketing goes through a number that people take less well. At low quality it waits.").show())
                (tick("read_receipts", "on", "Show contacts that somebody has read what they wrote", form.is_on("read_receipts")))
            }
            div.actions { button type="submit" { "Save" } }
        }
    }
}

/// How much room the files take of what they may.
async fn room(ctx: &Ctx) -> Result<Markup, Failure> {
    let keeping = &ctx.console().keeping;
    let (used, quota) = (keeping.records.used(ctx.who()).await?, keeping.quota);
    Ok(html! {
        section.card aria-labelledby="room" {
            h2 #room { "Files" }
            div.usage {
                p { (size(used)) " of " (size(quota)) " are taken by what contacts sent and what was sent to them." }
                meter min="0" max=(quota) value=(used.min(quota)) aria-label="Room taken by files" { (size(used)) " of " (size(quota)) }
            }
        }
    })
}

/// `GET /console/settings`
pub(crate) async fn show(ctx: Ctx) -> Answer {
    let form = body(&ctx, &form_of(&ctx.tenant), &Problems::default());
    let room = room(&ctx).await?;
    let body = html! { (form) (room) };
    Ok(page(&ctx, StatusCode::OK, PATH, &body))
}

/// `POST /console/settings`
pub(crate) async fn save(ctx: Ctx) -> Answer {
    let mut problems = Problems::default();
    let after = read(&ctx.form, ctx.tenant.clone(), &mut problems);
    if !problems.is_empty() {
        let body = body(&ctx, &ctx.form, &problems);
        return Ok(page(&ctx, StatusCode::UNPROCESSABLE_ENTITY, PATH, &body));
    }
    change(&ctx, &after, PATH, "saved").await
}

fn read(form: &Form, mut tenant: Tenant, problems: &mut Problems) -> Tenant {
    for (name, most) in [("name", 200), ("brand", 50), ("help_text", 320)] {
        problems.text(name, form.get(name), most);
    }
    for name in ["name", "brand"] {
        if form.get(name).contains(char::is_control) {
            problems.add(name, "Write it in one line.");
        }
    }
    if form.get("name").is_empty() {
        problems.add("name", "Write the name that recipients know.");
    }
    form.get("name").clone_into(&mut tenant.name);
    let region = form.some("region").map(Region::parse).transpose();
    tenant.default_region = problems.take("region", region);
    let zone = form.some("time_zone").map(Zone::parse).transpose();
    tenant.time_zone = problems.take("time_zone", zone);
    if tenant.time_zone.is_none() && tenant.settings.business_hours.is_some() {
        problems.add(
            "time_zone",
            "The hours of business need a time zone; remove them first.",
        );
    }
    let locale = Locale::parse(form.get("locale")).map(Some);
    tenant.locale = problems.take("locale", locale).unwrap_or(tenant.locale);
    let settings = &mut tenant.settings;
    settings.brand = form.some("brand").map(ToOwned::to_owned);
    settings.help_text = form
        .some("help_text")
        .map(|_| form.text("help_text").trim().to_owned());
    settings.marketing_cap = cap(form, problems);
    settings.whatsapp = WhatsappSettings {
        medium_quality_percent: medium_quality(form, problems),
        read_receipts: form.is_on("read_receipts"),
    };
    tenant
}

fn medium_quality(form: &Form, problems: &mut Problems) -> u8 {
    let usual = WhatsappSettings::default().medium_quality_percent;
    let Some(text) = form.some("medium_quality") else {
        return usual;
    };
    let percent = text.parse::<u8>().ok();
    let percent = percent.filter(|percent| (1..=100).contains(percent));
    if percent.is_none() {
        problems.add("medium_quality", "Write 1 to 100, or leave it empty.");
    }
    percent.unwrap_or(usual)
}

fn cap(form: &Form, problems: &mut Problems) -> Option<MarketingCap> {
    let (most, hours) = (form.some("cap_most"), form.some("cap_hours"));
    if most.is_none() && hours.is_none() {
        return None;
    }
    let most = most.and_then(|text| text.parse::<u16>().ok());
    let hours = hours.and_then(|text| text.parse::<u16>().ok());
    let hours = hours.filter(|hours| (1..=MarketingCap::LONGEST).contains(hours));
    if most.is_none() {
        problems.add("cap_most", "Write how many, or leave both empty.");
    }
    if hours.is_none() {
        problems.add("cap_hours", "Write 1 to 168 hours, or leave both empty.");
    }
    Some(MarketingCap {
        most: most?,
        hours: hours?,
    })
}
