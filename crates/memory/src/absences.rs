use crate::{Memory, memory::State};
use async_trait::async_trait;
use std::collections::BTreeMap;
use tidings_kernel::{AttemptId, Channel, ContactId, MessageId, StoreError, TenantId};
use tidings_messaging::{
    Absence, Absences, Address, Contact, Destination, Direction, HeldAbsence, NewMessage,
    OutcomeKind, Receipt, Refusal, Status,
};
use time::{Duration, OffsetDateTime};

/// An address that was refused.
#[derive(Debug, Clone)]
pub(crate) struct Refused {
    /// Whom the latest refused message was for.
    contact: ContactId,
    refusals: BTreeMap<AttemptId, Refusal>,
    wished_at: Option<OffsetDateTime>,
    told_at: Option<OffsetDateTime>,
    /// When it is looked at; `None` when nothing is new.
    check_at: Option<OffsetDateTime>,
}

impl Refused {
    fn absence(&self, destination: &Destination, alive_at: Option<OffsetDateTime>) -> Absence {
        Absence {
            destination: destination.clone(),
            refusals: self.refusals.values().copied().collect(),
            alive_at,
            wished_at: self.wished_at,
            told_at: self.told_at,
        }
    }
}

impl State {
    /// Notes what an attempt came to, if it was refused because nobody is there. Once for each.
    pub(crate) fn note_refusal(&mut self, key: (TenantId, MessageId), attempt: AttemptId) {
        let Some(kept) = self.messages.get_mut(&key) else {
            return;
        };
        let message = &kept.message;
        let destination = Destination {
            channel: message.channel,
            address: message.contact_address.clone(),
        };
        let contact = message.contact;
        let Some(tried) = kept.tried(attempt).map(|tried| &tried.attempt) else {
            return;
        };
        let is_refused =
            tried.outcome == Some(OutcomeKind::Rejected) || tried.receipt == Some(Receipt::Failed);
        let certainty = tried.error.as_ref().and_then(|error| error.absence);
        let (true, Some(certainty)) = (is_refused, certainty) else {
            return;
        };
        let refusal = Refusal {
            at: tried.started_at,
            certainty,
        };
        // Of an erased contact no address is left.
        if !self.contacts.contains_key(&(key.0, contact)) {
            return;
        }
        let refused = self
            .refused
            .entry((key.0, destination))
            .or_insert_with(|| Refused {
                contact,
                refusals: BTreeMap::new(),
                wished_at: None,
                told_at: None,
                check_at: None,
            });
        if refused.refusals.insert(attempt, refusal).is_none() {
            refused.contact = contact;
            refused.check_at = Some(refusal.at);
        }
        while refused.refusals.len() > usize::from(Absence::REMEMBERED) {
            let oldest = refused.refusals.iter().min_by_key(|(id, it)| (it.at, **id));
            let Some(oldest) = oldest.map(|(id, _)| *id) else {
                return;
            };
            refused.refusals.remove(&oldest);
        }
    }

    /// What is known of the contact's addresses that were refused.
    pub(crate) fn absences(&self, contact: &Contact) -> Vec<Absence> {
        let own = contact.addresses();
        self.refused
            .iter()
            .filter(|((tenant, to), _)| *tenant == contact.tenant && own.contains(&to.address))
            .map(|((tenant, to), refused)| refused.absence(to, self.alive_at(*tenant, to)))
            .collect()
    }

    /// The last sign of life of an address.
    fn alive_at(&self, tenant: TenantId, to: &Destination) -> Option<OffsetDateTime> {
        let holders = self.holders.get(&(tenant, to.address.clone()))?;
        let messages = self.messages.iter().filter(|((owner, _), kept)| {
            let message = &kept.message;
            *owner == tenant && message.channel == to.channel && holders.contains(&message.contact)
        });
        let signs = messages.filter_map(|(_, kept)| {
            let message = &kept.message;
            match (message.direction, message.status) {
                (Direction::Inbound, _) => Some(message.status_at),
                (Direction::Outbound, Status::Delivered | Status::Read)
                    if message.contact_address == to.address =>
                {
                    let tried = kept.attempts.last().map(|tried| tried.attempt.started_at);
                    Some(message.status_at).max(tried)
                }
                (Direction::Outbound, _) => None,
            }
        });
        signs.max()
    }

