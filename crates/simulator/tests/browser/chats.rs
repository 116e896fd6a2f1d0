//! What the holder of a phone sees and does.

use serde_json::json;

use crate::support::{ADA, SENDER, WHATSAPP, World, is_fine};

#[tokio::test]
async fn a_text_appears_by_itself_and_is_answered() {
    let world = World::start().await;
    let page = world.page("").await;
    world.sms("Your photos are ready.").await;
    page.wait_for_text("#list", "Your photos are ready.")
        .await
        .unwrap();
    page.click("#list button").await.unwrap();
    page.click(".chats button").await.unwrap();
    page.wait_for_text(".bubble", "Your photos are ready.")
        .await
        .unwrap();
    page.click("#text").await.unwrap();
    page.write("Thank you!").await.unwrap();
    page.press("Enter").await.unwrap();
    let said = world.wrote(1).await;
    assert_eq!(
        (&said["text"], &said["channel"], &said["to"]),
        (&json!("Thank you!"), &json!("sms"), &json!(SENDER))
    );
    page.wait_for_text(".own .bubble", "Thank you!")
        .await
        .unwrap();
    is_fine(&page).await;
}

#[tokio::test]
async fn a_number_that_nobody_knows_writes_first_with_keys_alone() {
    let world = World::start().await;
    let page = world.page("").await;
    page.run("document.getElementById('search').focus()")
        .await
        .unwrap();
    page.write(ADA).await.unwrap();
    page.press("Enter").await.unwrap();
    page.wait_for("document.querySelector('.chats .empty')")
        .await
        .unwrap();
    tab_to(&page, "Write to a business").await;
    page.press("Enter").await.unwrap();
    page.wait_for_text("#sheet", "+1 202 555 0100")
        .await
        .unwrap();
    // The first choice has the focus.
    page.press("Enter").await.unwrap();
    page.wait_for("document.querySelector('#text')")
        .await
        .unwrap();
    tab_to(&page, "Message").await;
    page.write("Do you have time on Friday?").await.unwrap();
    page.press("Enter").await.unwrap();
    assert_eq!(world.wrote(1).await["text"], "Do you have time on Friday?");
}

/// Presses Tab until the element with this name has the focus.
async fn tab_to(page: &tidings_browser::Page, name: &str) {
    for _ in 0..40 {
        page.press("Tab").await.unwrap();
        let focused: String = page
            .value("(document.activeElement.getAttribute('aria-label') || document.activeElement.textContent).trim()")
            .await
            .unwrap();
        if focused == name {
            return;
        }
    }
    panic!("no Tab comes to {name}");
}

#[tokio::test]
async fn stop_is_one_tap_and_ends_what_this_number_may_send() {
    let world = World::start().await;
    world.sms("Ten percent off.").await;
    let page = world.chat("sms", SENDER).await;
    page.click_named(".quick button", "STOP").await.unwrap();
    assert_eq!(world.wrote(1).await["text"], "STOP");
    // The provider's own answer.
    page.wait_for_text(".row:not(.own) .bubble", "unsubscribed")
        .await
        .unwrap();
}

#[tokio::test]
async fn a_phone_that_blocks_shows_what_did_not_arrive() {
    let world = World::start().await;
    world.sms("Hello").await;
    let page = world.chat("sms", SENDER).await;
    page.click_named("button", "Menu").await.unwrap();
    page.click_named("#sheet button", "Block").await.unwrap();
    page.wait_for("!document.getElementById('blocks').hidden")
        .await
        .unwrap();
    world.sms("Are you there?").await;
    page.wait_for_text(".lost", "Did not arrive").await.unwrap();
    assert!(page.text(".lost").await.unwrap().contains("Are you there?"));
    is_fine(&page).await;
    page.click_named("button", "Menu").await.unwrap();
    page.click_named("#sheet button", "Unblock").await.unwrap();
    page.wait_for("document.getElementById('blocks').hidden")
        .await
        .unwrap();
}

/// Opens the business's window for free text.
async fn greet(world: &World) {
    world
        .writes(json!({"channel": "whatsapp", "to": WHATSAPP, "text": "Hi", "name": "Ada Brooks"}))
        .await;
}

