use crate::{convert::to_json, sources::version_column, transaction::store_error};
use sqlx::PgConnection;
use tidings_kernel::{Money, StoreError, TenantId};
use tidings_messaging::{DecisionRecord, Message, NewMessage, QueueEntry};
use tidings_quiet_hours::Urgency;
use uuid::Uuid;

/// Stores a new message with its decision, place in the queue and timeline.
/// `false` if the contact is gone.
pub(super) async fn insert_new(
    connection: &mut PgConnection,
    new: &NewMessage,
) -> Result<bool, StoreError> {
    let message = &new.message;
    if !insert_message(connection, message).await? {
        return Ok(false);
    }
    insert_decisions(connection, message.tenant, &[&new.decision]).await?;
    sqlx::query!(
        "INSERT INTO timeline (tenant_id, message_id, status, at, source)
         VALUES ($1, $2, 'accepted', $3, 'api'), ($1, $2, $4, $3, 'gate')",
        message.tenant.uuid(),
        message.id.uuid(),
        message.created_at,
        message.status.as_str(),
    )
    .execute(&mut *connection)
    .await
    .map_err(store_error)?;
    if let Some(entry) = new.entry {
        insert_entry(connection, message.tenant, message.id, entry).await?;
    }
    Ok(true)
}

/// Stores a message, unless its contact is gone. An erasure waits for it, or is waited for.
pub(crate) async fn insert_message(
    connection: &mut PgConnection,
    message: &Message,
) -> Result<bool, StoreError> {
    let (estimated, estimated_currency) = money(message.cost_estimated);
    let (actual, actual_currency) = money(message.cost_actual);
    let segments = message.segments.as_ref();
    let count = |n: u32| i32::try_from(n).unwrap_or(i32::MAX);
    let template_use = message
        .template_use
        .as_ref()
        .map(|used| to_json("template use", used))
        .transpose()?;
    let version = message.context.as_ref().and_then(|context| context.version);
    let version = version.map(version_column).transpose()?;
    let override_by = message
        .override_by
        .as_ref()
        .map(|overriding| to_json("override", overriding))
        .transpose()?;
    let inserted = sqlx::query!(
        "INSERT INTO messages (tenant_id, id, contact_id, direction, channel, purpose, status,
             status_at, content, template_id, template_use, from_address, to_address, address_kind,
             address_value, priority, scheduled_at, send_at, valid_until, segment_encoding,
             segment_units, segment_count, cost_estimated_micros, cost_estimated_currency,
             cost_actual_micros, cost_actual_currency, context_type, context_id, topic, tags,
             account_id, sender_id, provider_message_id, created_at, context_version, urgency,
             override_by)
         SELECT $1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19,
             $20, $21, $22, $23, $24, $25, $26, $27, $28, $29, $30, $31, $32, $33, $34,
             $35, $36, $37
         FROM contacts WHERE tenant_id = $1 AND id = $3 AND erased_at IS NULL
         FOR KEY SHARE",
        message.tenant.uuid(),
        message.id.uuid(),
        message.contact.uuid(),
        message.direction.as_str(),
        message.channel.as_str(),
        message.purpose.as_str(),
        message.status.as_str(),
        message.status_at,
        to_json("content", &message.content)?,
        message.template.map(tidings_kernel::TemplateId::uuid),
        template_use,
        message.from,
        message.to,
        message.contact_address.kind(),
        message.contact_address.to_string(),
        i16::from(message.priority),
        message.scheduled_at,
        message.send_at,
        message.valid_until,
        segments.map(|segments| segments.encoding.as_str()),
        segments.map(|segments| count(segments.units)),
        segments.map(|segments| count(segments.count)),
        estimated,
        estimated_currency,
        actual,
        actual_currency,
        message.context.as_ref().map(|context| context.kind.clone()),
        message.context.as_ref().map(|context| context.id.clone()),
        message.topic,
        &message.tags,
        message.account.map(tidings_kernel::AccountId::uuid),
        message.sender.map(tidings_kernel::SenderId::uuid),
        message.provider_message_id,
        message.created_at,
        version,
        urgency(message.urgency),
        override_by,
    )
    .execute(connection)
    .await
    .map_err(store_error)?;
    Ok(inserted.rows_affected() == 1)
}

/// The column's name for it, which is also its name elsewhere.
const fn urgency(urgency: Urgency) -> &'static str {
    match urgency {
        Urgency::Ordinary => "ordinary",
        Urgency::TimeCritical => "time_critical",
    }
}

/// The two columns of an amount.
pub(crate) fn money(money: Option<Money>) -> (Option<i64>, Option<String>) {
    money
        .map(|money| (money.micros(), money.currency().to_string()))
        .unzip()
}

/// Stores decisions, in one statement.
pub(crate) async fn insert_decisions(
    connection: &mut PgConnection,
    tenant: TenantId,
    decisions: &[&DecisionRecord],
) -> Result<(), StoreError> {
    let keyed: Vec<(TenantId, &DecisionRecord)> = decisions
        .iter()
        .map(|decision| (tenant, *decision))
        .collect();
    insert_decisions_of_many(connection, &keyed).await
}

/// Stores decisions of several tenants, in one statement.
pub(crate) async fn insert_decisions_of_many(
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
            .push(to_json("gate request", &decision.request)?);
        columns.facts.push(to_json("facts", &decision.facts)?);
        columns
            .decisions
            .push(to_json("decision", &decision.decision)?);
        // JSON null stands for none: UNNEST takes no optional values of this type.
        columns.routes.push(to_json("route", &decision.route)?);
        columns.others.push(to_json("others", &decision.others)?);
    }
    sqlx::query!(
        "INSERT INTO decisions (tenant_id, id, message_id, stage, outcome, evaluated_at, request,
             facts, decision, route, others)
         SELECT tenant_id, id, message_id, stage, outcome, evaluated_at, request, facts, decision,
             nullif(route, 'null'::jsonb), others
         FROM unnest($1::uuid[], $2::uuid[], $3::uuid[], $4::text[], $5::text[], $6::timestamptz[],
             $7::jsonb[], $8::jsonb[], $9::jsonb[], $10::jsonb[], $11::jsonb[])
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
        &columns.routes,
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
    instants: Vec<time::OffsetDateTime>,
    requests: Vec<serde_json::Value>,
    facts: Vec<serde_json::Value>,
    decisions: Vec<serde_json::Value>,
    routes: Vec<serde_json::Value>,
    others: Vec<serde_json::Value>,
}

/// Gives a message a place in the queue.
pub(super) async fn insert_entry(
    connection: &mut PgConnection,
    tenant: TenantId,
    message: tidings_kernel::MessageId,
    entry: QueueEntry,
) -> Result<(), StoreError> {
    sqlx::query!(
        "INSERT INTO queue (message_id, tenant_id, rank, priority, due_at)
         VALUES ($1, $2, $3, $4, $5)",
        message.uuid(),
        tenant.uuid(),
        i16::from(entry.class.rank()),
        i16::from(entry.priority),
        entry.due_at,
    )
    .execute(connection)
    .await
    .map_err(store_error)?;
    Ok(())
}
