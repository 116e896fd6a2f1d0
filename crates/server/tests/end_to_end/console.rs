//! The console, as people use it: in a real browser, beside the handsets of those they write to.

use crate::{
    business::{Answer, Person, list, word, words},
    florist::{Florist, NUMBER, SID, TOKEN},
    looks::{browse, choose, enter, is_fine, log_in, portray, visit},
    phones::chat,
    program::printed,
    system::System,
    wait::{SOON, seen, until},
};
use reqwest::Method;
use serde_json::json;
use std::fmt::Write;
use tidings_browser::Page;

/// Who `seed` lets into the console of the first tenant.
const EMAIL: &str = "owner1@example.com";
const PASSWORD: &str = "tidings demonstration";

/// Text that would be more than text wherever it is not escaped.
const HOSTILE: &str =
    "</p><script>document.title='owned'</script><img src=x onerror=\"document.title='owned'\">";

/// Clicks a button of this name.
async fn press(page: &Page, name: &str) {
    page.click_named("main button", name).await.unwrap();
}

/// Sends the answer by the keyboard, wherever the button is: what is live may have moved it a moment ago.
async fn sends(page: &Page) {
    let reach = "(() => { const all = [...document.querySelectorAll('main button')]; \
        const send = all.find((one) => one.textContent.trim() === 'Send'); \
        send.focus(); return document.activeElement === send; })()";
    assert!(page.value::<bool>(reach).await.unwrap());
    page.press("Enter").await.unwrap();
}

/// Waits until the page says this.
async fn says(page: &Page, text: &str) {
    page.wait_for_text("main", text).await.unwrap();
}

/// A thread of the console.
fn thread(person: &Person) -> String {
    let id = person.id.replacen("con_", "cnv_", 1);
    format!("/console/conversations/{id}")
}

#[tokio::test]
async fn a_shop_begins_with_pictures_of_its_first_steps() {
    let system = System::start().await;
    let florist = Florist::open(&system).await;
    let page = browse().await;
    // What was asked for before the login is there after it.
    page.go(&system.address("/console/accounts/new/twilio"))
        .await
        .unwrap();
    enter(&page, florist.email, "not this one").await;
    page.wait_for_text("[role=alert]", "do not fit together")
        .await
        .unwrap();
    is_fine(&page).await;
    enter(&page, florist.email, &florist.password).await;
    page.wait_for_text("h1", "Connect Twilio").await.unwrap();
    visit(&system, &page, "/console").await;
    says(&page, "0 of 4 done").await;

    connects_an_account(&system, &florist, &page).await;
    visit(&system, &page, "/console").await;
    says(&page, "1 of 4 done").await;
    imports_contacts(&system, &florist, &page).await;
    writes_a_template(&system, &page).await;
    visit(&system, &page, "/console").await;
    says(&page, "3 of 4 done").await;
    portray(&page, "console-first-steps").await;

    // Somebody writes in, which is the first message.
    florist.paste_callback(&system).await;
    let found = florist.shop.get("/v1/contacts?phone=%2B12025550141").await;
    let found = found.expect(200);
    assert_eq!(word(&found, "/data/0/first_name"), "Amara", "{found:#}");
    let asked = "Do you deliver on Sundays?";
    system
        .simulator
        .write("+12025550141", "sms", NUMBER, asked)
        .await;
    until("the message is there", SOON, async || {
        let heard = florist.shop.messages("direction=inbound").await;
        seen(heard.len() == 1, heard)
    })
    .await;
    visit(&system, &page, "/console").await;
    says(&page, "Everything is set up").await;
    is_fine(&page).await;
}

/// A token that is mistyped is found at the provider, and told at its field.
async fn connects_an_account(system: &System, florist: &Florist, page: &Page) {
    page.click_named("main a", "Connect an account")
        .await
        .unwrap();
    page.click_named("main a", "Twilio").await.unwrap();
    page.fill("#f-name", "Main number").await.unwrap();
    page.fill("#f-credential_account_sid", SID).await.unwrap();
    let wrong = TOKEN.replace('4', "5");
    page.fill("#f-credential_auth_token", &wrong).await.unwrap();
    page.fill("#f-sender_0", NUMBER).await.unwrap();
    page.click("#f-channels_0-sms").await.unwrap();
    press(page, "Test and save").await;
    page.wait_for_text("[role=alert]", "Nothing is saved yet")
        .await
        .unwrap();
    is_fine(page).await;
    let accounts = florist.shop.get("/v1/provider-accounts").await.expect(200);
    assert_eq!(accounts["data"], json!([]));
    // All but the secret is still there.
    page.fill("#f-credential_auth_token", TOKEN).await.unwrap();
    press(page, "Test and save").await;
    says(page, "Added.").await;
    page.wait_for_text("h1", "Main number").await.unwrap();
    press(page, "Test the connection").await;
    says(page, "the credentials work").await;
    let answer = florist.shop.get("/v1/provider-accounts").await.expect(200);
    assert_eq!(word(&answer, "/data/0/senders/0/address"), NUMBER);
    assert!(!system.logs().contains(TOKEN), "a secret is in a log");
}

