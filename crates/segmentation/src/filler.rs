use crate::{Encoding, Measure};

/// Fills parts from the left; a character that does not fit starts the next part whole.
///
/// Taking the longest prefix each time is optimal for characters in a fixed order.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Filler {
    single: u32,
    capacity: u32,
    parts: u64,
    fill: u32,
    total: u64,
}

impl Filler {
    /// Parts of `capacity` units; everything is one part while it fits in `single`.
    pub(crate) const fn new(single: u32, capacity: u32) -> Self {
        Self {
            single,
            capacity,
            parts: 1,
            fill: 0,
            total: 0,
        }
    }

    /// Adds an atom of `cost` units; `Some` is what the part held that had to be closed for it.
    pub(crate) fn push(&mut self, cost: u32) -> Option<u32> {
        self.total = self.total.saturating_add(u64::from(cost));
        if self.fill + cost <= self.capacity {
            self.fill += cost;
            return None;
        }
        self.parts = self.parts.saturating_add(1);
        Some(std::mem::replace(&mut self.fill, cost))
    }

    /// Adds `count` atoms of `cost` units each, in constant time.
    pub(crate) fn push_many(&mut self, cost: u32, count: u32) {
        if cost == 0 || count == 0 {
            return;
        }
        self.total = self
            .total
            .saturating_add(u64::from(cost) * u64::from(count));
        let here = (self.capacity - self.fill) / cost;
        if count <= here {
            self.fill += count * cost;
            return;
        }
        let (left, each) = (count - here, (self.capacity / cost).max(1));
        let opened = left.div_ceil(each);
        self.parts = self.parts.saturating_add(u64::from(opened));
        self.fill = (left - (opened - 1) * each) * cost;
    }

    /// Units in the part that is still open.
    pub(crate) const fn open(&self) -> u32 {
        self.fill
    }

    /// Parts so far.
    pub(crate) fn count(&self) -> u32 {
        if self.total <= u64::from(self.single) {
            1
        } else {
            saturated(self.parts)
        }
    }

    pub(crate) fn measure(&self, encoding: Encoding) -> Measure {
        Measure {
            encoding,
            units: saturated(self.total),
            count: self.count(),
        }
    }
}

/// More than `u32` holds is told as the most that it holds.
pub(crate) fn saturated(number: u64) -> u32 {
    u32::try_from(number).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn many_at_once_are_many_one_by_one(
            runs in proptest::collection::vec((1..=2_u32, 0..400_u32), 0..6)
        ) {
            let mut quick = Filler::new(160, 153);
            let mut slow = quick;
            for (cost, count) in runs {
                quick.push_many(cost, count);
                for _ in 0..count {
                    slow.push(cost);
                }
                prop_assert_eq!((quick.count(), quick.open()), (slow.count(), slow.open()));
            }
            prop_assert_eq!(quick.measure(Encoding::Gsm7), slow.measure(Encoding::Gsm7));
        }
    }
}
