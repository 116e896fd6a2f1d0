use super::{Decimal, ValueError};
use tidings_kernel::{Currency, Money};

/// An amount of money in the digits it was given in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Amount {
    decimal: Decimal,
    currency: Currency,
    /// `10.50 EUR`.
    text: String,
}

impl Amount {
    /// An amount of `decimal` in `currency`.
    pub fn new(decimal: Decimal, currency: Currency) -> Self {
        let text = format!("{} {currency}", decimal.as_str());
        Self {
            decimal,
            currency,
            text,
        }
    }

    /// Reads `10.50 EUR` or `EUR 10.50`.
    ///
    /// # Errors
    /// [`ValueError::Money`]: the text has another form.
    pub fn parse(text: &str) -> Result<Self, ValueError> {
        let (first, second) = text.trim().split_once(' ').ok_or(ValueError::Money)?;
        let second = second.trim_start();
        let amount = |digits: &str, currency: &str| {
            let currency = Currency::parse(currency).map_err(|_| ValueError::Money)?;
            Ok(Self::new(Decimal::parse(digits)?, currency))
        };
        amount(first, second)
            .or_else(|_: ValueError| amount(second, first))
            .map_err(|_| ValueError::Money)
    }

    /// The digits.
    pub fn decimal(&self) -> &Decimal {
        &self.decimal
    }

    /// The currency.
    pub fn currency(&self) -> Currency {
        self.currency
    }

    /// Digits and currency, as in `10.50 EUR`.
    pub fn as_str(&self) -> &str {
        &self.text
    }
}

impl From<Money> for Amount {
    fn from(money: Money) -> Self {
        Self::new(Decimal(money.amount()), money.currency())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_amount_is_read_in_both_orders() {
        for text in ["10.50 EUR", "EUR 10.50", " eur  10.50 "] {
            assert_eq!(Amount::parse(text).unwrap().as_str(), "10.50 EUR");
        }
        for bad in [
            "",
            "10.50",
            "EUR",
            "ten EUR",
            "10,50 EUR",
            "10 EURO",
            "1 2 EUR",
        ] {
            assert_eq!(Amount::parse(bad), Err(ValueError::Money), "{bad}");
        }
    }

    #[test]
    fn money_of_the_kernel_is_an_amount() {
        let money = Money::parse("-0.0079", "USD").unwrap();
        assert_eq!(Amount::from(money).as_str(), "-0.0079 USD");
    }
}
