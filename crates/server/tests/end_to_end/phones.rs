//! People at the simulator's phones, in a real browser: what they do there reaches the real programs.

use crate::{
    business::{list, sms, words},
    looks::{browse, is_fine},
    system::System,
    wait::{SOON, seen, until},
};
use serde_json::json;
use tidings_browser::Page;

/// The simulator's page at this place.
async fn page(system: &System, place: &str) -> Page {
    let page = browse().await;
    let url = format!("{}/{place}", system.simulator.url);
    page.go(&url).await.unwrap();
    page.wait_for_text("#live", "Live").await.unwrap();
    page
}

/// The chat with a business on somebody's phone.
pub(crate) async fn chat(system: &System, phone: &str, app: &str, business: &str) -> Page {
    let number = |text: &str| text.replace('+', "%2B");
    let place = format!(
        "#phone={}&app={app}&chat={}",
        number(phone),
        number(business)
    );
    page(system, &place).await
}

#[tokio::test]
async fn a_typed_stop_blocks_the_next_message() {
    let system = System::start().await;
    let lumen = &system.lumen;
    let ben = &lumen.people[1];
    let page = chat(&system, &ben.phone, "sms", lumen.sender("sms")).await;
    lumen
        .delivered(&lumen.sms(ben, "Your photos are ready.").await)
        .await;
    page.wait_for_text(".bubble", "Your photos are ready.")
        .await
        .unwrap();
    page.click("#text").await.unwrap();
    page.write("Stop").await.unwrap();
    page.press("Enter").await.unwrap();
    page.wait_for_text(".own .bubble", "Stop").await.unwrap();
    let refusal = until("the next message is refused", SOON, async || {
        let answer = lumen.post("/v1/messages", &sms(ben, "One more.")).await;
        let status = answer.status;
        seen(status == 422, &answer.body).map(|()| answer)
    })
    .await
    .refused(422, "blocked");
    let reasons = words(list(&refusal, "/decision/reasons"), "/rule");
    assert!(reasons.contains(&"consent.opted_out"), "{refusal:#}");
    is_fine(&page).await;
}

#[tokio::test]
async fn a_button_that_is_pressed_arrives_and_opening_the_chat_reads() {
    let system = System::start().await;
    let lumen = &system.lumen;
    let emil = &lumen.people[4];
    let body = json!({"to": {"contact_id": emil.id}, "channel": "whatsapp",
        "purpose": "transactional", "template": {"name": "booking_confirmed", "data":
            {"first_name": "Emil", "session_date": "September 26", "place": "Rosewood Barn"}}});
    let taken = lumen.post("/v1/messages", &body).await.expect(202);
    lumen.delivered(&taken).await;
    let page = chat(
        &system,
        &emil.whatsapp,
        "whatsapp",
        lumen.sender("whatsapp"),
    )
    .await;
    page.wait_for_text(".bubble", "Rosewood Barn")
        .await
        .unwrap();
    lumen.comes_to(&taken, "read", SOON).await;
    page.click_named(".keys button", "Thank you").await.unwrap();
    let heard = until("the answer is there", SOON, async || {
        let inbound = lumen.messages("direction=inbound").await;
        seen(!inbound.is_empty(), "nothing").map(|()| inbound)
    })
    .await;
    assert_eq!(words(&heard, "/text"), ["Thank you"]);
    assert_eq!(words(&heard, "/contact_id"), [emil.id.as_str()]);

    // The window is open now: buttons, and a place that is asked for and told.
    let buttons =
        json!([{"id": "barn", "title": "The barn"}, {"id": "studio", "title": "The studio"}]);
    let body = json!({"to": {"contact_id": emil.id}, "channel": "whatsapp", "purpose": "conversational",
        "text": "Where do we meet?", "whatsapp": {"buttons": buttons, "footer": "Lumen & Lace"}});
    let taken = lumen.post("/v1/messages", &body).await.expect(202);
    // The chat is open.
    lumen.comes_to(&taken, "read", SOON).await;
    page.click_named(".keys button", "The barn").await.unwrap();
    page.click_named("button", "Attach").await.unwrap();
    page.click_named("#sheet .choice", "Location")
        .await
        .unwrap();
    page.click_named("#sheet form button", "Send location")
        .await
        .unwrap();
    until("both are there", SOON, async || {
        let inbound = lumen.messages("direction=inbound").await;
        let said = words(&inbound, "/text").join("\n");
        let is_all = said.contains("The barn") && said.contains("Rosewood Barn");
        seen(is_all, said)
    })
    .await;
    is_fine(&page).await;
}
