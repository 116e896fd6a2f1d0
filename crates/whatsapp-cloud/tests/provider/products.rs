//! Products of a catalog: what is sent of them, and what contacts say.

use crate::{
    inbound::inbound,
    rich::{interactive, rich},
    support::{event, message, refused_here},
};
use serde_json::{Value, json};
use tidings_kernel::{Money, Purpose};
use tidings_messaging::{
    Content, Frame, Order, OrderItem, ProductRef, ProductSection, ProviderEvent, RichForm, Shopping,
};

fn frame(header: Option<&str>) -> Frame {
    Frame {
        header: header.map(str::to_owned),
        footer: Some("Acme".into()),
    }
}

fn product() -> RichForm {
    RichForm::Product {
        frame: frame(None),
        product: ProductRef {
            catalog: "194836987003835".into(),
            product: "SKU1".into(),
        },
    }
}

fn product_list(header: Option<&str>) -> RichForm {
    let section = |title: &str, products: &[&str]| ProductSection {
        title: Some(title.into()),
        products: products.iter().map(|it| (*it).to_owned()).collect(),
    };
    RichForm::ProductList {
        frame: frame(header),
        catalog: "194836987003835".into(),
        sections: vec![
            section("Tea", &["SKU1", "SKU2"]),
            section("Cups", &["SKU3"]),
        ],
    }
}

#[tokio::test]
async fn one_product_needs_no_text() {
    let mut expected = json!({
        "type": "product", "body": {"text": "Fresh today"}, "footer": {"text": "Acme"},
        "action": {"catalog_id": "194836987003835", "product_retailer_id": "SKU1"}
    });
    let content = rich(product(), Content::text("Fresh today"));
    assert_eq!(interactive(content).await, expected);
    expected.as_object_mut().unwrap().remove("body");
    let content = rich(product(), Content::default());
    assert_eq!(interactive(content).await, expected);
}

#[tokio::test]
async fn a_list_of_products_has_a_header_and_sections() {
    let expected = json!({
        "type": "product_list", "header": {"type": "text", "text": "New"}, "body": {"text": "Look"},
        "footer": {"text": "Acme"}, "action": {"catalog_id": "194836987003835", "sections": [
            {"title": "Tea", "product_items": [{"product_retailer_id": "SKU1"}, {"product_retailer_id": "SKU2"}]},
            {"title": "Cups", "product_items": [{"product_retailer_id": "SKU3"}]}]}
    });
    let content = rich(product_list(Some("New")), Content::text("Look"));
    assert_eq!(interactive(content).await, expected);
    let headless = rich(product_list(None), Content::text("Look"));
    let error = refused_here(&message(Purpose::Transactional, headless)).await;
    assert_eq!(error.provider_code, "missing_field");
}

#[tokio::test]
async fn a_catalog_shows_a_product_or_its_first() {
    let catalog = |thumbnail: Option<&str>| {
        let form = RichForm::Catalog {
            frame: frame(None),
            thumbnail: thumbnail.map(str::to_owned),
        };
        interactive(rich(form, Content::text("Just visit our catalog")))
    };
    let mut expected = json!({
        "type": "catalog_message", "body": {"text": "Just visit our catalog"}, "footer": {"text": "Acme"},
        "action": {"name": "catalog_message", "parameters": {"thumbnail_product_retailer_id": "SKU1"}}
    });
    assert_eq!(catalog(Some("SKU1")).await, expected);
    expected["action"]
        .as_object_mut()
        .unwrap()
        .remove("parameters");
    assert_eq!(catalog(None).await, expected);
}

#[test]
fn a_cart_is_an_order_with_its_prices() {
    let order = |payload: Value| {
        let read = inbound("order", payload);
        let order = read.shopping.and_then(|shopping| shopping.order);
        (read.text, order.unwrap())
    };
    let (text, read) = order(json!({
        "catalog_id": "194836987003835", "text": "", "product_items": [
            {"product_retailer_id": "di9ozbzfi4", "quantity": 2, "item_price": 30, "currency": "USD"},
            {"product_retailer_id": "nqryix03ez", "quantity": 1, "item_price": 25.5, "currency": "USD"},
        ]
    }));
    let item = |product: &str, quantity, price| OrderItem {
        product: product.into(),
        quantity,
        price: Money::parse(price, "USD").ok(),
    };
    let expected = Order {
        catalog: Some("194836987003835".into()),
        items: vec![item("di9ozbzfi4", 2, "30"), item("nqryix03ez", 1, "25.5")],
        note: None,
    };
    assert_eq!(read, expected);
    assert_eq!(
        text,
        "Order: 2 × di9ozbzfi4 at 30 USD, 1 × nqryix03ez at 25.5 USD"
    );
    // What cannot be read costs nothing but itself.
    let (_, read) = order(json!({"product_items": [
        {"product_retailer_id": "SKU1", "quantity": "many", "item_price": 29.989_999_771, "currency": "USD"},
        {"product_retailer_id": "SKU2", "item_price": 1, "currency": "shells"},
        {"quantity": 3},
    ]}));
    let mut expected = item("SKU2", 1, "1");
    expected.price = None;
    assert_eq!(read.items, [item("SKU1", 1, "29.99"), expected]);
}

#[test]
fn a_question_about_a_product_names_it() {
    let ask = |context: &Value| {
        let asked = json!({
            "from": "12025550123", "id": "wamid.IN1", "timestamp": "1789000001", "type": "text",
            "text": {"body": "Is this still available?"}, "context": context,
        });
        match event("messages", json!({"messages": [asked]})) {
            ProviderEvent::Inbound(inbound) => inbound,
            other => panic!("{other:?}"),
        }
    };
    let context = json!({"from": "15550001111", "id": "wamid.P1", "referred_product": {
        "catalog_id": "194836987003835", "product_retailer_id": "di9ozbzfi4"}});
    let asked = ask(&context);
    assert_eq!(asked.text, "Is this still available?");
    let product = ProductRef {
        catalog: "194836987003835".into(),
        product: "di9ozbzfi4".into(),
    };
    let expected = Shopping {
        product: Some(product),
        order: None,
    };
    assert_eq!(asked.shopping, Some(expected));
    for context in [
        json!({"from": "15550001111", "id": "wamid.P1"}),
        json!({"referred_product": {"catalog_id": "1"}}),
        json!({"referred_product": "di9ozbzfi4"}),
    ] {
        assert_eq!(ask(&context).shopping, None);
    }
}
