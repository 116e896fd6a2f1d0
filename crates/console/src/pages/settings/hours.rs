//! When somebody is there to answer: marketing and reminders keep to it, beside everybody's own quiet hours and the law.

use super::{change, page};
use crate::{
    answer::Answer,
    ctx::Ctx,
    form::Form,
    layout::seal,
    problems::{Problems, sentence},
    widgets::{Field, summary},
};
use axum::http::StatusCode;
use maud::{Markup, html};
use tidings_messaging::{BusinessHours, Tenant};
use tidings_quiet_hours::{Closed, Interval, Weekly};
use time::{Date, Weekday, macros::format_description};

const PATH: &str = "/console/settings/hours";
/// Windows of one weekday, at most; and closed dates.
const WINDOWS: usize = 10;
const DATES: usize = 400;

const DAYS: [(Weekday, &str, &str); 7] = [
    (Weekday::Monday, "monday", "Monday"),
    (Weekday::Tuesday, "tuesday", "Tuesday"),
    (Weekday::Wednesday, "wednesday", "Wednesday"),
    (Weekday::Thursday, "thursday", "Thursday"),
    (Weekday::Friday, "friday", "Friday"),
    (Weekday::Saturday, "saturday", "Saturday"),
    (Weekday::Sunday, "sunday", "Sunday"),
];

fn form_of(tenant: &Tenant) -> Form {
    let mut form = Form::default();
    let Some(hours) = &tenant.settings.business_hours else {
        return form;
    };
    for (day, name, _) in DAYS {
        let windows: Vec<String> = hours
            .windows
            .intervals(day)
            .iter()
            .map(|window| String::from(*window))
            .collect();
        form = form.with(name, windows.join(", "));
    }
    let dates = hours.closed.dates.iter();
    let dates: Vec<String> = dates.map(ToString::to_string).collect();
    form.with("dates", dates.join("\n"))
}

fn body(ctx: &Ctx, form: &Form, problems: &Problems) -> Markup {
    html! {
        p { "Marketing and reminders wait for these hours. Quiet hours of the law and of each contact count besides, on the contact’s own clock; nothing here can loosen them." }
        (summary(problems))
        @if ctx.tenant.time_zone.is_none() {
            div.notice.warn { "These hours are on the clock of the business. " a href="/console/settings" { "Choose its time zone" } " first." }
        }
        form.card method="post" action=(PATH) {
            (seal(&ctx.seal))
            fieldset {
                legend { "Open" }
                p.hint { "Such as 09:00-12:30, 13:30-17:00. Empty means closed; every day empty means that only the law counts." }
                div.pair {
                    @for (_, name, label) in DAYS { (Field::new(name, label).value(form.raw(name)).of(problems).show()) }
                }
            }
            (Field::new("dates", "Closed on").value(&form.text("dates")).hint("One date a line, such as 2026-12-25.").of(problems).area(4))
            div.actions { button type="submit" { "Save" } }
        }
    }
}

/// `GET /console/settings/hours`
pub(crate) async fn show(ctx: Ctx) -> Answer {
    let body = body(&ctx, &form_of(&ctx.tenant), &Problems::default());
    Ok(page(&ctx, StatusCode::OK, PATH, &body))
}

/// `POST /console/settings/hours`
pub(crate) async fn save(ctx: Ctx) -> Answer {
    let mut problems = Problems::default();
    let before = ctx.tenant.settings.business_hours.as_ref();
    let hours = read(&ctx.form, before.map(|hours| &hours.closed), &mut problems);
    if hours.is_some() && ctx.tenant.time_zone.is_none() {
        problems.add(
            "monday",
            "Choose the time zone of the business first, under Business.",
        );
    }
    if !problems.is_empty() {
        let body = body(&ctx, &ctx.form, &problems);
        return Ok(page(&ctx, StatusCode::UNPROCESSABLE_ENTITY, PATH, &body));
    }
    let mut after = ctx.tenant.clone();
    after.settings.business_hours = hours;
    change(&ctx, &after, PATH, "saved").await
}

/// The hours, if there are any; calendars of holidays stay as they were.
fn read(form: &Form, before: Option<&Closed>, problems: &mut Problems) -> Option<BusinessHours> {
    let mut open = Vec::new();
    for (day, name, _) in DAYS {
        let windows = form.get(name).split(',').map(str::trim);
        let windows: Vec<&str> = windows.filter(|window| !window.is_empty()).collect();
        if windows.len() > WINDOWS {
            problems.add(name, format!("Write at most {WINDOWS} windows."));
        }
        for window in windows.into_iter().take(WINDOWS) {
            match window.replace(" - ", "-").parse::<Interval>() {
                Ok(interval) => open.push((day, interval)),
                Err(error) => problems.add(name, sentence(&error.to_string())),
            }
        }
    }
    let form_of_date = format_description!("[year]-[month]-[day]");
    let mut closed = Closed::default();
    if let Some(before) = before {
        closed.calendars.clone_from(&before.calendars);
    }
    for line in form.text("dates").lines().map(str::trim) {
        if line.is_empty() {
            continue;
        }
        match Date::parse(line, form_of_date) {
            Ok(date) => closed = closed.on([date]),
            Err(_) => problems.add(
                "dates",
                format!("“{line}” is no date. Write it as 2026-12-25."),
            ),
        }
    }
    if closed.dates.len() > DATES {
        problems.add("dates", format!("Keep at most {DATES} dates."));
    }
    (!open.is_empty()).then(|| BusinessHours {
        windows: Weekly::new(open),
        closed,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hours_are_windows_by_day() {
        let form = Form::parse(b"monday=09:00-12:30,+13:30-17:00&dates=2026-12-25%0D%0A");
        let mut problems = Problems::default();
        let hours = read(&form, None, &mut problems).unwrap();
        assert!(problems.is_empty(), "{problems:?}");
        assert_eq!(hours.windows.intervals(Weekday::Monday).len(), 2);
        assert_eq!(hours.closed.dates.len(), 1);
        assert_eq!(read(&Form::default(), None, &mut problems), None);
        let wrong = Form::parse(b"friday=9-5pm&dates=christmas");
        assert_eq!(read(&wrong, None, &mut problems), None);
        assert!(problems.of("friday").is_some() && problems.of("dates").is_some());
    }
}
