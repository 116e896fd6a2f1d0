use std::time::Duration;

/// How much a worker does at once, and how long it waits. The defaults are the fast ones.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Settings {
    /// Messages claimed, and callbacks applied, in one statement at most; 1 to 1,000.
    pub batch: u16,
    /// Provider calls under way at most.
    pub concurrency: u16,
    /// Of these, places that only emergencies, codes and answers in a conversation may take, so that they
    /// never wait for a campaign's calls.
    pub reserved: u16,
    /// Provider calls under way for one sender at most, so that a slow one does not take all places.
    pub per_sender: u16,
    /// Rounds of claiming that go on at the same time, for everything but the reserved places.
    pub rounds: u16,
    /// Batches of outcomes that are written at the same time.
    pub writers: u16,
    /// For how long an outcome waits for company before it is written, and a place that falls free for others
    /// before anything is claimed for it.
    pub linger: Duration,
    /// How long to wait for a call of NOTIFY before looking anyway.
    pub poll: Duration,
    /// How long to wait after a failure of the store.
    pub pause: Duration,
    /// Calls of tenants' own systems under way at most; a quarter of them for one tenant.
    pub webhooks: u16,
    /// How often to look for lost receipts.
    pub questions_every: Duration,
    /// How long a question about one message may take.
    pub question_timeout: Duration,
    /// How often to look for messages that their holders may have died of.
    pub suspects_every: Duration,
    /// How often to look at the queue as a whole, for gauges and for what does not go on.
    pub watch_every: Duration,
    /// For how many months messages are kept before their tables are detached; `None` keeps all.
    pub keep_months: Option<u16>,
    /// How long calls may take to end once a stop is asked for. What is under way then is handed back, to be
    /// asked about by somebody else.
    pub drain: Duration,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            batch: 250,
            concurrency: 512,
            reserved: 64,
            per_sender: 256,
            rounds: 2,
            writers: 2,
            linger: Duration::from_millis(5),
            poll: Duration::from_millis(500),
            pause: Duration::from_secs(1),
            webhooks: 64,
            questions_every: Duration::from_secs(5),
            question_timeout: Duration::from_secs(40),
            suspects_every: Duration::from_secs(1),
            watch_every: Duration::from_mins(1),
            keep_months: None,
            drain: Duration::from_secs(15),
        }
    }
}
