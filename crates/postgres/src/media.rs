//! What is known of files.

use crate::{
    Postgres,
    convert::{Place, without_nul},
    transaction::store_error,
};
use async_trait::async_trait;
use sqlx::PgConnection;
use tidings_kernel::{AccountId, ContactId, MediaId, MessageId, StoreError, TenantId};
use tidings_messaging::{
    Media, MediaOutcome, MediaRecords, MediaSettled,
    media::{MediaFile, MediaOrigin, MediaRecord, MediaState},
};
use time::{Duration, OffsetDateTime};
use uuid::Uuid;

/// A row of `media`.
struct MediaRow {
    tenant_id: Uuid,
    id: Uuid,
    contact_id: Option<Uuid>,
    message_id: Option<Uuid>,
    account_id: Option<Uuid>,
    source_url: Option<String>,
    source_type: Option<String>,
    state: String,
    reason: Option<String>,
    content_type: Option<String>,
    bytes: Option<i64>,
    sha256: Option<Vec<u8>>,
    small_type: Option<String>,
    small_bytes: Option<i64>,
    small_sha256: Option<Vec<u8>>,
    attempts: i32,
    created_at: OffsetDateTime,
}

impl MediaRow {
    fn read(self) -> Result<MediaRecord, StoreError> {
        let place = Place::new("media", self.id);
        let origin = match (
            self.contact_id,
            self.message_id,
            self.account_id,
            self.source_url,
        ) {
            (Some(contact), Some(message), Some(account), Some(url)) => Some(MediaOrigin {
                contact: ContactId::from_uuid(contact),
                message: MessageId::from_uuid(message),
                account: AccountId::from_uuid(account),
                source: Media {
                    url,
                    content_type: self.source_type,
                },
            }),
            _ => None,
        };
        let whole = file(place, self.content_type, self.bytes, self.sha256)?;
        let small = file(place, self.small_type, self.small_bytes, self.small_sha256)?;
        let state = match (self.state.as_str(), self.reason, whole) {
            ("pending", _, _) => MediaState::Pending,
            ("removed", _, _) => MediaState::Removed,
            ("stored", _, Some(file)) => MediaState::Stored { file, small },
            ("refused", Some(reason), _) => MediaState::Refused(place.parse("reason", &reason)?),
            (state, _, _) => return Err(place.bad("state", state)),
        };
        Ok(MediaRecord {
            id: MediaId::from_uuid(self.id),
            tenant: TenantId::from_uuid(self.tenant_id),
            origin,
            state,
            attempts: place.number("attempts", self.attempts)?,
            created_at: self.created_at,
        })
    }
}

fn file(
    place: Place,
    content_type: Option<String>,
    bytes: Option<i64>,
    sha256: Option<Vec<u8>>,
) -> Result<Option<MediaFile>, StoreError> {
    let (Some(content_type), Some(bytes), Some(sha256)) = (content_type, bytes, sha256) else {
        return Ok(None);
    };
    Ok(Some(MediaFile {
        content_type,
        bytes: place.number("bytes", bytes)?,
        sha256: place.bytes("sha256", &sha256)?,
    }))
}

/// Adds the files of a message from a contact, due at once.
pub(crate) async fn received(
    connection: &mut PgConnection,
    records: &[MediaRecord],
) -> Result<(), StoreError> {
    for record in records {
        add(connection, record, record.created_at).await?;
    }
    Ok(())
}

/// Removes what a person sent.
pub(crate) async fn forget(
    connection: &mut PgConnection,
    tenant: TenantId,
    contact: ContactId,
    now: OffsetDateTime,
) -> Result<(), StoreError> {
    let ids = sqlx::query_scalar!(
        "SELECT id FROM media WHERE tenant_id = $1 AND contact_id = $2 ORDER BY id FOR UPDATE",
        tenant.uuid(),
        contact.uuid(),
    )
    .fetch_all(&mut *connection)
    .await
    .map_err(store_error)?;
    let tenants = vec![tenant.uuid(); ids.len()];
    remove(connection, &tenants, &ids, now).await?;
    Ok(())
}

