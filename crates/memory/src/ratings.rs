use crate::{Memory, memory::State};
use async_trait::async_trait;
use tidings_kernel::StoreError;
use tidings_messaging::{
    AccountHealth, Happening, NumberStanding, ProviderAccount, Ratings, Rerated, Sender, SenderWord,
};

#[async_trait]
impl Ratings for Memory {
    async fn rate(&self, words: &[SenderWord]) -> Result<Vec<Rerated>, StoreError> {
        let mut state = self.lock();
        let mut changed = Vec::new();
        for word in words {
            let Some(sender) = state.rated(word) else {
                continue;
            };
            let before = sender.standing.clone();
            sender.standing = before.clone().after(&word.word);
            if sender.standing.says_as(&before) {
                continue;
            }
            let rerated = Rerated {
                account: word.account,
                sender: word.sender,
                after: sender.standing.clone(),
                before,
            };
            let happening = Happening::AccountHealth(AccountHealth::from(&rerated));
            state.outbox.note(word.tenant, word.word.at, happening);
            changed.push(rerated);
        }
        Ok(changed)
    }
}

impl State {
    fn rated(&mut self, word: &SenderWord) -> Option<&mut Sender> {
        let account = self.accounts.get_mut(&(word.tenant, word.account))?;
        let mut senders = account.senders.iter_mut();
        senders.find(|sender| sender.id == word.sender && sender.address == word.address)
    }
}

/// An account as it is kept: its senders stand as those of `known` do that have the same address.
pub(crate) fn standing_as(
    account: &ProviderAccount,
    known: Option<&ProviderAccount>,
) -> ProviderAccount {
    let mut account = account.clone();
    let known = known.map(|known| known.senders.as_slice());
    let known = known.unwrap_or_default();
    for sender in &mut account.senders {
        let same = known
            .iter()
            .find(|it| it.id == sender.id && it.address == sender.address);
        sender.standing = same.map_or_else(NumberStanding::default, |it| it.standing.clone());
    }
    account
}
