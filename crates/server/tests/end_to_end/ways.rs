//! Every provider, from the account to the answer: it is connected over the API, a message goes out, its
//! receipt comes back, a stop is obeyed, and an answer that is lost leaves nothing sent twice.

mod table;

use crate::{
    business::{Answer, Business, Person, list, word, words},
    system::{Setup, System},
    wait::{PATIENT, SOON, seen, until},
};
use base64::{Engine, engine::general_purpose::STANDARD};
use serde_json::{Value, json};
use table::{Channel, Learned, Stop, WAYS, Way};

#[tokio::test]
async fn every_provider_delivers_and_tells() {
    let system = System::start().await;
    let lumen = &system.lumen;
    for (way, number) in WAYS.iter().zip(NUMBERS) {
        let person = &friend(lumen, number).await;
        let account = way.open(&system, lumen).await;
        let text = format!("Sent by {}", way.provider);
        let body = way.message(&account, person, "transactional", &text);
        let taken = lumen.post("/v1/messages", &body).await.expect(202);
        let arrived = if way.reports { "delivered" } else { "sent" };
        let message = lumen.comes_to(&taken, arrived, SOON).await;

        let [attempt] = list(&message, "/attempts") else {
            panic!("{message:#}")
        };
        assert_eq!(word(attempt, "/provider"), way.provider, "{message:#}");
        assert_eq!(word(attempt, "/outcome"), "accepted", "{message:#}");
        assert_eq!(message["from"], way.sender, "{message:#}");
        // The account has no prices, so nothing is guessed.
        assert!(message["cost"]["estimated"].is_null(), "{message:#}");

        let shown = shown(&system, way, person, 1).await;
        let shown = &shown[0];
        assert_eq!(shown["provider"], way.provider, "{shown:#}");
        assert_eq!(word(shown, "/text").trim_end(), text, "{shown:#}");
        assert_eq!(shown["client_reference"], attempt["id"], "{shown:#}");
        assert_eq!(
            shown["provider_message_id"], attempt["provider_message_id"],
            "{shown:#}"
        );
    }
}

#[tokio::test]
async fn receipts_twice_and_out_of_order_change_nothing() {
    let system = System::start().await;
    let lumen = &system.lumen;
    for (way, number) in WAYS.iter().zip(NUMBERS).filter(|(way, _)| way.reports) {
        let person = &friend(lumen, number).await;
        let account = way.open(&system, lumen).await;
        let fault = json!({"provider": way.provider,
            "callbacks": {"repeat_rate": 1, "reorder": true}});
        system.simulator.faults(fault).await;
        let body = way.message(&account, person, "transactional", "Once is enough.");
        let taken = lumen.post("/v1/messages", &body).await.expect(202);
        let message = lumen.delivered(&taken).await;
        let id = word(&message, "/attempts/0/provider_message_id");
        until("it was told of everything twice", SOON, async || {
            let told = system.simulator.told(id).await;
            let times = |status: &String| told.iter().filter(|one| *one == status).count();
            let is_twice = told.iter().all(|status| times(status) == 2);
            seen(is_twice && times(&"delivered".to_owned()) == 2, &told)
        })
        .await;
        // What comes later has been applied, so all of it has, too.
        system.simulator.heal().await;
        let after = way.message(&account, person, "transactional", "And something else.");
        let after = lumen.post("/v1/messages", &after).await.expect(202);
        lumen.delivered(&after).await;

        let message = lumen.message(word(&taken, "/id")).await;
        let timeline = words(list(&message, "/timeline"), "/status");
        assert_eq!(timeline.last(), Some(&"delivered"), "{message:#}");
        let delivered = timeline.iter().filter(|status| **status == "delivered");
        assert_eq!(delivered.count(), 1, "{message:#}");
        was_called_once(&system, &message).await;
    }
}

