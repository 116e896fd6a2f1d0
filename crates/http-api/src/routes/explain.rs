use super::{decision_view::DecisionView, messages::find};
use crate::{
    api::Api,
    auth::{Caller, Read},
    error::ApiError,
    page::PathId,
    wire,
};
use axum::{Json, extract::State};
use serde::Serialize;
use serde_json::Value;
use std::sync::Arc;
use tidings_kernel::{MessageId, Purpose};
use tidings_messaging::{Considered, DecisionRecord, Reproduction};
use tidings_routing::Choice;
use utoipa::ToSchema;

/// Every decision taken for a message, oldest first.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Explanation)]
pub(crate) struct ExplanationView {
    data: Vec<ExplainedDecision>,
    /// The latest decision in one sentence.
    sentence: String,
}

/// A decision with everything that it rests on.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ExplainedDecision {
    /// `accept` or `dispatch`.
    stage: &'static str,
    decision: DecisionView,
    /// The decision in one sentence.
    sentence: String,
    /// The purpose whose rules were used: `marketing` for what promotes something, whatever was declared.
    #[schema(value_type = wire::Purpose)]
    judged_as: Purpose,
    /// What was asked.
    #[schema(value_type = Object)]
    request: Value,
    /// What was known, the law of the contact's places in `law` included. Deciding again on these facts
    /// gives the same answer.
    #[schema(value_type = Object)]
    facts: Value,
    /// The other channels that were asked about, with what was known of each: those before the one that
    /// was taken, or all of them when none could be.
    others: Vec<ConsideredView>,
    /// Rules of law that spoke and that no source confirms, such as `xx.hours@2026`.
    unconfirmed: Vec<String>,
    /// Whether deciding again just now, on the stored request and facts, gave the same decision.
    reproduced: bool,
    /// What deciding again gave, where it differs; the stored decision stands.
    #[serde(skip_serializing_if = "Option::is_none")]
    again: Option<DecisionView>,
    /// The route that was chosen, and what was considered.
    #[schema(value_type = Option<Object>)]
    route: Option<Choice>,
}

/// A channel that was asked about and not taken.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Considered)]
pub(crate) struct ConsideredView {
    /// What was asked.
    #[schema(value_type = Object)]
    request: Value,
    /// What was known.
    #[schema(value_type = Object)]
    facts: Value,
}

impl TryFrom<&Considered> for ConsideredView {
    type Error = ApiError;

    fn try_from(other: &Considered) -> Result<Self, ApiError> {
        Ok(Self {
            request: json(&other.request)?,
            facts: json(&other.facts)?,
        })
    }
}

impl TryFrom<DecisionRecord> for ExplainedDecision {
    type Error = ApiError;

    fn try_from(record: DecisionRecord) -> Result<Self, ApiError> {
        let again = match record.reproduce() {
            Reproduction::Same => None,
            Reproduction::Differs(again) => Some(DecisionView::from(&*again)),
        };
        Ok(Self {
            stage: record.stage.as_str(),
            decision: (&record.decision).into(),
            sentence: record.decision.sentence(),
            judged_as: record.request.judged_as(record.facts.template.as_ref()),
            request: json(&record.request)?,
            facts: json(&record.facts)?,
            others: record
                .others
                .iter()
                .map(TryFrom::try_from)
                .collect::<Result<_, _>>()?,
            unconfirmed: unconfirmed(&record),
            reproduced: again.is_none(),
            again,
            route: record.route,
        })
    }
}

fn json(value: &impl Serialize) -> Result<Value, ApiError> {
    serde_json::to_value(value).map_err(ApiError::internal)
}

/// Those of every channel that was asked about, each once.
fn unconfirmed(record: &DecisionRecord) -> Vec<String> {
    let others = record.others.iter().map(|other| &other.facts);
    let mut rules: Vec<String> = std::iter::once(&record.facts)
        .chain(others)
        .flat_map(|facts| facts.law.unconfirmed.iter().cloned())
        .collect();
    rules.sort_unstable();
    rules.dedup();
    rules
}

/// Explain a message
///
/// Every decision taken for it, with the rules and facts, and whether it can be taken again.
#[utoipa::path(get, path = "/v1/messages/{id}/explain", tag = "Messages", params(("id" = String, Path)),
    responses((status = 200, body = ExplanationView), (status = 404, description = "`not_found`")))]
pub(crate) async fn explain(
    State(api): State<Arc<Api>>,
    caller: Caller<Read>,
    PathId(id): PathId<MessageId>,
) -> Result<Json<ExplanationView>, ApiError> {
    find(&api, caller.tenant, id).await?;
    let records = api.messages.decisions(caller.tenant, id).await?;
    let data: Vec<ExplainedDecision> = records
        .into_iter()
        .map(TryFrom::try_from)
        .collect::<Result<_, _>>()?;
    let sentence = data.last().map_or_else(
        || "No decision was needed: the contact wrote it.".to_owned(),
        |latest| latest.sentence.clone(),
    );
    Ok(Json(ExplanationView { data, sentence }))
}
