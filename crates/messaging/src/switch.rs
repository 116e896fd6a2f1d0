//! Tells contacts that a channel does not know them, and that they are written to by another one.

use crate::{
    Absences, AcceptError, FactsQuery, HeldAbsence,
    send::{SendError, Sending},
};
use std::sync::Arc;
use tidings_kernel::{Clock, StoreError};
use time::Duration;

/// The use case: everything that it needs of the outside.
#[derive(Clone)]
pub struct Switching {
    /// What was refused.
    pub absences: Arc<dyn Absences>,
    /// Sends what contacts are told, through the gate like everything else.
    pub sending: Sending,
    /// The time.
    pub clock: Arc<dyn Clock>,
}

/// Whoever takes longer has died.
const LEASE: Duration = Duration::MINUTE;

impl Switching {
    /// Looks at up to `limit` addresses that were refused, tells whoever is to be told, and says how many there
    /// were.
    ///
    /// # Errors
    /// [`StoreError`]: those that were not put to rest come back.
    pub async fn tell(&self, limit: u16) -> Result<usize, StoreError> {
        let due = self.absences.claim(limit, self.clock.now(), LEASE).await?;
        for held in &due {
            if self.is_seen_to(held).await? {
                self.absences.rest(held).await?;
            }
        }
        Ok(due.len())
    }

    /// Whether nothing is left to do for an address. If not, it comes back when its lease is over.
    async fn is_seen_to(&self, held: &HeldAbsence) -> Result<bool, StoreError> {
        let now = self.clock.now();
        let query = FactsQuery::of(held.tenant, held.contact);
        let found = self.sending.facts.load(&[query], now).await?;
        let Some(known) = found.into_iter().next().flatten() else {
            return Ok(true);
        };
        let switch = &known.tenant.settings.channel_switch;
        let is_to_be_told = known
            .absences
            .iter()
            .filter(|absence| absence.destination == held.destination)
            .any(|absence| absence.is_to_be_told(switch, now));
        if !is_to_be_told {
            return Ok(true);
        }
        let prepared = match self
            .sending
            .prepare_switch_notice(&known, &held.destination)
            .await
        {
            Ok(prepared) => prepared,
            Err(SendError::Store(error)) => return Err(error),
            Err(error) => {
                tracing::info!(contact = %held.contact, channel = %held.destination.channel,
                    error = &error as &dyn std::error::Error,
                    "a contact cannot be told that a channel does not know them");
                return Ok(true);
            }
        };
        match self.sending.commit(&prepared, None).await {
            Ok(()) | Err(AcceptError::NoContact) => Ok(true),
            // It is judged again, and the gate says that the month is used up.
            Err(AcceptError::UsedUp) => Ok(false),
            Err(AcceptError::KeyLost(error)) => Err(StoreError::unavailable(error)),
            // Somebody else has told them meanwhile.
            Err(AcceptError::Store(error @ StoreError::Inconsistent { .. })) => {
                tracing::info!(contact = %held.contact,
                    error = &error as &dyn std::error::Error, "a contact is not told");
                Ok(true)
            }
            Err(AcceptError::Store(error @ StoreError::Unavailable(_))) => Err(error),
        }
    }
}
