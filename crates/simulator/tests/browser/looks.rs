//! What the page looks like, and what it costs. `cargo xtask screenshots` keeps the pictures.

use std::time::Duration;

use serde_json::json;
use tidings_browser::Page;

use crate::support::{ADA, SENDER, WHATSAPP, World, is_fine};

/// A picture is kept beside the code, so it has to be small.
const MOST: usize = 120_000;

/// Looks at a page on all screens.
async fn portray(page: &Page, name: &str) {
    for portrait in page.portraits(name).await.unwrap() {
        let screen = portrait.screen;
        assert!(!portrait.is_too_wide, "{name} is wider than {screen:?}");
        assert!(
            portrait.png.len() < MOST,
            "{name} on {screen:?}: {} bytes",
            portrait.png.len()
        );
        page.show_on(screen).await.unwrap();
        is_fine(page).await;
    }
}

/// A business and its customer in the middle of something.
async fn told() -> World {
    let world = World::start().await;
    world
        .sms("Studio Lumen: your session is on Friday at 18:00. Reply YES to confirm, STOP to end.")
        .await;
    world
        .until(async || (world.messages().await.first()?["status"] == "delivered").then_some(()))
        .await;
    world
        .writes(json!({"channel": "sms", "to": SENDER, "text": "YES", "name": "Ada Brooks"}))
        .await;
    world.writes(json!({"channel": "whatsapp", "to": WHATSAPP, "text": "Hi! When can I see the photos?"})).await;
    world
        .whatsapp(
            "text",
            json!({"body": "Hello Ada, they are *ready*. Here is where we meet:"}),
        )
        .await;
    let place = json!({"latitude": 40.742, "longitude": -73.989, "name": "Rosewood Barn", "address": "12 Mill Lane"});
    let id = world.whatsapp("location", place).await;
    world
        .until(async || (world.messages().await.last()?["status"] == "delivered").then_some(()))
        .await;
    world.writes(json!({"channel": "whatsapp", "to": WHATSAPP, "reaction": {"message_id": id, "emoji": "❤️"}})).await;
    let buttons = json!([{"type": "reply", "reply": {"id": "yes", "title": "I will be there"}},
        {"type": "reply", "reply": {"id": "no", "title": "Another day"}}]);
    world
        .whatsapp(
            "interactive",
            json!({"type": "button", "body": {"text": "Does Friday at 18:00 suit you?"},
            "footer": {"text": "Studio Lumen"}, "action": {"buttons": buttons}}),
        )
        .await;
    world
        .until(async || (world.messages().await.last()?["status"] == "delivered").then_some(()))
        .await;
    world
}

#[tokio::test]
async fn pictures_of_chats() {
    let world = told().await;
    let page = world.chat("whatsapp", WHATSAPP).await;
    page.wait_for_text(".keys", "Another day").await.unwrap();
    page.wait_for("document.querySelectorAll('.stamp .read').length === 3")
        .await
        .unwrap();
    portray(&page, "simulator-whatsapp").await;
    let page = world.chat("sms", SENDER).await;
    page.wait_for_text(".own .bubble", "YES").await.unwrap();
    portray(&page, "simulator-sms").await;
    let page = world
        .page(&format!("#phone={}", ADA.replace('+', "%2B")))
        .await;
    page.click_named("#apps button", "WhatsApp").await.unwrap();
    page.wait_for_text(".chats", "Studio Lumen").await.unwrap();
    is_fine(&page).await;
}

#[tokio::test]
async fn pictures_of_the_review() {
    let world = World::start().await;
    for (name, body) in [
        (
            "booking_confirmed",
            "Hi {{1}}, your session on {{2}} is *confirmed*.",
        ),
        (
            "gallery_ready",
            "Hi {{1}}, your photos are ready to look at.",
        ),
    ] {
        world
            .submit(
                json!({"name": name, "language": "en_US", "category": "UTILITY", "components": [
                {"type": "BODY", "text": body}, {"type": "FOOTER", "text": "Studio Lumen"},
                {"type": "BUTTONS", "buttons": [{"type": "QUICK_REPLY", "text": "Thanks"}]}]}),
            )
            .await;
    }
    let page = world.page("#templates").await;
    page.click_named("#shelf button", "Approve booking_confirmed")
        .await
        .unwrap();
    page.wait_for_text("#waiting", "1").await.unwrap();
    portray(&page, "simulator-templates").await;
}

#[tokio::test]
async fn the_page_is_light_and_quick() {
    let world = told().await;
    let page = world.page("").await;
    let load = page.load().await.unwrap();
    assert!(load.bytes < 100_000, "{load:?}");
    // On a machine that builds and tests at the same time; alone it takes some 50 ms.
    assert!(load.interactive < Duration::from_secs(3), "{load:?}");
}
