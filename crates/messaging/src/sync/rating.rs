//! Learns how providers see the numbers that messages come from.

use super::{ALL, SyncError, Syncing, looking::has_whatsapp_on};
use crate::{
    AccountEvent, LearnedBy, NumberWord, ProviderAccount, Sender, SenderWord, Tier,
    deliver::{BELIEVED, open},
    listing::counts_from,
};
use tidings_kernel::StoreError;
use time::OffsetDateTime;

impl Syncing {
    /// A provider told something about an account, at `received`: if it is about a number of it, or all of them, they
    /// stand so.
    ///
    /// # Errors
    /// [`StoreError`]: apply it again; nothing is counted twice.
    pub async fn hear_of_numbers(
        &self,
        account: &ProviderAccount,
        event: &AccountEvent,
        received: OffsetDateTime,
    ) -> Result<(), StoreError> {
        let word = NumberWord {
            quality: event.quality,
            tier: event.tier.clone(),
            at: counts_from(event.at.unwrap_or(received), received),
            by: LearnedBy::Callback,
        };
        let number = event.number.as_deref();
        self.note(account, &word, |sender| {
            number.is_none_or(|number| is_same_number(&sender.address, number))
        })
        .await
    }

    /// Asks the provider how it sees the number of an account, where it can be asked. Whatever is sent through the
    /// account on WhatsApp leaves by that number.
    ///
    /// # Errors
    /// [`SyncError`]: nothing new is known.
    pub async fn rate(&self, account: &ProviderAccount) -> Result<(), SyncError> {
        let Some(keeper) = self.providers.whatsapp_account(&account.provider) else {
            return Ok(());
        };
        let access = open(&*self.vault, account, &self.public_url)?;
        let asked = self.clock.now();
        let number = keeper.number(&access).await?;
        let word = NumberWord {
            quality: number.quality,
            tier: number.messaging_limit.as_deref().and_then(Tier::new),
            // What is told unasked in the same second comes after.
            at: asked.replace_nanosecond(0).unwrap_or(asked),
            by: LearnedBy::Look,
        };
        Ok(self.note(account, &word, |_| true).await?)
    }

    /// Puts a word to the senders that it is about. What waits for one of them looks again if it says something new.
    async fn note(
        &self,
        account: &ProviderAccount,
        word: &NumberWord,
        is_meant: impl Fn(&Sender) -> bool,
    ) -> Result<(), StoreError> {
        if word.quality.is_none() && word.tier.is_none() {
            return Ok(());
        }
        let senders = account.senders.iter();
        let words: Vec<SenderWord> = senders
            .filter(|sender| has_whatsapp_on(sender) && is_meant(sender))
            .map(|sender| SenderWord {
                tenant: account.tenant,
                account: account.id,
                sender: sender.id,
                address: sender.address.clone(),
                word: word.clone(),
            })
            .collect();
        let changed = self.ratings.rate(&words).await?;
        for rerated in &changed {
            let after = &rerated.after;
            tracing::info!(account = %account.id, sender = %rerated.sender, quality = ?after.quality(),
                messaging_limit = after.tier.as_ref().map(|told| told.value.as_str()),
                "a number stands otherwise at its provider");
        }
        if !changed.is_empty()
            && let Err(error) = self.wake_all(account).await
        {
            tracing::warn!(account = %account.id, error = &error as &dyn std::error::Error,
                "messages that wait for a number were not told that it stands otherwise");
        }
        Ok(())
    }

    /// Has all that waits for a way look again, once every worker has forgotten what it knew of limits. Without it they
    /// look when they would have anyway.
    async fn wake_all(&self, account: &ProviderAccount) -> Result<(), StoreError> {
        let at = self.clock.now().saturating_add(BELIEVED);
        while self.dispatch.wake(account.tenant, at, ALL).await? >= ALL.into() {}
        Ok(())
    }
}

/// Whether two texts are the same number, however they are written.
fn is_same_number(one: &str, other: &str) -> bool {
    let digits = |text: &str| -> String { text.chars().filter(char::is_ascii_digit).collect() };
    digits(one) == digits(other)
}