#[tokio::test]
async fn what_other_programs_send_by_an_account_is_none_of_ours() {
    let system = System::start().await;
    let lumen = &system.lumen;
    for (way, number) in WAYS.iter().zip(NUMBERS) {
        let Some(elsewhere) = &way.elsewhere else {
            continue;
        };
        let person = &friend(lumen, number).await;
        let account = way.open(&system, lumen).await;
        let before = lumen.messages("").await.len();
        let (scheme, secret) = elsewhere.authorization;
        let secret = match scheme {
            "Basic" => STANDARD.encode(secret),
            _ => secret.to_owned(),
        };
        let request = system
            .post(&format!("{}{}", system.simulator.url, elsewhere.path))
            .header("authorization", format!("{scheme} {secret}"))
            .json(&(elsewhere.body)(number));
        let answer = Answer::of(request).await;
        assert!((200..300).contains(&answer.status), "{answer:?}");
        let shown = shown(&system, way, person, 1).await;
        let id = word(&shown[0], "/provider_message_id");
        until("the callbacks were taken", SOON, async || {
            let told = system.simulator.told(id).await;
            seen(told.iter().any(|status| status == "delivered"), &told)
        })
        .await;

        let body = way.message(&account, person, "transactional", "But this is.");
        let taken = lumen.post("/v1/messages", &body).await.expect(202);
        lumen.delivered(&taken).await;
        assert_eq!(lumen.messages("").await.len(), before + 1, "{way:?}");
    }
}

#[tokio::test]
async fn a_stop_is_heard_from_every_provider() {
    let system = System::start().await;
    let lumen = &system.lumen;
    for (way, number) in WAYS.iter().zip(NUMBERS) {
        let (person, purpose) = match way.stop {
            Stop::Reply => (friend(lumen, number).await, "transactional"),
            Stop::Complaint => (complainer(lumen, number).await, "marketing"),
            Stop::Press => continue,
        };
        let account = way.open(&system, lumen).await;
        let body = way.message(&account, &person, purpose, "Your photos are ready.");
        let taken = lumen.post("/v1/messages", &body).await.expect(202);
        lumen.delivered(&taken).await;
        if way.stop == Stop::Reply {
            system
                .simulator
                .write(&person.phone, "sms", way.sender, "STOP")
                .await;
        }
        stopped(lumen, &person, way, purpose).await;
        is_blocked(lumen, &body, way).await;
    }
}

#[tokio::test]
async fn a_press_in_the_mail_program_ends_marketing() {
    let setup = Setup {
        // Links in mail are for the internet, so that only the way back is made up.
        worker: vec![("TIDINGS_PUBLIC_URL", "https://tidings.example.com".into())],
        ..Setup::default()
    };
    let system = System::with(setup).await.and_workers(1);
    let lumen = &system.lumen;
    let mail = WAYS.iter().filter(|way| way.channel == Channel::Email);
    for (way, number) in mail.zip(NUMBERS) {
        let person = &friend(lumen, number).await;
        let account = way.open(&system, lumen).await;
        let body = way.message(&account, person, "marketing", "Ten percent off.");
        lumen.post("/v1/messages", &body).await.expect(202);
        let mail = shown(&system, way, person, 1).await;
        let link = word(&mail[0], "/unsubscribe");
        let path = link.strip_prefix("https://tidings.example.com").unwrap();
        let press = async |path: &str| {
            let request = system.post(&system.address(path));
            let request = request.header("content-type", "application/x-www-form-urlencoded");
            Answer::of(request.body("List-Unsubscribe=One-Click")).await
        };
        // Whoever changes the link unsubscribes nobody.
        let (front, back) = path.rsplit_once('=').unwrap();
        let mut forged = back.to_owned();
        forged.replace_range(..1, if back.starts_with('A') { "B" } else { "A" });
        let refused = press(&format!("{front}={forged}")).await;
        refused.refused(403, "not_authentic");
        lumen.post("/v1/messages", &body).await.expect(202);

        assert_eq!(press(path).await.status, 200, "{}", way.provider);
        stopped(lumen, person, way, "marketing").await;
        is_blocked(lumen, &body, way).await;
        // It was marketing alone that was ended.
        let body = way.message(&account, person, "transactional", "Your photos are ready.");
        lumen.post("/v1/messages", &body).await.expect(202);
    }
}

