//! Who works here, and what they may do.

use super::page;
use crate::{
    answer::{Answer, go},
    ctx::Ctx,
    failure::Failure,
    form::Form,
    layout::seal,
    pages::{login::salt, profile::update},
    password::{check_password, hash_password},
    problems::Problems,
    widgets::{Field, badge, empty, summary, tick, when},
    words,
};
use axum::http::StatusCode;
use maud::{Markup, html};
use secrecy::SecretString;
use tidings_kernel::MemberId;
use tidings_messaging::{Member, MemberError, PasswordHash, Role};

const PATH: &str = "/console/settings/members";

/// The roles that the member may give.
fn roles(ctx: &Ctx) -> Vec<(&'static str, &'static str)> {
    let roles = Role::ALL.into_iter();
    let roles = roles.filter(|role| ctx.member.role.governs(*role));
    roles
        .map(|role| (role.as_str(), words::role(role)))
        .collect()
}

async fn body(ctx: &Ctx, form: &Form, problems: &Problems) -> Result<Markup, Failure> {
    let members = ctx.console().members.list(ctx.who()).await?;
    let field = |name, label| Field::new(name, label).value(form.raw(name)).of(problems);
    Ok(html! {
        (list(ctx, &members))
        (summary(problems))
        form.card method="post" action=(PATH) {
            (seal(&ctx.seal))
            h2 { "New member" }
            (field("name", "Name").required().show())
            (field("email", "Email").kind("email").required().hint("What the person logs in with.").show())
            (field("role", "Role").select(&roles(ctx)))
            (field("password", "First password").kind("password").value("").complete("new-password").required()
                .hint("At least 12 characters. Hand it over in person; it can be changed under the person’s own name.").show())
            div.actions { button type="submit" { "Add the member" } }
        }
    })
}

fn list(ctx: &Ctx, members: &[Member]) -> Markup {
    html! {
        @if members.is_empty() { (empty("Nobody works here yet", "Add the first member below.", None)) }
        @else {
            div.scroll tabindex="0" { table.stack {
                thead { tr { th scope="col" { "Name" } th scope="col" { "Email" } th scope="col" { "Role" } th scope="col" { "Since" } th scope="col" { "State" } } }
                tbody { @for member in members { tr {
                    th scope="row" {
                        @if ctx.member.role.governs(member.role) { a href=(format!("{PATH}/{}", member.id)) { (member.name) } }
                        @else { (member.name) }
                        @if member.id == ctx.member.id { " " span.aside { "you" } }
                    }
                    td { (member.email) }
                    td { (member.role) }
                    td { (when(member.created_at)) }
                    td { @if member.is_active() { (badge(("good", "Active"))) } @else { (badge(("calm", "Locked out"))) } }
                } } }
            } }
        }
    }
}

/// `GET /console/settings/members`
pub(crate) async fn show(ctx: Ctx) -> Answer {
    let form = Form::default().with("role", Role::Member.as_str());
    let body = body(&ctx, &form, &Problems::default()).await?;
    Ok(page(&ctx, StatusCode::OK, PATH, &body))
}

/// `POST /console/settings/members`
pub(crate) async fn add(ctx: Ctx) -> Answer {
    let form = &ctx.form;
    let mut problems = Problems::default();
    let (name, role) = (name(form, &mut problems), role(&ctx, &mut problems));
    let email = Member::email(form.get("email"));
    if email.is_none() {
        problems.add("email", "Write it as name@example.com.");
    }
    let password = form.raw("password");
    problems.take("password", check_password(password));
    if let Some((email, role)) = email.zip(role).filter(|_| problems.is_empty()) {
        let member = Member {
            id: MemberId::new(&*ctx.console().ids),
            tenant: ctx.who(),
            email,
            name,
            role,
            password: hashed(&ctx, password).await?,
            created_at: ctx.now,
            disabled_at: None,
        };
        match ctx.console().members.create(&member).await {
            Ok(()) => return Ok(go(&format!("{PATH}?done=added"))),
            Err(MemberError::EmailTaken) => {
                problems.add("email", "Another member has this email address.");
            }
            Err(MemberError::Store(error)) => return Err(error.into()),
            Err(error @ MemberError::LastOwner) => return Err(Failure::Refused(error.to_string())),
        }
    }
    let body = body(&ctx, form, &problems).await?;
    Ok(page(&ctx, StatusCode::UNPROCESSABLE_ENTITY, PATH, &body))
}

