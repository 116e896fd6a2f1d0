//! Programs written for Twilio: every answer is held to Twilio's own specification.

mod credentials;
mod lists;
mod refusals;
mod sending;
mod settings;

use super::world::{Reply, World, account_body};
use axum::{
    body::Body,
    http::{Method, Request},
};
use base64::{Engine, engine::general_purpose::STANDARD};
use serde_json::{Value, json};
use tidings_kernel::MessageId;
use tidings_messaging::{
    Accounts, Attempt, Claim, Class, Dispatch, MessageRecord, Messages, Settlement, Share, Stage,
    Start,
};
use tidings_twilio_facade::{account_sid, message_of};
use tidings_wire_specs::Spec;
use time::Duration;

/// A program that knows the library's three values.
struct Program<'a> {
    world: &'a World,
    account: String,
    user: String,
    password: String,
}

const TO: &str = "+12025550123";
const FROM: &str = "+12025550100";
const SERVICE: &str = "MG00000000000000000000000000000001";

/// What most messages say.
const PLAIN: [(&str, &str); 3] = [("To", TO), ("From", FROM), ("Body", "Your table is ready")];

/// The plain form with these fields instead; an empty value takes one out.
fn form<'a>(fields: &[(&'a str, &'a str)]) -> Vec<(&'a str, &'a str)> {
    let kept = PLAIN
        .into_iter()
        .filter(|(name, _)| fields.iter().all(|(given, _)| given != name));
    kept.chain(fields.iter().copied()).collect()
}

impl World {
    /// A program with the Account SID and an API key in place of the token.
    fn program(&self) -> Program<'_> {
        let account = account_sid(self.ours.tenant);
        Program {
            world: self,
            user: account.clone(),
            account,
            password: self.ours.send.clone(),
        }
    }

    /// A world in which there is a way and somebody who agreed.
    async fn for_twilio() -> Self {
        let world = Self::new().await;
        world.account().await;
        world.contact().await;
        world
    }
}

impl Program<'_> {
    fn with(self, user: &str, password: &str) -> Self {
        Self {
            user: user.to_owned(),
            password: password.to_owned(),
            ..self
        }
    }

    fn path(&self, rest: &str) -> String {
        format!("/2010-04-01/Accounts/{}/Messages{rest}.json", self.account)
    }

    async fn ask(&self, method: Method, path: &str, form: Option<&[(&str, &str)]>) -> Reply {
        let pair = STANDARD.encode(format!("{}:{}", self.user, self.password));
        let request = Request::builder()
            .method(method.clone())
            .uri(path)
            .header("authorization", format!("Basic {pair}"));
        let body = form.map_or(Body::empty(), |form| {
            let mut text = form_urlencoded::Serializer::new(String::new());
            Body::from(text.extend_pairs(form).finish())
        });
        let request = request.header("content-type", "application/x-www-form-urlencoded");
        let reply = self.world.raw(request.body(body).unwrap()).await;
        conforms(&method, path, &reply);
        reply
    }

    async fn post(&self, fields: &[(&str, &str)]) -> Reply {
        let path = self.path("");
        self.ask(Method::POST, &path, Some(&form(fields))).await
    }

    /// Sends, and gives the message.
    async fn sent(&self, fields: &[(&str, &str)]) -> Value {
        self.post(fields).await.expect(201).body
    }

    async fn get(&self, sid: &str) -> Reply {
        self.ask(Method::GET, &self.path(&format!("/{sid}")), None)
            .await
    }

    async fn cancel(&self, sid: &str) -> Reply {
        let path = self.path(&format!("/{sid}"));
        self.ask(Method::POST, &path, Some(&[("Status", "canceled")]))
            .await
    }

    async fn list(&self, query: &str) -> Value {
        let path = format!("{}?{query}", self.path(""));
        self.ask(Method::GET, &path, None).await.expect(200).body
    }
}

