use super::Progress;
use crate::{
    convert::to_json,
    marketing::{self, Sent},
    messages::{insert_decisions_of_many, money},
    transaction::store_error,
};
use sqlx::PgConnection;
use tidings_kernel::StoreError;
use tidings_messaging::{DecisionRecord, OutcomeKind, Receipt};
use time::OffsetDateTime;
use uuid::Uuid;

impl Progress {
    /// Writes what has changed.
    pub(crate) async fn store(self, connection: &mut PgConnection) -> Result<(), StoreError> {
        self.store_messages(connection).await?;
        self.store_attempts(connection).await?;
        self.store_queue(connection).await?;
        self.store_timeline(connection).await?;
        self.store_marketing(connection).await?;
        let decisions: Vec<(_, &DecisionRecord)> = self
            .decisions
            .iter()
            .map(|(tenant, decision)| (*tenant, decision))
            .collect();
        insert_decisions_of_many(connection, &decisions).await
    }

    async fn store_messages(&self, connection: &mut PgConnection) -> Result<(), StoreError> {
        if self.changed_messages.is_empty() {
            return Ok(());
        }
        let (mut tenants, mut ids, mut statuses) = (Vec::new(), Vec::new(), Vec::new());
        let (mut instants, mut send_ats) = (Vec::new(), Vec::new());
        let (mut micros, mut currencies) = (Vec::new(), Vec::new());
        for id in &self.changed_messages {
            let Some(state) = self.messages.get(id) else {
                continue;
            };
            tenants.push(state.tenant.uuid());
            ids.push(*id);
            statuses.push(state.status.as_str().to_owned());
            instants.push(state.status_at);
            send_ats.push(state.send_at);
            let (amount, currency) = money(state.cost);
            micros.push(amount);
            currencies.push(currency);
        }
        sqlx::query!(
            "UPDATE messages m SET status = c.status, status_at = c.status_at, send_at = c.send_at,
                 cost_actual_micros = c.micros, cost_actual_currency = c.currency
             FROM unnest($1::uuid[], $2::uuid[], $3::text[], $4::timestamptz[], $5::timestamptz[],
                 $6::bigint[], $7::text[])
                 AS c (tenant_id, id, status, status_at, send_at, micros, currency)
             WHERE m.tenant_id = c.tenant_id AND m.id = c.id",
            &tenants,
            &ids,
            &statuses,
            &instants,
            &send_ats as &[Option<OffsetDateTime>],
            &micros as &[Option<i64>],
            &currencies as &[Option<String>],
        )
        .execute(connection)
        .await
        .map_err(store_error)?;
        Ok(())
    }

    async fn store_attempts(&self, connection: &mut PgConnection) -> Result<(), StoreError> {
        if self.changed_attempts.is_empty() {
            return Ok(());
        }
        let (mut tenants, mut ids, mut outcomes) = (Vec::new(), Vec::new(), Vec::new());
        let (mut provider_ids, mut errors, mut receipts) = (Vec::new(), Vec::new(), Vec::new());
        let (mut micros, mut currencies, mut asks) = (Vec::new(), Vec::new(), Vec::new());
        for id in &self.changed_attempts {
            let Some(state) = self.attempts.get(id) else {
                continue;
            };
            let Some(message) = self.messages.get(&state.message) else {
                continue;
            };
            tenants.push(message.tenant.uuid());
            ids.push(*id);
            outcomes.push(state.outcome.map(OutcomeKind::as_str));
            provider_ids.push(state.provider_message_id.clone());
            errors.push(to_json("provider error", &state.error)?);
            receipts.push(state.receipt.map(Receipt::as_str));
            let (amount, currency) = money(state.cost);
            micros.push(amount);
            currencies.push(currency);
            asks.push(state.ask_at);
        }
        sqlx::query!(
            "UPDATE attempts a SET outcome = c.outcome, provider_message_id = c.provider_id,
                 error = nullif(c.error, 'null'::jsonb), receipt = c.receipt,
                 cost_micros = c.micros, cost_currency = c.currency, ask_at = c.ask_at
             FROM unnest($1::uuid[], $2::uuid[], $3::text[], $4::text[], $5::jsonb[], $6::text[],
                 $7::bigint[], $8::text[], $9::timestamptz[])
                 AS c (tenant_id, id, outcome, provider_id, error, receipt, micros, currency, ask_at)
             WHERE a.tenant_id = c.tenant_id AND a.id = c.id",
            &tenants,
            &ids,
            &outcomes as &[Option<&str>],
            &provider_ids as &[Option<String>],
            &errors,
            &receipts as &[Option<&str>],
            &micros as &[Option<i64>],
            &currencies as &[Option<String>],
            &asks as &[Option<OffsetDateTime>],
        )
        .execute(connection)
        .await
        .map_err(store_error)?;
        Ok(())
    }

