//! What the gate said, and from what. A decision at dispatch that found what acceptance had found is kept
//! as a reference to that one.

use crate::{convert::Place, transaction::store_error};
use ring::digest::{SHA256, digest as sha256};
use serde::Serialize;
use sqlx::PgConnection;
use std::borrow::Cow;
use tidings_kernel::{Channel, DecisionId, MessageId, StoreError, TenantId};
use tidings_messaging::{
    Allowance, DecisionRecord, Facts, GateOutcome, GateRequest, Reason, Stage,
};
use tidings_routing::Choice;
use time::OffsetDateTime;
use uuid::Uuid;

/// How many bytes of the hash are kept: what differs by chance alone does not collide in 128 bits, and
/// nobody gains by a collision of their own records.
const KEPT: usize = 16;

/// What a decision at acceptance and one at dispatch have in common when nothing has changed in between:
/// everything but the instant, that the message waits by then, the allowance, which acceptance alone looks at, and the
/// figures of the chosen way, of which [`Choice::considered`] has what counted.
#[derive(Serialize)]
struct Common<'a> {
    request: &'a GateRequest,
    facts: &'a Facts,
    outcome: GateOutcome,
    until: Option<i128>,
    channel: Option<Channel>,
    reasons: &'a [Reason],
    route: Option<Cow<'a, Choice>>,
}

/// A short hash of what two decisions have in common.
pub(crate) fn digest(record: &DecisionRecord) -> Result<[u8; KEPT], StoreError> {
    let common = Common {
        request: &waiting(&record.request),
        facts: &at_dispatch(&record.facts),
        outcome: record.decision.outcome,
        until: record
            .decision
            .until
            .map(OffsetDateTime::unix_timestamp_nanos),
        channel: record.decision.channel,
        reasons: &record.decision.reasons,
        route: record.route.as_ref().map(without_figures),
    };
    let bytes = serde_json::to_vec(&common).map_err(|error| StoreError::Inconsistent {
        context: "a decision does not serialize".to_owned(),
        source: Some(error.into()),
    })?;
    let mut short = [0; KEPT];
    short
        .iter_mut()
        .zip(sha256(&SHA256, &bytes).as_ref())
        .for_each(|(place, byte)| *place = *byte);
    Ok(short)
}

fn waiting(request: &GateRequest) -> Cow<'_, GateRequest> {
    if request.is_waiting {
        return Cow::Borrowed(request);
    }
    let mut waiting = request.clone();
    waiting.is_waiting = true;
    Cow::Owned(waiting)
}

fn without_figures(route: &Choice) -> Cow<'_, Choice> {
    let mut route = Cow::Borrowed(route);
    if route
        .chosen
        .as_ref()
        .is_some_and(|way| way.condition.is_some())
        && let Some(way) = &mut route.to_mut().chosen
    {
        way.condition = None;
    }
    route
}

fn at_dispatch(facts: &Facts) -> Cow<'_, Facts> {
    if facts.allowance == Allowance::default() {
        Cow::Borrowed(facts)
    } else {
        Cow::Owned(Facts {
            allowance: Allowance::default(),
            ..facts.clone()
        })
    }
}

/// The decision at dispatch that one at acceptance stands for.
fn repeated(accepted: &DecisionRecord, id: DecisionId, at: OffsetDateTime) -> DecisionRecord {
    let mut again = accepted.clone();
    again.id = id;
    again.stage = Stage::Dispatch;
    again.request.is_waiting = true;
    again.facts.allowance = Allowance::default();
    again.decision.evaluated_at = at;
    again.others = Vec::new();
    again
}

/// Stores decisions of several tenants, in one statement.
pub(crate) async fn insert(
    connection: &mut PgConnection,
    decisions: &[(TenantId, &DecisionRecord)],
) -> Result<(), StoreError> {
    if decisions.is_empty() {
        return Ok(());
    }
    let mut columns = Columns::default();
    for (tenant, decision) in decisions {
        columns.tenants.push(tenant.uuid());
        columns.ids.push(decision.id.uuid());
        columns.messages.push(decision.message.uuid());
        columns.stages.push(decision.stage.as_str().to_owned());
        columns
            .outcomes
            .push(decision.decision.outcome.as_str().to_owned());
        columns.instants.push(decision.decision.evaluated_at);
        columns
            .requests
            .push(json("gate request", &decision.request)?);
        columns.facts.push(json("facts", &decision.facts)?);
        columns
            .decisions
            .push(json("decision", &decision.decision)?);
        columns.routes.push(
            decision
                .route
                .as_ref()
                .map(|route| json("route", route))
                .transpose()?,
        );
        columns.others.push(json("others", &decision.others)?);
    }
    sqlx::query!(
        "INSERT INTO decisions (tenant_id, id, message_id, stage, outcome, evaluated_at, request,
             facts, decision, route, others)
         SELECT tenant_id, id, message_id, stage, outcome, evaluated_at, request::json, facts::json,
             decision::json, route::json, others::json
         FROM unnest($1::uuid[], $2::uuid[], $3::uuid[], $4::text[], $5::text[], $6::timestamptz[],
             $7::text[], $8::text[], $9::text[], $10::text[], $11::text[])
             AS d (tenant_id, id, message_id, stage, outcome, evaluated_at, request, facts, decision,
                 route, others)",
        &columns.tenants,
        &columns.ids,
        &columns.messages,
        &columns.stages,
        &columns.outcomes,
        &columns.instants,
        &columns.requests,
        &columns.facts,
        &columns.decisions,
        &columns.routes as &[Option<String>],
        &columns.others,
    )
    .execute(connection)
    .await
    .map_err(store_error)?;
    Ok(())
}

