//! Who comes in: the session of a request, its form, and what the route asks for.

use crate::{
    answer::{Answer, go, html},
    ctx::{Ctx, Shared, Visit},
    failure::Failure,
    form::{Form, TooLarge},
    keep, layout,
    multipart::{self, Upload},
    token::Token,
};
use axum::{
    body::Body,
    extract::{RawPathParams, Request},
    http::{HeaderMap, StatusCode, header},
    response::Response,
};
use maud::html;
use std::{pin::Pin, sync::Arc};
use tidings_kernel::{EventId, StoreError};
use tidings_messaging::{Member, Role, Session, SessionKind, Tenant};
use time::OffsetDateTime;

/// A handler under way.
pub(crate) type Working = Pin<Box<dyn Future<Output = Answer> + Send>>;

/// How a route is asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Verb {
    /// It changes nothing.
    Get,
    /// It changes something, and takes a form.
    Post,
}

impl Verb {
    /// As it stands in a request.
    pub(crate) const fn word(self) -> &'static str {
        match self {
            Self::Get => "GET",
            Self::Post => "POST",
        }
    }
}

/// Who may come in.
#[derive(Clone, Copy)]
pub(crate) enum Door {
    /// Everybody.
    Open(fn(Visit) -> Working),
    /// Members of at least this role.
    Locked(Role, fn(Ctx) -> Working),
}

/// A line of the table of routes.
#[derive(Clone, Copy)]
pub(crate) struct Route {
    pub(crate) verb: Verb,
    pub(crate) path: &'static str,
    /// The most bytes of a form, files aside.
    pub(crate) most: usize,
    /// Whether a form may bring files.
    pub(crate) takes_files: bool,
    pub(crate) door: Door,
}

/// Answers a request of a route.
pub(crate) async fn enter(
    shared: Arc<Shared>,
    route: &Route,
    params: RawPathParams,
    request: Request,
) -> Response {
    let assets = shared.assets.clone();
    let now = shared.console.clock.now();
    let (parts, body) = request.into_parts();
    let is_ours = is_same_site(&parts.headers);
    let mut visit = Visit {
        shared,
        now,
        params: params
            .iter()
            .map(|(name, value)| (name.to_owned(), value.to_owned()))
            .collect(),
        query: Form::parse(parts.uri.query().unwrap_or_default().as_bytes()),
        form: Form::default(),
        uploads: Vec::new(),
        place: None,
        here: parts
            .uri
            .path_and_query()
            .map_or_else(|| "/console".to_owned(), ToString::to_string),
        is_fragment: parts.headers.contains_key("hx-request"),
        last_event: last_event(&parts.headers),
        token: Token::of(&parts.headers),
    };
    if route.verb == Verb::Post && !is_ours {
        return Failure::Refused(
            "This form came from another site. Open the console and do it there.".into(),
        )
        .plain(&assets);
    }
    if route.verb == Verb::Post
        && let Err(failure) = bring(route, &mut visit, &parts.headers, body).await
    {
        return failure.plain(&assets);
    }
    let answered = match route.door {
        Door::Open(handler) => handler(visit).await,
        Door::Locked(role, handler) => unlock(route, role, handler, visit).await,
    };
    answered.unwrap_or_else(|failure| failure.plain(&assets))
}

/// Reads the form of a request. The bytes of files are read for those alone who have a session.
async fn bring(
    route: &Route,
    visit: &mut Visit,
    headers: &HeaderMap,
    body: Body,
) -> Result<(), Failure> {
    let too_large = |TooLarge| {
        let limit = route.most / 1_024;
        Failure::Refused(format!(
            "That was more than {limit} KiB. Send less, for instance in parts."
        ))
    };
    let boundary = multipart::boundary(headers).filter(|_| route.takes_files);
    let Some(boundary) = boundary else {
        let form = Form::read(body, route.most).await;
        visit.form = form.map_err(too_large)?;
        return Ok(());
    };
    let most = if admitted(visit, SessionKind::Browser).await?.is_some() {
        let place = visit.shared.uploading.clone().acquire_owned().await;
        visit.place = Some(place.map_err(|error| Failure::Away(error.into()))?);
        visit.console().keeping.most
    } else {
        0
    };
    let (form, uploads): (Form, Vec<Upload>) = multipart::read(body, &boundary, route.most, most)
        .await
        .map_err(too_large)?;
    (visit.form, visit.uploads) = (form, uploads);
    Ok(())
}

async fn unlock(route: &Route, role: Role, handler: fn(Ctx) -> Working, visit: Visit) -> Answer {
    let Some((session, member, tenant)) = admitted(&visit, SessionKind::Browser).await? else {
        return Ok(turned_away(route, &visit));
    };
    if route.verb == Verb::Post {
        let is_sealed = visit
            .token
            .as_ref()
            .is_some_and(|token| token.fits(visit.form.get("seal")));
        if !is_sealed {
            let ctx = Ctx::new(visit, tenant, member, session);
            return Ok(keep::stale(&ctx));
        }
    }
    let ctx = Ctx::new(visit, tenant, member, session);
    if !ctx.may(role) {
        return Ok(Failure::Role(role).page(&ctx.frame()));
    }
    note(&ctx).await;
    answered(handler, ctx).await
}