/// A file whose columns are named otherwise, with rows that cannot be taken, and more rows than one step takes.
async fn imports_contacts(system: &System, florist: &Florist, page: &Page) {
    let mut csv = String::from(
        "Called;Mobile;Email;Tags;Favorite flower\nAmara;202-555-0141;;wedding;peony\nBastian;12;;;\n",
    );
    for number in 0..260 {
        writeln!(csv, "Guest {number};;guest{number}@example.com;;").unwrap();
    }
    visit(system, page, "/console/contacts").await;
    page.click_named("main a", "Import").await.unwrap();
    page.fill("#f-csv", &csv).await.unwrap();
    press(page, "Look at it").await;
    says(page, "Will be added").await;
    says(page, "+12025550141").await;
    // Nobody guesses that “Called” is a name.
    choose(page, "#f-column_0", "first_name").await;
    press(page, "Look again").await;
    page.wait_for_text("td, th", "Amara").await.unwrap();
    portray(page, "console-contacts-import-preview").await;
    press(page, "Import 262 rows").await;
    says(page, "262 of 262 rows").await;
    says(page, "Rows that were not taken").await;
    portray(page, "console-contacts-import-done").await;
    let table = page.text("main table").await.unwrap();
    assert!(table.contains('3') && table.contains("hone"), "{table}");
    let found = florist.shop.get("/v1/contacts?limit=200").await;
    let found = found.expect(200);
    assert_eq!(list(&found, "/data").len(), 200);
    assert!(found["next"].is_string(), "more than one page of people");
}

async fn writes_a_template(system: &System, page: &Page) {
    visit(system, page, "/console/templates").await;
    page.click_named("main a", "Write a template")
        .await
        .unwrap();
    page.fill("#f-name", "order_ready").await.unwrap();
    let text = "Hi {{first_name|there}}, your flowers are ready.";
    page.fill("#f-locale_0", "en").await.unwrap();
    page.fill("#f-text_0", text).await.unwrap();
    page.wait_for_text(".beside", "your flowers are ready")
        .await
        .unwrap();
    press(page, "Save").await;
    page.wait_for_text("h1", "order_ready").await.unwrap();
}

#[tokio::test]
async fn a_thread_beside_a_handset_is_live_and_stops() {
    let system = System::start().await;
    let lumen = &system.lumen;
    let ours = lumen.sender("sms");
    let ada = lumen
        .befriend_as(json!({"first_name": HOSTILE, "phone": "+12025550171"}))
        .await;
    let handset = chat(&system, &ada.phone, "sms", ours).await;
    let says_there = async |text: &str| {
        handset.click("#text").await.unwrap();
        handset.write(text).await.unwrap();
        handset.press("Enter").await.unwrap();
    };
    let console = log_in(&system, EMAIL, PASSWORD).await;
    says_there(HOSTILE).await;
    until("it has arrived", SOON, async || {
        let heard = lumen.messages("direction=inbound").await;
        seen(heard.len() == 1, heard)
    })
    .await;
    visit(&system, &console, "/console/conversations").await;
    says(&console, "1 new").await;
    is_fine(&console).await;
    console.click(".thread").await.unwrap();
    console.wait_for_text(".message", HOSTILE).await.unwrap();
    let title: String = console.value("document.title").await.unwrap();
    assert!(title.contains("<script>"), "{title}");

    // Counted while it is written, sent, and seen on the handset.
    console.fill("#f-text", "We do – every day").await.unwrap();
    console
        .wait_for_text("#count", "“–” makes it so")
        .await
        .unwrap();
    console.fill("#f-text", "We do, every day").await.unwrap();
    console.wait_for_text("#count", "1 part").await.unwrap();
    console.wait_for_text("#count", "USD").await.unwrap();
    press(&console, "Send").await;
    says(&console, "Sent off").await;
    handset
        .wait_for_text(".bubble", "We do, every day")
        .await
        .unwrap();
    console.wait_for_text(".ours", "Delivered").await.unwrap();

    // What somebody is typing here stays while the thread goes on by itself.
    console.fill("#f-text", "One more thing").await.unwrap();
    says_there("STOP").await;
    console
        .wait_for("[...document.querySelectorAll('.message')].some((one) => one.innerText.includes('STOP'))")
        .await
        .unwrap();
    press(&console, "Send").await;
    console
        .wait_for_text("[role=alert]", "Not sent.")
        .await
        .unwrap();
    let typed: String = console
        .value("document.querySelector('#f-text').value")
        .await
        .unwrap();
    assert_eq!(typed, "One more thing");
    is_fine(&console).await;
    let problem = console.text(".problem").await.unwrap();
    assert!(problem.contains("consent.opted_out"), "{problem}");
    let there = words(&system.simulator.handset(&ada.phone).await, "/text").join("\n");
    assert!(!there.contains("One more thing"), "{there}");
    a_closed_window_takes_a_template(&system, &console).await;
}

