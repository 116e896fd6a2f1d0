//! What a handler knows of the request that it answers.

use crate::{
    assets::Assets, console::Console, failure::Failure, form::Form, limiter::Limiter,
    live::Listeners, multipart::Upload, token::Token,
};
use std::{ops::Deref, str::FromStr, sync::Arc};
use tidings_kernel::{EventId, TenantId};
use tidings_messaging::{Member, Page, Role, Session, Tenant};
use time::OffsetDateTime;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use uuid::Uuid;

/// The field that names a file that was chosen and could not be kept.
pub(crate) const CHOOSE_AGAIN: &str = "choose_again";

/// What all requests share.
pub(crate) struct Shared {
    pub(crate) console: Arc<Console>,
    pub(crate) assets: Assets,
    pub(crate) limiter: Limiter,
    pub(crate) listeners: Listeners,
    /// Places for slow hashes, which take much memory.
    pub(crate) hashing: Semaphore,
    /// Places for files, which are in memory as a whole.
    pub(crate) uploading: Arc<Semaphore>,
}

/// A request, whoever sent it.
pub(crate) struct Visit {
    pub(crate) shared: Arc<Shared>,
    pub(crate) now: OffsetDateTime,
    /// The parts of the path that the route names.
    pub(crate) params: Vec<(String, String)>,
    pub(crate) query: Form,
    pub(crate) form: Form,
    /// The files of a form, where the route takes any.
    pub(crate) uploads: Vec<Upload>,
    /// What holds the place of these files.
    pub(crate) place: Option<OwnedSemaphorePermit>,
    /// Path and query, to come back to.
    pub(crate) here: String,
    /// Whether a script asks for a part of a page.
    pub(crate) is_fragment: bool,
    /// The last event that a stream has given, if it goes on.
    pub(crate) last_event: Option<EventId>,
    pub(crate) token: Option<Token>,
}

/// A request of a member who has logged in and may do what the route does.
pub(crate) struct Ctx {
    visit: Visit,
    pub(crate) tenant: Tenant,
    pub(crate) member: Member,
    pub(crate) session: Session,
    /// What every form carries.
    pub(crate) seal: String,
}

impl Visit {
    pub(crate) fn console(&self) -> &Console {
        &self.shared.console
    }

    /// A part of the path.
    pub(crate) fn param(&self, name: &str) -> &str {
        self.params
            .iter()
            .find(|(key, _)| key == name)
            .map_or("", |(_, value)| value)
    }

    /// What was typed, to be kept for later; of files only what they are called.
    pub(crate) fn typed(&self) -> Form {
        let names = self.uploads.iter().map(|upload| upload.name.as_str());
        names.fold(self.form.clone(), |form, name| {
            form.with(CHOOSE_AGAIN, name)
        })
    }
}

impl Ctx {
    pub(crate) fn new(visit: Visit, tenant: Tenant, member: Member, session: Session) -> Self {
        let seal = visit.token.as_ref().map(Token::seal).unwrap_or_default();
        Self {
            visit,
            tenant,
            member,
            session,
            seal,
        }
    }

    /// The tenant that everything is asked for.
    pub(crate) fn who(&self) -> TenantId {
        self.tenant.id
    }

    /// The id in the path. One that cannot be read names nothing.
    pub(crate) fn id<T: FromStr>(&self, what: &'static str) -> Result<T, Failure> {
        self.param("id")
            .parse()
            .map_err(|_| Failure::NotFound(what))
    }

    pub(crate) fn may(&self, needed: Role) -> bool {
        self.member.role.allows(needed)
    }

    /// The part of a list that the address asks for.
    pub(crate) fn page(&self, limit: u16) -> Page {
        Page {
            limit,
            after: self.query.get("after").parse::<Uuid>().ok(),
        }
    }
}

impl Deref for Ctx {
    type Target = Visit;

    fn deref(&self) -> &Visit {
        &self.visit
    }
}
