mod prefix;
mod table;
mod totals;

pub use prefix::{CallingPrefix, InvalidPrefix};
pub use table::{Billing, CostError, Delivery, Destination, PriceRow, PriceTable, PriceTableError};
pub use totals::Totals;
