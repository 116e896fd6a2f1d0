//! Every page of the console, by its own table of routes: in a real browser, and as another tenant sees it.

use crate::{
    business::{Answer, Business, list, word},
    florist::{Florist, NUMBER, conversation},
    looks::{browse, is_fine, is_light_and_quick, is_reached_by_keys, log_in, portray, visit},
    phones::chat,
    system::System,
};
use reqwest::Method;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use tidings_browser::Page;
use url::form_urlencoded;

/// One thing of each kind, by the path of its page.
type Things = BTreeMap<&'static str, String>;

/// Files are no pages; tests of their own fetch them.
const FILES: [&str; 3] = [
    "/console/assets/{name}",
    "/console/feed/{token}/calendar.ics",
    // Without an end; what it tells whom the console's own tests look at.
    "/console/live",
];

/// The path of a route that leads to one of these things.
fn filled(path: &str, things: &Things) -> String {
    let path = path.replace("{provider}", "twilio");
    let Some((collection, rest)) = path.split_once("/{id}") else {
        assert!(!path.contains('{'), "nothing to put into {path}");
        return path;
    };
    let thing = things.get(collection);
    let thing = thing.unwrap_or_else(|| panic!("nothing for {path}"));
    assert!(!rest.contains('{'), "nothing to put into {path}");
    format!("{collection}/{thing}{rest}")
}

/// What the picture of a route is called.
fn title(path: &str) -> String {
    let words = path.trim_start_matches('/').replace("{id}", "one");
    words.replace("{provider}", "twilio").replace('/', "-")
}

/// A quick reply of the shop.
async fn quick_reply(shop: &Business) -> String {
    let new = json!({"shortcut": "hours", "text": "Hi {{first_name|there}}, we open at nine."});
    let added = shop.post("/v1/quick-replies", &new).await.expect(201);
    word(&added, "/id").to_owned()
}

async fn things(florist: &Florist) -> Things {
    let shop = &florist.shop;
    let amara = &shop.people[0];
    let first = async |path: &str| {
        let listed = shop.get(path).await.expect(200);
        word(&listed, "/data/0/id").to_owned()
    };
    let thread = conversation(amara);
    [
        ("/console/contacts", amara.id.clone()),
        (
            "/console/conversations",
            thread.rsplit('/').next().unwrap().to_owned(),
        ),
        (
            "/console/messages",
            first("/v1/messages?direction=outbound&status=failed").await,
        ),
        (
            "/console/templates",
            first("/v1/templates?channel=sms").await,
        ),
        ("/console/accounts", first("/v1/provider-accounts").await),
        ("/console/quick-replies", quick_reply(shop).await),
        ("/console/settings/members", florist.member.clone()),
    ]
    .into()
}

/// Whether a path answers with a page, and not with a file or a stream.
async fn is_page(page: &Page, path: &str) -> bool {
    let kind = format!("fetch('{path}').then((answer) => answer.headers.get('content-type'))");
    let kind: String = page.value(&kind).await.unwrap();
    kind.starts_with("text/html")
}

#[tokio::test]
async fn pictures_of_every_page_that_keep_nobody_out() {
    let system = System::start().await;
    let login = browse().await;
    visit(&system, &login, "/console/login").await;
    portray(&login, "console-login").await;
    is_reached_by_keys(&login).await;

    let florist = Florist::busy(&system).await;
    let things = things(&florist).await;
    let page = log_in(&system, florist.email, &florist.password).await;
    let amara = &florist.shop.people[0];
    let handset = chat(&system, &amara.phone, "sms", NUMBER).await;
    portray(&handset, "console-handset").await;
    let mut seen = 0;
    for (verb, path) in tidings_console::routes() {
        if verb != "GET" || FILES.contains(&path) || path == "/console/login" {
            continue;
        }
        let place = filled(path, &things);
        if !is_page(&page, &place).await {
            continue;
        }
        is_light_and_quick(&page, &system.address(&place)).await;
        portray(&page, &title(path)).await;
        is_reached_by_keys(&page).await;
        seen += 1;
    }
    assert!(seen >= 30, "only {seen} pages were found");
}

#[tokio::test]
async fn pages_with_nothing_to_show_say_what_to_do() {
    let system = System::start().await;
    let florist = Florist::open(&system).await;
    let page = log_in(&system, florist.email, &florist.password).await;
    for (path, words) in [
        ("/console", "0 of 4 done"),
        ("/console/conversations", "Nothing here"),
        ("/console/messages", "No messages"),
        ("/console/contacts", "No contacts yet"),
        ("/console/templates", "No templates yet"),
        ("/console/quick-replies", "No quick replies yet"),
        ("/console/accounts", "No account"),
        ("/console/calendar", "Nothing is scheduled"),
        ("/console/queue", "Nothing waits"),
        ("/console/callbacks", "Everything is applied"),
    ] {
        visit(&system, &page, path).await;
        page.wait_for_text("main", words).await.unwrap();
        is_fine(&page).await;
    }
}

