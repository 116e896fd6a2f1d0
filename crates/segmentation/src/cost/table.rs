use super::CallingPrefix;
use serde::{Deserialize, Serialize};
use tidings_kernel::{Channel, Money, PhoneNumber, Region};

/// What a price is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Billing {
    /// Each SMS segment.
    Segment,
    /// Each message, however long.
    Message,
}

/// Where a price holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Destination {
    /// A country or territory.
    Region(Region),
    /// Numbers that begin with these digits.
    Prefix(CallingPrefix),
}

/// One line of a price list. What is `None` holds for all.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PriceRow {
    /// The provider's name, such as `twilio`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub provider: Option<String>,
    /// The destination.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub destination: Option<Destination>,
    /// The channel.
    pub channel: Channel,
    /// The provider's category, such as `marketing`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub category: Option<String>,
    /// What the price is for.
    pub billing: Billing,
    /// The price; not negative.
    pub price: Money,
}

/// A message to price, as far as it is known.
#[derive(Debug, Clone, Copy)]
pub struct Delivery<'a> {
    /// The provider that would carry it.
    pub provider: Option<&'a str>,
    /// The recipient's number.
    pub number: Option<PhoneNumber>,
    /// The recipient's region; the caller derives it from the number.
    pub region: Option<Region>,
    /// The channel.
    pub channel: Channel,
    /// The provider's category.
    pub category: Option<&'a str>,
}

impl Delivery<'_> {
    /// A message on `channel` of which nothing else is known.
    pub const fn on(channel: Channel) -> Self {
        Self {
            provider: None,
            number: None,
            region: None,
            channel,
            category: None,
        }
    }
}

/// Rows that make no price list. Rows count from 0.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PriceTableError {
    /// Correct the price.
    #[error("row {row}: the price is negative")]
    Negative {
        /// The row.
        row: usize,
    },
    /// Name the provider or category, or leave it out.
    #[error("row {row}: an empty provider or category matches nothing")]
    Empty {
        /// The row.
        row: usize,
    },
    /// Remove one of the rows, which price the same.
    #[error("rows {first} and {second} price the same deliveries")]
    Duplicate {
        /// The earlier row.
        first: usize,
        /// The later row.
        second: usize,
    },
}

/// A price that cannot be computed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum CostError {
    /// Send less: no amount is so large.
    #[error("{price} for each of {segments} segments is too large an amount")]
    TooLarge {
        /// The price of one.
        price: Money,
        /// How many.
        segments: u32,
    },
}

/// A price list, in which the most specific row wins.
///
/// A row that names the provider wins over one that does not; among these the finer destination wins
/// (a prefix beyond the country code, the longer the better, then the region, then a country code,
/// then everywhere); among these the row that names the category. No two rows price the same, so the
/// order of rows changes nothing.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(try_from = "Vec<PriceRow>", into = "Vec<PriceRow>")]
pub struct PriceTable {
    /// Sorted by key.
    rows: Vec<PriceRow>,
}

type Key<'a> = (
    Channel,
    Option<&'a str>,
    Option<&'a str>,
    Option<Destination>,
);

impl PriceRow {
    fn key(&self) -> Key<'_> {
        let (provider, category) = (self.provider.as_deref(), self.category.as_deref());
        (self.channel, provider, category, self.destination)
    }
}