/// Removes what came with messages of months that are kept no more.
pub(crate) async fn forget_before(
    connection: &mut PgConnection,
    before: OffsetDateTime,
    now: OffsetDateTime,
) -> Result<(), StoreError> {
    let old = sqlx::query!(
        "SELECT tenant_id, id FROM media WHERE created_at < $1 AND contact_id IS NOT NULL
         ORDER BY tenant_id, id FOR UPDATE",
        before,
    )
    .fetch_all(&mut *connection)
    .await
    .map_err(store_error)?;
    let (tenants, ids): (Vec<Uuid>, Vec<Uuid>) =
        old.iter().map(|row| (row.tenant_id, row.id)).unzip();
    remove(connection, &tenants, &ids, now).await?;
    Ok(())
}

/// Removes files, each of the tenant at its place, gives their room back, and says how many there were. What somebody
/// holds comes up when the hold is over.
async fn remove(
    connection: &mut PgConnection,
    tenants: &[Uuid],
    ids: &[Uuid],
    now: OffsetDateTime,
) -> Result<i64, StoreError> {
    let gone = sqlx::query!(
        r#"WITH old AS (
             SELECT m.tenant_id, m.id, coalesce(m.bytes, 0) + coalesce(m.small_bytes, 0) AS weight
             FROM media m JOIN unnest($1::uuid[], $2::uuid[]) AS asked (tenant_id, id)
                 ON m.tenant_id = asked.tenant_id AND m.id = asked.id
             WHERE m.state <> 'removed' ORDER BY m.tenant_id, m.id FOR UPDATE OF m
         ), gone AS (
             UPDATE media m SET state = 'removed', reason = NULL, contact_id = NULL,
                 message_id = NULL, account_id = NULL, source_url = NULL, source_type = NULL,
                 content_type = NULL, bytes = NULL, sha256 = NULL, small_type = NULL,
                 small_bytes = NULL, small_sha256 = NULL, due_at = greatest(m.due_at, $3)
             FROM old WHERE m.tenant_id = old.tenant_id AND m.id = old.id
             RETURNING m.tenant_id, old.weight
         )
         SELECT tenant_id AS "tenant_id!", count(*) AS "count!", sum(weight)::bigint AS "weight!"
         FROM gone GROUP BY tenant_id"#,
        tenants,
        ids,
        now,
    )
    .fetch_all(&mut *connection)
    .await
    .map_err(store_error)?;
    let (tenants, weights): (Vec<Uuid>, Vec<i64>) =
        gone.iter().map(|row| (row.tenant_id, row.weight)).unzip();
    give_room(connection, &tenants, &weights).await?;
    Ok(gone.iter().map(|row| row.count).sum())
}

/// Gives room back, to each tenant at its place. A statement of its own: what another transaction has just counted for
/// the first time is seen by none that began before.
async fn give_room(
    connection: &mut PgConnection,
    tenants: &[Uuid],
    weights: &[i64],
) -> Result<(), StoreError> {
    if weights.iter().all(|weight| *weight == 0) {
        return Ok(());
    }
    sqlx::query!(
        "UPDATE media_usage u SET bytes = greatest(u.bytes - given.weight, 0)
         FROM unnest($1::uuid[], $2::bigint[]) AS given (tenant_id, weight)
         WHERE u.tenant_id = given.tenant_id",
        tenants,
        weights,
    )
    .execute(connection)
    .await
    .map_err(store_error)?;
    Ok(())
}

/// Takes room for a file that is stored, if there is any: the lock on the tenant's row makes the count exact.
async fn take_room(
    connection: &mut PgConnection,
    tenant: Uuid,
    weight: i64,
    quota: u64,
) -> Result<bool, StoreError> {
    let taken = sqlx::query!(
        "INSERT INTO media_usage (tenant_id, bytes)
         SELECT $1::uuid, $2::bigint WHERE $2 <= $3::bigint
         ON CONFLICT (tenant_id) DO UPDATE SET bytes = media_usage.bytes + excluded.bytes
         WHERE media_usage.bytes + excluded.bytes <= $3",
        tenant,
        weight,
        i64::try_from(quota).unwrap_or(i64::MAX),
    )
    .execute(connection)
    .await
    .map_err(store_error)?;
    Ok(taken.rows_affected() == 1)
}

