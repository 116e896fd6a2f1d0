use crate::{
    Postgres,
    convert::{Place, names, to_json},
    event_log::{self, Noted},
    idempotency::write_answer,
    tenants::random_bytes,
    transaction::store_error,
};
use async_trait::async_trait;
use sqlx::PgConnection;
use tidings_consent::{
    Channels, ConsentEvent, Evidence, Purposes,
    chain::{Hash, Link, Salt},
};
use tidings_kernel::{ConsentEventId, ContactId, StoreError, TenantId};
use tidings_messaging::{Answer, ConsentLedger, ConsentNoted, Happening, RecordError};
use time::OffsetDateTime;
use uuid::Uuid;

/// A row of `consent_events`.
pub(crate) struct ConsentRow {
    pub(crate) contact_id: Uuid,
    pub(crate) id: Uuid,
    pub(crate) action: String,
    pub(crate) channels: Option<Vec<String>>,
    pub(crate) purposes: Option<Vec<String>>,
    pub(crate) method: String,
    pub(crate) occurred_at: OffsetDateTime,
    pub(crate) recorded_at: OffsetDateTime,
    pub(crate) evidence: Option<serde_json::Value>,
}

impl TryFrom<ConsentRow> for ConsentEvent {
    type Error = StoreError;

    fn try_from(row: ConsentRow) -> Result<Self, StoreError> {
        let place = Place::new("consent_events", row.id);
        let channels = match row.channels {
            None => Channels::All,
            Some(list) => Channels::only(place.parse_all("channels", &list)?)
                .map_err(|error| place.bad("channels", error))?,
        };
        let purposes = match row.purposes {
            None => Purposes::All,
            Some(list) => Purposes::only(place.parse_all("purposes", &list)?)
                .map_err(|error| place.bad("purposes", error))?,
        };
        Ok(Self {
            id: ConsentEventId::from_uuid(row.id),
            contact: ContactId::from_uuid(row.contact_id),
            action: place.parse("action", &row.action)?,
            channels,
            purposes,
            method: place.parse("method", &row.method)?,
            occurred_at: row.occurred_at,
            recorded_at: row.recorded_at,
            evidence: match row.evidence {
                Some(evidence) => place.json("evidence", evidence)?,
                None => Evidence::default(),
            },
        })
    }
}

/// Adds an event to its contact's chain. The contact's row is locked, so that two events never take
/// the same place. Gives how many events were noted for the tenant's log; none if there is no such contact.
pub(crate) async fn append(
    connection: &mut PgConnection,
    tenant: TenantId,
    event: &ConsentEvent,
) -> Result<Option<u64>, StoreError> {
    let contact = sqlx::query_scalar!(
        "SELECT id FROM contacts WHERE tenant_id = $1 AND id = $2 AND erased_at IS NULL
         FOR NO KEY UPDATE",
        tenant.uuid(),
        event.contact.uuid(),
    )
    .fetch_optional(&mut *connection)
    .await
    .map_err(store_error)?;
    if contact.is_none() {
        return Ok(None);
    }
    let last = sqlx::query!(
        "SELECT position, hash FROM consent_events WHERE tenant_id = $1 AND contact_id = $2
         ORDER BY position DESC LIMIT 1",
        tenant.uuid(),
        event.contact.uuid(),
    )
    .fetch_optional(&mut *connection)
    .await
    .map_err(store_error)?;
    let (position, previous) = match last {
        None => (1, None),
        Some(last) => {
            let place = Place::new("consent_events", event.contact.uuid());
            (
                last.position + 1,
                Some(Hash::from_bytes(place.bytes("hash", &last.hash)?)),
            )
        }
    };
    let salt = random_bytes()?;
    let link = Link::new(previous.as_ref(), event.clone(), Salt::new(salt));
    let channels = event.channels.named().map(names);
    let purposes = event.purposes.named().map(names);
    let inserted = sqlx::query!(
        "INSERT INTO consent_events (tenant_id, contact_id, position, id, action, channels,
             purposes, method, occurred_at, recorded_at, evidence, salt, evidence_digest, hash)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)
         ON CONFLICT (tenant_id, id) DO NOTHING",
        tenant.uuid(),
        event.contact.uuid(),
        position,
        event.id.uuid(),
        event.action.as_str(),
        channels.as_deref(),
        purposes.as_deref(),
        event.method.as_str(),
        event.occurred_at,
        event.recorded_at,
        to_json("evidence", &event.evidence)?,
        &salt[..],
        &link.evidence_digest.as_bytes()[..],
        &link.hash.as_bytes()[..],
    )
    .execute(&mut *connection)
    .await
    .map_err(store_error)?;
    if inserted.rows_affected() == 0 {
        return Ok(Some(0));
    }
    let happening = Happening::ConsentRecorded(ConsentNoted::from(event));
    let noted = Noted::new(tenant, event.recorded_at, happening);
    event_log::note(connection, &[noted]).await.map(Some)
}

/// Destroys the evidence of a contact's events, and the salts that open its digests.
pub(crate) async fn redact_evidence(
    connection: &mut PgConnection,
    tenant: TenantId,
    contact: ContactId,
) -> Result<(), StoreError> {
    sqlx::query!(
        "UPDATE consent_events SET evidence = NULL, salt = NULL
         WHERE tenant_id = $1 AND contact_id = $2",
        tenant.uuid(),
        contact.uuid(),
    )
    .execute(connection)
    .await
    .map_err(store_error)?;
    Ok(())
}

#[async_trait]
impl ConsentLedger for Postgres {
    async fn record(
        &self,
        tenant: TenantId,
        event: &ConsentEvent,
        answer: Option<&Answer>,
    ) -> Result<(), RecordError> {
        let mut transaction = self.begin_for(tenant).await?;
        let appended = append(&mut transaction, tenant, event).await?;
        let noted = appended.ok_or(RecordError::NoContact)?;
        write_answer(&mut transaction, answer).await??;
        transaction.commit().await.map_err(store_error)?;
        self.wake_for_events(noted);
        Ok(())
    }

    async fn history(&self, tenant: TenantId, contact: ContactId) -> Result<Vec<Link>, StoreError> {
        let mut transaction = self.begin_for(tenant).await?;
        let rows = sqlx::query!(
            "SELECT contact_id, id, action, channels, purposes, method, occurred_at, recorded_at,
                 evidence, salt, evidence_digest, hash
             FROM consent_events WHERE tenant_id = $1 AND contact_id = $2 ORDER BY position",
            tenant.uuid(),
            contact.uuid(),
        )
        .fetch_all(&mut *transaction)
        .await
        .map_err(store_error)?;
        transaction.commit().await.map_err(store_error)?;
        rows.into_iter()
            .map(|row| {
                let place = Place::new("consent_events", row.id);
                let salt = row
                    .salt
                    .map(|salt| place.bytes("salt", &salt).map(Salt::new));
                Ok(Link {
                    evidence_digest: Hash::from_bytes(
                        place.bytes("evidence_digest", &row.evidence_digest)?,
                    ),
                    salt: salt.transpose()?,
                    hash: Hash::from_bytes(place.bytes("hash", &row.hash)?),
                    event: ConsentEvent::try_from(ConsentRow {
                        contact_id: row.contact_id,
                        id: row.id,
                        action: row.action,
                        channels: row.channels,
                        purposes: row.purposes,
                        method: row.method,
                        occurred_at: row.occurred_at,
                        recorded_at: row.recorded_at,
                        evidence: row.evidence,
                    })?,
                })
            })
            .collect()
    }
}
