//! Products of a catalog: what a business shows of them, and what a contact puts into a cart.

use serde::{Deserialize, Serialize};

use crate::problem::Problem;

/// Products that a message shows.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(crate) struct Shelf {
    /// `None` for the whole catalog of the number, which nobody names.
    pub(crate) catalog_id: Option<String>,
    /// Of one section without a title where there is one product alone; none for the whole catalog.
    pub(crate) sections: Vec<ShelfSection>,
    /// The product whose picture stands for the whole catalog.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) thumbnail: Option<String>,
    /// Of the button that opens it; `None` where the product itself is shown.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) button: Option<&'static str>,
}

/// Products under a title.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(crate) struct ShelfSection {
    pub(crate) title: Option<String>,
    pub(crate) products: Vec<String>,
}

/// A product that a contact was looking at when it wrote.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Product {
    pub(crate) catalog_id: String,
    pub(crate) product_retailer_id: String,
}

/// A cart that a contact sends.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Order {
    pub(crate) catalog_id: String,
    pub(crate) product_items: Vec<OrderItem>,
    /// Meta sends it empty.
    #[serde(default)]
    pub(crate) text: String,
}

/// Some pieces of one product.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct OrderItem {
    pub(crate) product_retailer_id: String,
    pub(crate) quantity: u32,
    pub(crate) item_price: serde_json::Number,
    pub(crate) currency: String,
}

impl Order {
    /// Refuses a cart that no app could send.
    pub(crate) fn checked(&self) -> Result<(), Problem> {
        if self.product_items.is_empty() {
            let detail = "a cart has something in it";
            return Err(Problem::field(
                "invalid_field",
                "/order/product_items",
                detail,
            ));
        }
        let is_odd = |item: &OrderItem| item.quantity == 0 || item.product_retailer_id.is_empty();
        if let Some(index) = self.product_items.iter().position(is_odd) {
            let pointer = format!("/order/product_items/{index}");
            let detail = "a product has an id, and there is at least one of it";
            return Err(Problem::field("invalid_field", pointer, detail));
        }
        Ok(())
    }

    /// As text, for those who are told nothing else.
    pub(crate) fn words(&self) -> String {
        let items: Vec<String> = self
            .product_items
            .iter()
            .map(|item| format!("{} × {}", item.quantity, item.product_retailer_id))
            .collect();
        format!("🛒 {}", items.join(", "))
    }
}