/// Somebody who has not written by WhatsApp gets a template, whose fields are filled and looked at before.
async fn a_closed_window_takes_a_template(system: &System, page: &Page) {
    let chloe = &system.lumen.people[2];
    visit(system, page, &thread(chloe)).await;
    page.click("main details summary").await.unwrap();
    choose(page, "#f-channel", "whatsapp").await;
    page.fill("#f-text", "Shall we meet?").await.unwrap();
    page.wait_for_text("#count", "it takes templates only")
        .await
        .unwrap();
    choose(page, "#f-template", "booking_confirmed").await;
    page.wait_for("document.querySelector('#f-value_first_name').value === 'Chloe'")
        .await
        .unwrap();
    page.fill("#f-value_session_date", "October 3")
        .await
        .unwrap();
    page.fill("#f-value_place", "Harbor Hall").await.unwrap();
    page.wait_for_text(
        "#count .bubble",
        "October 3 is confirmed. We meet at Harbor Hall",
    )
    .await
    .unwrap();
    press(page, "Send").await;
    says(page, "Sent off").await;
    until("the handset has it", SOON, async || {
        let there = system.simulator.handset(&chloe.whatsapp).await;
        let is_there = words(&there, "/text").join("").contains("Harbor Hall");
        seen(is_there, there)
    })
    .await;
}

#[tokio::test]
async fn a_reply_outlives_a_session_a_stale_form_and_not_the_contact() {
    let system = System::start().await;
    let lumen = &system.lumen;
    let ben = &lumen.people[1];
    let ours = lumen.sender("sms");
    system
        .simulator
        .write(&ben.phone, "sms", ours, "Hello?")
        .await;
    until("it has arrived", SOON, async || {
        let heard = lumen.messages("direction=inbound").await;
        seen(heard.len() == 1, heard)
    })
    .await;
    let page = log_in(&system, EMAIL, PASSWORD).await;
    visit(&system, &page, &thread(ben)).await;
    let sent = async |count: usize| {
        until("it is sent once", SOON, async || {
            let said = lumen.messages("direction=outbound").await;
            seen(said.len() == count, said)
        })
        .await;
    };

    // The session ends while somebody writes.
    page.fill("#f-text", "A long answer & more").await.unwrap();
    let reset = [
        "member", "password", "--tenant", &lumen.id, "--email", EMAIL,
    ];
    let password = printed(&system.tidings(&reset).await);
    sends(&page).await;
    says(&page, "Your session has ended").await;
    enter(&page, EMAIL, &password).await;
    says(&page, "not sent yet").await;
    says(&page, "A long answer & more").await;
    assert!(lumen.messages("direction=outbound").await.is_empty());
    press(&page, "Send it").await;
    says(&page, "Sent off").await;
    sent(1).await;

    // Somebody logs in anew in another tab: the form here is one of the session before.
    page.fill("#f-text", "Another answer").await.unwrap();
    let again = format!(
        "fetch('/console/login', {{ method: 'POST', body: new URLSearchParams({}) }}).then((answer) => answer.ok)",
        json!({"email": EMAIL, "password": password})
    );
    assert!(page.value::<bool>(&again).await.unwrap());
    sends(&page).await;
    says(&page, "opened before you last logged in").await;
    press(&page, "Send it").await;
    says(&page, "Sent off").await;
    sent(2).await;

    // The contact is erased while the thread is open.
    page.fill("#f-text", "A third answer").await.unwrap();
    let erase = lumen.request(Method::DELETE, &format!("/v1/contacts/{}", ben.id));
    Answer::of(erase).await.expect(204);
    sends(&page).await;
    says(&page, "was erased while you wrote").await;
    says(&page, "A third answer").await;
    let findings = page.audit().await.unwrap();
    assert!(findings.iter().all(|it| !it.is_serious()), "{findings:#?}");
}

#[tokio::test]
async fn open_pages_are_live_and_leave_what_is_typed_alone() {
    let system = System::start().await;
    let lumen = &system.lumen;
    let ada = &lumen.people[0];
    let (id, ours) = (ada.id.replacen("con_", "cnv_", 1), lumen.sender("sms"));
    let say = async |text: &str| system.simulator.write(&ada.phone, "sms", ours, text).await;
    let inbox = log_in(&system, EMAIL, PASSWORD).await;
    visit(&system, &inbox, "/console/conversations").await;
    let page = log_in(&system, EMAIL, PASSWORD).await;
    visit(&system, &page, &thread(ada)).await;
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
