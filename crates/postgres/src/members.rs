use crate::{
    Postgres,
    convert::Place,
    transaction::{Transaction, store_error, violates},
};
use async_trait::async_trait;
use tidings_kernel::{MemberId, StoreError, TenantId};
use tidings_messaging::{
    Member, MemberError, Members, PasswordHash, Session, SessionKind, Sessions,
};
use time::OffsetDateTime;
use uuid::Uuid;

/// A row of `members`.
struct MemberRow {
    tenant_id: Uuid,
    id: Uuid,
    email: String,
    name: String,
    role: String,
    password: String,
    created_at: OffsetDateTime,
    disabled_at: Option<OffsetDateTime>,
}

impl TryFrom<MemberRow> for Member {
    type Error = StoreError;

    fn try_from(row: MemberRow) -> Result<Self, StoreError> {
        let place = Place::new("members", row.id);
        Ok(Self {
            id: MemberId::from_uuid(row.id),
            tenant: TenantId::from_uuid(row.tenant_id),
            email: row.email,
            name: row.name,
            role: place.parse("role", &row.role)?,
            password: PasswordHash(row.password),
            created_at: row.created_at,
            disabled_at: row.disabled_at,
        })
    }
}

fn refused(error: sqlx::Error) -> MemberError {
    if violates(&error, "members_email") {
        MemberError::EmailTaken
    } else {
        MemberError::Store(store_error(error))
    }
}

#[async_trait]
impl Members for Postgres {
    async fn create(&self, member: &Member) -> Result<(), MemberError> {
        let mut transaction = self.begin_for(member.tenant).await?;
        sqlx::query!(
            "INSERT INTO members (tenant_id, id, email, name, role, password, created_at, disabled_at)
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8)",
            member.tenant.uuid(),
            member.id.uuid(),
            member.email,
            member.name,
            member.role.as_str(),
            member.password.0,
            member.created_at,
            member.disabled_at,
        )
        .execute(&mut *transaction)
        .await
        .map_err(refused)?;
        transaction.commit().await.map_err(store_error)?;
        Ok(())
    }

    async fn update(&self, member: &Member) -> Result<bool, MemberError> {
        let mut transaction = self.begin_for(member.tenant).await?;
        // Everybody is locked, in one order: of two owners who step back at the same time one stays.
        let all = all_locked(&mut transaction, member.tenant).await?;
        let Some(before) = all.iter().find(|other| other.id == member.id) else {
            return Ok(false);
        };
        let has_another_owner = all
            .iter()
            .any(|other| other.id != member.id && other.is_acting_owner());
        if before.is_acting_owner() && !member.is_acting_owner() && !has_another_owner {
            return Err(MemberError::LastOwner);
        }
        sqlx::query!(
            "UPDATE members SET email = $3, name = $4, role = $5, password = $6, disabled_at = $7
             WHERE tenant_id = $1 AND id = $2",
            member.tenant.uuid(),
            member.id.uuid(),
            member.email,
            member.name,
            member.role.as_str(),
            member.password.0,
            member.disabled_at,
        )
        .execute(&mut *transaction)
        .await
        .map_err(refused)?;
        if !member.is_active() || member.password != before.password {
            sqlx::query!(
                "DELETE FROM sessions WHERE tenant_id = $1 AND member_id = $2",
                member.tenant.uuid(),
                member.id.uuid(),
            )
            .execute(&mut *transaction)
            .await
            .map_err(store_error)?;
        }
        transaction.commit().await.map_err(store_error)?;
        Ok(true)
    }

    async fn get(&self, tenant: TenantId, member: MemberId) -> Result<Option<Member>, StoreError> {
        let mut transaction = self.begin_for(tenant).await?;
        let row = sqlx::query_as!(
            MemberRow,
            "SELECT tenant_id, id, email, name, role, password, created_at, disabled_at
             FROM members WHERE tenant_id = $1 AND id = $2",
            tenant.uuid(),
            member.uuid(),
        )
        .fetch_optional(&mut *transaction)
        .await
        .map_err(store_error)?;
        transaction.commit().await.map_err(store_error)?;
        row.map(Member::try_from).transpose()
    }

    async fn list(&self, tenant: TenantId) -> Result<Vec<Member>, StoreError> {
        let mut transaction = self.begin_for(tenant).await?;
        let rows = sqlx::query_as!(
            MemberRow,
            "SELECT tenant_id, id, email, name, role, password, created_at, disabled_at
             FROM members WHERE tenant_id = $1 ORDER BY created_at, id",
            tenant.uuid(),
        )
        .fetch_all(&mut *transaction)
        .await
        .map_err(store_error)?;
        transaction.commit().await.map_err(store_error)?;
        rows.into_iter().map(Member::try_from).collect()
    }

    async fn with_email(&self, email: &str) -> Result<Vec<Member>, StoreError> {
        let rows = sqlx::query_as!(
            MemberRow,
            r#"SELECT tenant_id AS "tenant_id!", id AS "id!", email AS "email!", name AS "name!",
                   role AS "role!", password AS "password!", created_at AS "created_at!", disabled_at
               FROM find_members($1) ORDER BY created_at, id"#,
            email,
        )
        .fetch_all(&self.pool)
        .await
        .map_err(store_error)?;
        rows.into_iter().map(Member::try_from).collect()
    }
}