#[tokio::test]
async fn buttons_and_lists_are_tapped_and_told_apart() {
    let world = World::start().await;
    greet(&world).await;
    let buttons = json!([{"type": "reply", "reply": {"id": "yes", "title": "I will come"}},
        {"type": "reply", "reply": {"id": "no", "title": "Not this time"}}]);
    world
        .whatsapp("interactive", json!({"type": "button", "header": {"type": "text", "text": "Friday"},
            "body": {"text": "Will you come?"}, "footer": {"text": "Studio Lumen"}, "action": {"buttons": buttons}}))
        .await;
    let page = world.chat("whatsapp", WHATSAPP).await;
    page.wait_for_text(".bubble .head", "Friday").await.unwrap();
    page.wait_for_text(".bubble .foot", "Studio Lumen")
        .await
        .unwrap();
    page.click_named(".keys button", "I will come")
        .await
        .unwrap();
    assert_eq!(world.wrote(2).await["text"], "I will come");
    world
        .whatsapp("interactive", json!({"type": "list", "body": {"text": "When?"}, "action": {"button": "See times",
            "sections": [{"title": "Morning", "rows": [{"id": "t9", "title": "9:00", "description": "Soft light"}]},
                {"title": "Evening", "rows": [{"id": "t18", "title": "18:00"}]}]}}))
        .await;
    page.click_named(".keys button", "See times").await.unwrap();
    page.wait_for_text("#sheet", "Soft light").await.unwrap();
    is_fine(&page).await;
    page.click_named("#sheet .choice", "9:00").await.unwrap();
    assert_eq!(world.wrote(3).await["text"], "9:00");
}

#[tokio::test]
async fn places_contacts_pictures_and_reactions_go_both_ways() {
    let world = World::start().await;
    greet(&world).await;
    let place = json!({"latitude": 40.742, "longitude": -73.989, "name": "Rosewood Barn", "address": "12 Mill Lane"});
    world.whatsapp("location", place).await;
    let card =
        json!([{"name": {"formatted_name": "Emil Novak"}, "phones": [{"phone": "+12025550155"}]}]);
    world.whatsapp("contacts", card).await;
    let id = world
        .whatsapp(
            "image",
            json!({"link": "https://example.com/gallery/barn.jpg", "caption": "A *first* look"}),
        )
        .await;
    let page = world.chat("whatsapp", WHATSAPP).await;
    page.wait_for_text(".bubble", "12 Mill Lane").await.unwrap();
    page.wait_for_text(".tile", "+1 202 555 0155")
        .await
        .unwrap();
    page.wait_for_text(".tile", "barn.jpg").await.unwrap();
    page.wait_for_text(".bubble strong", "first").await.unwrap();
    page.click_named(".react", "A *first* look").await.unwrap();
    page.click_named("#sheet button", "React with 👍")
        .await
        .unwrap();
    let said = world.wrote(2).await;
    assert_eq!(
        said["rich"]["reaction"],
        json!({"message_id": id, "emoji": "👍"})
    );
    page.wait_for_text(".signed", "👍").await.unwrap();

    for (choice, button) in [("Location", "Send location"), ("Contact", "Send contact")] {
        page.click_named("button", "Attach").await.unwrap();
        page.click_named("#sheet .choice", choice).await.unwrap();
        page.click_named("#sheet form button", button)
            .await
            .unwrap();
        page.wait_for("!document.getElementById('sheet').open")
            .await
            .unwrap();
    }
    assert_eq!(
        world.wrote(4).await["rich"]["contacts"][0]["name"],
        "Ada Brooks"
    );
    page.click_named("button", "Attach").await.unwrap();
    page.click_named("#sheet .choice", "Photo").await.unwrap();
    assert_eq!(
        world.wrote(5).await["media"][0]["content_type"],
        "image/png"
    );
    page.wait_for("document.querySelector('.own .bubble img')?.naturalWidth === 240")
        .await
        .unwrap();
    is_fine(&page).await;
}