/// Somebody's session, as a program would use it that wants more than it should.
struct Session {
    cookie: String,
    seal: String,
}

impl Session {
    async fn open(system: &System, email: &str, password: &str) -> Self {
        let login = system.address("/console/login");
        let answer = system
            .post(&login)
            .form(&[("email", email), ("password", password)]);
        let answer = answer.send().await.unwrap();
        let cookie = answer.headers()["set-cookie"].to_str().unwrap();
        let cookie = cookie.split(';').next().unwrap().to_owned();
        let mut session = Self {
            cookie,
            seal: String::new(),
        };
        let page = session.ask(system, Method::GET, "/console", &[]).await;
        let page = page.expect(200);
        let rest = page
            .as_str()
            .unwrap()
            .split("name=\"seal\" value=\"")
            .nth(1);
        rest.unwrap()
            .split('"')
            .next()
            .unwrap()
            .clone_into(&mut session.seal);
        session
    }

    async fn ask(
        &self,
        system: &System,
        method: Method,
        path: &str,
        fields: &[(&str, &str)],
    ) -> Answer {
        let body = form_urlencoded::Serializer::new(String::new())
            .extend_pairs(fields)
            .append_pair("seal", &self.seal)
            .finish();
        let mut request = system
            .request(method.clone(), path)
            .header("cookie", &self.cookie);
        if method == Method::POST {
            let kind = "application/x-www-form-urlencoded";
            request = request.header("content-type", kind).body(body);
        }
        Answer::of(request).await
    }
}

#[tokio::test]
async fn the_console_shows_and_does_nothing_of_another_tenant() {
    let system = System::start().await;
    let florist = Florist::busy(&system).await;
    let shop = &florist.shop;
    let things = things(&florist).await;
    let before = everything(&florist).await;
    let stranger = Session::open(&system, "owner1@example.com", "tidings demonstration").await;
    let fields = [
        ("text", "Mallory"),
        ("name", "Mallory"),
        ("first_name", "Mallory"),
        ("note", "Mallory"),
        ("labels", "mallory"),
        ("word", "erase"),
        ("to", "blocked"),
        ("action", "opt_out"),
        ("method", "manual"),
    ];
    let mut tried = 0;
    for (verb, path) in tidings_console::routes() {
        let ends = ["/logout", "/password", "/console/login"];
        if FILES.contains(&path) || ends.iter().any(|end| path.ends_with(end)) {
            continue;
        }
        for thing in things.values() {
            let place = path.replace("{provider}", "twilio").replace("{id}", thing);
            let place = format!("{place}?contact={thing}&contact_id={thing}&q=a&account={thing}");
            let method = Method::from_bytes(verb.as_bytes()).unwrap();
            let answer = stranger.ask(&system, method, &place, &fields).await;
            assert!(answer.status < 500, "{place}: {}", answer.body);
            if path.contains("{id}") {
                assert_eq!(answer.status, 404, "{verb} {place}: {}", answer.body);
            }
            let shown = answer.body.to_string();
            for mark in marks(&florist) {
                assert!(!shown.contains(mark), "{verb} {place} shows {mark}");
            }
            tried += 1;
            if !path.contains("{id}") && verb == "GET" {
                break;
            }
        }
    }
    assert!(tried > 200, "only {tried} were tried");
    assert_eq!(everything(&florist).await, before, "something has changed");
    // One's own pages are not empty, or nothing would be proved.
    let own = Session::open(&system, florist.email, &florist.password).await;
    let page = own
        .ask(&system, Method::GET, "/console/contacts", &[])
        .await;
    let page = page.expect(200).to_string();
    assert!(page.contains("Marchetti"), "{page}");
    shop.get("/v1/contacts").await.expect(200);
}

/// What stands in the florist's things alone.
fn marks(florist: &Florist) -> [&str; 6] {
    [
        "Marigold",
        "Marchetti",
        "centerpieces",
        "Rosa Delgado",
        "order_ready",
        &florist.shop.people[1].email,
    ]
}

/// Everything of the florist's, as its own program reads it.
async fn everything(florist: &Florist) -> Vec<Value> {
    let shop = &florist.shop;
    let mut all = Vec::new();
    for path in [
        "contacts",
        "messages",
        "templates",
        "provider-accounts",
        "conversations",
    ] {
        let listed = shop.get(&format!("/v1/{path}?limit=200")).await.expect(200);
        assert!(!list(&listed, "/data").is_empty(), "{path}");
        all.push(listed);
    }
    all.push(shop.get("/v1/tenant").await.expect(200));
    all
}