async fn all_locked(
    transaction: &mut Transaction,
    tenant: TenantId,
) -> Result<Vec<Member>, StoreError> {
    let rows = sqlx::query_as!(
        MemberRow,
        "SELECT tenant_id, id, email, name, role, password, created_at, disabled_at
         FROM members WHERE tenant_id = $1 ORDER BY id FOR UPDATE",
        tenant.uuid(),
    )
    .fetch_all(&mut **transaction)
    .await
    .map_err(store_error)?;
    rows.into_iter().map(Member::try_from).collect()
}

#[async_trait]
impl Sessions for Postgres {
    async fn open(&self, session: &Session) -> Result<(), StoreError> {
        let mut transaction = self.begin_for(session.tenant).await?;
        let (kind, at) = (session.kind, session.created_at);
        // Of calendars the one before ends, whenever it was made.
        let is_replaced = kind == SessionKind::Calendar;
        sqlx::query!(
            "DELETE FROM sessions WHERE tenant_id = $1 AND member_id = $2 AND kind = $3
                 AND ($4 OR created_at <= $5 OR seen_at <= $6)",
            session.tenant.uuid(),
            session.member.uuid(),
            kind.as_str(),
            is_replaced,
            at.saturating_sub(kind.longest()),
            at.saturating_sub(kind.idle()),
        )
        .execute(&mut *transaction)
        .await
        .map_err(store_error)?;
        sqlx::query!(
            "INSERT INTO sessions (tenant_id, hash, member_id, kind, created_at, seen_at)
             VALUES ($1, $2, $3, $4, $5, $6)",
            session.tenant.uuid(),
            session.hash.as_slice(),
            session.member.uuid(),
            kind.as_str(),
            session.created_at,
            session.seen_at,
        )
        .execute(&mut *transaction)
        .await
        .map_err(store_error)?;
        transaction.commit().await.map_err(store_error)
    }

    async fn find(&self, hash: [u8; 32]) -> Result<Option<(Session, Member)>, StoreError> {
        let row = sqlx::query!(
            r#"SELECT tenant_id AS "tenant_id!", member_id AS "member_id!", kind AS "kind!",
                   created_at AS "created_at!", seen_at AS "seen_at!"
               FROM find_session($1)"#,
            hash.as_slice(),
        )
        .fetch_optional(&self.pool)
        .await
        .map_err(store_error)?;
        let Some(row) = row else {
            return Ok(None);
        };
        let place = Place::new("sessions", row.member_id);
        let session = Session {
            hash,
            tenant: TenantId::from_uuid(row.tenant_id),
            member: MemberId::from_uuid(row.member_id),
            kind: SessionKind::parse(&row.kind)
                .ok_or_else(|| place.bad("kind", format_args!("unknown {:?}", row.kind)))?,
            created_at: row.created_at,
            seen_at: row.seen_at,
        };
        let member = Members::get(self, session.tenant, session.member).await?;
        Ok(member.map(|member| (session, member)))
    }

    async fn seen(&self, session: &Session, now: OffsetDateTime) -> Result<(), StoreError> {
        let mut transaction = self.begin_for(session.tenant).await?;
        sqlx::query!(
            "UPDATE sessions SET seen_at = greatest(seen_at, $3) WHERE tenant_id = $1 AND hash = $2",
            session.tenant.uuid(),
            session.hash.as_slice(),
            now,
        )
        .execute(&mut *transaction)
        .await
        .map_err(store_error)?;
        transaction.commit().await.map_err(store_error)
    }

    async fn close(&self, session: &Session) -> Result<(), StoreError> {
        let mut transaction = self.begin_for(session.tenant).await?;
        sqlx::query!(
            "DELETE FROM sessions WHERE tenant_id = $1 AND hash = $2",
            session.tenant.uuid(),
            session.hash.as_slice(),
        )
        .execute(&mut *transaction)
        .await
        .map_err(store_error)?;
        transaction.commit().await.map_err(store_error)
    }
}