/// Checks that an answer is one that Twilio's own specification allows.
#[track_caller]
fn conforms(method: &Method, path: &str, reply: &Reply) {
    let spec = Spec::twilio();
    let is_one = path.contains("/Messages/");
    let name = match (method.as_str(), is_one) {
        ("POST", false) => "CreateMessage",
        ("GET", false) => "ListMessage",
        ("GET", true) => "FetchMessage",
        ("POST", true) => "UpdateMessage",
        other => panic!("{other:?}"),
    };
    let operation = spec.operation(name).unwrap();
    let checked = spec.check_response(&operation, reply.status.as_u16(), Some(&reply.body));
    if let Err(violations) = checked {
        panic!("{name}: {violations}\n{}", reply.text);
    }
    assert_eq!(reply.header("content-type"), "application/json");
    let resources = match &reply.body["messages"] {
        Value::Array(messages) => messages.iter().collect(),
        _ if reply.status.is_success() => vec![&reply.body],
        _ => Vec::new(),
    };
    for resource in resources {
        // The specification calls none of them required; the libraries count on all.
        let fields: Vec<&String> = resource.as_object().unwrap().keys().collect();
        assert_eq!(fields, FIELDS, "{resource:#}");
    }
}

/// Every field of Twilio's resource, in the order in which JSON is read here.
const FIELDS: [&str; 20] = [
    "account_sid",
    "api_version",
    "body",
    "date_created",
    "date_sent",
    "date_updated",
    "direction",
    "error_code",
    "error_message",
    "from",
    "messaging_service_sid",
    "num_media",
    "num_segments",
    "price",
    "price_unit",
    "sid",
    "status",
    "subresource_uris",
    "to",
    "uri",
];

/// The code of an error, which has Twilio's form.
#[track_caller]
fn code(reply: &Reply) -> u64 {
    let code = reply.body["code"].as_u64().unwrap();
    let more = format!("https://www.twilio.com/docs/errors/{code}");
    assert_eq!(reply.body["more_info"], more);
    assert_eq!(reply.body["status"], reply.status.as_u16());
    assert!(
        reply.body["message"]
            .as_str()
            .is_some_and(|it| !it.is_empty())
    );
    code
}

fn id(resource: &Value) -> MessageId {
    message_of(resource["sid"].as_str().unwrap()).unwrap()
}

async fn record(world: &World, resource: &Value) -> MessageRecord {
    let found = Messages::get(&*world.memory, world.ours.tenant, id(resource)).await;
    found.unwrap().unwrap()
}

/// Brings a message to a provider, and settles it as told.
async fn settled(
    world: &World,
    resource: &Value,
    settlement: impl FnOnce(&Claim, &Attempt) -> Settlement,
) {
    let (memory, now) = (&*world.memory, world.clock_now());
    let lanes = memory.ready(&Class::ALL, now).await.unwrap().lanes;
    let shares: Vec<Share> = lanes
        .iter()
        .map(|lane| Share {
            lane: lane.id,
            class: lane.class,
            most: 100,
        })
        .collect();
    let claims = Dispatch::claim(memory, &shares, now, Duration::MINUTE).await;
    let mut claims = claims.unwrap().into_iter();
    let claim = claims
        .find(|claim| claim.message.id == id(resource))
        .unwrap();
    let accounts = memory.of_tenants(&[world.ours.tenant]).await.unwrap();
    let account = accounts.first().unwrap();
    let sender = account.senders.first().unwrap();
    let attempt = Attempt {
        id: tidings_kernel::AttemptId::new(&*world.api.ids),
        message: claim.message.id,
        account: account.id,
        provider: account.provider.clone(),
        sender: sender.id,
        sender_address: sender.address.clone(),
        started_at: now,
        outcome: None,
        provider_message_id: None,
        error: None,
        receipt: None,
        cost: None,
    };
    let decisions = memory.decisions(world.ours.tenant, claim.message.id).await;
    let mut decision = decisions.unwrap().remove(0);
    decision.stage = Stage::Dispatch;
    let start = Start {
        held: claim.held,
        attempt: attempt.clone(),
        decision,
        caps: Vec::new(),
    };
    assert_eq!(memory.begin(&[start]).await.unwrap().len(), 1);
    let settlement = settlement(&claim, &attempt);
    memory
        .settle(&[(claim.held, settlement)], now)
        .await
        .unwrap();
}

fn accepted(_: &Claim, attempt: &Attempt) -> Settlement {
    Settlement::Accepted {
        attempt: attempt.id,
        provider_message_id: "P1".into(),
        ask_at: None,
    }
}

/// A second account, which serves text messages by another number and by a name.
async fn second_account(world: &World) {
    let mut body = account_body();
    body["name"] = json!("Second");
    body["priority"] = json!(900);
    body["senders"] = json!([
        {"address": "+12025550101", "channels": ["sms"]},
        {"address": "EXAMPLE", "channels": ["sms"]},
    ]);
    world.post("/v1/provider-accounts", body).await.expect(201);
}
