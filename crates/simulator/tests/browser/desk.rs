//! The review of templates.

use serde_json::{Value, json};

use crate::support::{World, is_fine};

fn template(name: &str) -> Value {
    json!({"name": name, "language": "en_US", "category": "UTILITY", "components": [
        {"type": "HEADER", "format": "TEXT", "text": "Your order"},
        {"type": "BODY", "text": "Hi {{1}}, your photos are ready."},
        {"type": "FOOTER", "text": "Studio Lumen"},
        {"type": "BUTTONS", "buttons": [{"type": "QUICK_REPLY", "text": "See them"}]}]})
}

#[tokio::test]
async fn templates_wait_are_approved_and_turned_down_with_a_reason() {
    let world = World::start().await;
    let page = world.page("#templates").await;
    world.submit(template("gallery_ready")).await;
    world.submit(template("spam")).await;
    page.wait_for_text("#waiting", "2").await.unwrap();
    is_fine(&page).await;
    page.click_named("#shelf button", "Approve gallery_ready")
        .await
        .unwrap();
    page.wait_for_text("#waiting", "1").await.unwrap();
    page.click_named("#shelf button", "Reject spam")
        .await
        .unwrap();
    page.fill("#sheet input", "PROMOTIONAL").await.unwrap();
    page.click_named("#sheet form button", "Reject spam")
        .await
        .unwrap();
    page.wait_for("document.getElementById('waiting').hidden")
        .await
        .unwrap();
    page.wait_for_text("#shelf", "Turned down: PROMOTIONAL")
        .await
        .unwrap();
    let found = world.templates().await;
    let of = |name: &str| found.iter().find(|one| one["name"] == name).unwrap();
    assert_eq!(of("gallery_ready")["status"], "APPROVED");
    assert_eq!(of("spam")["status"], "REJECTED");
    assert_eq!(of("spam")["rejected_reason"], "PROMOTIONAL");
    is_fine(&page).await;
}
