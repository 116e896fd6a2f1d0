/// Any error, boxed: the source behind a port's one concrete error.
pub type BoxError = Box<dyn std::error::Error + Send + Sync + 'static>;

/// A storage port failed. The call had no effect, unless its documentation says otherwise.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// The store cannot be reached or is overloaded; the same call may succeed later.
    #[error("the store is unavailable")]
    Unavailable(#[source] BoxError),
    /// What the store holds, or answered, makes no sense; repeating will not help.
    #[error("the store is inconsistent: {context}")]
    Inconsistent {
        /// Which table, column and row, in words for an operator.
        context: String,
        /// The conversion that failed, where there is one.
        #[source]
        source: Option<BoxError>,
    },
}

impl StoreError {
    /// The store cannot be reached, because of `source`.
    pub fn unavailable(source: impl Into<BoxError>) -> Self {
        Self::Unavailable(source.into())
    }

    /// The store holds something impossible; `context` names table, column and row.
    pub fn inconsistent(context: impl Into<String>) -> Self {
        Self::Inconsistent {
            context: context.into(),
            source: None,
        }
    }
}
