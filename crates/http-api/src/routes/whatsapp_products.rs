//! Products of a catalog on WhatsApp: what is shown of them, and what contacts say.

use crate::wire;
use serde::{Deserialize, Serialize};
use tidings_kernel::Money;
use tidings_messaging::{Frame, Order, OrderItem, ProductRef, ProductSection, RichForm};
use utoipa::ToSchema;

/// A product of a catalog.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = Product)]
pub(crate) struct ProductBody {
    /// The catalog, by Meta's id: see the Commerce Manager.
    #[schema(max_length = 256, example = "194836987003835")]
    catalog_id: String,
    /// Your own id of the product; the Commerce Manager calls it the content id.
    #[schema(max_length = 256, example = "SKU-1")]
    product_retailer_id: String,
}

/// Products of which the contact makes a cart: 30 at most in all.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = ProductList)]
pub(crate) struct ProductListBody {
    /// The catalog, by Meta's id: see the Commerce Manager.
    #[schema(max_length = 256, example = "194836987003835")]
    catalog_id: String,
    #[schema(min_items = 1, max_items = 10)]
    sections: Vec<ProductSectionBody>,
}

/// Some products under a heading.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = ProductSection)]
pub(crate) struct ProductSectionBody {
    /// Needed where there are several.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(max_length = 24)]
    title: Option<String>,
    #[schema(min_items = 1, max_items = 30)]
    product_items: Vec<ProductItemBody>,
}

/// A product of the list's catalog.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = ProductItem)]
pub(crate) struct ProductItemBody {
    /// Your own id of the product.
    #[schema(max_length = 256, example = "SKU-1")]
    product_retailer_id: String,
}

/// A button that opens the catalog of the number that sends.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = Catalog)]
pub(crate) struct CatalogBody {
    /// The product whose picture stands above; the first of the catalog when left out.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(max_length = 256, example = "SKU-1")]
    thumbnail_product_retailer_id: Option<String>,
}

/// The cart that a contact sent. Nothing is paid by it.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Order)]
pub(crate) struct OrderView {
    catalog_id: Option<String>,
    product_items: Vec<OrderItemView>,
    /// What the contact wrote with it.
    text: Option<String>,
}

/// Some pieces of one product.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = OrderItem)]
pub(crate) struct OrderItemView {
    /// Your own id of the product.
    product_retailer_id: String,
    quantity: u32,
    /// What one piece costs, as the contact was shown it; check it before you rely on it. `null` where it cannot be
    /// read.
    #[schema(value_type = Option<wire::Money>)]
    item_price: Option<Money>,
}

impl ProductBody {
    pub(super) fn form(self, frame: Frame) -> RichForm {
        RichForm::Product {
            frame,
            product: ProductRef {
                catalog: self.catalog_id,
                product: self.product_retailer_id,
            },
        }
    }
}

impl From<ProductRef> for ProductBody {
    fn from(product: ProductRef) -> Self {
        Self {
            catalog_id: product.catalog,
            product_retailer_id: product.product,
        }
    }
}

impl ProductListBody {
    pub(super) fn of(catalog_id: String, sections: Vec<ProductSection>) -> Self {
        let item = |product_retailer_id| ProductItemBody {
            product_retailer_id,
        };
        let sections = sections.into_iter().map(|section| ProductSectionBody {
            title: section.title,
            product_items: section.products.into_iter().map(item).collect(),
        });
        Self {
            catalog_id,
            sections: sections.collect(),
        }
    }

    pub(super) fn form(self, frame: Frame) -> RichForm {
        let sections = self.sections.into_iter().map(|section| {
            let items = section.product_items.into_iter();
            ProductSection {
                title: section.title,
                products: items.map(|item| item.product_retailer_id).collect(),
            }
        });
        RichForm::ProductList {
            frame,
            catalog: self.catalog_id,
            sections: sections.collect(),
        }
    }
}

impl CatalogBody {
    pub(super) fn of(thumbnail_product_retailer_id: Option<String>) -> Self {
        Self {
            thumbnail_product_retailer_id,
        }
    }

    pub(super) fn form(self, frame: Frame) -> RichForm {
        RichForm::Catalog {
            frame,
            thumbnail: self.thumbnail_product_retailer_id,
        }
    }
}

impl From<Order> for OrderView {
    fn from(order: Order) -> Self {
        Self {
            catalog_id: order.catalog,
            product_items: order.items.into_iter().map(Into::into).collect(),
            text: order.note,
        }
    }
}

impl From<OrderItem> for OrderItemView {
    fn from(item: OrderItem) -> Self {
        Self {
            product_retailer_id: item.product,
            quantity: item.quantity,
            item_price: item.price,
        }
    }
}