/// Runs a handler within the time that a page may take; what fails is a page too.
async fn answered(handler: fn(Ctx) -> Working, ctx: Ctx) -> Answer {
    let most = std::time::Duration::try_from(ctx.console().config.timeout).unwrap_or_default();
    // A handler consumes what it knows; the page of a failure needs it again.
    let (frame, is_fragment) = (ctx.frame(), ctx.is_fragment);
    let failure = match tokio::time::timeout(most, handler(ctx)).await {
        Ok(Ok(response)) => return Ok(response),
        Ok(Err(failure)) => failure,
        Err(_) => Failure::Away("the page took too long".into()),
    };
    Ok(if is_fragment {
        failure.part()
    } else {
        failure.page(&frame)
    })
}

/// The session of a request with its member and tenant, if it stands.
pub(crate) async fn admitted(
    visit: &Visit,
    kind: SessionKind,
) -> Result<Option<(Session, Member, Tenant)>, StoreError> {
    let Some((session, member)) = session(visit, kind, visit.now).await? else {
        return Ok(None);
    };
    let tenant = visit.console().tenants.get(session.tenant).await?;
    Ok(tenant.map(|tenant| (session, member, tenant)))
}

/// The session of a request with its member, if it stands at this instant.
pub(crate) async fn session(
    visit: &Visit,
    kind: SessionKind,
    now: OffsetDateTime,
) -> Result<Option<(Session, Member)>, StoreError> {
    let Some(token) = &visit.token else {
        return Ok(None);
    };
    let found = visit.console().sessions.find(token.hash()).await?;
    Ok(found.filter(|(session, member)| {
        session.kind == kind && session.stands(now) && member.is_active()
    }))
}

/// The last event that a browser has heard of. What it cannot have heard counts as nothing.
fn last_event(headers: &HeaderMap) -> Option<EventId> {
    headers.get("last-event-id")?.to_str().ok()?.parse().ok()
}

/// Notes that a session is used, now and then. That it is not noted ends it early at worst.
async fn note(ctx: &Ctx) {
    let now: OffsetDateTime = ctx.now;
    if now - ctx.session.seen_at < Session::NOTED {
        return;
    }
    if let Err(error) = ctx.console().sessions.seen(&ctx.session, now).await {
        tracing::warn!(
            error = &error as &dyn std::error::Error,
            "the use of a session was not noted"
        );
    }
}

/// Sends somebody without a session to the login, with what was typed.
fn turned_away(route: &Route, visit: &Visit) -> Response {
    if visit.is_fragment {
        let body = html! {
            div.notice.bad role="alert" {
                "You are logged out. What you typed is still here: "
                a href="/console/login" target="_blank" { "log in again" }
                " in a new tab, then go on in this one."
            }
        };
        return html(StatusCode::UNAUTHORIZED, body);
    }
    match route.verb {
        Verb::Get => {
            let next = Form::default().with("next", visit.here.as_str());
            go(&format!("/console/login?{}", next.encoded()))
        }
        Verb::Post => {
            let kept = keep::Kept::of(&visit.here, &visit.typed());
            let body = crate::pages::login::form(&visit.here, &kept, "", Some(keep::EXPIRED));
            let page = layout::plain(&visit.shared.assets, "Log in", &body);
            html(StatusCode::UNAUTHORIZED, page)
        }
    }
}

/// Whether a browser says that a form is one of this site. Browsers of our day say so by `Sec-Fetch-Site`, older ones
/// by `Origin`; a program that says neither holds no cookie of anybody's.
fn is_same_site(headers: &HeaderMap) -> bool {
    let text = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
    if let Some(site) = text("sec-fetch-site") {
        return matches!(site, "same-origin" | "none");
    }
    match text(header::ORIGIN.as_str()) {
        None => true,
        Some(origin) => {
            let host = origin.split_once("://").map(|(_, host)| host);
            host.is_some() && host == text(header::HOST.as_str())
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn is_ours(lines: &[(&'static str, &str)]) -> bool {
        let mut headers = HeaderMap::new();
        for (name, value) in lines {
            headers.insert(*name, value.parse().unwrap());
        }
        is_same_site(&headers)
    }

    #[test]
    fn forms_of_other_sites_are_told_apart() {
        assert!(is_ours(&[]));
        assert!(is_ours(&[("sec-fetch-site", "same-origin")]));
        assert!(!is_ours(&[("sec-fetch-site", "cross-site")]));
        assert!(!is_ours(&[("sec-fetch-site", "same-site")]));
        let host = ("host", "console.example.com");
        assert!(is_ours(&[host, ("origin", "https://console.example.com")]));
        assert!(!is_ours(&[host, ("origin", "https://evil.example.com")]));
        assert!(!is_ours(&[host, ("origin", "null")]));
    }
}