fn name(form: &Form, problems: &mut Problems) -> String {
    let name = form.get("name");
    problems.text("name", name, 100);
    if name.is_empty() {
        problems.add("name", "Write the name that colleagues call the person.");
    }
    name.to_owned()
}

fn role(ctx: &Ctx, problems: &mut Problems) -> Option<Role> {
    let role = ctx.form.get("role").parse::<Role>().ok();
    let role = role.filter(|role| ctx.member.role.governs(*role));
    if role.is_none() {
        problems.add("role", "Choose a role that is not above your own.");
    }
    role
}

async fn hashed(ctx: &Ctx, password: &str) -> Result<PasswordHash, Failure> {
    let (password, salt) = (SecretString::from(password), salt(ctx));
    let cost = ctx.console().config.cost;
    let place = ctx.shared.hashing.acquire().await;
    let _place = place.map_err(|error| Failure::Broken(error.into()))?;
    tokio::task::spawn_blocking(move || hash_password(&password, &salt, cost))
        .await
        .map_err(|error| Failure::Broken(error.into()))?
        .map_err(Failure::Broken)
}

/// The member in the path, if the one who asks may change it.
async fn governed(ctx: &Ctx) -> Result<Member, Failure> {
    let id: MemberId = ctx.id("member")?;
    let member = ctx.console().members.get(ctx.who(), id).await?;
    let member = member.ok_or(Failure::NotFound("member"))?;
    if ctx.member.role.governs(member.role) {
        Ok(member)
    } else {
        Err(Failure::Role(member.role))
    }
}

fn editor(ctx: &Ctx, member: &Member, form: &Form, problems: &Problems) -> Markup {
    let field = |name, label| Field::new(name, label).value(form.raw(name)).of(problems);
    html! {
        (summary(problems))
        form.card method="post" action=(format!("{PATH}/{}", member.id)) {
            (seal(&ctx.seal))
            h2 { (member.email) }
            (field("name", "Name").required().show())
            (field("role", "Role").select(&roles(ctx)))
            (tick("locked", "on", "Locked out: may not log in, and every session has ended", form.is_on("locked")))
            (field("password", "New password").kind("password").value("").complete("new-password")
                .hint("Only to replace a forgotten one; it ends every session of the person.").show())
            div.actions { button type="submit" { "Save" } a href=(PATH) { "Cancel" } }
        }
    }
}

/// `GET /console/settings/members/{id}`
pub(crate) async fn edit(ctx: Ctx) -> Answer {
    let member = governed(&ctx).await?;
    let form = Form::default()
        .with("name", member.name.as_str())
        .with("role", member.role.as_str())
        .with("locked", if member.is_active() { "" } else { "on" });
    let body = editor(&ctx, &member, &form, &Problems::default());
    Ok(page(&ctx, StatusCode::OK, PATH, &body))
}

/// `POST /console/settings/members/{id}`
pub(crate) async fn save(ctx: Ctx) -> Answer {
    let before = governed(&ctx).await?;
    let form = &ctx.form;
    let mut problems = Problems::default();
    let (name, role) = (name(form, &mut problems), role(&ctx, &mut problems));
    let is_locked = form.is_on("locked");
    if is_locked && before.id == ctx.member.id {
        problems.add(
            "locked-on",
            "You cannot lock yourself out. Ask another owner.",
        );
    }
    let password = form.raw("password");
    if !password.is_empty() {
        problems.take("password", check_password(password));
    }
    let Some(role) = role.filter(|_| problems.is_empty()) else {
        let body = editor(&ctx, &before, form, &problems);
        return Ok(page(&ctx, StatusCode::UNPROCESSABLE_ENTITY, PATH, &body));
    };
    let hash = if password.is_empty() {
        before.password.clone()
    } else {
        hashed(&ctx, password).await?
    };
    let member = Member {
        name,
        role,
        password: hash,
        disabled_at: is_locked.then(|| before.disabled_at.unwrap_or(ctx.now)),
        ..before
    };
    update(&ctx, &member).await?;
    Ok(go(&format!("{PATH}?done=saved")))
}
