//! What opening a page has cost.

use std::time::Duration;

use serde_json::Value;

use crate::connection::Event;

/// What opening a page has cost until now.
#[derive(Debug, Clone, PartialEq)]
pub struct Load {
    /// How many requests were made.
    pub requests: usize,
    /// Bytes that came over the network, heads included.
    pub bytes: u64,
    /// From the click until the page can be used: its document is read and its scripts have run.
    pub interactive: Duration,
    /// The addresses that were asked, in order.
    pub addresses: Vec<String>,
}

impl Load {
    /// Counts the events of a page.
    pub(crate) fn of(events: &[Event], interactive: Duration) -> Self {
        let told = |method: &'static str| {
            events
                .iter()
                .filter(move |event| event.method == method)
                .map(|event| &event.parameters)
        };
        let addresses: Vec<String> = told("Network.requestWillBeSent")
            .filter_map(|it| it.pointer("/request/url").and_then(Value::as_str))
            .map(str::to_owned)
            .collect();
        let heads = told("Network.responseReceived").map(|it| &it["response"]["encodedDataLength"]);
        let bodies = told("Network.dataReceived").map(|it| &it["encodedDataLength"]);
        Self {
            requests: addresses.len(),
            bytes: heads.chain(bodies).filter_map(Value::as_u64).sum(),
            interactive,
            addresses,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn heads_and_bodies_are_counted() {
        let event = |method: &str, parameters: Value| Event {
            session: "s".to_owned(),
            method: method.to_owned(),
            parameters,
        };
        let events = [
            event(
                "Network.requestWillBeSent",
                json!({"request": {"url": "http://127.0.0.1/"}}),
            ),
            event(
                "Network.responseReceived",
                json!({"response": {"encodedDataLength": 100}}),
            ),
            event("Network.dataReceived", json!({"encodedDataLength": 2000})),
            event("Network.dataReceived", json!({"encodedDataLength": 300})),
            event("Page.loadEventFired", json!({})),
        ];
        let load = Load::of(&events, Duration::from_millis(5));
        assert_eq!((load.requests, load.bytes), (1, 2400));
        assert_eq!(load.addresses, ["http://127.0.0.1/"]);
    }
}
