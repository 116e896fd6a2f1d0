//! The frame of every page.

use crate::{assets::Assets, ctx::Ctx, words};
use maud::{DOCTYPE, Markup, html};
use tidings_messaging::Role;

/// The parts of the console that the navigation leads to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Section {
    Home,
    Conversations,
    Messages,
    Contacts,
    Templates,
    Calendar,
    Accounts,
    Queue,
    Callbacks,
    Settings,
}

/// The navigation, in its order.
const NAVIGATION: &[(Section, &str, &str)] = &[
    (Section::Home, "/console", "Overview"),
    (
        Section::Conversations,
        "/console/conversations",
        "Conversations",
    ),
    (Section::Messages, "/console/messages", "Messages"),
    (Section::Contacts, "/console/contacts", "Contacts"),
    (Section::Templates, "/console/templates", "Templates"),
    (Section::Calendar, "/console/calendar", "Calendar"),
    (Section::Accounts, "/console/accounts", "Accounts"),
    (Section::Queue, "/console/queue", "Queue"),
    (Section::Callbacks, "/console/callbacks", "Callbacks"),
    (Section::Settings, "/console/settings", "Settings"),
];

/// How htmx is to behave: no styles of its own and no code in attributes, which the policy of the pages forbids, no
/// other sites, and answers that refuse are shown too.
const HTMX: &str = r#"{"includeIndicatorStyles":false,"allowEval":false,"allowScriptTags":false,"selfRequestsOnly":true,"historyCacheSize":0,"responseHandling":[{"code":"204","swap":false},{"code":".*","swap":true}]}"#;

/// What the frame shows of a request.
#[derive(Debug, Clone)]
pub(crate) struct Frame {
    pub(crate) assets: Assets,
    pub(crate) tenant: String,
    pub(crate) member: String,
    pub(crate) seal: String,
    /// Whether the settings are shown.
    pub(crate) is_admin: bool,
    /// What was just done, in words.
    pub(crate) done: Option<&'static str>,
}

impl Ctx {
    pub(crate) fn frame(&self) -> Frame {
        Frame {
            assets: self.shared.assets.clone(),
            tenant: self.tenant.name.clone(),
            member: self.member.name.clone(),
            seal: self.seal.clone(),
            is_admin: self.may(Role::Admin),
            done: words::done(self.query.get("done")),
        }
    }
}

/// A page of somebody who has logged in.
pub(crate) fn page(frame: &Frame, title: &str, section: Option<Section>, body: &Markup) -> Markup {
    let inner = html! {
        a.skip href="#main" { "Skip to content" }
        header.top {
            a.brand href="/console" { span.mark aria-hidden="true" {} "Tidings" }
            span.tenant { (frame.tenant) }
            div.who {
                a href="/console/profile" { (frame.member) }
                form method="post" action="/console/logout" {
                    (seal(&frame.seal))
                    button.link type="submit" { "Log out" }
                }
            }
        }
        div.frame {
            nav.main aria-label="Main" {
                ul {
                    @for (own, href, label) in NAVIGATION.iter().filter(|(own, ..)| frame.is_admin || *own != Section::Settings) {
                        li { a href=(href) aria-current=[(section == Some(*own)).then_some("page")] { (label) } }
                    }
                }
            }
            main #main tabindex="-1" {
                h1 { (title) }
                @if let Some(done) = frame.done {
                    div.notice.good role="status" { (done) }
                }
                (body)
            }
        }
    };
    document(&frame.assets, title, &inner)
}

/// A page of somebody who is not known.
pub(crate) fn plain(assets: &Assets, title: &str, body: &Markup) -> Markup {
    let inner = html! {
        main.alone #main {
            p.brand { span.mark aria-hidden="true" {} "Tidings" }
            h1 { (title) }
            (body)
        }
    };
    document(assets, title, &inner)
}

/// What every form carries, so that no other site can send it.
pub(crate) fn seal(seal: &str) -> Markup {
    html! { input type="hidden" name="seal" value=(seal); }
}

fn document(assets: &Assets, title: &str, body: &Markup) -> Markup {
    html! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                meta name="color-scheme" content="light dark";
                meta name="robots" content="noindex";
                meta name="htmx-config" content=(HTMX);
                title { (title) " · Tidings" }
                link rel="icon" type="image/svg+xml" href=(assets.icon);
                link rel="stylesheet" href=(assets.style);
                script src=(assets.htmx) defer {}
                script src=(assets.script) defer {}
            }
            body { (body) }
        }
    }
}
