//! An attempt of which only our reference is known.

use super::{
    FindError,
    history::{self, Book, PER_PAGE, Page},
    there,
};
use crate::{client::Client, number::number, wire::Entry};
use tidings_kernel::PhoneNumber;
use tidings_messaging::{Found, StatusQuery};
use time::{Duration, OffsetDateTime};

/// Our clock and ClickSend's may differ by so much.
const TOLERANCE: Duration = Duration::minutes(1);
/// For so long before an attempt a message like it leaves a doubt, since a clock may be off by more than that: it is
/// the time of which we are told what our other attempts became.
const DOUBTED: Duration = Duration::DAY;
/// So many pages of the whole history are read before absence is given up on.
const MOST_PAGES: u64 = 5;

/// Looks for an attempt by our reference.
///
/// The history cannot be searched by it, so what went to the recipient since then is read first. Whether
/// that filter leaves anything out is not known. Absence is therefore claimed only over the whole history,
/// without a filter, when it reaches back beyond the attempt; and over the history of MMS, since nothing here
/// tells which of the two the message was.
pub(super) async fn by_reference(
    client: &Client<'_>,
    query: &StatusQuery,
) -> Result<Found, FindError> {
    let sought = Sought::of(query);
    let mut seen = Seen::default();
    seen.note(&sought, recent(client, &sought).await?.entries);
    let mut is_whole = false;
    if !seen.has_it() {
        is_whole = all_mms(client, &sought, &mut seen).await?;
    }
    if !seen.has_it() {
        is_whole &= all_sms(client, &sought, &mut seen).await?;
    }
    if let Some(entry) = seen.best() {
        return Ok(there(client, query, entry, entry).await);
    }
    if is_whole && !seen.is_doubtful {
        return Ok(Found::NotThere);
    }
    Ok(Found::CannotTell)
}

/// What went to the recipient since the attempt.
async fn recent(client: &Client<'_>, sought: &Sought<'_>) -> Result<Page, FindError> {
    let filter = format!("to:{}", sought.query.to);
    let since = sought.since.unix_timestamp().to_string();
    let page = [
        ("q", filter.as_str()),
        ("date_from", since.as_str()),
        ("page", "1"),
        ("limit", PER_PAGE),
    ];
    history::read(client, Book::Sms, &page).await
}

/// Reads the history of SMS back beyond the attempt; `false` if it was too long for that.
async fn all_sms(
    client: &Client<'_>,
    sought: &Sought<'_>,
    seen: &mut Seen,
) -> Result<bool, FindError> {
    let mut order = Order::default();
    for number in 1..=MOST_PAGES {
        let text = number.to_string();
        let page = [("page", text.as_str()), ("limit", PER_PAGE)];
        let page = history::read(client, Book::Sms, &page).await?;
        let has_passed = order.passes(sought.since, &page.entries);
        let is_whole = has_passed || page.is_last(number);
        seen.note(sought, page.entries);
        if is_whole || seen.has_it() {
            return Ok(is_whole);
        }
    }
    Ok(false)
}

/// Reads the history of MMS, which has one page; `false` if it does not reach back beyond the attempt.
async fn all_mms(
    client: &Client<'_>,
    sought: &Sought<'_>,
    seen: &mut Seen,
) -> Result<bool, FindError> {
    let page = history::read(client, Book::Mms, &[("limit", PER_PAGE)]).await?;
    let is_whole = page.is_last(1) || Order::default().passes(sought.since, &page.entries);
    seen.note(sought, page.entries);
    Ok(is_whole)
}

/// How the entries of a list follow each other.
///
/// The order of the history is documented nowhere, so it is watched: only in one that runs backwards does
/// an old entry prove that no newer one follows.
#[derive(Default)]
struct Order {
    last: Option<OffsetDateTime>,
    is_broken: bool,
}

impl Order {
    /// Takes the next entries, and says whether the list has come to a time before `since`.
    fn passes(&mut self, since: OffsetDateTime, entries: &[Entry]) -> bool {
        for at in entries.iter().filter_map(Entry::sent_at) {
            self.is_broken |= self.last.is_some_and(|last| last < at);
            self.last = Some(at);
        }
        !self.is_broken && self.last.is_some_and(|last| last < since)
    }
}

/// What is looked for.
struct Sought<'a> {
    query: &'a StatusQuery,
    to: Option<PhoneNumber>,
    since: OffsetDateTime,
}

/// Whether an entry is the attempt.
enum Likeness {
    /// It carries its reference.
    Ours,
    /// It carries none, and the same text went to the same number then.
    Alike(OffsetDateTime),
    /// It carries none, and nothing excludes it but that it is a little too old.
    Doubtful,
    Other,
}

impl<'a> Sought<'a> {
    fn of(query: &'a StatusQuery) -> Self {
        Self {
            query,
            to: query.to.phone(),
            since: query.started_at - TOLERANCE,
        }
    }

    fn likeness(&self, entry: &Entry) -> Likeness {
        let is_inbound = |direction: &str| direction.eq_ignore_ascii_case("in");
        let is_taken = |id: &str| {
            self.query
                .taken
                .iter()
                .any(|taken| taken.eq_ignore_ascii_case(id))
        };
        if entry.direction.as_deref().is_some_and(is_inbound)
            || entry.message_id.as_deref().is_some_and(is_taken)
        {
            return Likeness::Other;
        }
        if entry.custom_string.is_some() {
            return match (
                entry.attempt() == Some(self.query.attempt),
                &entry.message_id,
            ) {
                (true, Some(_)) => Likeness::Ours,
                // It is known there, and cannot be named.
                (true, None) => Likeness::Doubtful,
                (false, _) => Likeness::Other,
            };
        }
        let is_to_another = |to: &str| number(to).is_some_and(|to| Some(to) != self.to);
        let at = entry.sent_at();
        if entry.to.as_deref().is_some_and(is_to_another) {
            return Likeness::Other;
        }
        let is_alike = entry.message_id.is_some()
            && entry.to.is_some()
            && same_text(entry.body.as_deref().unwrap_or_default(), &self.query.text);
        match at {
            Some(at) if at < self.since => {
                let leaves_a_doubt = is_alike && at >= self.query.started_at - DOUBTED;
                if leaves_a_doubt {
                    Likeness::Doubtful
                } else {
                    Likeness::Other
                }
            }
            Some(at) if is_alike => Likeness::Alike(at),
            Some(_) | None => Likeness::Doubtful,
        }
    }
}

/// Equal but for white space, which networks change.
fn same_text(a: &str, b: &str) -> bool {
    a.split_whitespace().eq(b.split_whitespace())
}

/// What the histories have shown so far.
#[derive(Default)]
struct Seen {
    ours: Option<Entry>,
    alike: Option<(OffsetDateTime, Entry)>,
    is_doubtful: bool,
}

impl Seen {
    fn note(&mut self, sought: &Sought<'_>, entries: Vec<Entry>) {
        for entry in entries {
            match sought.likeness(&entry) {
                Likeness::Ours => self.ours = Some(entry),
                Likeness::Alike(at) => {
                    // The earliest of several is the one that was sent first.
                    if self
                        .alike
                        .as_ref()
                        .is_none_or(|(earliest, _)| at < *earliest)
                    {
                        self.alike = Some((at, entry));
                    }
                }
                Likeness::Doubtful => self.is_doubtful = true,
                Likeness::Other => {}
            }
        }
    }

    fn has_it(&self) -> bool {
        self.best().is_some()
    }

    fn best(&self) -> Option<&Entry> {
        self.ours
            .as_ref()
            .or(self.alike.as_ref().map(|(_, entry)| entry))
    }
}
