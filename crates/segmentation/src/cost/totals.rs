use std::collections::BTreeMap;
use tidings_kernel::{Currency, Money, MoneyError};

/// The cost of many messages, by currency: amounts of different currencies are never added.
///
/// # Examples
/// ```
/// use tidings_kernel::Money;
/// use tidings_segmentation::Totals;
///
/// let mut totals = Totals::default();
/// for cost in [Some(("0.01", "USD")), Some(("0.02", "EUR")), Some(("0.03", "USD")), None] {
///     totals.add(cost.map(|(amount, currency)| Money::parse(amount, currency)).transpose()?)?;
/// }
/// let amounts: Vec<String> = totals.amounts().map(|money| money.to_string()).collect();
/// assert_eq!(amounts, ["0.02 EUR", "0.04 USD"]);
/// assert_eq!(totals.unpriced(), 1);
/// # Ok::<(), tidings_kernel::MoneyError>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Totals {
    amounts: BTreeMap<Currency, Money>,
    unpriced: u64,
}

impl Totals {
    /// Adds the cost of a message; `None` counts it as unpriced.
    ///
    /// # Errors
    /// [`MoneyError::Add`]: the sum does not fit. Nothing was added.
    pub fn add(&mut self, cost: Option<Money>) -> Result<(), MoneyError> {
        let Some(cost) = cost else {
            self.unpriced = self.unpriced.saturating_add(1);
            return Ok(());
        };
        let sum = match self.amounts.get(&cost.currency()) {
            Some(sum) => sum.checked_add(cost)?,
            None => cost,
        };
        self.amounts.insert(cost.currency(), sum);
        Ok(())
    }

    /// The sum in each currency that occurred, by currency.
    pub fn amounts(&self) -> impl Iterator<Item = Money> + '_ {
        self.amounts.values().copied()
    }

    /// Messages that no row priced.
    pub const fn unpriced(&self) -> u64 {
        self.unpriced
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sum_that_does_not_fit_adds_nothing() {
        let usd = Currency::parse("USD").unwrap();
        let mut totals = Totals::default();
        totals.add(Some(Money::from_micros(i64::MAX, usd))).unwrap();
        let before = totals.clone();
        assert!(totals.add(Some(Money::from_micros(1, usd))).is_err());
        assert_eq!(totals, before);
    }
}
