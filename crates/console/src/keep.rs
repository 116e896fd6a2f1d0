//! What was typed survives the end of a session and a form that has become stale.

use crate::{
    answer::html as answer_html,
    ctx::Ctx,
    form::Form,
    layout::{self, Frame},
};
use axum::{http::StatusCode, response::Response};
use maud::{Markup, html};

/// Why somebody has to log in again.
pub(crate) const EXPIRED: &str =
    "Your session has ended. What you typed is kept: log in, and send it then.";
/// The most that is kept.
const MOST: usize = 256 * 1_024;

/// A form that could not be taken.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Kept(String);

impl Kept {
    /// What is kept of a form: everything but secrets.
    pub(crate) fn of(path: &str, form: &Form) -> Self {
        let is_page = path.split('?').next() != Some("/console/logout");
        let rest = form.keeping(|name| !is_secret(name));
        let text = rest.encoded();
        if is_page && !rest.is_empty() && text.len() <= MOST {
            Self(text)
        } else {
            Self::default()
        }
    }

    /// Reads what a login form brought back.
    pub(crate) fn read(text: &str) -> Self {
        if text.len() <= MOST {
            Self(text.to_owned())
        } else {
            Self::default()
        }
    }

    pub(crate) fn text(&self) -> &str {
        &self.0
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    fn form(&self) -> Form {
        Form::parse(self.0.as_bytes()).keeping(|name| !is_secret(name))
    }
}

fn is_secret(name: &str) -> bool {
    name == "seal" || name.starts_with("password") || name.starts_with("credential")
}

/// A path of ours that it is safe to go to: nothing that a browser could read as another site.
pub(crate) fn is_own(path: &str) -> bool {
    let rest = path.strip_prefix("/console");
    let begins = rest.is_some_and(|rest| rest.is_empty() || rest.starts_with(['/', '?']));
    let is_plain = path
        .chars()
        .all(|c| c.is_ascii_graphic() && c != '\\' && c != '"');
    begins && is_plain && !path.contains("//")
}

/// A form of a session that is not this one: nothing is done before the person has looked at it.
pub(crate) fn stale(ctx: &Ctx) -> Response {
    if ctx.is_fragment {
        let body = html! {
            div.notice.warn role="alert" {
                "You have logged in again since this page was opened. What you typed is still here: send it, and look at it once more before it goes."
            }
        };
        return answer_html(StatusCode::CONFLICT, body);
    }
    let kept = Kept::of(&ctx.here, &ctx.typed());
    let page = resume(
        &ctx.frame(),
        &ctx.here,
        &kept,
        "This form was opened before you last logged in. Nothing was done yet.",
    );
    answer_html(StatusCode::CONFLICT, page)
}

/// The page that shows what was typed, and sends it when the person says so.
pub(crate) fn resume(frame: &Frame, path: &str, kept: &Kept, why: &str) -> Markup {
    let form = kept.form();
    let body = html! {
        div.notice.warn role="status" { (why) }
        @if form.is_empty() {
            p { "The form held nothing that could be kept. " a href="/console" { "To the overview" } }
        } @else {
            form.card method="post" action=(path) {
                (layout::seal(&frame.seal))
                dl.kept {
                    @for (name, value) in form.fields() {
                        input type="hidden" name=(name) value=(value);
                        @if !value.is_empty() {
                            dt { (name.replace('_', " ")) }
                            dd.typed { (value) }
                        }
                    }
                }
                div.actions {
                    button type="submit" { "Send it" }
                    a href="/console" { "Drop it" }
                }
            }
        }
    };
    layout::page(frame, "Carry on where you were", None, &body)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn secrets_are_not_kept() {
        let form = Form::parse(b"seal=x&text=Hello&password=p&password_again=p&credential_token=t");
        let kept = Kept::of("/console/contacts", &form);
        assert_eq!(kept.text(), "text=Hello");
        assert_eq!(
            Kept::read("text=Hello&password=p").form().fields().count(),
            1
        );
        assert!(Kept::of("/console/logout", &form).is_empty());
    }

    #[test]
    fn only_our_own_paths_are_gone_to() {
        for good in [
            "/console",
            "/console/contacts?q=a%20b",
            "/console?done=saved",
        ] {
            assert!(is_own(good), "{good}");
        }
        for bad in [
            "",
            "/",
            "//evil.example.com",
            "/consoles",
            "/console//evil",
            "/console/\\evil",
            "https://evil.example.com",
            "/console/\r\nx",
            "javascript:alert(1)",
        ] {
            assert!(!is_own(bad), "{bad:?}");
        }
    }
}
