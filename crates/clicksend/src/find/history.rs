use super::{FindError, data};
use crate::{
    client::Client,
    wire::{Entry, List},
};

/// The longest page of a list.
pub(super) const PER_PAGE: &str = "100";

/// ClickSend's two histories of messages.
#[derive(Debug, Clone, Copy)]
pub(super) enum Book {
    /// Can be searched, and read page by page.
    Sms,
    /// Has no search and one page.
    Mms,
}

/// One page of a history.
pub(super) struct Page {
    pub(super) entries: Vec<Entry>,
    /// How many entries there are on all pages.
    total: Option<u64>,
    /// The number of the last page.
    last: Option<u64>,
}

impl Page {
    /// Whether the page of this number, counted from one, ends the list by ClickSend's own count.
    pub(super) fn is_last(&self, number: u64) -> bool {
        let is_last = self.last.is_some_and(|last| last <= number);
        // An empty page of a list that is not empty ends nothing.
        is_last
            && self
                .total
                .is_some_and(|total| total == 0 || !self.entries.is_empty())
    }
}

/// Reads one page.
pub(super) async fn read(
    client: &Client<'_>,
    book: Book,
    query: &[(&str, &str)],
) -> Result<Page, FindError> {
    let path = match book {
        Book::Sms => ["sms", "history"],
        Book::Mms => ["mms", "history"],
    };
    let list: List<Entry> = data(&client.get(&path, query).await?)?;
    let count = |text: Option<String>| text.and_then(|text| text.parse().ok());
    Ok(Page {
        entries: list.data.unwrap_or_default(),
        total: count(list.total),
        last: count(list.last_page),
    })
}
