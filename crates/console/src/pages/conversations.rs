//! The message centre: a thread for each contact, across channels, with what is answered in it.

pub(crate) mod act;
pub(crate) mod attach;
mod files;
pub(crate) mod fill;
pub(crate) mod list;
mod once;
pub(crate) mod quick;
pub(crate) mod reply;
pub(crate) mod thread;

use crate::{ctx::Ctx, failure::Failure};
use tidings_conversations::{ConversingError, Thread};
use tidings_kernel::ConversationId;

impl From<ConversingError> for Failure {
    fn from(error: ConversingError) -> Self {
        match error {
            ConversingError::NotFound => Self::NotFound("conversation"),
            ConversingError::Store(error) => error.into(),
        }
    }
}

/// The conversation in the path.
async fn find(ctx: &Ctx) -> Result<Thread, Failure> {
    let id: ConversationId = ctx.id("conversation")?;
    Ok(ctx.console().conversing.get(ctx.who(), id).await?)
}
