use super::Progress;
use crate::{
    absences::{self, NewRefusal},
    contacts::stored_value,
    convert::to_json,
    event_log::{self, Noted},
    ladders,
    marketing::{self, Sent},
    messages::{decisions, money, timeline},
    status_webhooks::{self, News},
    transaction::store_error,
    usage,
};
use sqlx::PgConnection;
use tidings_kernel::{ContactId, MessageId, StoreError};
use tidings_messaging::{
    DecisionRecord, Failed, Happening, MessageStatus, OutcomeKind, Receipt, Status,
};
use time::OffsetDateTime;
use uuid::Uuid;

impl Progress {
    /// Writes what has changed, and gives how many events were noted.
    pub(crate) async fn store(self, connection: &mut PgConnection) -> Result<u64, StoreError> {
        self.store_messages(connection).await?;
        self.store_news(connection).await?;
        self.store_attempts(connection).await?;
        self.store_queue(connection).await?;
        self.store_marketing(connection).await?;
        self.store_dead_letters(connection).await?;
        self.wake_ladders(connection).await?;
        absences::note(connection, self.refusals()).await?;
        let decided: Vec<(_, &DecisionRecord)> = self
            .decisions
            .iter()
            .map(|(tenant, decision)| (*tenant, decision))
            .collect();
        decisions::insert(connection, &decided).await?;
        let refused = self.messages.values().filter(|message| {
            message.status == Status::Blocked && message.stored != Status::Blocked
        });
        let refunds =
            refused.map(|message| (message.tenant, message.created_at, message.cost_estimated));
        usage::give_back(connection, refunds).await?;
        let noted = self.events();
        event_log::note(connection, &noted).await
    }

    /// What tenants whose logs are kept are told.
    fn events(&self) -> Vec<Noted> {
        let mut noted = Vec::new();
        for (id, entries) in &self.entries {
            let Some(state) = self.messages.get(id).filter(|state| state.is_logged) else {
                continue;
            };
            for entry in entries {
                let error = (entry.status == Status::Failed).then(|| Failed::from(&self.why(*id)));
                let happening = Happening::MessageStatus(MessageStatus {
                    message_id: MessageId::from_uuid(*id),
                    contact_id: ContactId::from_uuid(state.contact),
                    channel: state.channel,
                    status: entry.status,
                    source: entry.source.clone(),
                    error,
                });
                noted.push(Noted::new(state.tenant, entry.at, happening));
            }
        }
        noted
    }

    /// The refusals that say that nobody is there. Of an erased contact no address is left.
    fn refusals(&self) -> Vec<NewRefusal> {
        let changed = self.changed_attempts.iter();
        let changed = changed.filter_map(|id| Some((*id, self.attempts.get(id)?)));
        changed
            .filter_map(|(id, attempt)| {
                let certainty = attempt.error.as_ref()?.absence?;
                let is_refused = attempt.outcome == Some(OutcomeKind::Rejected)
                    || attempt.receipt == Some(Receipt::Failed);
                let message = self.messages.get(&attempt.message)?;
                let value = stored_value(&message.address);
                (is_refused && !value.is_empty()).then(|| NewRefusal {
                    tenant: message.tenant.uuid(),
                    channel: message.channel,
                    address_kind: message.address.kind(),
                    address_value: value,
                    attempt: id,
                    contact: message.contact,
                    at: attempt.started_at,
                    certainty,
                })
            })
            .collect()
    }

    async fn store_messages(&self, connection: &mut PgConnection) -> Result<(), StoreError> {
        if self.changed_messages.is_empty() {
            return Ok(());
        }
        let (mut tenants, mut ids, mut statuses) = (Vec::new(), Vec::new(), Vec::new());
        let (mut instants, mut send_ats) = (Vec::new(), Vec::new());
        let (mut micros, mut currencies) = (Vec::new(), Vec::new());
        let mut entries = Vec::new();
        for id in &self.changed_messages {
            let Some(state) = self.messages.get(id) else {
                continue;
            };
            tenants.push(state.tenant.uuid());
            ids.push(*id);
            // An open attempt says by itself that its message is being sent.
            let status = match state.status {
                Status::Sending => state.stored,
                status => status,
            };
            statuses.push(status.as_str().to_owned());
            instants.push(state.status_at);
            let new = self.entries.get(id).map(Vec::as_slice);
            entries.push(timeline::write(new.unwrap_or_default()));
            send_ats.push(state.send_at);
            let (amount, currency) = money(state.cost);
            micros.push(amount);
            currencies.push(currency);
        }
        sqlx::query!(
            r"UPDATE messages m SET status = c.status, status_at = c.status_at, send_at = c.send_at,
                 cost_actual_micros = c.micros, cost_actual_currency = c.currency,
                 timeline = concat_ws(E'\n', nullif(m.timeline, ''), nullif(c.entries, ''))
              FROM unnest($1::uuid[], $2::uuid[], $3::text[], $4::timestamptz[], $5::timestamptz[],
                  $6::bigint[], $7::text[], $8::text[])
                  AS c (tenant_id, id, status, status_at, send_at, micros, currency, entries)
              WHERE m.tenant_id = c.tenant_id AND m.id = c.id",
            &tenants,
            &ids,
            &statuses,
            &instants,
            &send_ats as &[Option<OffsetDateTime>],
            &micros as &[Option<i64>],
            &currencies as &[Option<String>],
            &entries,
        )
        .execute(connection)
        .await
        .map_err(store_error)?;
        Ok(())
    }

