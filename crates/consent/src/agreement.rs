use crate::{Grade, cell::Mark};

/// How firmly it was agreed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Agreed {
    Granted,
    Confirmed,
}

/// What was agreed, and the few events that it rests on: the first, the latest of each grade, the
/// request that was confirmed, and the stop that was lifted.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Agreement {
    pub(crate) agreed: Agreed,
    pub(crate) since: Mark,
    pub(crate) first: Mark,
    pub(crate) express: Mark,
    pub(crate) written: Mark,
    pub(crate) confirmed: Mark,
    pub(crate) request: Mark,
    pub(crate) stopped: Mark,
    pub(crate) lifted: Mark,
}

impl Agreement {
    pub(crate) const fn new(mark: Mark) -> Self {
        Self {
            agreed: Agreed::Granted,
            since: mark,
            first: mark,
            express: None,
            written: None,
            confirmed: None,
            request: None,
            stopped: None,
            lifted: None,
        }
    }

    /// Notes a grant: it proves its own grade and every lower one.
    pub(crate) fn note(&mut self, grade: Grade, mark: Mark) {
        self.express = mark;
        match grade {
            Grade::Express => {}
            Grade::Written => self.written = mark,
            Grade::Confirmed => {
                self.written = mark;
                self.confirmed = mark;
            }
        }
    }

    /// Both together: what either proves.
    pub(crate) fn join(self, other: Self) -> Self {
        Self {
            agreed: self.agreed.max(other.agreed),
            since: self.since.min(other.since),
            first: self.first.min(other.first),
            express: self.express.max(other.express),
            written: self.written.max(other.written),
            confirmed: self.confirmed.max(other.confirmed),
            request: self.request.max(other.request),
            stopped: self.stopped.max(other.stopped),
            lifted: self.lifted.max(other.lifted),
        }
    }

    pub(crate) fn marks(&self) -> [Mark; 7] {
        [
            self.first,
            self.express,
            self.written,
            self.confirmed,
            self.request,
            self.stopped,
            self.lifted,
        ]
    }
}
