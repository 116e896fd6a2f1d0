//! The console, in a real browser.

use crate::{
    business::{Answer, word},
    looks::{browse, is_light_and_quick, portray},
    system::System,
};
use reqwest::Method;
use serde_json::json;
use tidings_browser::Page;

/// What `seed` says of the first tenant's owner.
const PASSWORD: &str = "tidings demonstration";

async fn log_in(system: &System) -> Page {
    let page = browse().await;
    page.go(&system.address("/console/login")).await.unwrap();
    page.fill("input[name=email]", "owner1@example.com")
        .await
        .unwrap();
    page.fill("input[name=password]", PASSWORD).await.unwrap();
    page.press("Enter").await.unwrap();
    page.wait_for("document.querySelector('nav.main')")
        .await
        .unwrap();
    page
}

async fn visit(system: &System, page: &Page, path: &str, title: &str) {
    page.go(&system.address(path)).await.unwrap();
    page.wait_for_text("h1", title).await.unwrap();
}

#[tokio::test]
async fn somebody_logs_in_adds_a_contact_and_finds_it() {
    let system = System::start().await;
    let page = browse().await;
    // What was asked for before the login is there after it.
    page.go(&system.address("/console/contacts/new"))
        .await
        .unwrap();
    page.fill("input[name=email]", "owner1@example.com")
        .await
        .unwrap();
    page.fill("input[name=password]", "not this one")
        .await
        .unwrap();
    page.press("Enter").await.unwrap();
    page.wait_for_text("[role=alert]", "do not fit together")
        .await
        .unwrap();
    is_fine_but_for_the_refusal(&page).await;
    page.fill("input[name=password]", PASSWORD).await.unwrap();
    page.press("Enter").await.unwrap();
    page.wait_for("document.querySelector('input[name=first_name]')")
        .await
        .unwrap();
    page.fill("input[name=first_name]", "Wilhelmina")
        .await
        .unwrap();
    page.fill("input[name=phone]", "+12025550177")
        .await
        .unwrap();
    page.press("Enter").await.unwrap();
    page.wait_for_text("h1", "Wilhelmina").await.unwrap();
    visit(&system, &page, "/console/contacts", "Contacts").await;
    page.wait_for_text("main", "Wilhelmina").await.unwrap();
    let found = system.lumen.get("/v1/contacts?phone=%2B12025550177").await;
    assert_eq!(word(&found.expect(200), "/data/0/first_name"), "Wilhelmina");
}

/// The browser itself complains of an answer that is a refusal.
async fn is_fine_but_for_the_refusal(page: &Page) {
    let others: Vec<String> = page
        .complaints()
        .into_iter()
        .filter(|it| !it.contains("the server responded with a status of"))
        .collect();
    assert_eq!(others, Vec::<String>::new());
    let findings = page.audit().await.unwrap();
    assert!(findings.iter().all(|it| !it.is_serious()), "{findings:#?}");
}

#[tokio::test]
async fn pictures_of_the_console() {
    let system = System::start().await;
    let lumen = &system.lumen;
    let page = browse().await;
    page.go(&system.address("/console/login")).await.unwrap();
    portray(&page, "console-login").await;

    let ada = &lumen.people[0];
    lumen
        .delivered(&lumen.sms(ada, "Your photos are ready.").await)
        .await;
    // Somebody whose operator refuses everything, for the queue to have something to show.
    let nobody = lumen.befriend("+12025550163").await;
    let refused = lumen.sms(&nobody, "Are you there?").await;
    lumen.comes_to(&refused, "failed", crate::wait::SOON).await;

    let page = log_in(&system).await;
    for (path, title, name) in [
        ("/console", "Overview", "console-home"),
        ("/console/contacts", "Contacts", "console-contacts"),
        ("/console/templates", "Templates", "console-templates"),
        ("/console/accounts", "Accounts", "console-accounts"),
        ("/console/messages", "Messages", "console-messages"),
        ("/console/queue", "Queue", "console-queue"),
    ] {
        visit(&system, &page, path, title).await;
        portray(&page, name).await;
    }
    visit(
        &system,
        &page,
        &format!("/console/contacts/{}", ada.id),
        "Ada",
    )
    .await;
    portray(&page, "console-contact").await;
}

#[tokio::test]
async fn pages_are_light_and_quick() {
    let system = System::start().await;
    for number in 160..200 {
        let contact = json!({"first_name": format!("Number {number}"), "phone": format!("+12025550{number}")});
        let made = system.lumen.post("/v1/contacts", &contact).await;
        made.expect(201);
    }
    is_light_and_quick(&browse().await, &system.address("/console/login")).await;
    let page = log_in(&system).await;
    for path in [
        "/console",
        "/console/contacts",
        "/console/accounts",
        "/console/templates",
        "/console/messages",
        "/console/queue",
    ] {
        is_light_and_quick(&page, &system.address(path)).await;
    }
}

#[tokio::test]
async fn open_pages_are_live_and_leave_what_is_typed_alone() {
    let system = System::start().await;
    let lumen = &system.lumen;
    let ada = &lumen.people[0];
    let (id, ours) = (ada.id.replacen("con_", "cnv_", 1), lumen.sender("sms"));
    let say = async |text: &str| system.simulator.write(&ada.phone, "sms", ours, text).await;
    let inbox = log_in(&system).await;
    visit(&system, &inbox, "/console/conversations", "Conversations").await;
    let page = log_in(&system).await;
    visit(
        &system,
        &page,
        &format!("/console/conversations/{id}"),
        "Ada",
    )
    .await;
    page.fill("textarea[name=text]", "Half an ans")
        .await
        .unwrap();
    say("Is Saturday still free?").await;
    page.wait_for_text("#said", "Is Saturday still free?")
        .await
        .unwrap();
    inbox
        .wait_for_text("#results", "Is Saturday still free?")
        .await
        .unwrap();
    page.write("wer").await.unwrap();
    say("Hello?").await;
    page.wait_for_text("#said", "Hello?").await.unwrap();
    let typed: String = page
        .value("document.activeElement.name + ': ' + document.activeElement.value")
        .await
        .unwrap();
    assert_eq!(typed, "text: Half an answer");
    let change = json!({"assignee": "Grace"});
    let changed = lumen.request(Method::PATCH, &format!("/v1/conversations/{id}"));
    Answer::of(changed.json(&change)).await.expect(200);
    page.wait_for_text("#facts", "Grace").await.unwrap();
    assert_eq!(page.complaints(), Vec::<String>::new());
}
