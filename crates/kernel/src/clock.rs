use time::OffsetDateTime;

/// Tells the time. Only use cases hold one; rules take `now` as an argument.
pub trait Clock: Send + Sync {
    /// The present instant in UTC, cut to whole microseconds, which is what the stores keep.
    fn now(&self) -> OffsetDateTime;
}

/// Cuts an instant to whole microseconds, so that it equals what a store gives back.
#[must_use]
pub fn to_micros(at: OffsetDateTime) -> OffsetDateTime {
    let nanos = at.nanosecond();
    at.replace_nanosecond(nanos - nanos % 1_000).unwrap_or(at)
}
