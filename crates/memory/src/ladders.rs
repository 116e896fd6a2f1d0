use crate::{Memory, memory::State};
use async_trait::async_trait;
use tidings_kernel::{Channel, MessageId, StoreError, TenantId};
use tidings_messaging::{
    HeldLadder, Ladder, LadderRest, LadderStep, LadderView, Ladders, NewMessage, Status,
};
use time::{Duration, OffsetDateTime};

/// A chain, and when it is looked at.
#[derive(Debug, Clone)]
pub(crate) struct Chain {
    ladder: Ladder,
    messages: Vec<MessageId>,
    left: Vec<Channel>,
    fence: i64,
    check_at: OffsetDateTime,
    held_until: Option<OffsetDateTime>,
    is_over: bool,
    /// The final statuses that were there when it was claimed.
    seen: Vec<Status>,
}

impl State {
    /// Whether a new message fits into its chain.
    pub(crate) fn fits_ladder(&self, new: &NewMessage) -> Result<(), StoreError> {
        let Some(LadderStep::Continues { first, rung, .. }) = &new.ladder else {
            return Ok(());
        };
        let chain = self.ladders.get(&(new.message.tenant, *first));
        if chain.is_some_and(|chain| chain.messages.len() == usize::from(*rung)) {
            return Ok(());
        }
        let context = format!("place {rung} of the chain of {first} is taken, or there is none");
        Err(StoreError::inconsistent(context))
    }

    pub(crate) fn step(&mut self, new: &NewMessage) {
        let message = &new.message;
        match &new.ladder {
            None => {}
            Some(LadderStep::Begins(fallback)) => {
                let chain = Chain {
                    ladder: Ladder {
                        tenant: message.tenant,
                        first: message.id,
                        fallback: fallback.clone(),
                    },
                    messages: vec![message.id],
                    left: fallback.channels.clone(),
                    fence: 0,
                    check_at: message.created_at,
                    held_until: None,
                    is_over: false,
                    seen: Vec::new(),
                };
                self.ladders.insert((message.tenant, message.id), chain);
            }
            Some(LadderStep::Continues { first, left, .. }) => {
                if let Some(chain) = self.ladders.get_mut(&(message.tenant, *first)) {
                    chain.messages.push(message.id);
                    chain.left.clone_from(left);
                }
            }
        }
    }

    /// The statuses of a chain's messages after which nothing more is expected.
    fn ended(&self, chain: &Chain) -> Vec<Status> {
        let tenant = chain.ladder.tenant;
        let kept = chain.messages.iter();
        let kept = kept.filter_map(|id| self.messages.get(&(tenant, *id)));
        let statuses = kept.map(|kept| kept.message.status);
        statuses.filter(|status| status.is_final()).collect()
    }
}

#[async_trait]
impl Ladders for Memory {
    async fn claim(
        &self,
        limit: u16,
        now: OffsetDateTime,
        lease: Duration,
    ) -> Result<Vec<HeldLadder>, StoreError> {
        let mut state = self.lock();
        let due: Vec<_> = state
            .ladders
            .iter()
            .filter(|(_, chain)| !chain.is_over)
            .filter(|(_, chain)| chain.held_until.is_none_or(|held| held <= now))
            .filter(|(_, chain)| chain.check_at <= now || state.ended(chain) != chain.seen)
            .map(|(key, _)| *key)
            .take(limit.into())
            .collect();
        let mut held = Vec::with_capacity(due.len());
        for key in due {
            let Some(chain) = state.ladders.get(&key).cloned() else {
                continue;
            };
            let seen = state.ended(&chain);
            if let Some(chain) = state.ladders.get_mut(&key) {
                chain.fence += 1;
                chain.held_until = Some(now + lease);
                chain.seen = seen;
                held.push(HeldLadder {
                    ladder: chain.ladder.clone(),
                    messages: chain.messages.clone(),
                    left: chain.left.clone(),
                    fence: chain.fence,
                });
            }
        }
        Ok(held)
    }

    async fn rest(&self, held: &HeldLadder, rest: LadderRest) -> Result<(), StoreError> {
        let mut state = self.lock();
        let key = (held.ladder.tenant, held.ladder.first);
        let Some(chain) = state.ladders.get_mut(&key) else {
            return Ok(());
        };
        if chain.fence != held.fence {
            return Ok(());
        }
        chain.held_until = None;
        match rest {
            LadderRest::Until(until) => chain.check_at = until,
            LadderRest::Over => chain.is_over = true,
        }
        Ok(())
    }

    async fn skip(&self, held: &HeldLadder) -> Result<(), StoreError> {
        let mut state = self.lock();
        let key = (held.ladder.tenant, held.ladder.first);
        if let Some(chain) = state.ladders.get_mut(&key)
            && chain.fence == held.fence
            && !chain.left.is_empty()
        {
            chain.left.remove(0);
        }
        Ok(())
    }

    async fn of_message(
        &self,
        tenant: TenantId,
        message: MessageId,
    ) -> Result<Option<LadderView>, StoreError> {
        let state = self.lock();
        let mut chains = state.ladders.values();
        let found =
            chains.find(|chain| chain.ladder.tenant == tenant && chain.messages.contains(&message));
        Ok(found.map(|chain| LadderView {
            fallback: chain.ladder.fallback.clone(),
            messages: chain.messages.clone(),
            is_over: chain.is_over,
        }))
    }
}
