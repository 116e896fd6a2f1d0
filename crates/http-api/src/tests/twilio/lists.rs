use super::{Program, accepted, second_account, settled};
use crate::tests::world::World;
use serde_json::{Value, json};
use time::Duration;

fn sids(list: &Value) -> Vec<&str> {
    let messages = list["messages"].as_array().unwrap();
    messages
        .iter()
        .map(|message| message["sid"].as_str().unwrap())
        .collect()
}

/// Follows the pages of a list as the library does.
async fn pages(program: &Program<'_>, query: &str) -> Vec<Value> {
    let mut pages = vec![program.list(query).await];
    while let Some(next) = pages.last().unwrap()["next_page_uri"].as_str() {
        let next = next.to_owned();
        let page = program.ask(axum::http::Method::GET, &next, None).await;
        pages.push(page.expect(200).body);
        assert!(pages.len() < 10, "the list has an end");
    }
    pages
}

#[tokio::test]
async fn pages_follow_each_other_newest_first() {
    let world = World::for_twilio().await;
    let program = world.program();
    let mut sent = Vec::new();
    for _ in 0..5 {
        sent.push(program.sent(&[]).await);
        world.clock.advance(Duration::seconds(1));
    }
    let newest_first: Vec<&str> = sent
        .iter()
        .rev()
        .map(|message| message["sid"].as_str().unwrap())
        .collect();
    let pages = pages(&program, "PageSize=2&To=%2B12025550123").await;
    let found: Vec<&str> = pages.iter().flat_map(sids).collect();
    assert_eq!(found, newest_first);
    let places: Vec<Value> = pages
        .iter()
        .map(|page| json!([page["page"], page["start"], page["end"], page["page_size"]]))
        .collect();
    assert_eq!(
        places,
        [
            json!([0, 0, 1, 2]),
            json!([1, 2, 3, 2]),
            json!([2, 4, 4, 2])
        ]
    );
    let path = program.path("");
    assert_eq!(
        pages[1]["first_page_uri"],
        format!("{path}?To=%2B12025550123&PageSize=2&Page=0")
    );
    assert_eq!(pages[2]["next_page_uri"], Value::Null);
    assert_eq!(pages[0]["messages"][0], sent[4]);
}

#[tokio::test]
async fn messages_are_found_by_who_and_when() {
    let world = World::for_twilio().await;
    second_account(&world).await;
    let program = world.program();
    let first = program.sent(&[]).await;
    settled(&world, &first, accepted).await;
    world.clock.advance(Duration::days(1));
    let other = [
        ("To", "+12025550177"),
        ("From", "+12025550101"),
        ("TidingsPurpose", "authentication"),
    ];
    let second = program.sent(&other).await;
    let (first, second) = (
        first["sid"].as_str().unwrap(),
        second["sid"].as_str().unwrap(),
    );
    let cases: &[(&str, &[&str])] = &[
        ("", &[second, first]),
        ("To=%2B12025550123", &[first]),
        ("To=%2B1+202+555+0177", &[second]),
        ("To=whatsapp%3A%2B12025550123", &[]),
        ("To=nobody", &[]),
        ("From=%2B12025550100", &[first]),
        ("From=%2B12025550101", &[second]),
        ("To=%2B12025550123&From=%2B12025550101", &[]),
        ("To=%2B12025550123&From=whatsapp%3A%2B12025550100", &[]),
        ("DateSent=2026-07-15", &[first]),
        ("DateSent=2026-07-16", &[]),
        ("DateSent%3E=2026-07-15&DateSent%3C=2026-07-15", &[first]),
        ("DateSent%3C=2026-07-15T15%3A00%3A00Z", &[first]),
        ("DateSent%3C=2026-07-15T14%3A59%3A59Z", &[]),
        ("DateSent%3E=2026-07-15T15%3A00%3A01Z", &[]),
        ("Whatever=1", &[second, first]),
    ];
    for (query, expected) in cases {
        let list = program.list(query).await;
        assert_eq!(sids(&list), *expected, "{query}");
    }
}

#[tokio::test]
async fn what_came_in_is_listed_and_email_is_not() {
    use tidings_conformance::fixtures;
    use tidings_kernel::{Channel, MessageId};
    use tidings_messaging::{Address, ContactFilter, Contacts, InboundRecord, Inbox, Page};
    let world = World::for_twilio().await;
    let page = Page {
        limit: 1,
        after: None,
    };
    let every = ContactFilter::default();
    let found = Contacts::list(&*world.memory, world.ours.tenant, &every, page);
    let contact = found.await.unwrap().data.remove(0);
    for (channel, id) in [(Channel::Sms, "I1"), (Channel::Email, "I2")] {
        let message = MessageId::new(&*world.api.ids);
        let account = tidings_kernel::AccountId::new(&*world.api.ids);
        let mut message = fixtures::inbound(&contact, message, account, id, "Yes");
        message.channel = channel;
        if channel == Channel::Email {
            message.contact_address = Address::Email("ana@example.com".into());
        }
        let inbound = InboundRecord {
            message,
            new_contact: None,
            consent: Vec::new(),
            media: Vec::new(),
        };
        world.memory.receive(&inbound).await.unwrap();
    }
    let program = world.program();
    let list = program.list("").await;
    let messages = list["messages"].as_array().unwrap();
    assert_eq!(messages.len(), 1);
    assert_eq!(messages[0]["direction"], "inbound");
    assert_eq!(messages[0]["status"], "received");
    assert_eq!(messages[0]["from"], "+12025550123");
    assert!(messages[0]["date_sent"].is_string());
}