#[derive(Default)]
struct Columns {
    tenants: Vec<Uuid>,
    ids: Vec<Uuid>,
    messages: Vec<Uuid>,
    stages: Vec<String>,
    outcomes: Vec<String>,
    instants: Vec<OffsetDateTime>,
    requests: Vec<String>,
    facts: Vec<String>,
    decisions: Vec<String>,
    routes: Vec<Option<String>>,
    others: Vec<String>,
}

/// As text, which the database keeps as it is. PostgreSQL keeps no NUL: U+FFFD takes its place.
fn json(what: &str, value: &impl Serialize) -> Result<String, StoreError> {
    let text = serde_json::to_string(value).map_err(|error| StoreError::Inconsistent {
        context: format!("{what} does not serialize"),
        source: Some(error.into()),
    })?;
    // JSON escapes a NUL, and a backslash before it would be escaped itself.
    if text.contains("\\u0000") {
        let value = crate::convert::to_json(what, value)?;
        return Ok(value.to_string());
    }
    Ok(text)
}

/// Every decision that was taken for a message, oldest first.
pub(crate) async fn load(
    connection: &mut PgConnection,
    tenant: TenantId,
    message: MessageId,
) -> Result<Vec<DecisionRecord>, StoreError> {
    let rows = sqlx::query_as!(
        DecisionRow,
        "SELECT id, message_id, stage, request, facts, decision, route, others
         FROM decisions
         WHERE tenant_id = $1 AND message_id = $2 ORDER BY id",
        tenant.uuid(),
        message.uuid(),
    )
    .fetch_all(&mut *connection)
    .await
    .map_err(store_error)?;
    let mut records: Vec<DecisionRecord> = rows
        .into_iter()
        .map(DecisionRecord::try_from)
        .collect::<Result<_, _>>()?;
    let accepted = records
        .iter()
        .find(|record| record.stage == Stage::Accept)
        .cloned();
    if let Some(accepted) = accepted {
        let references = sqlx::query!(
            r#"SELECT decision_id AS "decision_id!", started_at FROM attempts
               WHERE tenant_id = $1 AND message_id = $2 AND decision_id IS NOT NULL"#,
            tenant.uuid(),
            message.uuid(),
        )
        .fetch_all(connection)
        .await
        .map_err(store_error)?;
        records.extend(references.into_iter().map(|row| {
            let id = DecisionId::from_uuid(row.decision_id);
            repeated(&accepted, id, row.started_at)
        }));
        records.sort_by_key(|record| record.id);
    }
    Ok(records)
}

/// A row of `decisions`.
struct DecisionRow {
    id: Uuid,
    message_id: Uuid,
    stage: String,
    request: serde_json::Value,
    facts: serde_json::Value,
    decision: serde_json::Value,
    route: Option<serde_json::Value>,
    others: serde_json::Value,
}

impl TryFrom<DecisionRow> for DecisionRecord {
    type Error = StoreError;

    fn try_from(row: DecisionRow) -> Result<Self, StoreError> {
        let place = Place::new("decisions", row.id);
        let stage = [Stage::Accept, Stage::Dispatch]
            .into_iter()
            .find(|stage| stage.as_str() == row.stage)
            .ok_or_else(|| place.bad("stage", &row.stage))?;
        Ok(Self {
            id: DecisionId::from_uuid(row.id),
            message: MessageId::from_uuid(row.message_id),
            stage,
            request: place.json("request", row.request)?,
            facts: place.json("facts", row.facts)?,
            decision: place.json("decision", row.decision)?,
            route: row
                .route
                .map(|value| place.json("route", value))
                .transpose()?,
            others: place.json("others", row.others)?,
        })
    }
}
