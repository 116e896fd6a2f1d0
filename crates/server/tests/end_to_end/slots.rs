//! Limits that several workers share, judged by what the provider saw.

use crate::{
    business::{Answer, Business, list, sms, word},
    system::{Setup, System},
    wait::{PATIENT, seen, until},
};
use futures_util::{StreamExt, stream};
use reqwest::Method;
use serde_json::json;
use std::collections::BTreeMap;
use std::time::Duration;
use time::OffsetDateTime;

const PER_SECOND: usize = 10;
const PER_DAY: usize = 60;
const MESSAGES: usize = 80;

#[tokio::test]
async fn four_workers_keep_a_rate_and_use_up_a_day_and_no_more() {
    let system = System::with(Setup::default()).await;
    let lumen = system.lumen.clone();
    let accounts = list(&lumen.planted, "/accounts");
    let of_twilio = accounts.iter().find(|it| word(it, "/provider") == "twilio");
    let account = format!("/v1/provider-accounts/{}", word(of_twilio.unwrap(), "/id"));
    let limits = json!({"rate_per_second": PER_SECOND, "daily_limit": PER_DAY});
    let change = lumen.request(Method::PATCH, &account).json(&limits);
    Answer::of(change).await.expect(200);
    stream::iter(0..MESSAGES)
        .map(|number| hand_in(&lumen, number))
        .buffer_unordered(8)
        .collect::<Vec<()>>()
        .await;

    let mut system = system.and_workers(4);
    // Two of them miss slots that they were given: they do not get to run for a while.
    for frozen in [0, 1] {
        comes_to(&system, PER_DAY / 4 * (frozen + 1)).await;
        system.workers[frozen].freeze();
        tokio::time::sleep(Duration::from_millis(1_500)).await;
        system.workers[frozen].thaw();
    }
    comes_to(&system, PER_DAY).await;
    // Whatever was missed has been made up for by now, and nothing more leaves.
    tokio::time::sleep(Duration::from_secs(8)).await;
    let asked = system.simulator.asked().await;
    assert_eq!(asked.len(), PER_DAY, "the day is used up, and no more");
    let instants: Vec<OffsetDateTime> = asked.iter().map(|asked| asked.at).collect();
    assert!(
        most_in_a_second(&instants) <= PER_SECOND,
        "faster than allowed: {instants:?}"
    );
    let mut statuses: BTreeMap<String, usize> = BTreeMap::new();
    for message in lumen.messages("direction=outbound").await {
        *statuses
            .entry(word(&message, "/status").to_owned())
            .or_default() += 1;
    }
    let expected = [("delivered", PER_DAY), ("queued", MESSAGES - PER_DAY)];
    let expected: BTreeMap<String, usize> = expected
        .map(|(status, count)| (status.to_owned(), count))
        .into();
    assert_eq!(statuses, expected, "the others wait for tomorrow");
    system.all_run();
}

async fn hand_in(lumen: &Business, number: usize) {
    let body = sms(&lumen.people[number % 6], &format!("Number {number}"));
    lumen.post("/v1/messages", &body).await.expect(202);
}

async fn comes_to(system: &System, count: usize) {
    let what = format!("{count} have left");
    until(&what, PATIENT, async || {
        let asked = system.simulator.asked().await.len();
        seen(asked >= count, asked)
    })
    .await;
}

/// The most that came within a second, whenever it begins.
fn most_in_a_second(instants: &[OffsetDateTime]) -> usize {
    let within = |begin: OffsetDateTime| {
        let end = begin + time::Duration::SECOND;
        instants
            .iter()
            .filter(|at| (begin..end).contains(*at))
            .count()
    };
    instants
        .iter()
        .map(|begin| within(*begin))
        .max()
        .unwrap_or(0)
}