async fn add(
    connection: &mut PgConnection,
    record: &MediaRecord,
    due_at: OffsetDateTime,
) -> Result<(), StoreError> {
    let origin = record.origin.as_ref();
    let source = origin.map(|origin| &origin.source);
    sqlx::query!(
        "INSERT INTO media (tenant_id, id, contact_id, message_id, account_id, source_url,
             source_type, state, due_at, created_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, 'pending', $8, $9)",
        record.tenant.uuid(),
        record.id.uuid(),
        origin.map(|origin| origin.contact.uuid()),
        origin.map(|origin| origin.message.uuid()),
        origin.map(|origin| origin.account.uuid()),
        source.map(|source| without_nul(&source.url)),
        source.and_then(|source| source.content_type.as_deref().map(without_nul)),
        due_at,
        record.created_at,
    )
    .execute(connection)
    .await
    .map_err(store_error)?;
    Ok(())
}

#[async_trait]
impl MediaRecords for Postgres {
    async fn add(
        &self,
        record: &MediaRecord,
        give_up_at: OffsetDateTime,
    ) -> Result<(), StoreError> {
        let mut transaction = self.begin_for(record.tenant).await?;
        add(&mut transaction, record, give_up_at).await?;
        transaction.commit().await.map_err(store_error)
    }

    async fn get(
        &self,
        tenant: TenantId,
        media: &[MediaId],
    ) -> Result<Vec<MediaRecord>, StoreError> {
        let ids: Vec<Uuid> = media.iter().map(|media| media.uuid()).collect();
        let mut transaction = self.begin_for(tenant).await?;
        let rows = sqlx::query_as!(
            MediaRow,
            "SELECT tenant_id, id, contact_id, message_id, account_id, source_url, source_type, state,
                 reason, content_type, bytes, sha256, small_type, small_bytes, small_sha256, attempts,
                 created_at
             FROM media WHERE tenant_id = $1 AND id = ANY ($2) AND state <> 'removed'",
            tenant.uuid(),
            &ids,
        )
        .fetch_all(&mut *transaction)
        .await
        .map_err(store_error)?;
        transaction.commit().await.map_err(store_error)?;
        rows.into_iter().map(MediaRow::read).collect()
    }

