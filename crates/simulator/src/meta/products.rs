//! Interactive messages that show products of a catalog.

use serde_json::Value;

use super::errors::MetaError;
use super::interactive::items;
use super::validate::{required_text, within};
use crate::products::{Shelf, ShelfSection};

/// In all sections together.
const MOST: usize = 30;

/// Reads the `action` of a `product`, a `product_list` or a `catalog_message`.
pub(super) fn shelf(kind: &str, action: &Value, has_header: bool) -> Result<Shelf, MetaError> {
    if has_header != (kind == "product_list") {
        let details = "A list of products has a header, a product and a catalog have none";
        return Err(MetaError::with(131_009, details));
    }
    if kind == "catalog_message" {
        if required_text(action, "action", "name")? != "catalog_message" {
            let details = "action['name'] must be catalog_message";
            return Err(MetaError::with(131_009, details));
        }
        let thumbnail = action.pointer("/parameters/thumbnail_product_retailer_id");
        let thumbnail = thumbnail.and_then(Value::as_str);
        return Ok(Shelf {
            catalog_id: None,
            sections: Vec::new(),
            thumbnail: thumbnail.map(str::to_owned),
            button: Some("View catalog"),
        });
    }
    let catalog_id = required_text(action, "action", "catalog_id")?.to_owned();
    let sections = if kind == "product" {
        vec![ShelfSection {
            title: None,
            products: vec![product(action, "action")?],
        }]
    } else {
        sections(action)?
    };
    Ok(Shelf {
        catalog_id: Some(catalog_id),
        sections,
        thumbnail: None,
        button: (kind == "product_list").then_some("View items"),
    })
}

fn sections(action: &Value) -> Result<Vec<ShelfSection>, MetaError> {
    let given = items(action, "action", "sections", 10)?;
    let mut sections = Vec::with_capacity(given.len());
    for section in given {
        let title = section.get("title").and_then(Value::as_str);
        if title.is_none() && given.len() > 1 {
            let details = "Several sections need a title each";
            return Err(MetaError::with(131_009, details));
        }
        if let Some(title) = title {
            within(title, 24, "section['title']")?;
        }
        let products = items(section, "section", "product_items", MOST)?.iter();
        let products: Result<Vec<String>, MetaError> = products
            .map(|item| product(item, "product_items"))
            .collect();
        sections.push(ShelfSection {
            title: title.map(str::to_owned),
            products: products?,
        });
    }
    let all: usize = sections.iter().map(|section| section.products.len()).sum();
    if all > MOST {
        let details = "A list has at most 30 products";
        return Err(MetaError::with(131_009, details));
    }
    Ok(sections)
}

fn product(object: &Value, place: &str) -> Result<String, MetaError> {
    required_text(object, place, "product_retailer_id").map(str::to_owned)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn code(kind: &str, action: &Value, has_header: bool) -> Option<u32> {
        shelf(kind, action, has_header)
            .err()
            .map(|error| error.code)
    }

    #[test]
    fn products_are_checked_as_meta_does() {
        let item = json!({"product_retailer_id": "SKU1"});
        let list = |sections: Value| json!({"catalog_id": "42", "sections": sections});
        let of = |count: usize| json!({"title": "Tea", "product_items": vec![item.clone(); count]});
        let product = json!({"catalog_id": "42", "product_retailer_id": "SKU1"});
        let catalog = json!({"name": "catalog_message"});
        let cases = [
            ("product", product.clone(), false, None),
            ("product", product, true, Some(131_009)),
            ("product", json!({"catalog_id": "42"}), false, Some(131_008)),
            ("product_list", list(json!([of(30)])), true, None),
            ("product_list", list(json!([of(1)])), false, Some(131_009)),
            ("product_list", list(json!([of(31)])), true, Some(131_009)),
            (
                "product_list",
                list(json!([of(16), of(15)])),
                true,
                Some(131_009),
            ),
            ("product_list", list(json!([])), true, Some(131_009)),
            (
                "product_list",
                list(json!([of(1), {"product_items": [item]}])),
                true,
                Some(131_009),
            ),
            ("catalog_message", catalog.clone(), false, None),
            ("catalog_message", catalog, true, Some(131_009)),
            (
                "catalog_message",
                json!({"name": "menu"}),
                false,
                Some(131_009),
            ),
        ];
        for (kind, action, has_header, expected) in cases {
            assert_eq!(code(kind, &action, has_header), expected, "{kind} {action}");
        }
    }
}
