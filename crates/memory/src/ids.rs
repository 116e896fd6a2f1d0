use std::sync::atomic::{AtomicU64, Ordering};
use tidings_kernel::Ids;
use uuid::Uuid;

/// Makes ids by counting: the same on every run, and each sorts after the one before.
///
/// ```rust
/// use tidings_kernel::{Ids, MessageId};
/// use tidings_memory::SequentialIds;
///
/// let ids = SequentialIds::new();
/// let (first, second) = (MessageId::new(&ids), MessageId::new(&ids));
/// assert!(first < second);
/// assert_eq!(first, MessageId::new(&SequentialIds::new()));
/// ```
#[derive(Debug, Default)]
pub struct SequentialIds(AtomicU64);

impl SequentialIds {
    /// Starts from the beginning.
    pub const fn new() -> Self {
        Self(AtomicU64::new(0))
    }
}

impl Ids for SequentialIds {
    fn next(&self) -> Uuid {
        let count = self.0.fetch_add(1, Ordering::Relaxed);
        // A UUIDv7 with the count as its milliseconds since 2026-01-01; its random bits are zero.
        let millis = 1_767_225_600_000_u128 + u128::from(count);
        Uuid::from_u128((millis << 80) | (0x7 << 76) | (0b10 << 62))
    }
}