#[tokio::test]
async fn no_provider_sends_twice_what_it_does_not_answer() {
    let setup = Setup {
        worker: vec![
            ("TIDINGS_PROVIDER_TIMEOUT_SECONDS", "3".to_owned()),
            ("TIDINGS_WORKER_ASK_UNKNOWN_SECONDS", "2".to_owned()),
            ("TIDINGS_WORKER_ASK_RECEIPT_SECONDS", "1".to_owned()),
            ("TIDINGS_WORKER_ASK_AGAIN_SECONDS", "1".to_owned()),
            ("TIDINGS_WORKER_UNKNOWN_SECONDS", "15".to_owned()),
        ],
        ..Setup::default()
    };
    let system = System::with(setup).await.and_workers(1);
    let lumen = &system.lumen;
    let mut silent = Vec::new();
    for (way, number) in WAYS.iter().zip(NUMBERS) {
        let person = &friend(lumen, number).await;
        let account = way.open(&system, lumen).await;
        let dropped = match way.learned {
            Learned::Asking => 1,
            Learned::Receipt | Learned::Nothing => 0,
        };
        let fault = json!({"provider": way.provider, "timeout_after_accept": true,
            "callbacks": {"drop_rate": dropped}});
        system.simulator.faults(fault).await;
        let body = way.message(&account, person, "transactional", "Was it taken?");
        let taken = lumen.post("/v1/messages", &body).await.expect(202);
        match way.learned {
            Learned::Asking | Learned::Receipt => {
                let message = lumen.comes_to(&taken, "delivered", PATIENT).await;
                let outcome = word(&message, "/attempts/0/outcome");
                assert_eq!(outcome, "accepted", "{message:#}");
                was_called_once(&system, &message).await;
            }
            Learned::Nothing => silent.push(taken),
        }
    }
    for message in silent {
        let message = lumen.comes_to(&message, "failed", PATIENT).await;
        let code = word(&message, "/attempts/0/error/provider_code");
        assert_eq!(code, "outcome_unknown", "{message:#}");
        was_called_once(&system, &message).await;
    }
}

async fn was_called_once(system: &System, message: &Value) {
    let [attempt] = list(message, "/attempts") else {
        panic!("{message:#}")
    };
    let asked = system.simulator.asked().await;
    let asked = asked
        .iter()
        .filter(|asked| word(attempt, "/id") == asked.attempt);
    assert_eq!(asked.count(), 1, "called again: {message:#}");
}

/// Numbers of people who need one of their own, one for each way.
const NUMBERS: [&str; WAYS.len()] = [
    "+12025550140",
    "+12025550141",
    "+12025550142",
    "+12025550143",
    "+12025550144",
    "+12025550145",
    "+12025550146",
    "+12025550147",
];

/// Somebody with this number, and a mail address, who has agreed to everything.
async fn friend(business: &Business, number: &str) -> Person {
    let mail = format!("n{}@example.com", number.trim_start_matches('+'));
    let contact = json!({"first_name": "New", "phone": number, "email": mail});
    business.befriend_as(contact).await
}

/// What a person has received by a provider, once there is so much.
async fn shown(system: &System, way: &Way, person: &Person, least: usize) -> Vec<Value> {
    let address = way.address(person);
    until(&format!("{address} has mail"), SOON, async || {
        let mut all = system.simulator.handset(address).await;
        all.retain(|message| message["provider"] == way.provider);
        seen(all.len() >= least, &all).map(|()| all)
    })
    .await
}

/// Somebody who calls mail unwanted, and had agreed to it. The number says whose law it is.
async fn complainer(business: &Business, number: &str) -> Person {
    let mail = "complaint+cora@example.com";
    let contact = json!({"first_name": "Cora", "phone": number, "email": mail});
    business.befriend_as(contact).await
}

/// Waits until it is recorded that a person wants no more for this purpose. Some providers tell in two ways of one
/// stop, and the first tells of marketing alone.
async fn stopped(business: &Business, person: &Person, way: &Way, purpose: &str) {
    let path = format!("/v1/contacts/{}/consent", person.id);
    let what = format!("the stop by {} is recorded", way.provider);
    until(&what, SOON, async || {
        let consent = business.get(&path).await.expect(200);
        let state = &consent["state"][way.channel.word()][purpose];
        seen(state["status"] == "denied", &consent)
    })
    .await;
}

/// The same again is refused, for the stop.
async fn is_blocked(business: &Business, body: &Value, way: &Way) {
    let refusal = business.post("/v1/messages", body).await;
    let refusal = refusal.refused(422, "blocked");
    let rules = words(list(&refusal, "/decision/reasons"), "/rule");
    assert!(
        rules.contains(&"consent.opted_out"),
        "{}: {refusal:#}",
        way.provider
    );
}