#[tokio::test]
async fn a_catalog_is_opened_and_a_cart_is_sent() {
    let world = World::start().await;
    greet(&world).await;
    let items = json!([{"product_retailer_id": "SKU1"}, {"product_retailer_id": "SKU2"}]);
    world
        .whatsapp(
            "interactive",
            json!({"type": "product_list", "header": {"type": "text", "text": "New"},
            "body": {"text": "Look"}, "action": {"catalog_id": "42",
            "sections": [{"title": "Tea", "product_items": items}]}}),
        )
        .await;
    let page = world.chat("whatsapp", WHATSAPP).await;
    page.wait_for_text(".tile", "2 products").await.unwrap();
    page.click_named(".keys button", "View items")
        .await
        .unwrap();
    page.wait_for_text("#sheet", "Tea").await.unwrap();
    page.click_named("#sheet .choice", "SKU2").await.unwrap();
    page.click_named("#sheet form button", "Send cart")
        .await
        .unwrap();
    let cart = world.wrote(2).await["rich"]["order"].clone();
    assert_eq!(
        cart["product_items"],
        json!([{"product_retailer_id": "SKU2", "quantity": 1, "item_price": 9.5, "currency": "USD"}])
    );
    page.wait_for_text(".own .tile", "1 × SKU2").await.unwrap();
    world
        .whatsapp(
            "interactive",
            json!({"type": "catalog_message", "body": {"text": "All"},
            "action": {"name": "catalog_message"}}),
        )
        .await;
    page.click_named(".keys button", "View catalog")
        .await
        .unwrap();
    page.click_named("#sheet form button", "Send cart")
        .await
        .unwrap();
    assert_eq!(
        world.wrote(3).await["rich"]["order"]["product_items"][0]["product_retailer_id"],
        "SKU-1"
    );
    is_fine(&page).await;
}

#[tokio::test]
async fn opening_a_chat_reads_it_unless_receipts_are_off() {
    let world = World::start().await;
    greet(&world).await;
    world.whatsapp("text", json!({"body": "One"})).await;
    let status = async |text: &str| {
        let all = world.messages().await;
        all.into_iter()
            .find(|one| one["text"] == text)
            .map(|one| one["status"].clone())
    };
    let page = world
        .page(&format!("#phone={}&app=whatsapp", ADA.replace('+', "%2B")))
        .await;
    page.wait_for_text(".chats .badge", "1").await.unwrap();
    assert_eq!(status("One").await, Some(json!("delivered")));
    page.click(".chats button").await.unwrap();
    world
        .until(async || (status("One").await? == "read").then_some(()))
        .await;
    page.wait_for("document.querySelector('.stamp .read')")
        .await
        .unwrap();

    page.click_named("button", "Menu").await.unwrap();
    page.click_named("#sheet button", "Read receipts")
        .await
        .unwrap();
    world.whatsapp("text", json!({"body": "Two"})).await;
    page.wait_for_text(".bubble", "Two").await.unwrap();
    page.wait_for("document.querySelectorAll('.row:not(.own) .stamp svg').length === 2")
        .await
        .unwrap();
    assert_eq!(status("Two").await, Some(json!("delivered")));
}

#[tokio::test]
async fn hostile_texts_stay_texts() {
    let world = World::start().await;
    let hostile =
        "<img src=x onerror=\"document.title='owned'\"><script>document.title='owned'</script>";
    world.sms(hostile).await;
    world
        .writes(json!({"channel": "sms", "to": SENDER, "text": "javascript:alert(1) https://example.com/a\"b", "name": hostile}))
        .await;
    let page = world.chat("sms", SENDER).await;
    page.wait_for_text(".bubble", "<script>").await.unwrap();
    page.wait_for_text("#owner", "<img src=x").await.unwrap();
    let links: Vec<String> = page
        .value("[...document.querySelectorAll('.bubble a')].map((one) => one.href)")
        .await
        .unwrap();
    assert_eq!(links, ["https://example.com/a"]);
    assert_eq!(
        page.value::<u32>("document.querySelectorAll('main img, main script').length")
            .await
            .unwrap(),
        0
    );
    assert!(
        page.value::<String>("document.title")
            .await
            .unwrap()
            .contains("Tidings")
    );
    is_fine(&page).await;
}
