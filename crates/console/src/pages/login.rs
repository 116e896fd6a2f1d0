//! Coming in and going out.

use crate::{
    answer::{Answer, go, html},
    ctx::{Ctx, Visit},
    door::admitted,
    failure::Failure,
    form::Form,
    keep::{Kept, is_own, resume},
    layout::{self, Frame},
    password::{self, hash_password},
    token::{Token, no_cookie},
    widgets::Field,
};
use axum::{
    http::{HeaderValue, StatusCode, header},
    response::Response,
};
use maud::{Markup, html as markup};
use secrecy::SecretString;
use tidings_kernel::BoxError;
use tidings_messaging::{Member, Role, Session, SessionKind, Tenant};

/// Said for a wrong address and a wrong password alike, so that nobody learns who works here.
const WRONG: &str = "This address and password do not fit together. Look at both again, or ask an admin of your business for a new password.";

/// The login form, which takes with it where to go on and what was typed before.
pub(crate) fn form(next: &str, kept: &Kept, email: &str, problem: Option<&str>) -> Markup {
    markup! {
        @if let Some(problem) = problem {
            div.notice.bad role="alert" { (problem) }
        }
        form.card method="post" action="/console/login" {
            input type="hidden" name="next" value=(next);
            @if !kept.is_empty() { input type="hidden" name="kept" value=(kept.text()); }
            (Field::new("email", "Email").kind("email").value(email).complete("username").required().show())
            (Field::new("password", "Password").kind("password").complete("current-password").required().show())
            div.actions { button type="submit" { "Log in" } }
        }
        p.hint { "No login yet? An admin of your business adds you under Settings. The first one is made with "
            code { "tidings member create" } "." }
    }
}

/// `GET /console/login`
pub(crate) async fn show(visit: Visit) -> Answer {
    if admitted(&visit, SessionKind::Browser).await?.is_some() {
        return Ok(go("/console"));
    }
    let next = visit.query.get("next");
    let body = form(next, &Kept::default(), "", None);
    let page = layout::plain(&visit.shared.assets, "Log in", &body);
    Ok(html(StatusCode::OK, page))
}

/// `POST /console/login`
pub(crate) async fn enter(visit: Visit) -> Answer {
    let typed = visit.form.get("email").to_owned();
    let next = visit.form.get("next").to_owned();
    let kept = Kept::read(visit.form.raw("kept"));
    let again = |status, problem: &str| {
        let body = form(&next, &kept, &typed, Some(problem));
        Ok(html(
            status,
            layout::plain(&visit.shared.assets, "Log in", &body),
        ))
    };
    let email = Member::email(&typed).unwrap_or_default();
    if let Err(wait) = visit.shared.limiter.take(&email, visit.now) {
        let seconds = wait.whole_seconds().max(1);
        let words = format!(
            "Too many attempts. Wait {seconds} seconds, then try again; what you typed here stays."
        );
        let mut refused: Response = again(StatusCode::TOO_MANY_REQUESTS, &words)?;
        refused.headers_mut().insert(
            header::RETRY_AFTER,
            HeaderValue::from(seconds.unsigned_abs()),
        );
        return Ok(refused);
    }
    let password = SecretString::from(visit.form.raw("password"));
    let Some(member) = recognized(&visit, &email, password).await? else {
        return again(StatusCode::UNPROCESSABLE_ENTITY, WRONG);
    };
    let console = visit.console();
    let Some(tenant) = console.tenants.get(member.tenant).await? else {
        return again(StatusCode::UNPROCESSABLE_ENTITY, WRONG);
    };
    visit.shared.limiter.forgive(&email);
    let token = begin(&visit, &member, SessionKind::Browser).await?;
    // Whoever had this browser before is logged out, and a token that was planted in it is of no use.
    if let Some(old) = &visit.token
        && let Some((session, _)) = console.sessions.find(old.hash()).await?
    {
        console.sessions.close(&session).await?;
    }
    let mut response = arrived(&visit, &token, &tenant, &member, &next, &kept);
    set_cookie(&mut response, token.cookie(console.config.is_secure()))?;
    Ok(response)
}

/// Where somebody who has logged in goes on.
fn arrived(
    visit: &Visit,
    token: &Token,
    tenant: &Tenant,
    member: &Member,
    next: &str,
    kept: &Kept,
) -> Response {
    if !is_own(next) {
        return go("/console");
    }
    if kept.is_empty() {
        return go(next);
    }
    let frame = Frame {
        assets: visit.shared.assets.clone(),
        tenant: tenant.name.clone(),
        member: member.name.clone(),
        seal: token.seal(),
        is_admin: member.role.allows(Role::Admin),
        done: None,
    };
    let why = "You are logged in again. This is what you had typed; it is not sent yet.";
    html(StatusCode::OK, resume(&frame, next, kept, why))
}

/// The first of those with this address whose password it is. It takes as long for an address that nobody has.
async fn recognized(
    visit: &Visit,
    email: &str,
    password: SecretString,
) -> Result<Option<Member>, Failure> {
    let mut members = visit.console().members.with_email(email).await?;
    members.retain(Member::is_active);
    let decoy = members.is_empty().then(|| salt(visit));
    let cost = visit.console().config.cost;
    let place = visit.shared.hashing.acquire().await;
    let _place = place.map_err(|error| Failure::Broken(error.into()))?;
    let compared = tokio::task::spawn_blocking(move || {
        if let Some(salt) = decoy {
            hash_password(&password, &salt, cost)?;
        }
        Ok::<_, BoxError>(
            members
                .into_iter()
                .find(|member| password::fits(&password, &member.password)),
        )
    })
    .await
    .map_err(|error| Failure::Broken(error.into()))?;
    compared.map_err(Failure::Broken)
}

/// Sixteen bytes for a hash of their own.
pub(crate) fn salt(visit: &Visit) -> [u8; 16] {
    let mut salt = [0; 16];
    let random = visit.console().randomness.bytes();
    salt.iter_mut()
        .zip(random)
        .for_each(|(place, byte)| *place = byte);
    salt
}

/// Begins a session of a member, with a token that is new.
pub(crate) async fn begin(
    visit: &Visit,
    member: &Member,
    kind: SessionKind,
) -> Result<Token, Failure> {
    let console = visit.console();
    let token = Token::new(console.randomness.bytes());
    let session = Session {
        hash: token.hash(),
        tenant: member.tenant,
        member: member.id,
        kind,
        created_at: visit.now,
        seen_at: visit.now,
    };
    console.sessions.open(&session).await?;
    Ok(token)
}

pub(crate) fn set_cookie(
    response: &mut Response,
    cookie: Option<HeaderValue>,
) -> Result<(), Failure> {
    let cookie = cookie.ok_or_else(|| Failure::Broken("a cookie cannot be written".into()))?;
    response.headers_mut().append(header::SET_COOKIE, cookie);
    Ok(())
}

/// `POST /console/logout`
pub(crate) async fn leave(ctx: Ctx) -> Answer {
    ctx.console().sessions.close(&ctx.session).await?;
    let words = Form::default().with("next", "/console");
    let mut response = go(&format!("/console/login?{}", words.encoded()));
    set_cookie(&mut response, no_cookie(ctx.console().config.is_secure()))?;
    response
        .headers_mut()
        .insert("clear-site-data", HeaderValue::from_static("\"storage\""));
    Ok(response)
}