impl PriceTable {
    /// A list of these rows, in any order.
    ///
    /// # Errors
    /// [`PriceTableError`]: a price is negative, a name is empty, or two rows price the same.
    ///
    /// # Examples
    /// ```
    /// use tidings_kernel::{Channel, Money, Region};
    /// use tidings_segmentation::{Billing, Delivery, Destination, PriceRow, PriceTable, measure};
    ///
    /// let row = |destination, price| -> Result<PriceRow, Box<dyn std::error::Error>> {
    ///     Ok(PriceRow {
    ///         provider: None,
    ///         destination,
    ///         channel: Channel::Sms,
    ///         category: None,
    ///         billing: Billing::Segment,
    ///         price: Money::parse(price, "USD")?,
    ///     })
    /// };
    /// let us = Region::parse("US")?;
    /// let table = PriceTable::new(vec![
    ///     row(None, "0.05")?,
    ///     row(Some(Destination::Region(us)), "0.0079")?,
    /// ])?;
    /// let delivery = Delivery { region: Some(us), ..Delivery::on(Channel::Sms) };
    /// let segments = measure(&"a".repeat(161)).count;
    /// let cost = table.cost(&delivery, segments)?;
    /// assert_eq!(cost, Some(Money::parse("0.0158", "USD")?));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn new(rows: Vec<PriceRow>) -> Result<Self, PriceTableError> {
        for (row, content) in rows.iter().enumerate() {
            if content.price.micros() < 0 {
                return Err(PriceTableError::Negative { row });
            }
            if [&content.provider, &content.category].contains(&&Some(String::new())) {
                return Err(PriceTableError::Empty { row });
            }
        }
        let mut numbered: Vec<(usize, PriceRow)> = rows.into_iter().enumerate().collect();
        // Stable, so that of equal rows the earlier comes first.
        numbered.sort_by(|(_, a), (_, b)| a.key().cmp(&b.key()));
        let twins = numbered
            .array_windows()
            .find(|[(_, a), (_, b)]| a.key() == b.key());
        if let Some([(first, _), (second, _)]) = twins {
            return Err(PriceTableError::Duplicate {
                first: *first,
                second: *second,
            });
        }
        Ok(Self {
            rows: numbered.into_iter().map(|(_, row)| row).collect(),
        })
    }

    /// The rows, in an order of their own.
    pub fn rows(&self) -> &[PriceRow] {
        &self.rows
    }

    /// The row that prices `delivery`; `None` when there is none.
    pub fn row(&self, delivery: &Delivery<'_>) -> Option<&PriceRow> {
        let with_and_without = |name| {
            [name, None]
                .into_iter()
                .take(1 + usize::from(name.is_some()))
        };
        let destinations: Vec<_> = destinations(delivery).collect();
        with_and_without(delivery.provider).find_map(|provider| {
            destinations.iter().find_map(|&destination| {
                with_and_without(delivery.category).find_map(|category| {
                    let key = (delivery.channel, provider, category, destination);
                    let at = self.rows.binary_search_by(|row| row.key().cmp(&key)).ok()?;
                    self.rows.get(at)
                })
            })
        })
    }

    /// What `delivery` costs in so many segments (1 on channels that have none); `Ok(None)` when no
    /// row prices it, which is not the same as free.
    ///
    /// # Errors
    /// [`CostError::TooLarge`]: the amount does not fit.
    pub fn cost(&self, delivery: &Delivery<'_>, segments: u32) -> Result<Option<Money>, CostError> {
        let Some(PriceRow { billing, price, .. }) = self.row(delivery) else {
            return Ok(None);
        };
        let price = *price;
        let micros = match billing {
            Billing::Message => Some(price.micros()),
            Billing::Segment => price.micros().checked_mul(i64::from(segments)),
        };
        match micros {
            Some(micros) => Ok(Some(Money::from_micros(micros, price.currency()))),
            None => Err(CostError::TooLarge { price, segments }),
        }
    }
}

/// The destinations that hold for `delivery`, the finest first.
fn destinations(delivery: &Delivery<'_>) -> impl Iterator<Item = Option<Destination>> {
    let (areas, countries): (Vec<_>, Vec<_>) = delivery
        .number
        .into_iter()
        .flat_map(CallingPrefix::all_of)
        .partition(|prefix| prefix.is_finer_than_a_country());
    areas
        .into_iter()
        .map(Destination::Prefix)
        .chain(delivery.region.map(Destination::Region))
        .chain(countries.into_iter().map(Destination::Prefix))
        .map(Some)
        .chain([None])
}

impl TryFrom<Vec<PriceRow>> for PriceTable {
    type Error = PriceTableError;

    fn try_from(rows: Vec<PriceRow>) -> Result<Self, Self::Error> {
        Self::new(rows)
    }
}

impl From<PriceTable> for Vec<PriceRow> {
    fn from(table: PriceTable) -> Self {
        table.rows
    }
}

#[cfg(test)]
mod tests;
