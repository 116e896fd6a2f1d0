//! The messages and handsets that the simulated world remembers, within bounds.

use std::collections::{HashMap, HashSet, VecDeque};

use time::{Duration, OffsetDateTime};
use tokio::sync::watch;

use crate::message::{Channel, Direction, Message};
use crate::protocol::Provider;

/// How long a contact's WhatsApp message allows free text.
const WINDOW: Duration = Duration::hours(24);

/// Messages by age, by provider id and by handset. All of it stands behind one short lock.
#[derive(Debug)]
pub(crate) struct Store {
    keep: usize,
    /// Sequence number of the front of `messages`.
    first: u64,
    messages: VecDeque<Message>,
    by_id: HashMap<String, u64>,
    handsets: HashMap<String, Handset>,
    /// Business account, name and language of templates at Meta whose names rest: they were approved and removed.
    resting: HashSet<(String, String, String)>,
    /// How often something has changed.
    changes: watch::Sender<u64>,
}

/// What is known of one contact.
#[derive(Debug, Default)]
pub(crate) struct Handset {
    pub(crate) name: Option<String>,
    pub(crate) is_blocking: bool,
    /// Senders that STOP was sent to.
    pub(crate) stopped: HashSet<String>,
    /// Last WhatsApp message to each of the business's numbers.
    windows: HashMap<(Provider, String), OffsetDateTime>,
    /// Sequence numbers, oldest first.
    messages: VecDeque<u64>,
}

impl Handset {
    /// True if free text may be sent over WhatsApp now.
    pub(crate) fn is_window_open(
        &self,
        provider: Provider,
        sender: &str,
        now: OffsetDateTime,
    ) -> bool {
        self.windows
            .get(&(provider, sender.to_owned()))
            .is_some_and(|at| now - *at < WINDOW)
    }

    /// Lets every service window run out.
    pub(crate) fn close_windows(&mut self) {
        self.windows.clear();
    }

    /// The name that WhatsApp shows.
    pub(crate) fn profile_name(&self, e164: &str) -> String {
        if let Some((local, _)) = e164.split_once('@') {
            return self.name.clone().unwrap_or_else(|| local.to_owned());
        }
        self.name.clone().unwrap_or_else(|| {
            let tail = e164.get(e164.len().saturating_sub(4)..).unwrap_or_default();
            format!("Contact {tail}")
        })
    }

    fn is_forgettable(&self) -> bool {
        self.messages.is_empty()
            && !self.is_blocking
            && self.stopped.is_empty()
            && self.windows.is_empty()
            && self.name.is_none()
    }
}

impl Store {
    pub(crate) fn new(keep: usize) -> Self {
        Self {
            keep: keep.max(1),
            first: 1,
            messages: VecDeque::new(),
            by_id: HashMap::new(),
            handsets: HashMap::new(),
            resting: HashSet::new(),
            changes: watch::Sender::new(0),
        }
    }

    /// Hears of every change from now on.
    pub(crate) fn changes(&self) -> watch::Receiver<u64> {
        self.changes.subscribe()
    }

    /// Something has changed that a screen may show.
    pub(crate) fn touch(&self) {
        self.changes.send_modify(|count| *count += 1);
    }

    /// Lets the name of a template of a business account rest in its language.
    pub(crate) fn rest(&mut self, waba: &str, name: &str, language: &str) {
        let name = (waba.to_owned(), name.to_owned(), language.to_owned());
        self.resting.insert(name);
    }

    /// True for a name that rests.
    pub(crate) fn is_resting(&self, waba: &str, name: &str, language: &str) -> bool {
        let name = (waba.to_owned(), name.to_owned(), language.to_owned());
        self.resting.contains(&name)
    }

    /// The number of the oldest message that is remembered.
    pub(crate) fn first_seq(&self) -> u64 {
        self.first
    }

    /// The number that the next message gets.
    pub(crate) fn next_seq(&self) -> u64 {
        self.first + self.messages.len() as u64
    }

    /// Remembers a message under [`Store::next_seq`] and forgets the oldest if there are too many.
    pub(crate) fn add(&mut self, mut message: Message) -> u64 {
        let seq = self.next_seq();
        message.seq = seq;
        let facts = &message.facts;
        self.by_id.insert(facts.provider_message_id.clone(), seq);
        let handset = self.handset_mut(&facts.contact);
        handset.messages.push_back(seq);
        if facts.direction == Direction::FromContact && facts.channel == Channel::Whatsapp {
            let key = (facts.provider, facts.sender.clone());
            handset.windows.insert(key, facts.at);
        }
        self.messages.push_back(message);
        while self.messages.len() > self.keep {
            self.forget_oldest();
        }
        seq
    }

