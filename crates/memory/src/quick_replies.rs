use crate::{Memory, memory::newest_first};
use async_trait::async_trait;
use tidings_conversations::{MOST_QUICK_REPLIES, QuickReplies, QuickReply, QuickReplyError};
use tidings_kernel::{QuickReplyId, StoreError, TenantId};
use tidings_messaging::{Answer, Page, Paged};

fn is_taken<'a>(all: impl Iterator<Item = &'a QuickReply>, reply: &QuickReply) -> bool {
    let mut others = all.filter(|other| other.tenant == reply.tenant && other.id != reply.id);
    others.any(|other| other.shortcut == reply.shortcut)
}

#[async_trait]
impl QuickReplies for Memory {
    async fn add_quick_reply(
        &self,
        reply: &QuickReply,
        answer: Option<&Answer>,
    ) -> Result<(), QuickReplyError> {
        let mut state = self.lock();
        state.check_key(answer)?;
        let own = state.quick_replies.values();
        let count = own.filter(|other| other.tenant == reply.tenant).count();
        if count >= usize::from(MOST_QUICK_REPLIES) {
            return Err(QuickReplyError::TooMany);
        }
        if is_taken(state.quick_replies.values(), reply) {
            return Err(QuickReplyError::ShortcutTaken);
        }
        let key = (reply.tenant, reply.id);
        state.quick_replies.insert(key, reply.clone());
        state.keep_answer(answer);
        Ok(())
    }

    async fn change_quick_reply(&self, reply: &QuickReply) -> Result<bool, QuickReplyError> {
        let mut state = self.lock();
        let is_taken = is_taken(state.quick_replies.values(), reply);
        let Some(known) = state.quick_replies.get_mut(&(reply.tenant, reply.id)) else {
            return Ok(false);
        };
        if is_taken {
            return Err(QuickReplyError::ShortcutTaken);
        }
        let created_at = known.created_at;
        *known = QuickReply {
            created_at,
            ..reply.clone()
        };
        Ok(true)
    }

    async fn quick_reply(
        &self,
        tenant: TenantId,
        reply: QuickReplyId,
    ) -> Result<Option<QuickReply>, StoreError> {
        Ok(self.lock().quick_replies.get(&(tenant, reply)).cloned())
    }

    async fn quick_replies(
        &self,
        tenant: TenantId,
        page: Page,
    ) -> Result<Paged<QuickReply>, StoreError> {
        let state = self.lock();
        let (all, id) = (state.quick_replies.iter(), |reply: &QuickReply| {
            reply.id.uuid()
        });
        Ok(newest_first(all, tenant, page, id, |reply| {
            Some(reply.clone())
        }))
    }

    async fn remove_quick_reply(
        &self,
        tenant: TenantId,
        reply: QuickReplyId,
    ) -> Result<bool, StoreError> {
        Ok(self.lock().quick_replies.remove(&(tenant, reply)).is_some())
    }
}
