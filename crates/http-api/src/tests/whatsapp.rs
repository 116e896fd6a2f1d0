//! What only WhatsApp has.

use super::{
    messages::{message, send, with},
    world::{Reply, World},
};
use serde_json::{Value, json};
use tidings_conformance::fixtures;
use tidings_kernel::{AccountId, Channel, MessageId, Money, PhoneNumber};
use tidings_messaging::{
    Address, Contacts, Content, InboundRecord, Inbox, Messages, Order, OrderItem, ProductRef, Rich,
    RichForm, Shopping,
};

/// A world with an account and a contact.
async fn world() -> (World, String) {
    let world = World::new().await;
    world.account().await;
    let contact = world.contact().await;
    (world, contact)
}

/// The contact writes on WhatsApp, through the account.
async fn wrote(world: &World) -> MessageId {
    said(world, None).await
}

/// The same, with something about products.
async fn said(world: &World, shopping: Option<Shopping>) -> MessageId {
    let accounts = world.get("/v1/provider-accounts").await.body;
    let account: AccountId = accounts["data"][0]["id"].as_str().unwrap().parse().unwrap();
    let number = Address::Phone(PhoneNumber::from_e164("+12025550123").unwrap());
    let tenant = world.ours.tenant;
    let holders = world
        .memory
        .holders(tenant, std::slice::from_ref(&number))
        .await
        .unwrap();
    let id = MessageId::new(&*world.api.ids);
    let mut message = fixtures::inbound(&holders[0][0], id, account, "wamid.IN1", "Hello");
    message.channel = Channel::Whatsapp;
    message.content.shopping = shopping;
    message.contact_address = number;
    message.created_at = world.api.clock.now();
    message.status_at = world.api.clock.now();
    let inbound = InboundRecord {
        message,
        new_contact: None,
        consent: Vec::new(),
        media: Vec::new(),
    };
    world.memory.receive(&inbound).await.unwrap();
    id
}

fn rich(contact: &str, form: Value) -> Value {
    let body = with(message(contact), "channel", json!("whatsapp"));
    with(
        with(body, "purpose", json!("conversational")),
        "whatsapp",
        form,
    )
}

fn buttons() -> Value {
    json!({"buttons": [{"id": "yes", "title": "Yes"}, {"id": "no", "title": "No"}], "footer": "Acme"})
}

async fn content(world: &World, sent: &Reply) -> Content {
    let id: MessageId = sent.id().parse().unwrap();
    let found = Messages::get(&*world.memory, world.ours.tenant, id)
        .await
        .unwrap();
    found.unwrap().message.content
}

#[tokio::test]
async fn buttons_are_taken_in_while_the_window_is_open() {
    let (world, contact) = world().await;
    let refused = send(&world, rich(&contact, buttons()))
        .await
        .refused(422, "blocked");
    let codes = refused["decision"]["reasons"].to_string();
    assert!(codes.contains("whatsapp.window_closed"), "{codes}");
    wrote(&world).await;
    let sent = send(&world, rich(&contact, buttons())).await.expect(202);
    assert_eq!(sent.body["whatsapp"], buttons());
    let content = content(&world, &sent).await;
    assert_eq!(content.words(), "Hi Ana\nAcme\nYes\nNo");
    assert!(matches!(
        content.rich,
        Some(Rich {
            form: Some(RichForm::Buttons { .. }),
            to: None
        })
    ));
}

#[tokio::test]
async fn an_answer_names_the_message_of_the_provider_and_goes_through_its_account() {
    let (world, contact) = world().await;
    let written = wrote(&world).await;
    let mut reaction = rich(
        &contact,
        json!({"reaction": "👍", "reply_to": written.to_string()}),
    );
    reaction.as_object_mut().unwrap().remove("text");
    let sent = send(&world, reaction.clone()).await.expect(202);
    let expected = Rich {
        form: Some(RichForm::Reaction {
            emoji: "👍".into()
        }),
        to: Some("wamid.IN1".into()),
    };
    assert_eq!(content(&world, &sent).await.rich, Some(expected));

    let reply = rich(&contact, json!({"reply_to": written.to_string()}));
    let sent = send(&world, reply.clone()).await.expect(202);
    let quoted = content(&world, &sent).await.rich.unwrap();
    assert_eq!(
        (quoted.form, quoted.to.as_deref()),
        (None, Some("wamid.IN1"))
    );

    let elsewhere = with(reply, "account_id", json!("acc_01h2xcejqtf2nbrexx3vqjhp41"));
    let problem = send(&world, elsewhere)
        .await
        .refused(422, "invalid_request");
    assert_eq!(problem["errors"][0]["pointer"], "/whatsapp/reply_to");
}

#[tokio::test]
async fn only_the_contact_s_own_messages_are_answered() {
    let (world, contact) = world().await;
    wrote(&world).await;
    let unsent = send(&world, message(&contact)).await.expect(202);
    for id in ["msg_01h2xcejqtf2nbrexx3vqjhp41", unsent.id()] {
        let body = rich(&contact, json!({"reply_to": id}));
        let problem = send(&world, body).await.refused(422, "invalid_request");
        assert_eq!(problem["errors"][0]["pointer"], "/whatsapp/reply_to");
    }
}

