use crate::{Memory, memory::State};
use async_trait::async_trait;
use tidings_kernel::{MemberId, StoreError, TenantId};
use tidings_messaging::{Member, MemberError, Members, Session, SessionKind, Sessions};
use time::OffsetDateTime;

/// As many people with one address are found, over all tenants.
const NAMESAKES: usize = 8;

#[async_trait]
impl Members for Memory {
    async fn create(&self, member: &Member) -> Result<(), MemberError> {
        let mut state = self.lock();
        if is_taken(&state, member) {
            return Err(MemberError::EmailTaken);
        }
        state
            .members
            .insert((member.tenant, member.id), member.clone());
        Ok(())
    }

    async fn update(&self, member: &Member) -> Result<bool, MemberError> {
        let mut state = self.lock();
        let key = (member.tenant, member.id);
        let Some(before) = state.members.get(&key).cloned() else {
            return Ok(false);
        };
        if is_taken(&state, member) {
            return Err(MemberError::EmailTaken);
        }
        let has_another_owner = state.members.values().any(|other| {
            other.tenant == member.tenant && other.id != member.id && other.is_acting_owner()
        });
        if before.is_acting_owner() && !member.is_acting_owner() && !has_another_owner {
            return Err(MemberError::LastOwner);
        }
        if !member.is_active() || member.password != before.password {
            state
                .sessions
                .retain(|_, session| (session.tenant, session.member) != key);
        }
        let after = Member {
            created_at: before.created_at,
            ..member.clone()
        };
        state.members.insert(key, after);
        Ok(true)
    }

    async fn get(&self, tenant: TenantId, member: MemberId) -> Result<Option<Member>, StoreError> {
        Ok(self.lock().members.get(&(tenant, member)).cloned())
    }

    async fn list(&self, tenant: TenantId) -> Result<Vec<Member>, StoreError> {
        Ok(oldest_first(&self.lock(), |member| member.tenant == tenant))
    }

    async fn with_email(&self, email: &str) -> Result<Vec<Member>, StoreError> {
        let mut found = oldest_first(&self.lock(), |member| member.email == email);
        found.truncate(NAMESAKES);
        Ok(found)
    }
}

fn is_taken(state: &State, member: &Member) -> bool {
    state.members.values().any(|other| {
        other.tenant == member.tenant && other.id != member.id && other.email == member.email
    })
}

fn oldest_first(state: &State, wanted: impl Fn(&Member) -> bool) -> Vec<Member> {
    let mut found: Vec<Member> = state
        .members
        .values()
        .filter(|member| wanted(member))
        .cloned()
        .collect();
    found.sort_by_key(|member| (member.created_at, member.id));
    found
}

#[async_trait]
impl Sessions for Memory {
    async fn open(&self, session: &Session) -> Result<(), StoreError> {
        let mut state = self.lock();
        state.sessions.retain(|_, other| {
            let is_kin = (other.tenant, other.member, other.kind)
                == (session.tenant, session.member, session.kind);
            let is_replaced = session.kind == SessionKind::Calendar;
            !is_kin || (other.stands(session.created_at) && !is_replaced)
        });
        state.sessions.insert(session.hash, session.clone());
        Ok(())
    }

    async fn find(&self, hash: [u8; 32]) -> Result<Option<(Session, Member)>, StoreError> {
        let state = self.lock();
        let session = state.sessions.get(&hash);
        Ok(session.and_then(|session| {
            let member = state.members.get(&(session.tenant, session.member))?;
            Some((session.clone(), member.clone()))
        }))
    }

    async fn seen(&self, session: &Session, now: OffsetDateTime) -> Result<(), StoreError> {
        if let Some(session) = self.lock().sessions.get_mut(&session.hash) {
            session.seen_at = session.seen_at.max(now);
        }
        Ok(())
    }

    async fn close(&self, session: &Session) -> Result<(), StoreError> {
        self.lock().sessions.remove(&session.hash);
        Ok(())
    }
}
