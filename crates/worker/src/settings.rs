use std::time::Duration;

/// How much a worker does at once, and how long it waits. The defaults are the fast ones.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Settings {
    /// Messages claimed, and callbacks applied, in one statement at most; 1 to 1,000.
    pub batch: u16,
    /// Provider calls under way at most.
    pub concurrency: u16,
    /// For how long an outcome waits for company before it is written.
    pub linger: Duration,
    /// How long to wait for a call of NOTIFY before looking anyway.
    pub poll: Duration,
    /// How long to wait after a failure of the store.
    pub pause: Duration,
    /// How often to look for lost receipts.
    pub questions_every: Duration,
    /// How long a question about one message may take.
    pub question_timeout: Duration,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            batch: 100,
            concurrency: 256,
            linger: Duration::from_millis(2),
            poll: Duration::from_millis(500),
            pause: Duration::from_secs(1),
            questions_every: Duration::from_secs(5),
            question_timeout: Duration::from_secs(40),
        }
    }
}
