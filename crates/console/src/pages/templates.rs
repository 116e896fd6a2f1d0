//! Templates: the library, the editor with what it would send, and what providers said.

pub(crate) mod act;
pub(crate) mod check;
pub(crate) mod detail;
pub(crate) mod edit;
mod fields;
pub(crate) mod list;
pub(crate) mod provider;

use crate::{ctx::Ctx, failure::Failure};
use tidings_kernel::TemplateId;
use tidings_messaging::StoredTemplate;
use tidings_templates::ApprovalStatus;

/// The template in the path.
async fn find(ctx: &Ctx) -> Result<StoredTemplate, Failure> {
    let id: TemplateId = ctx.id("template")?;
    ctx.console()
        .templates
        .get(ctx.who(), id)
        .await?
        .ok_or(Failure::NotFound("template"))
}

/// How a template stands at its providers.
const fn standing(status: ApprovalStatus) -> (&'static str, &'static str) {
    match status {
        ApprovalStatus::Draft => ("calm", "Draft"),
        ApprovalStatus::Pending => ("warn", "Submitted"),
        ApprovalStatus::Approved => ("good", "Ready"),
        ApprovalStatus::Rejected => ("bad", "Rejected"),
        ApprovalStatus::Paused => ("bad", "Paused"),
        ApprovalStatus::Disabled => ("bad", "Disabled"),
    }
}
