//! One trace from the request to the receipt.

use crate::{
    business::{Answer, sms},
    system::{Setup, System},
    wait::{SOON, until},
};
use reqwest::Method;

const TRACE: &str = "4bf92f3577b34da6a3ce929d0e0e4736";

#[tokio::test]
async fn one_trace_leads_from_the_request_to_the_receipt() {
    let setup = Setup {
        worker: vec![("TIDINGS_LOG", "info,tidings_messaging=debug".to_owned())],
        ..Setup::default()
    };
    let system = System::with(setup).await.and_workers(1);
    let lumen = &system.lumen;
    let request = lumen
        .request(Method::POST, "/v1/messages")
        .header("traceparent", format!("00-{TRACE}-00f067aa0ba902b7-01"))
        .json(&sms(&lumen.people[0], "Your table is ready."));
    let taken = Answer::of(request).await.expect(202);
    lumen.delivered(&taken).await;
    let told = [
        "request answered",
        "judged again",
        "the provider was called",
        "settling",
        "a receipt was applied",
    ];
    // A log line may be written a moment after what it tells of.
    until("every part of the way is in the log", SOON, async || {
        let logs = system.logs();
        let of_trace: Vec<&str> = logs.lines().filter(|line| line.contains(TRACE)).collect();
        let is_told = |part: &&&str| of_trace.iter().any(|line| line.contains(**part));
        match told.iter().find(|part| !is_told(part)) {
            None => Ok(()),
            Some(missing) => Err(format!("{missing}: not in {of_trace:#?}")),
        }
    })
    .await;
}
