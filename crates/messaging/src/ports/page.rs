use uuid::Uuid;

/// Which part of a list to give.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Page {
    /// At most so many, from 1 to 200.
    pub limit: u16,
    /// Only what comes after this id in the order of the list.
    pub after: Option<Uuid>,
}

/// A part of a list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Paged<T> {
    /// The entries, newest first.
    pub data: Vec<T>,
    /// The id to ask on from, when there is more.
    pub next: Option<Uuid>,
}

impl<T> Paged<T> {
    /// Cuts a list that was read with one entry too many, to see whether there is more.
    pub fn cut(mut data: Vec<T>, limit: u16, id: impl Fn(&T) -> Uuid) -> Self {
        let limit = usize::from(limit);
        let more = data.len() > limit;
        data.truncate(limit);
        let next = if more { data.last().map(id) } else { None };
        Self { data, next }
    }
}
