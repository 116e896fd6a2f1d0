use super::{icalendar::calendar, planned};
use crate::{
    answer::{Answer, answer},
    ctx::{Ctx, Visit},
    door::admitted,
    failure::Failure,
    layout::Section,
    pages::{login::begin, page},
    token::Token,
};
use axum::http::StatusCode;
use maud::html;
use tidings_messaging::{Session, SessionKind};

/// `POST /console/calendar/feed`
pub(crate) async fn make(ctx: Ctx) -> Answer {
    let token = begin(&ctx, &ctx.member, SessionKind::Calendar).await?;
    let root = &ctx.console().config.public_url;
    let address = format!("{root}/console/feed/{}/calendar.ics", token.text());
    let body = html! {
        div.notice.good role="status" {
            p { strong { "This is your address. Copy it now: it cannot be shown again." } }
            p { code.long { (address) } }
            p { button.quiet type="button" data-copy=(address) { "Copy" } }
        }
        p { "Whoever has it sees whom you write to and when. In your calendar program choose “subscribe” or “add from a URL”." }
        p { a href="/console/calendar" { "Back to the calendar" } }
    };
    Ok(page(&ctx, "Calendar", Section::Calendar, &body))
}

/// `GET /console/feed/{token}/calendar.ics`
pub(crate) async fn read(visit: Visit) -> Answer {
    let token = Token::read(visit.param("token"));
    let visit = Visit { token, ..visit };
    let admitted = admitted(&visit, SessionKind::Calendar).await?;
    let (session, _, tenant) = admitted.ok_or(Failure::NotFound("calendar"))?;
    if visit.now - session.seen_at >= Session::NOTED {
        visit.console().sessions.seen(&session, visit.now).await?;
    }
    let (planned, _) = planned(&visit, tenant.id).await?;
    let text = calendar(
        &tenant.name,
        &visit.console().config.public_url,
        visit.now,
        &planned,
    );
    Ok(answer(StatusCode::OK, "text/calendar; charset=utf-8", text))
}
