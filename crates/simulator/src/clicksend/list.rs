//! Pages of lists.

use serde_json::{Value, json};

use super::errors::ClickSendError;
use crate::request::parameter;

/// Which page of a list is wanted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Page {
    number: usize,
    size: usize,
}

impl Page {
    pub(super) fn read(query: &str) -> Result<Self, ClickSendError> {
        let number = |name: &str, absent: usize| match parameter(query, name) {
            None => Some(absent),
            Some(text) => text.parse().ok(),
        };
        let size = number("limit", 15)
            .filter(|size| (15..=100).contains(size))
            .ok_or_else(|| ClickSendError::field("limit", "The limit is from 15 to 100."))?;
        let number = number("page", 1)
            .filter(|number| *number > 0)
            .ok_or_else(|| ClickSendError::field("page", "The page is a number from 1."))?;
        Ok(Self { number, size })
    }

    /// The rows of the page, and where it stands.
    pub(super) fn of(self, rows: &[Value]) -> Value {
        let first = (self.number - 1).saturating_mul(self.size);
        let end = rows.len().min(first.saturating_add(self.size));
        let page = rows.get(first.min(end)..end).unwrap_or_default();
        let last = rows.len().div_ceil(self.size).max(1);
        let url = |number: usize| format!("/?page={number}");
        json!({
            "total": rows.len(),
            "per_page": self.size,
            "current_page": self.number,
            "last_page": last,
            "next_page_url": (self.number < last).then(|| url(self.number + 1)),
            "prev_page_url": (self.number > 1).then(|| url(self.number - 1)),
            "from": (!page.is_empty()).then(|| first + 1),
            "to": (!page.is_empty()).then_some(end),
            "data": page,
        })
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::Page;

    #[test]
    fn a_list_is_cut_into_pages() {
        let rows: Vec<Value> = (0..31).map(Value::from).collect();
        let page = |query: &str| Page::read(query).expect("a page").of(&rows);
        let first = page("");
        assert_eq!(first["data"].as_array().map(Vec::len), Some(15));
        assert_eq!(first["next_page_url"], "/?page=2");
        let last = page("page=3");
        assert_eq!((&last["data"], &last["from"]), (&json!([30]), &json!(31)));
        assert_eq!(last["next_page_url"], Value::Null);
        assert_eq!(page("page=9")["data"], json!([]));
        assert_eq!(page("page=18446744073709551615")["data"], json!([]));
        for bad in ["limit=14", "limit=101", "page=0", "page=x"] {
            assert!(Page::read(bad).is_err(), "{bad}");
        }
    }
}
