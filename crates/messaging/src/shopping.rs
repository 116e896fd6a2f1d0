//! What contacts say of the products of a catalog on WhatsApp.

use serde::{Deserialize, Serialize};
use tidings_kernel::Money;

/// What a contact says of products, beside the text.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Shopping {
    /// The cart that they sent. Meta calls it an order; nothing is paid by it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub order: Option<Order>,
    /// The product that they were looking at when they wrote.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub product: Option<ProductRef>,
}

/// A product, by the names that Meta's catalog has for it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ProductRef {
    /// The catalog.
    pub catalog: String,
    /// The tenant's own id of the product in it; Meta calls it the retailer's, or the content id.
    pub product: String,
}

/// The cart of a contact.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Order {
    /// The catalog, if told.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub catalog: Option<String>,
    /// What is in it; never empty.
    pub items: Vec<OrderItem>,
    /// What the contact wrote with it. Meta's specification (v23.0) knows it as an empty text.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub note: Option<String>,
}

/// Some pieces of one product.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct OrderItem {
    /// The tenant's own id of the product.
    pub product: String,
    /// How many pieces.
    pub quantity: u32,
    /// What one piece costs, as the contact was shown it; `None` where it cannot be read. Check it before you rely on
    /// it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub price: Option<Money>,
}

impl Shopping {
    /// It, if anything is said by it.
    pub fn some(self) -> Option<Self> {
        (self != Self::default()).then_some(self)
    }

    /// Every text in it, for whoever has to take something out of them.
    pub(crate) fn texts(&mut self) -> impl Iterator<Item = &mut String> {
        let order = self.order.iter_mut().flat_map(|order| {
            let items = order.items.iter_mut().map(|item| &mut item.product);
            items.chain(&mut order.catalog).chain(&mut order.note)
        });
        let product = self.product.iter_mut();
        order.chain(product.flat_map(|it| [&mut it.catalog, &mut it.product]))
    }
}

impl ProductRef {
    /// The product in words.
    pub fn words(&self) -> String {
        format!("product {} of catalog {}", self.product, self.catalog)
    }
}

impl Order {
    /// The cart in one line, as the text of the message that it came by.
    ///
    /// # Examples
    /// ```
    /// use tidings_kernel::Money;
    /// use tidings_messaging::{Order, OrderItem};
    ///
    /// let item = |product: &str, quantity, price| OrderItem { product: product.into(), quantity, price };
    /// let price = Money::parse("9.5", "USD").ok();
    /// let order = Order {
    ///     catalog: None,
    ///     items: vec![item("SKU1", 2, price), item("SKU2", 1, None)],
    ///     note: Some("soon".into()),
    /// };
    /// assert_eq!(order.words(), "Order: 2 × SKU1 at 9.5 USD, 1 × SKU2 (soon)");
    /// ```
    pub fn words(&self) -> String {
        let items: Vec<String> = self.items.iter().map(OrderItem::words).collect();
        let note = self.note.as_ref().map(|note| format!(" ({note})"));
        format!("Order: {}{}", items.join(", "), note.unwrap_or_default())
    }
}

impl OrderItem {
    fn words(&self) -> String {
        let price = self.price.map(|price| format!(" at {price}"));
        let price = price.unwrap_or_default();
        format!("{} × {}{price}", self.quantity, self.product)
    }
}