    /// Whether the contact does not know yet what a new message tells them.
    pub(crate) fn may_tell(&self, new: &NewMessage) -> Result<(), StoreError> {
        let Some(destination) = &new.tells_of else {
            return Ok(());
        };
        let refused = self.refused.get(&(new.message.tenant, destination.clone()));
        let may_be_told =
            refused.is_some_and(|refused| refused.absence(destination, None).may_be_told());
        if may_be_told {
            return Ok(());
        }
        Err(StoreError::inconsistent(format!(
            "contact {} was told before",
            new.message.contact
        )))
    }

    /// Notes that the contact was told, if the message tells them.
    pub(crate) fn note_told(&mut self, new: &NewMessage) {
        let Some(destination) = &new.tells_of else {
            return;
        };
        let key = (new.message.tenant, destination.clone());
        if let Some(refused) = self.refused.get_mut(&key) {
            refused.told_at = Some(new.message.created_at);
        }
    }

    /// What one contact was refused was another's.
    pub(crate) fn pass_absences(&mut self, tenant: TenantId, from: ContactId, into: ContactId) {
        for ((owner, _), refused) in &mut self.refused {
            if *owner == tenant && refused.contact == from {
                refused.contact = into;
            }
        }
    }

    /// Forgets the addresses that an erased contact was the last to have.
    pub(crate) fn forget_absences(
        &mut self,
        tenant: TenantId,
        contact: ContactId,
        addresses: &[Address],
    ) {
        let holders = &self.holders;
        self.refused.retain(|(owner, to), refused| {
            let is_theirs = refused.contact == contact || addresses.contains(&to.address);
            if *owner != tenant || !is_theirs {
                return true;
            }
            let others = holders.get(&(tenant, to.address.clone()));
            let other = others
                .into_iter()
                .flatten()
                .find(|other| **other != contact);
            if let Some(other) = other
                && refused.contact == contact
            {
                refused.contact = *other;
            }
            other.is_some()
        });
    }
}

#[async_trait]
impl Absences for Memory {
    async fn claim(
        &self,
        limit: u16,
        now: OffsetDateTime,
        lease: Duration,
    ) -> Result<Vec<HeldAbsence>, StoreError> {
        let mut state = self.lock();
        let held_until = now + lease;
        let due = state
            .refused
            .iter_mut()
            .filter(|(_, refused)| refused.check_at.is_some_and(|at| at <= now))
            .take(limit.into());
        Ok(due
            .map(|((tenant, destination), refused)| {
                refused.check_at = Some(held_until);
                HeldAbsence {
                    tenant: *tenant,
                    contact: refused.contact,
                    destination: destination.clone(),
                    held_until,
                }
            })
            .collect())
    }

    async fn rest(&self, held: &HeldAbsence) -> Result<(), StoreError> {
        let mut state = self.lock();
        let key = (held.tenant, held.destination.clone());
        if let Some(refused) = state.refused.get_mut(&key)
            && refused.check_at == Some(held.held_until)
        {
            refused.check_at = None;
        }
        Ok(())
    }

    async fn wish(
        &self,
        tenant: TenantId,
        channel: Channel,
        addresses: &[Address],
        at: OffsetDateTime,
    ) -> Result<(), StoreError> {
        let mut state = self.lock();
        for address in addresses {
            let destination = Destination {
                channel,
                address: address.clone(),
            };
            if let Some(refused) = state.refused.get_mut(&(tenant, destination)) {
                refused.wished_at = refused.wished_at.max(Some(at));
            }
        }
        Ok(())
    }
}
