use super::{
    Streams,
    subscriber::{Filter, Given, Opening},
};
use crate::error::ApiError;
use futures_util::stream::{BoxStream, StreamExt};
use std::{future::ready, sync::Arc};
use tidings_kernel::{BoxError, ContactId, EventId, TenantId};
use tidings_messaging::{EventKind, place_of};

/// What a part of this program hears that listens for somebody whom it knows: that something happened, of which kind,
/// and whom it is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Heard {
    /// The place that was reached.
    pub id: EventId,
    /// What happened; nothing in a sign of life.
    pub kind: Option<EventKind>,
    /// Whom it is about, if it is about a contact.
    pub contact: Option<ContactId>,
}

/// Why nobody may listen now.
#[derive(Debug, thiserror::Error)]
pub enum NotHeard {
    /// Too many do; come back later.
    #[error("too many listen")]
    TooMany,
    /// The log cannot be read; come back later.
    #[error("events cannot be read now")]
    Unavailable(#[source] BoxError),
}

impl Streams {
    /// Listens for somebody whom this program knows, after an event of the tenant's that was seen or from now on, with a
    /// sign of life when nothing happens for a while. It ends with the program, or when whoever listens is too far
    /// behind; after the last id nothing was missed. An id of nobody's counts as none.
    ///
    /// # Errors
    /// [`NotHeard`].
    pub async fn hear(
        self: &Arc<Self>,
        tenant: TenantId,
        after: Option<EventId>,
    ) -> Result<BoxStream<'static, Heard>, NotHeard> {
        let opening = Opening {
            tenant,
            key: None,
            filter: Filter::default(),
            after: after.and_then(|id| place_of(tenant, id)),
        };
        let subscriber = self.open(opening).await.map_err(|error| match error {
            ApiError::TooManyStreams => NotHeard::TooMany,
            other => NotHeard::Unavailable(other.into()),
        })?;
        let streams = Arc::clone(self);
        let heard = subscriber.given().filter_map(move |given| {
            ready(match given {
                Given::Begin { id, .. } | Given::Still(id) => Some(Heard {
                    id,
                    kind: None,
                    contact: None,
                }),
                Given::Event(line) => Some(Heard {
                    id: streams.id(tenant, line.place),
                    kind: Some(line.kind),
                    contact: line.contact.as_deref().and_then(|text| text.parse().ok()),
                }),
                Given::End(_) => None,
            })
        });
        Ok(heard.boxed())
    }
}