    async fn store_queue(&self, connection: &mut PgConnection) -> Result<(), StoreError> {
        let left: Vec<Uuid> = self.left_queue.iter().copied().collect();
        if !left.is_empty() {
            sqlx::query!("DELETE FROM queue WHERE message_id = ANY($1)", &left)
                .execute(&mut *connection)
                .await
                .map_err(store_error)?;
        }
        let changed: Vec<Uuid> = self
            .changed_queue
            .difference(&self.left_queue)
            .copied()
            .collect();
        if changed.is_empty() {
            return Ok(());
        }
        let (mut ids, mut dues, mut helds) = (Vec::new(), Vec::new(), Vec::new());
        let (mut failures, mut exhausted, mut opens) = (Vec::new(), Vec::new(), Vec::new());
        for id in changed {
            let Some(state) = self.queue.get(&id) else {
                continue;
            };
            ids.push(id);
            dues.push(state.due_at);
            helds.push(state.is_held.then_some(state.fence));
            failures.push(state.failures);
            // An array of arrays must be rectangular, so the inner ones travel as text.
            exhausted.push(
                state
                    .exhausted
                    .iter()
                    .map(Uuid::to_string)
                    .collect::<Vec<_>>()
                    .join(","),
            );
            opens.push(state.open_attempt);
        }
        sqlx::query!(
            "UPDATE queue q SET due_at = c.due_at, held = c.held, failures = c.failures,
                 exhausted = coalesce(string_to_array(nullif(c.exhausted, ''), ',')::uuid[], '{}'),
                 open_attempt = c.open_attempt
             FROM unnest($1::uuid[], $2::timestamptz[], $3::bigint[], $4::integer[], $5::text[],
                 $6::uuid[]) AS c (message_id, due_at, held, failures, exhausted, open_attempt)
             WHERE q.message_id = c.message_id",
            &ids,
            &dues,
            &helds as &[Option<i64>],
            &failures,
            &exhausted,
            &opens as &[Option<Uuid>],
        )
        .execute(connection)
        .await
        .map_err(store_error)?;
        Ok(())
    }

    /// Marketing that is known to be refused no longer counts, and counts again if it has arrived.
    async fn store_marketing(&self, connection: &mut PgConnection) -> Result<(), StoreError> {
        let (mut refused, mut arrived) = (Vec::new(), Vec::new());
        for id in &self.changed_attempts {
            let Some(attempt) = self.attempts.get(id) else {
                continue;
            };
            let message = self.messages.get(&attempt.message);
            let Some(message) = message else {
                continue;
            };
            let sent = Sent {
                tenant: message.tenant.uuid(),
                attempt: *id,
                contact: message.contact,
                at: attempt.started_at,
            };
            let is_rejected = attempt.outcome == Some(OutcomeKind::Rejected);
            match (attempt.was_rejected, is_rejected) {
                // Whatever it was declared as: it may have been judged as marketing.
                (false, true) => refused.push(sent),
                (true, false) if message.is_marketing => arrived.push(sent),
                (true | false, false) | (true, true) => {}
            }
        }
        marketing::take_back(connection, &refused).await?;
        marketing::put_back(connection, &arrived).await
    }

    async fn store_timeline(&self, connection: &mut PgConnection) -> Result<(), StoreError> {
        if self.timeline.is_empty() {
            return Ok(());
        }
        let (mut tenants, mut ids) = (Vec::new(), Vec::new());
        let (mut statuses, mut instants, mut sources) = (Vec::new(), Vec::new(), Vec::new());
        for (id, status, at, source) in &self.timeline {
            let Some(message) = self.messages.get(id) else {
                continue;
            };
            tenants.push(message.tenant.uuid());
            ids.push(*id);
            statuses.push(status.as_str().to_owned());
            instants.push(*at);
            sources.push(source.clone());
        }
        sqlx::query!(
            "INSERT INTO timeline (tenant_id, message_id, status, at, source)
             SELECT * FROM unnest($1::uuid[], $2::uuid[], $3::text[], $4::timestamptz[], $5::text[])",
            &tenants,
            &ids,
            &statuses,
            &instants,
            &sources,
        )
        .execute(connection)
        .await
        .map_err(store_error)?;
        Ok(())
    }
}