    /// What has come to an end may have a chain that goes on, or ends.
    async fn wake_ladders(&self, connection: &mut PgConnection) -> Result<(), StoreError> {
        let ended = self.changed_messages.iter().filter_map(|id| {
            let state = self.messages.get(id)?;
            let is_news = state.status.is_final() && state.status != state.stored;
            is_news.then_some((*id, state.status_at))
        });
        let (ids, instants): (Vec<Uuid>, Vec<OffsetDateTime>) = ended.unzip();
        match instants.into_iter().min() {
            Some(first) => ladders::wake(connection, &ids, first).await,
            None => Ok(()),
        }
    }

    /// Tells those who want to be told; nearly always that is nobody.
    async fn store_news(&self, connection: &mut PgConnection) -> Result<(), StoreError> {
        let mut news = Vec::new();
        for (id, entries) in &self.entries {
            let Some(state) = self.messages.get(id) else {
                continue;
            };
            let Some(url) = &state.webhook else { continue };
            news.extend(entries.iter().map(|entry| News {
                tenant: state.tenant.uuid(),
                message: *id,
                url: url.clone(),
                status: entry.status,
                at: entry.at,
            }));
        }
        status_webhooks::note(connection, &news).await
    }

    async fn store_attempts(&self, connection: &mut PgConnection) -> Result<(), StoreError> {
        if self.changed_attempts.is_empty() {
            return Ok(());
        }
        let (mut tenants, mut ids, mut outcomes) = (Vec::new(), Vec::new(), Vec::new());
        let mut messages = Vec::new();
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
            messages.push(state.message);
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
                 $7::bigint[], $8::text[], $9::timestamptz[], $10::uuid[])
                 AS c (tenant_id, id, outcome, provider_id, error, receipt, micros, currency, ask_at,
                     message_id)
             WHERE a.tenant_id = c.tenant_id AND a.message_id = c.message_id AND a.id = c.id",
            &tenants,
            &ids,
            &outcomes as &[Option<&str>],
            &provider_ids as &[Option<String>],
            &errors,
            &receipts as &[Option<&str>],
            &micros as &[Option<i64>],
            &currencies as &[Option<String>],
            &asks as &[Option<OffsetDateTime>],
            &messages,
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
        let (mut ids, mut dues, mut are_held) = (Vec::new(), Vec::new(), Vec::new());
        let mut are_stranded = Vec::new();
        let (mut failures, mut exhausted) = (Vec::new(), Vec::new());
        for id in changed {
            let Some(state) = self.queue.get(&id) else {
                continue;
            };
            ids.push(id);
            dues.push(state.due_at);
            are_held.push(state.is_held);
            are_stranded.push(state.is_stranded);
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
        }
        // What was given back sleeps until it is due, or until somebody looks for what has become due.
        sqlx::query!(
            "UPDATE queue q SET due_at = c.due_at,
                 wake_at = CASE WHEN c.is_held THEN q.wake_at ELSE c.due_at END,
                 held_until = CASE WHEN c.is_held THEN q.held_until END,
                 stranded = CASE WHEN c.is_held THEN q.stranded ELSE c.is_stranded END,
                 failures = c.failures,
                 exhausted = string_to_array(nullif(c.exhausted, ''), ',')::uuid[]
             FROM unnest($1::uuid[], $2::timestamptz[], $3::boolean[], $4::smallint[], $5::text[],
                 $6::boolean[])
                 AS c (message_id, due_at, is_held, failures, exhausted, is_stranded)
             WHERE q.message_id = c.message_id",
            &ids,
            &dues,
            &are_held,
            &failures,
            &exhausted,
            &are_stranded,
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
}