#[tokio::test]
async fn what_no_provider_carries_and_other_channels_are_refused() {
    let (world, contact) = world().await;
    wrote(&world).await;
    let place = json!({"location": {"latitude": 38.7223, "longitude": -9.1393}});
    let mut place = rich(&contact, place);
    place.as_object_mut().unwrap().remove("text");
    let problem = send(&world, place).await.refused(422, "invalid_request");
    assert_eq!(problem["errors"][0]["code"], "not_carried");
    let sms = with(rich(&contact, buttons()), "channel", json!("sms"));
    let problem = send(&world, sms).await.refused(422, "invalid_request");
    assert_eq!(problem["errors"][0]["code"], "whatsapp_only");
    // The first channel that can carry it does.
    let either = with(
        rich(&contact, buttons()),
        "channel",
        json!(["sms", "whatsapp"]),
    );
    let sent = send(&world, either).await.expect(202);
    assert_eq!(sent.body["channel"], "whatsapp");
}

fn product_list(header: Option<&str>, products: usize) -> Value {
    let items: Vec<Value> = (0..products)
        .map(|n| json!({"product_retailer_id": format!("SKU-{n}")}))
        .collect();
    let sections = json!([{"title": "Tea", "product_items": items}]);
    let mut form = json!({"product_list": {"catalog_id": "42", "sections": sections}});
    if let Some(header) = header {
        form["header"] = json!(header);
    }
    form
}

#[tokio::test]
async fn products_are_taken_in_while_the_window_is_open() {
    let (world, contact) = world().await;
    let forms = [
        json!({"product": {"catalog_id": "42", "product_retailer_id": "SKU-1"}, "footer": "Acme"}),
        product_list(Some("New"), 30),
        json!({"catalog": {"thumbnail_product_retailer_id": "SKU-1"}}),
        json!({"catalog": {}}),
    ];
    for form in &forms {
        let refused = send(&world, rich(&contact, form.clone()))
            .await
            .refused(422, "blocked");
        let codes = refused["decision"]["reasons"].to_string();
        assert!(codes.contains("whatsapp.window_closed"), "{codes}");
    }
    wrote(&world).await;
    for form in &forms {
        let sent = send(&world, rich(&contact, form.clone())).await.expect(202);
        assert_eq!(sent.body["whatsapp"], *form);
        assert!(content(&world, &sent).await.products().is_some(), "{form}");
    }
    let mut bare = rich(&contact, forms[0].clone());
    bare.as_object_mut().unwrap().remove("text");
    send(&world, bare).await.expect(202);
}

#[tokio::test]
async fn what_whatsapp_would_refuse_of_products_is_told_at_its_field() {
    let (world, contact) = world().await;
    wrote(&world).await;
    let product = json!({"catalog_id": "42", "product_retailer_id": ""});
    let sections = "/whatsapp/product_list/sections";
    for (form, pointer, code) in [
        (
            json!({"product": product}),
            "/whatsapp/product/product_retailer_id",
            "empty",
        ),
        (product_list(Some("New"), 31), sections, "too_many"),
        (product_list(None, 1), "/whatsapp/header", "missing_field"),
        (
            product_list(Some("New"), 0),
            "/whatsapp/product_list/sections/0/product_items",
            "empty",
        ),
        (
            json!({"catalog": {}, "header": "New"}),
            "/whatsapp/header",
            "conflict",
        ),
        (
            json!({"catalog": {}, "reaction": "👍"}),
            "/whatsapp",
            "conflict",
        ),
    ] {
        let problem = send(&world, rich(&contact, form.clone()))
            .await
            .refused(422, "invalid_request");
        let error = &problem["errors"][0];
        assert_eq!(
            (&error["pointer"], &error["code"]),
            (&json!(pointer), &json!(code)),
            "{form}"
        );
    }
    let unknown = json!({"product": {"catalog_id": "42", "sku": "SKU-1"}});
    send(&world, rich(&contact, unknown))
        .await
        .refused(422, "unknown_field");
}

#[tokio::test]
async fn the_cart_of_a_contact_is_told_with_the_message() {
    let (world, _) = world().await;
    let shopping = Shopping {
        order: Some(Order {
            catalog: Some("42".into()),
            items: vec![OrderItem {
                product: "SKU-1".into(),
                quantity: 2,
                price: Money::parse("9.5", "USD").ok(),
            }],
            note: None,
        }),
        product: Some(ProductRef {
            catalog: "42".into(),
            product: "SKU-2".into(),
        }),
    };
    let id = said(&world, Some(shopping)).await;
    let message = world.get(&format!("/v1/messages/{id}")).await.body;
    assert_eq!(
        message["order"],
        json!({"catalog_id": "42", "text": null, "product_items": [{"product_retailer_id": "SKU-1",
            "quantity": 2, "item_price": {"amount": "9.5", "currency": "USD"}}]})
    );
    assert_eq!(
        message["referred_product"],
        json!({"catalog_id": "42", "product_retailer_id": "SKU-2"})
    );
}
