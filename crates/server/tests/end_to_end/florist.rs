//! A shop for flowers, which starts with nothing: its account at the simulated provider, its people, and a few days
//! of its work, for tests of what people see.

use crate::{
    business::{Answer, Business, Person, sms, word, words},
    program::printed,
    system::System,
    wait::{SOON, seen, until},
};
use reqwest::Method;
use serde_json::{Value, json};
use tidings_kernel::Clock;
use tidings_server::SystemClock;
use time::{Duration, format_description::well_known::Rfc3339};

/// Its number for SMS.
pub(crate) const NUMBER: &str = "+12025550140";
/// Its number for WhatsApp.
const WHATSAPP: &str = "+12025550149";
/// Its account at Twilio, with the token that opens it.
pub(crate) const SID: &str = "AC40000000000000000000000000000004";
pub(crate) const TOKEN: &str = "4b1d3f0a9c8e7d6f5a4b3c2d1e0f9a8b";

/// The florist, and the person who logs in.
pub(crate) struct Florist {
    pub(crate) shop: Business,
    pub(crate) email: &'static str,
    pub(crate) password: String,
    pub(crate) member: String,
}

/// The last word that is printed: what was made.
fn last(text: &str) -> String {
    text.split_whitespace().last().unwrap().to_owned()
}

impl Florist {
    /// Made as an operator makes a tenant. The provider knows its account; we do not yet.
    pub(crate) async fn open(system: &System) -> Self {
        let email = "rosa@marigold.example.com";
        let words = [
            "tenant",
            "create",
            "--name",
            "Marigold & Moss Flowers",
            "--region",
            "US",
            "--time-zone",
            "America/New_York",
        ];
        let tenant = printed(&system.tidings(&words).await);
        let words = [
            "key", "create", "--tenant", &tenant, "--name", "Web shop", "--scope", "admin",
        ];
        let key = printed(&system.tidings(&words).await);
        let words = [
            "member",
            "create",
            "--tenant",
            &tenant,
            "--email",
            email,
            "--name",
            "Rosa Delgado",
        ];
        let made = printed(&system.tidings(&words).await);
        let accounts = json!({"twilio": [
            {"sid": SID, "auth_token": TOKEN, "numbers": [{"number": NUMBER}]}]});
        system.simulator.put_accounts(&accounts).await;
        let mut shop = system.lumen.with_key(&key);
        shop.id = tenant;
        let sender = json!({"address": NUMBER, "channels": ["sms"]});
        shop.planted = json!({"accounts": [{"senders": [sender]}]});
        let member = made.split_whitespace().next().unwrap().to_owned();
        Self {
            shop,
            email,
            password: last(&made),
            member,
        }
    }

    /// Tells the provider where to hand over what people write, as somebody pastes it there.
    pub(crate) async fn paste_callback(&self, system: &System) {
        let accounts = self.shop.get("/v1/provider-accounts").await.expect(200);
        let url = word(&accounts, "/data/0/callback_url");
        assert!(url.starts_with("http"), "{accounts:#}");
        let accounts = json!({"twilio": [{"sid": SID, "auth_token": TOKEN,
            "numbers": [{"number": NUMBER, "inbound_url": url}]}]});
        system.simulator.put_accounts(&accounts).await;
    }
}

/// Who buys flowers there: names, number, mail and tag.
const PEOPLE: [[&str; 5]; 9] = [
    [
        "Amara",
        "Osei",
        "+12025550141",
        "amara.osei@example.com",
        "wedding",
    ],
    [
        "Bastian",
        "Keller",
        "+12025550142",
        "bastian@example.com",
        "restaurant",
    ],
    [
        "Camille",
        "Fontaine",
        "+12025550143",
        "camille@example.com",
        "wedding",
    ],
    [
        "Diego",
        "Ferreira",
        "+12025550144",
        "diego@example.com",
        "weekly",
    ],
    [
        "Elif",
        "Yıldız",
        "+12025550145",
        "elif@example.com",
        "weekly",
    ],
    [
        "Frances",
        "O’Connell",
        "+12025550146",
        "frances@example.com",
        "funeral",
    ],
    [
        "Giulia",
        "Marchetti-Vandenbroucke",
        "+12025550147",
        "giulia.marchetti.vandenbroucke@flowers.example.com",
        "wedding",
    ],
    [
        "Henrik",
        "Lindqvist",
        "+12025550148",
        "henrik@example.com",
        "hotel",
    ],
    // Her operator refuses everything.
    [
        "Imani",
        "Baptiste",
        "+12025550163",
        "imani@example.com",
        "weekly",
    ],
];

