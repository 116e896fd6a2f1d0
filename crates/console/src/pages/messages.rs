//! Messages: what became of each, and why.

pub(crate) mod act;
pub(crate) mod detail;
pub(crate) mod list;

use crate::{ctx::Ctx, failure::Failure};
use tidings_kernel::MessageId;
use tidings_messaging::MessageRecord;

/// The message in the path.
pub(crate) async fn find(ctx: &Ctx) -> Result<MessageRecord, Failure> {
    let id: MessageId = ctx.id("message")?;
    ctx.console()
        .messages
        .get(ctx.who(), id)
        .await?
        .ok_or(Failure::NotFound("message"))
}