    async fn claim(
        &self,
        limit: u16,
        now: OffsetDateTime,
        lease: Duration,
    ) -> Result<Vec<MediaRecord>, StoreError> {
        let mut transaction = self.begin_for_all().await?;
        let rows = sqlx::query_as!(
            MediaRow,
            r#"WITH due AS (
                 SELECT tenant_id, id, due_at FROM media
                 WHERE due_at <= $2 ORDER BY due_at, id LIMIT $1 FOR UPDATE SKIP LOCKED
             ), taken AS (
                 UPDATE media m SET due_at = $3, attempts = least(m.attempts, 2147483646) + 1
                 FROM due WHERE m.tenant_id = due.tenant_id AND m.id = due.id
                 RETURNING m.*, due.due_at AS was_due_at
             )
             SELECT tenant_id AS "tenant_id!", id AS "id!", contact_id, message_id, account_id, source_url,
                 source_type, state AS "state!", reason, content_type, bytes, sha256, small_type, small_bytes, small_sha256,
                 attempts AS "attempts!", created_at AS "created_at!"
             FROM taken ORDER BY was_due_at, id"#,
            i64::from(limit),
            now,
            now + lease,
        )
        .fetch_all(&mut *transaction)
        .await
        .map_err(store_error)?;
        transaction.commit().await.map_err(store_error)?;
        rows.into_iter().map(MediaRow::read).collect()
    }

    async fn settle(
        &self,
        tenant: TenantId,
        media: MediaId,
        outcome: &MediaOutcome,
    ) -> Result<MediaSettled, StoreError> {
        let mut transaction = self.begin_for(tenant).await?;
        let (tenant, media) = (tenant.uuid(), media.uuid());
        let settled = match outcome {
            MediaOutcome::Deleted => {
                forgotten(&mut transaction, tenant, media).await?;
                transaction.commit().await.map_err(store_error)?;
                return Ok(MediaSettled::Noted);
            }
            MediaOutcome::Stored { file, small, .. } => {
                sqlx::query!(
                "UPDATE media SET state = 'stored', due_at = NULL, content_type = $3, bytes = $4,
                         sha256 = $5, small_type = $6, small_bytes = $7, small_sha256 = $8
                     WHERE tenant_id = $1 AND id = $2 AND state = 'pending'",
                tenant,
                media,
                file.content_type,
                count(file)?,
                &file.sha256[..],
                small.as_ref().map(|small| small.content_type.as_str()),
                small.as_ref().map(count).transpose()?,
                small.as_ref().map(|small| &small.sha256[..]),
            )
                .execute(&mut *transaction)
                .await
            }
            MediaOutcome::Again { at } => {
                sqlx::query!(
                    "UPDATE media SET due_at = $3
                     WHERE tenant_id = $1 AND id = $2 AND state = 'pending'",
                    tenant,
                    media,
                    *at,
                )
                .execute(&mut *transaction)
                .await
            }
            MediaOutcome::Refused(reason) => {
                sqlx::query!(
                    "UPDATE media SET state = 'refused', due_at = NULL, reason = $3
                     WHERE tenant_id = $1 AND id = $2 AND state = 'pending'",
                    tenant,
                    media,
                    reason.as_str(),
                )
                .execute(&mut *transaction)
                .await
            }
        };
        let settled = settled.map_err(store_error)?;
        if settled.rows_affected() == 0 {
            return Ok(MediaSettled::TooLate);
        }
        if let MediaOutcome::Stored { file, small, quota } = outcome {
            let small = small.as_ref().map(count).transpose()?;
            let weight = count(file)?.saturating_add(small.unwrap_or_default());
            if !take_room(&mut transaction, tenant, weight, *quota).await? {
                return Ok(MediaSettled::NoRoom);
            }
        }
        transaction.commit().await.map_err(store_error)?;
        Ok(MediaSettled::Noted)
    }

    async fn used(&self, tenant: TenantId) -> Result<u64, StoreError> {
        let mut transaction = self.begin_for(tenant).await?;
        let bytes = sqlx::query_scalar!(
            "SELECT bytes FROM media_usage WHERE tenant_id = $1",
            tenant.uuid(),
        )
        .fetch_optional(&mut *transaction)
        .await
        .map_err(store_error)?;
        transaction.commit().await.map_err(store_error)?;
        let place = Place::new("media_usage", tenant.uuid());
        place.number("bytes", bytes.unwrap_or_default())
    }

    async fn remove(
        &self,
        tenant: TenantId,
        media: MediaId,
        now: OffsetDateTime,
    ) -> Result<bool, StoreError> {
        let mut transaction = self.begin_for(tenant).await?;
        let removed = remove(&mut transaction, &[tenant.uuid()], &[media.uuid()], now).await?;
        transaction.commit().await.map_err(store_error)?;
        Ok(removed > 0)
    }
}

/// Forgets a file, in whatever state it is.
async fn forgotten(
    connection: &mut PgConnection,
    tenant: Uuid,
    media: Uuid,
) -> Result<(), StoreError> {
    let weight = sqlx::query_scalar!(
        r#"DELETE FROM media WHERE tenant_id = $1 AND id = $2
           RETURNING coalesce(bytes, 0) + coalesce(small_bytes, 0) AS "weight!""#,
        tenant,
        media,
    )
    .fetch_optional(&mut *connection)
    .await
    .map_err(store_error)?;
    give_room(connection, &[tenant], &[weight.unwrap_or_default()]).await
}

/// How many bytes, as the table has it.
fn count(file: &MediaFile) -> Result<i64, StoreError> {
    let count = i64::try_from(file.bytes);
    count.map_err(|_| StoreError::inconsistent("a file is larger than any"))
}
