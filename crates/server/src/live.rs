//! Lets the console's pages listen where programs do.

use async_trait::async_trait;
use futures_util::stream::{BoxStream, StreamExt};
use std::sync::Arc;
use tidings_console::{Heard, Live, LiveError};
use tidings_http_api::{NotHeard, Streams};
use tidings_kernel::{EventId, TenantId};

/// Everybody who listens to this program, the console's pages among them.
#[derive(Debug)]
pub(crate) struct LiveStreams(pub(crate) Arc<Streams>);

#[async_trait]
impl Live for LiveStreams {
    async fn listen(
        &self,
        tenant: TenantId,
        after: Option<EventId>,
    ) -> Result<BoxStream<'static, Heard>, LiveError> {
        let heard = self.0.hear(tenant, after).await;
        let heard = heard.map_err(|error| match error {
            NotHeard::TooMany => LiveError::TooMany,
            NotHeard::Unavailable(source) => LiveError::Away(source),
        })?;
        let heard = heard.map(|heard| Heard {
            id: heard.id,
            kind: heard.kind,
            contact: heard.contact,
        });
        Ok(heard.boxed())
    }
}
