use std::{fmt, ops::AddAssign};

/// How well a number is known.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub enum Precision {
    /// Counted to the end.
    #[default]
    Exact,
    /// Counted so far, and then no further.
    AtLeast,
    /// Estimated from a sample.
    About,
}

impl Precision {
    /// The name used in the API.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Exact => "exact",
            Self::AtLeast => "at_least",
            Self::About => "about",
        }
    }
}

/// A number of things, and how well it is known: what would take a look at everything is not counted to
/// the end.
///
/// # Examples
/// ```
/// use tidings_messaging::Tally;
///
/// assert_eq!(Tally::bounded(7, 10).to_string(), "7");
/// assert_eq!(Tally::bounded(11, 10).to_string(), "at least 10");
/// assert_eq!(Tally::about(950_000).to_string(), "about 950000");
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub struct Tally {
    /// How many.
    pub count: u64,
    /// How well that is known.
    pub precision: Precision,
}

impl Tally {
    /// How far is counted.
    pub const MOST: u32 = 10_000;

    /// All of them.
    pub const fn exact(count: u64) -> Self {
        Self {
            count,
            precision: Precision::Exact,
        }
    }

    /// Counted up to `most`; whoever counts looks at one more, to see whether there are more.
    pub const fn bounded(count: u64, most: u64) -> Self {
        if count > most {
            Self {
                count: most,
                precision: Precision::AtLeast,
            }
        } else {
            Self::exact(count)
        }
    }

    /// An estimate.
    pub const fn about(count: u64) -> Self {
        Self {
            count,
            precision: Precision::About,
        }
    }

    /// Whether there surely is nothing.
    pub const fn is_none(self) -> bool {
        matches!((self.count, self.precision), (0, Precision::Exact))
    }
}

impl AddAssign for Tally {
    /// A sum is known as well as its worst part.
    fn add_assign(&mut self, other: Self) {
        self.count = self.count.saturating_add(other.count);
        self.precision = self.precision.max(other.precision);
    }
}

impl fmt::Display for Tally {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.precision {
            Precision::Exact => write!(f, "{}", self.count),
            Precision::AtLeast => write!(f, "at least {}", self.count),
            Precision::About => write!(f, "about {}", self.count),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sum_is_known_as_well_as_its_worst_part() {
        let mut sum = Tally::exact(3);
        sum += Tally::bounded(20, 10);
        assert_eq!(sum.to_string(), "at least 13");
        sum += Tally::about(100);
        assert_eq!(sum, Tally::about(113));
    }

    #[test]
    fn nothing_is_sure_only_when_it_was_counted() {
        assert!(Tally::exact(0).is_none());
        assert!(!Tally::about(0).is_none());
    }
}