/// Templates: name, category, channel, purpose and text.
const TEMPLATES: [[&str; 5]; 4] = [
    [
        "order_ready",
        "orders",
        "sms",
        "transactional",
        "{{first_name|Hello}}, your flowers are ready: {{order}}. We are open until {{closes_at}}.",
    ],
    [
        "delivery_today",
        "orders",
        "sms",
        "transactional",
        "{{first_name|Hello}}, we deliver {{order}} today between {{from}} and {{until}}. Nobody in? Reply with a neighbor.",
    ],
    [
        "mothers_day",
        "offers",
        "sms",
        "marketing",
        "Marigold & Moss: peonies for Mother’s Day from {{price}}. Reply to reserve. STOP to end.",
    ],
    [
        "wedding_quote",
        "utility",
        "whatsapp",
        "transactional",
        "Hi {{first_name}}, the quote for your wedding on {{wedding_date}} is ready: {{total}} for {{arrangements}}.",
    ],
];

impl Florist {
    /// The shop in the middle of a week: accounts, people, templates, messages of every fate, and threads.
    pub(crate) async fn busy(system: &System) -> Self {
        let mut florist = Self::open(system).await;
        florist.connect(system).await;
        let shop = &florist.shop;
        let (zone, mut people) = (system.lumen.daylight().await, Vec::new());
        for [first, last, phone, email, tag] in PEOPLE {
            let contact = json!({"first_name": first, "last_name": last, "phone": phone, "email": email,
                "tags": [tag], "attributes": {"delivery": "Back door", "since": "2024"}});
            people.push(shop.befriend_in(zone.clone(), contact).await);
        }
        for one in TEMPLATES {
            shop.post("/v1/templates", &template(one)).await.expect(201);
        }
        florist.send(&people).await;
        florist.talk(system, &people).await;
        florist.shop.people = people;
        florist.settles().await;
        florist
    }

    /// Connects both accounts.
    async fn connect(&self, system: &System) {
        let price = json!({"channel": "sms", "region": "US", "price": {"amount": "0.0079", "currency": "USD"}});
        let twilio = json!({"provider": "twilio", "name": "Twilio, main number", "daily_limit": 2000,
            "prices": [price], "credentials": {"account_sid": SID, "auth_token": TOKEN},
            "senders": [{"address": NUMBER, "channels": ["sms"]}]});
        let accounts = "/v1/provider-accounts";
        self.shop.post(accounts, &twilio).await.expect(201);
        self.paste_callback(system).await;
        let credentials = json!({"phone_number_id": "400100100100104", "waba_id": "400200200200204",
            "access_token": "florist-access-token", "app_secret": "florist-app-secret",
            "verify_token": "florist-verify"});
        let mut app = credentials.clone();
        app["display_number"] = WHATSAPP.into();
        app["verified_name"] = "Marigold & Moss".into();
        system.simulator.put_accounts(&json!({"meta": [app]})).await;
        let meta = json!({"provider": "whatsapp_cloud", "name": "WhatsApp", "credentials": credentials,
            "senders": [{"address": WHATSAPP, "channels": ["whatsapp"]}]});
        let made = self.shop.post(accounts, &meta).await.expect(201);
        app["callback_url"] = made["callback_url"].clone();
        system.simulator.put_accounts(&json!({"meta": [app]})).await;
    }

