use super::{consent::ConsentEventView, contact_view::ContactView, contacts::find};
use crate::{
    api::Api,
    auth::{Caller, Manage},
    body::RawBody,
    error::ApiError,
    page::PathId,
};
use axum::{Json, extract::State};
use serde::{Deserialize, Serialize};
use std::sync::Arc;
use tidings_kernel::{ContactId, TenantId};
use tidings_messaging::{Conflict, Merge, MergePlan, Merging};
use utoipa::ToSchema;

/// Which contact becomes a part of this one.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct MergeRequest {
    /// The contact that goes.
    #[schema(example = "con_01h2xcejqtf2nbrexx3vqjhp41")]
    from: String,
    /// Only say what would come of it.
    #[serde(default)]
    dry_run: bool,
}

/// What a merge comes to.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = MergeResult)]
pub(crate) struct MergeView {
    contact: ContactView,
    /// Where both had another value: what this contact had stays.
    conflicts: Vec<ConflictView>,
    /// What is recorded for this contact of what the other had refused.
    consent: Vec<ConsentEventView>,
}

/// Something of which both contacts had another value.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = MergeConflict)]
pub(crate) struct ConflictView {
    #[schema(example = "phone")]
    field: String,
    kept: String,
    /// An address is still found, as one of `other_addresses`; all else is gone.
    dropped: String,
}

impl From<Conflict> for ConflictView {
    fn from(conflict: Conflict) -> Self {
        Self {
            field: conflict.field,
            kept: conflict.kept,
            dropped: conflict.dropped,
        }
    }
}

impl From<MergePlan> for MergeView {
    fn from(plan: MergePlan) -> Self {
        Self {
            contact: plan.contact.into(),
            conflicts: plan.conflicts.into_iter().map(Into::into).collect(),
            consent: plan.consent.into_iter().map(Into::into).collect(),
        }
    }
}

/// Merge another contact into this one
///
/// Messages, notes, tags and what is known of the other become this contact's; the other is answered with 410
/// `contact_merged` from then on. This contact keeps what it has, and takes what it lacks. Addresses stay: what comes
/// from any of them comes from this contact, and no conversation answers elsewhere than before. What either has refused
/// is refused; what the other has agreed to counts no more, unless both shared an address: merge into the contact whose
/// agreement is to count. Done again it changes nothing.
#[utoipa::path(post, path = "/v1/contacts/{id}/merge", tag = "Contacts", params(("id" = String, Path)),
    request_body = MergeRequest,
    responses((status = 200, body = MergeView), (status = 404, description = "`not_found`"),
        (status = 410, description = "`contact_merged`: one of them was merged into yet another"),
        (status = 422, description = "`invalid_request`, `unknown_field`")))]
pub(crate) async fn merge(
    State(api): State<Arc<Api>>,
    caller: Caller<Manage>,
    PathId(into): PathId<ContactId>,
    body: RawBody,
) -> Result<Json<MergeView>, ApiError> {
    let request: MergeRequest = body.json()?;
    let refuse = |detail: &'static str| ApiError::field("/from", "invalid_value", detail);
    let from: ContactId = request
        .from
        .parse()
        .map_err(|_| refuse("give the id of a contact, con_…"))?;
    if from == into {
        return Err(refuse("give another contact than this one"));
    }
    let merge = Merge::new(into, from, api.clock.now(), &*api.ids);
    if request.dry_run {
        let preview = MergePlan::preview(&*api.facts, caller.tenant, &merge).await?;
        return match preview {
            Some((plan, _)) => Ok(Json(plan.into())),
            None => Err(not_there(&api, caller.tenant, &merge).await),
        };
    }
    match api.contacts.merge(caller.tenant, &merge).await? {
        Merging::Done(plan) => Ok(Json((*plan).into())),
        Merging::Before => Ok(Json(MergeView {
            contact: find(&api, caller.tenant, into).await?.into(),
            conflicts: Vec::new(),
            consent: Vec::new(),
        })),
        Merging::NotFound => Err(not_there(&api, caller.tenant, &merge).await),
    }
}

/// Which of the two is not there, and where it went if it was merged.
async fn not_there(api: &Api, tenant: TenantId, merge: &Merge) -> ApiError {
    for contact in [merge.into, merge.from] {
        if let Err(error) = find(api, tenant, contact).await {
            return error;
        }
    }
    ApiError::NotFound("contact")
}
