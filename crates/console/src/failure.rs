//! Why there is no page, and the page that says so.

use crate::{
    answer::html,
    layout::{self, Frame},
    problems::sentence,
};
use axum::{http::StatusCode, response::Response};
use maud::html;
use tidings_kernel::{BoxError, StoreError};
use tidings_messaging::{ContactError, Role, TemplateError, VaultError};

/// Why a request was not done.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Failure {
    /// There is no such thing, or it is another tenant's.
    #[error("there is no such {0}")]
    NotFound(&'static str),
    /// The member may not do this.
    #[error("this needs the role {0}")]
    Role(Role),
    /// Somebody else was faster.
    #[error("somebody else changed this {0} meanwhile")]
    Changed(&'static str),
    /// It cannot be done, in words for people.
    #[error("{0}")]
    Refused(String),
    /// The store or a provider is away.
    #[error("the store is unavailable")]
    Away(#[source] BoxError),
    /// A fault of ours.
    #[error("internal error")]
    Broken(#[source] BoxError),
}

impl From<StoreError> for Failure {
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::Unavailable(_) => Self::Away(error.into()),
            StoreError::Inconsistent { .. } => Self::Broken(error.into()),
        }
    }
}

impl From<VaultError> for Failure {
    fn from(error: VaultError) -> Self {
        Self::Broken(error.into())
    }
}

impl From<ContactError> for Failure {
    fn from(error: ContactError) -> Self {
        match error {
            ContactError::Store(error) => error.into(),
            ContactError::ExternalIdTaken => {
                Self::Refused("Another contact has this external id.".into())
            }
            ContactError::KeyLost(_) => Self::Broken(error.into()),
        }
    }
}

impl From<TemplateError> for Failure {
    fn from(error: TemplateError) -> Self {
        match error {
            TemplateError::Store(error) => error.into(),
            TemplateError::NameTaken => {
                Self::Refused("Another template of this channel has this name.".into())
            }
            TemplateError::KeyLost(_) => Self::Broken(error.into()),
        }
    }
}

impl Failure {
    pub(crate) const fn status(&self) -> StatusCode {
        match self {
            Self::NotFound(_) => StatusCode::NOT_FOUND,
            Self::Role(_) => StatusCode::FORBIDDEN,
            Self::Changed(_) => StatusCode::CONFLICT,
            Self::Refused(_) => StatusCode::UNPROCESSABLE_ENTITY,
            Self::Away(_) => StatusCode::SERVICE_UNAVAILABLE,
            Self::Broken(_) => StatusCode::INTERNAL_SERVER_ERROR,
        }
    }

    /// What happened, and what to do.
    fn words(&self) -> (&'static str, String) {
        match self {
            Self::NotFound(what) => (
                "Not found",
                format!("There is no such {what}. It may have been removed; look for it in its list."),
            ),
            Self::Role(role) => (
                "Not allowed",
                format!("This needs the role “{role}”. Ask an owner or admin of your business."),
            ),
            Self::Changed(what) => (
                "Changed meanwhile",
                format!("Somebody else changed this {what} while you had it open. Nothing of yours was saved: go back, copy what you wrote, load the page again and enter it once more."),
            ),
            Self::Refused(text) => ("Not done", sentence(text)),
            Self::Away(_) => (
                "Try again in a moment",
                "The database or a part of the platform cannot be reached just now. Nothing was changed.".into(),
            ),
            Self::Broken(_) => (
                "Something went wrong",
                "This is a fault of ours and it is in the log. Try again; if it stays, tell your operator when it happened.".into(),
            ),
        }
    }

    /// Logs a fault, once, and makes the page.
    pub(crate) fn page(&self, frame: &Frame) -> Response {
        self.log();
        let (title, words) = self.words();
        let body = html! {
            div.notice.bad role="alert" { (words) }
            p { a href="/console" { "To the overview" } }
        };
        html(self.status(), layout::page(frame, title, None, &body))
    }

    /// The same as a part of a page.
    pub(crate) fn part(&self) -> Response {
        self.log();
        let (_, words) = self.words();
        html(
            self.status(),
            html! { div.notice.bad role="alert" { (words) } },
        )
    }

    /// The same for somebody who is not known.
    pub(crate) fn plain(&self, assets: &crate::assets::Assets) -> Response {
        self.log();
        let (title, words) = self.words();
        let body = html! { div.notice.bad role="alert" { (words) } };
        html(self.status(), layout::plain(assets, title, &body))
    }

    fn log(&self) {
        if let Self::Away(source) | Self::Broken(source) = self {
            tracing::error!(error = &**source as &dyn std::error::Error, "{self}");
        }
    }
}
