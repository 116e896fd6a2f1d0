use super::{AttemptState, MessageState, Progress, QueueState};
use crate::{convert::Place, transaction::store_error};
use sqlx::PgConnection;
use std::collections::BTreeSet;
use tidings_kernel::{Purpose, StoreError, TenantId};
use tidings_messaging::{Address, OutcomeKind, Status};
use uuid::Uuid;

impl Progress {
    /// Locks messages of these tenants with all their attempts and their places in the queue.
    pub(crate) async fn lock(
        connection: &mut PgConnection,
        tenants: impl Iterator<Item = TenantId>,
        messages: &[Uuid],
    ) -> Result<Self, StoreError> {
        let tenants: BTreeSet<Uuid> = tenants.map(TenantId::uuid).collect();
        let tenants: Vec<Uuid> = tenants.into_iter().collect();
        let mut progress = Self::default();
        progress
            .lock_messages(connection, &tenants, messages)
            .await?;
        // Statements of their own, so that they see what was committed while locks were waited for.
        progress
            .read_attempts(connection, &tenants, messages)
            .await?;
        progress.lock_queue(connection, messages).await?;
        progress.see_what_is_sending();
        Ok(progress)
    }

    async fn lock_messages(
        &mut self,
        connection: &mut PgConnection,
        tenants: &[Uuid],
        messages: &[Uuid],
    ) -> Result<(), StoreError> {
        let rows = sqlx::query!(
            r#"SELECT tenant_id, id, contact_id, channel, address_kind, address_value, purpose, status, status_at,
                 send_at, created_at, cost_estimated_micros, cost_estimated_currency, cost_actual_micros,
                 cost_actual_currency, status_webhook,
                 (tenant_id IN (SELECT l.tenant_id FROM event_logs l WHERE l.is_kept)) AS "is_logged!"
             FROM messages WHERE tenant_id = ANY($1) AND id = ANY($2) ORDER BY id FOR NO KEY UPDATE"#,
            tenants,
            messages,
        )
        .fetch_all(connection)
        .await
        .map_err(store_error)?;
        for row in rows {
            let place = Place::new("messages", row.id);
            let status = place.parse("status", &row.status)?;
            let state = MessageState {
                tenant: TenantId::from_uuid(row.tenant_id),
                contact: row.contact_id,
                channel: place.parse("channel", &row.channel)?,
                address: Address::from_parts(&row.address_kind, &row.address_value)
                    .ok_or_else(|| place.bad("address_value", "not of its kind"))?,
                is_marketing: row.purpose == Purpose::Marketing.as_str(),
                status,
                stored: status,
                sending_since: None,
                created_at: row.created_at,
                cost_estimated: place.money(
                    "cost_estimated",
                    row.cost_estimated_micros,
                    row.cost_estimated_currency.as_deref(),
                )?,
                status_at: row.status_at,
                send_at: row.send_at,
                cost: place.money(
                    "cost_actual",
                    row.cost_actual_micros,
                    row.cost_actual_currency.as_deref(),
                )?,
                webhook: row.status_webhook,
                is_logged: row.is_logged,
                latest: None,
            };
            self.messages.insert(row.id, state);
        }
        Ok(())
    }

    async fn read_attempts(
        &mut self,
        connection: &mut PgConnection,
        tenants: &[Uuid],
        messages: &[Uuid],
    ) -> Result<(), StoreError> {
        let rows = sqlx::query!(
            "SELECT id, message_id, started_at, outcome, provider_message_id, error, receipt, cost_micros,
                 cost_currency, ask_at, asked
             FROM attempts WHERE tenant_id = ANY($1) AND message_id = ANY($2)
             ORDER BY id",
            tenants,
            messages,
        )
        .fetch_all(connection)
        .await
        .map_err(store_error)?;
        for row in rows {
            let place = Place::new("attempts", row.id);
            let outcome = row
                .outcome
                .map(|name| OutcomeKind::parse(&name).ok_or_else(|| place.bad("outcome", name)))
                .transpose()?;
            let state = AttemptState {
                message: row.message_id,
                started_at: row.started_at,
                was_rejected: outcome == Some(OutcomeKind::Rejected),
                outcome,
                provider_message_id: row.provider_message_id,
                error: row
                    .error
                    .map(|value| place.json("error", value))
                    .transpose()?,
                receipt: place.parse_some("receipt", row.receipt.as_deref())?,
                cost: place.money("cost", row.cost_micros, row.cost_currency.as_deref())?,
                ask_at: row.ask_at,
                asked: row.asked,
            };
            // Attempt ids grow with time, and rows come by id.
            if let Some(message) = self.messages.get_mut(&row.message_id) {
                message.latest = Some(row.id);
            }
            self.attempts.insert(row.id, state);
        }
        Ok(())
    }

    async fn lock_queue(
        &mut self,
        connection: &mut PgConnection,
        messages: &[Uuid],
    ) -> Result<(), StoreError> {
        let rows = sqlx::query!(
            "SELECT message_id, fence, due_at, held_until, failures, exhausted
             FROM queue WHERE message_id = ANY($1) ORDER BY message_id FOR UPDATE",
            messages,
        )
        .fetch_all(connection)
        .await
        .map_err(store_error)?;
        for row in rows {
            let state = QueueState {
                fence: row.fence,
                due_at: row.due_at,
                is_held: row.held_until.is_some(),
                is_stranded: false,
                failures: row.failures,
                exhausted: row.exhausted.unwrap_or_default(),
            };
            self.queue.insert(row.message_id, state);
        }
        Ok(())
    }

    /// A waiting message whose latest attempt is open is being sent.
    fn see_what_is_sending(&mut self) {
        for message in self.messages.values_mut() {
            let latest = message.latest.and_then(|id| self.attempts.get(&id));
            let Some(latest) = latest.filter(|_| message.status.is_waiting()) else {
                continue;
            };
            match latest.outcome {
                None | Some(OutcomeKind::Unknown) => {
                    message.status = Status::Sending;
                    message.status_at = latest.started_at;
                    message.sending_since = Some(latest.started_at);
                }
                Some(OutcomeKind::Accepted | OutcomeKind::Rejected) => {}
            }
        }
    }
}
