//! A member's own name and password.

use super::login::{begin, salt, set_cookie};
use crate::{
    answer::{Answer, go, html},
    ctx::Ctx,
    failure::Failure,
    layout,
    password::{check_password, fits, hash_password},
    problems::Problems,
    widgets::{Field, summary},
    words,
};
use axum::http::StatusCode;
use maud::{Markup, html as markup};
use secrecy::SecretString;
use tidings_messaging::{Member, MemberError, SessionKind};

/// `GET /console/profile`
pub(crate) async fn show(ctx: Ctx) -> Answer {
    Ok(html(
        StatusCode::OK,
        whole(&ctx, ctx.member.name.as_str(), &Problems::default()),
    ))
}

fn whole(ctx: &Ctx, name: &str, problems: &Problems) -> Markup {
    let body = markup! {
        (summary(problems))
        form.card method="post" action="/console/profile" {
            (layout::seal(&ctx.seal))
            h2 { "You" }
            p { (ctx.member.email) " · " (words::role(ctx.member.role)) }
            (Field::new("name", "Name").value(name).complete("name").required().of(problems).show())
            div.actions { button type="submit" { "Save" } }
        }
        form.card method="post" action="/console/profile/password" {
            (layout::seal(&ctx.seal))
            h2 { "Password" }
            input type="hidden" name="username" value=(ctx.member.email) autocomplete="username";
            (Field::new("password_now", "Password now").kind("password").complete("current-password").required().of(problems).show())
            (Field::new("password", "New password").kind("password").complete("new-password").required()
                .hint("At least 12 characters; a few words in a row are fine.").of(problems).show())
            (Field::new("password_again", "New password again").kind("password").complete("new-password").required().of(problems).show())
            div.actions { button type="submit" { "Change password" } }
        }
    };
    layout::page(&ctx.frame(), "Your profile", None, &body)
}

/// `POST /console/profile`
pub(crate) async fn save(ctx: Ctx) -> Answer {
    let name = ctx.form.get("name").to_owned();
    let mut problems = Problems::default();
    problems.text("name", &name, 100);
    if name.is_empty() {
        problems.add("name", "Write the name that colleagues call you.");
    }
    if !problems.is_empty() {
        return Ok(html(
            StatusCode::UNPROCESSABLE_ENTITY,
            whole(&ctx, &name, &problems),
        ));
    }
    let member = Member {
        name,
        ..ctx.member.clone()
    };
    update(&ctx, &member).await?;
    Ok(go("/console/profile?done=saved"))
}

/// Stores a member as it is to be.
pub(crate) async fn update(ctx: &Ctx, member: &Member) -> Result<(), Failure> {
    match ctx.console().members.update(member).await {
        Ok(true) => Ok(()),
        Ok(false) => Err(Failure::NotFound("member")),
        Err(MemberError::Store(error)) => Err(error.into()),
        Err(error @ (MemberError::EmailTaken | MemberError::LastOwner)) => {
            Err(Failure::Refused(error.to_string()))
        }
    }
}

/// `POST /console/profile/password`
pub(crate) async fn password(ctx: Ctx) -> Answer {
    let (now, new) = (ctx.form.raw("password_now"), ctx.form.raw("password"));
    let mut problems = Problems::default();
    if let Err(wait) = ctx.shared.limiter.take(&ctx.member.email, ctx.now) {
        let seconds = wait.whole_seconds().max(1);
        problems.add(
            "password_now",
            format!("Too many attempts. Wait {seconds} seconds, then try again."),
        );
    }
    problems.take("password", check_password(new));
    if new != ctx.form.raw("password_again") {
        problems.add("password_again", "The two new passwords differ.");
    }
    let hash = if problems.is_empty() {
        hashed(&ctx, SecretString::from(now), SecretString::from(new)).await?
    } else {
        None
    };
    let Some(hash) = hash else {
        if problems.is_empty() {
            problems.add("password_now", "This is not your password.");
        }
        let page = whole(&ctx, &ctx.member.name, &problems);
        return Ok(html(StatusCode::UNPROCESSABLE_ENTITY, page));
    };
    let member = Member {
        password: hash,
        ..ctx.member.clone()
    };
    // Ends every session of the member, this one too.
    update(&ctx, &member).await?;
    ctx.shared.limiter.forgive(&member.email);
    let token = begin(&ctx, &member, SessionKind::Browser).await?;
    let mut response = go("/console/profile?done=password");
    set_cookie(
        &mut response,
        token.cookie(ctx.console().config.is_secure()),
    )?;
    Ok(response)
}

/// What to keep of the new password, if the other one is the member's.
async fn hashed(
    ctx: &Ctx,
    now: SecretString,
    new: SecretString,
) -> Result<Option<tidings_messaging::PasswordHash>, Failure> {
    let (stored, salt, cost) = (
        ctx.member.password.clone(),
        salt(ctx),
        ctx.console().config.cost,
    );
    let place = ctx.shared.hashing.acquire().await;
    let _place = place.map_err(|error| Failure::Broken(error.into()))?;
    tokio::task::spawn_blocking(move || {
        fits(&now, &stored)
            .then(|| hash_password(&new, &salt, cost))
            .transpose()
    })
    .await
    .map_err(|error| Failure::Broken(error.into()))?
    .map_err(Failure::Broken)
}