    fn forget_oldest(&mut self) {
        let Some(message) = self.messages.pop_front() else {
            return;
        };
        self.first += 1;
        self.by_id.remove(&message.facts.provider_message_id);
        let contact = &message.facts.contact;
        if let Some(handset) = self.handsets.get_mut(contact) {
            handset.messages.pop_front();
            if handset.is_forgettable() {
                self.handsets.remove(contact);
            }
        }
    }

    fn index(&self, seq: u64) -> Option<usize> {
        usize::try_from(seq.checked_sub(self.first)?).ok()
    }

    pub(crate) fn get(&self, seq: u64) -> Option<&Message> {
        self.messages.get(self.index(seq)?)
    }

    pub(crate) fn get_mut(&mut self, seq: u64) -> Option<&mut Message> {
        self.touch();
        let index = self.index(seq)?;
        self.messages.get_mut(index)
    }

    /// By the provider's id.
    pub(crate) fn find(&self, provider_message_id: &str) -> Option<&Message> {
        self.get(*self.by_id.get(provider_message_id)?)
    }

    /// By the provider's id.
    pub(crate) fn find_mut(&mut self, provider_message_id: &str) -> Option<&mut Message> {
        let seq = *self.by_id.get(provider_message_id)?;
        self.get_mut(seq)
    }

    /// Everything since `seq`, oldest first.
    pub(crate) fn since(&self, seq: u64) -> impl DoubleEndedIterator<Item = &Message> {
        let skip = self.index(seq).unwrap_or(0).min(self.messages.len());
        self.messages.range(skip..)
    }

    pub(crate) fn handset(&self, e164: &str) -> Option<&Handset> {
        self.handsets.get(e164)
    }

    /// The handset of a number; made if nobody wrote to it before.
    pub(crate) fn handset_mut(&mut self, e164: &str) -> &mut Handset {
        self.touch();
        if !self.handsets.contains_key(e164) {
            self.handsets.insert(e164.to_owned(), Handset::default());
        }
        self.handsets.entry(e164.to_owned()).or_default()
    }

    pub(crate) fn handsets(&self) -> impl Iterator<Item = (&String, &Handset)> {
        self.handsets.iter()
    }

    /// What is on one handset or on its way, oldest first.
    pub(crate) fn messages_of(&self, e164: &str) -> impl DoubleEndedIterator<Item = &Message> {
        self.handsets
            .get(e164)
            .into_iter()
            .flat_map(|handset| handset.messages.iter())
            .filter_map(|seq| self.get(*seq))
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use time::Duration;
    use tokio::time::Instant;

    use super::Store;
    use crate::clock;
    use crate::message::{Channel, Direction, Facts, Message, Parties, Status};
    use crate::twilio::TWILIO;

    fn message(id: &str, contact: &str, direction: Direction) -> Message {
        let at = clock::now();
        let parties = Parties {
            account: "AC1".into(),
            channel: Channel::Whatsapp,
            contact: contact.into(),
            sender: "+12025550100".into(),
        };
        Message {
            seq: 0,
            facts: Arc::new(Facts::new(TWILIO, id.into(), direction, parties)),
            status: Status::Queued,
            failure: None,
            updated_at: at,
            sent_at: None,
            received_at: None,
            begun: Instant::now(),
            plan: [].into(),
        }
    }

    #[test]
    fn the_oldest_messages_are_forgotten_with_their_handsets() {
        let mut store = Store::new(2);
        for (id, contact) in [
            ("a", "+12025550111"),
            ("b", "+12025550112"),
            ("c", "+12025550112"),
        ] {
            store.add(message(id, contact, Direction::ToContact));
        }
        assert!(store.find("a").is_none());
        assert!(store.handset("+12025550111").is_none());
        let left: Vec<_> = store
            .messages_of("+12025550112")
            .map(|message| message.facts.provider_message_id.as_str())
            .collect();
        assert_eq!(left, ["b", "c"]);
        assert_eq!(store.since(3).count(), 1);
        assert_eq!(store.since(4).count(), 0);
    }

    #[test]
    fn a_contacts_message_opens_the_window_for_a_day() {
        let mut store = Store::new(9);
        store.add(message("a", "+12025550111", Direction::ToContact));
        let open = |store: &Store, later| {
            store.handset("+12025550111").is_some_and(|handset| {
                handset.is_window_open(TWILIO, "+12025550100", clock::now() + later)
            })
        };
        assert!(!open(&store, Duration::ZERO));
        store.add(message("b", "+12025550111", Direction::FromContact));
        assert!(open(&store, Duration::hours(23)));
        assert!(!open(&store, Duration::hours(25)));
    }
}