    /// Messages that arrived, failed, were refused, and wait for tomorrow.
    async fn send(&self, people: &[Person]) {
        let shop = &self.shop;
        let [_, bastian, _, _, elif, ..] = people else {
            panic!("the people are there");
        };
        for (person, text) in [
            (
                bastian,
                "Your table flowers are on the van. They arrive before eleven.",
            ),
            (
                elif,
                "This week’s bunch: ranunculus, tulips and eucalyptus.",
            ),
        ] {
            shop.delivered(&shop.sms(person, text).await).await;
        }
        let imani = people.last().unwrap();
        let refused = shop
            .sms(imani, "Your bunch is ready. We are open until six.")
            .await;
        shop.comes_to(&refused, "failed", SOON).await;
        let tomorrow = SystemClock.now() + Duration::days(1);
        for (person, text) in [
            (elif, "Your bunch is ready. We are open until six."),
            (bastian, "Tomorrow’s table flowers: dahlias and fern."),
        ] {
            let mut later = sms(person, text);
            later["scheduled_at"] = tomorrow.format(&Rfc3339).unwrap().into();
            shop.post("/v1/messages", &later).await.expect(202);
        }
    }

    /// What was said in these days.
    async fn talk(&self, system: &System, people: &[Person]) {
        let shop = &self.shop;
        let [amara, _, camille, diego, _, _, giulia, ..] = people else {
            panic!("the people are there");
        };
        self.hears(system, diego, "STOP", "sms").await;
        let offer = json!({"to": {"contact_id": diego.id}, "channel": "sms", "purpose": "marketing",
            "text": "Marigold & Moss: peonies are in. STOP to end."});
        let refused = shop.post("/v1/messages", &offer).await;
        refused.refused(422, "blocked");
        let asked = "Can I still change the centerpieces to white?";
        self.hears(system, giulia, asked, "whatsapp").await;
        let asked = "Do you have anything left for Saturday?";
        self.hears(system, camille, asked, "sms").await;
        for (asked, answered) in [
            (
                "Hello! Is September 12 still free for our wedding? About 80 guests.",
                "Congratulations! It is, and we would love to do it. Shall we talk on Thursday?",
            ),
            (
                "Thursday is perfect. We are thinking of peonies and a lot of green 🌿",
                "Lovely. I will bring samples of both. Half past four at the shop?",
            ),
        ] {
            self.hears(system, amara, asked, "sms").await;
            let reply = json!({"text": answered});
            let path = format!("{}/reply", conversation(amara));
            let sent = shop.post(&path, &reply).await.expect(202);
            shop.delivered(&sent).await;
        }
        self.hears(system, amara, "Yes! See you then.", "sms").await;
        let path = conversation(amara);
        let change = json!({"labels": ["wedding", "september"], "assignee": "Rosa Delgado"});
        let change = shop.request(Method::PATCH, &path).json(&change);
        Answer::of(change).await.expect(200);
        let note =
            json!({"author": "Rosa Delgado", "text": "Budget about $2,400. Allergic to lilies."});
        shop.post(&format!("{path}/notes"), &note).await.expect(201);
    }

    /// Waits until nothing is under way any more.
    async fn settles(&self) {
        until("nothing is under way", SOON, async || {
            let said = self.shop.messages("direction=outbound").await;
            let ends = ["delivered", "failed", "blocked", "deferred"];
            let moving = words(&said, "/status");
            let moving = moving.into_iter().find(|status| !ends.contains(status));
            seen(moving.is_none(), moving)
        })
        .await;
    }

    /// Somebody writes, and it has arrived.
    async fn hears(&self, system: &System, who: &Person, text: &str, channel: &str) {
        let ours = if channel == "sms" { NUMBER } else { WHATSAPP };
        system
            .simulator
            .write(&who.phone, channel, ours, text)
            .await;
        let path = format!("/v1/messages?direction=inbound&contact_id={}", who.id);
        until("what was written has arrived", SOON, async || {
            let heard = self.shop.get(&path).await.expect(200);
            seen(word(&heard, "/data/0/text") == text, &heard)
        })
        .await;
    }
}

/// The path of somebody's conversation in the API.
pub(crate) fn conversation(person: &Person) -> String {
    format!(
        "/v1/conversations/{}",
        person.id.replacen("con_", "cnv_", 1)
    )
}

fn template([name, category, channel, purpose, text]: [&str; 5]) -> Value {
    let mut template =
        json!({"name": name, "category": category, "channel": channel, "purpose": purpose});
    if channel == "whatsapp" {
        template["status"] = "approved".into();
        let body = json!({"type": "BODY", "text": text});
        template["variants"] = json!([{"locale": "en", "components": [body]}]);
    } else {
        template["variants"] = json!([{"locale": "en", "text": text}]);
    }
    template
}
