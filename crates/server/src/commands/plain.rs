//! Answers of the API in plain words. What is absent is left out rather than guessed.

use serde_json::Value;
use std::fmt::Write;

fn text<'a>(value: &'a Value, pointer: &str) -> Option<&'a str> {
    value.pointer(pointer).and_then(Value::as_str)
}

fn list<'a>(value: &'a Value, pointer: &str) -> &'a [Value] {
    value
        .pointer(pointer)
        .and_then(Value::as_array)
        .map_or(&[], Vec::as_slice)
}

/// A message that was taken in.
pub(super) fn message(answer: &Value) -> String {
    let get = |pointer| text(answer, pointer).unwrap_or("?");
    let mut words = format!("{} is {}", get("/id"), get("/status"));
    if let (Some("deferred"), Some(at)) = (text(answer, "/status"), text(answer, "/send_at")) {
        write!(words, " until {at}").ok();
    }
    write!(
        words,
        ": {} by {} to {}",
        get("/purpose"),
        get("/channel"),
        get("/to")
    )
    .ok();
    if let Some(count) = answer.pointer("/segments/count").and_then(Value::as_u64) {
        let noun = if count == 1 { "segment" } else { "segments" };
        write!(words, ", {count} {noun} ({})", get("/segments/encoding")).ok();
    }
    if let (Some(amount), Some(currency)) = (
        text(answer, "/cost/estimated/amount"),
        text(answer, "/cost/estimated/currency"),
    ) {
        write!(words, ", about {amount} {currency}").ok();
    }
    words.push('.');
    if let Some(id) = text(answer, "/id") {
        write!(words, "\nWhy: tidings explain {id}").ok();
    }
    words
}

/// A problem document: what is wrong, where, and why the gate said no.
pub(super) fn problem(answer: &Value) -> String {
    let code = text(answer, "/code").unwrap_or("unknown");
    let detail = text(answer, "/detail").or_else(|| text(answer, "/title"));
    let mut words = match detail {
        Some(detail) => format!("refused ({code}): {detail}"),
        None => format!("refused ({code})"),
    };
    for error in list(answer, "/errors") {
        let get = |pointer| text(error, pointer).unwrap_or("?");
        write!(words, "\n  {}: {}", get("/pointer"), get("/detail")).ok();
    }
    write_reasons(&mut words, list(answer, "/decision/reasons"));
    if let Some(request) = text(answer, "/request_id") {
        write!(words, "\n  (request {request})").ok();
    }
    words
}

/// Every decision for a message, oldest first.
pub(super) fn explanation(answer: &Value) -> String {
    let mut words = text(answer, "/sentence")
        .unwrap_or("Nothing was decided.")
        .to_owned();
    for decision in list(answer, "/data") {
        let get = |pointer| text(decision, pointer).unwrap_or("?");
        let (at, stage) = (get("/decision/evaluated_at"), get("/stage"));
        write!(words, "\n\n{at}, at {stage}: {}", get("/decision/outcome")).ok();
        if let Some(until) = text(decision, "/decision/until") {
            write!(words, " until {until}").ok();
        }
        write_reasons(&mut words, list(decision, "/decision/reasons"));
        if let Some(again) = text(decision, "/again/outcome") {
            write!(
                words,
                "\n  Today's rules would say {again} on the same facts."
            )
            .ok();
        }
        for rule in list(decision, "/unconfirmed")
            .iter()
            .filter_map(Value::as_str)
        {
            write!(words, "\n  No source confirms {rule}.").ok();
        }
    }
    words
}

fn write_reasons(words: &mut String, reasons: &[Value]) {
    for reason in reasons {
        let get = |pointer| text(reason, pointer).unwrap_or("?");
        write!(words, "\n  {}: {}", get("/rule"), get("/detail")).ok();
        let because: Vec<&str> = list(reason, "/because")
            .iter()
            .filter_map(Value::as_str)
            .collect();
        if !because.is_empty() {
            write!(words, " [{}]", because.join(", ")).ok();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_message_is_told_in_a_line() {
        let answer = json!({"id": "msg_1", "status": "queued", "purpose": "reminder",
            "channel": "sms", "to": "+12025550123", "segments": {"encoding": "gsm7", "count": 2},
            "cost": {"estimated": {"amount": "0.0158", "currency": "USD"}}});
        assert_eq!(
            message(&answer),
            "msg_1 is queued: reminder by sms to +12025550123, 2 segments (gsm7), about 0.0158 USD.\n\
             Why: tidings explain msg_1"
        );
    }

    #[test]
    fn a_deferred_message_says_until_when() {
        let answer = json!({"id": "msg_1", "status": "deferred", "send_at": "2026-07-16T08:00:00Z",
            "purpose": "marketing", "channel": "sms", "to": "+12025550123"});
        assert!(message(&answer).starts_with("msg_1 is deferred until 2026-07-16T08:00:00Z: "));
    }

    #[test]
    fn a_refusal_names_every_reason_and_field() {
        let answer = json!({"code": "blocked", "detail": "The gate refused it.",
            "decision": {"reasons": [{"rule": "consent.opted_out", "because": ["cev_1"],
                "detail": "The contact opted out."}]},
            "errors": [{"pointer": "/to", "code": "x", "detail": "look here"}]});
        assert_eq!(
            problem(&answer),
            "refused (blocked): The gate refused it.\n  /to: look here\n  \
             consent.opted_out: The contact opted out. [cev_1]"
        );
        assert_eq!(problem(&json!({})), "refused (unknown)");
    }

    #[test]
    fn an_explanation_lists_decisions_in_order() {
        let answer = json!({"sentence": "It may be sent now by SMS.", "data": [
            {"stage": "accept", "decision": {"outcome": "send",
                "evaluated_at": "2026-07-15T15:00:00Z", "reasons": []}}]});
        assert_eq!(
            explanation(&answer),
            "It may be sent now by SMS.\n\n2026-07-15T15:00:00Z, at accept: send"
        );
    }

    #[test]
    fn an_explanation_says_what_it_cannot_stand_for() {
        let answer = json!({"sentence": "It may be sent now by SMS.", "data": [
            {"stage": "accept", "decision": {"outcome": "send",
                "evaluated_at": "2026-07-15T15:00:00Z", "reasons": []},
                "reproduced": false, "again": {"outcome": "block"}, "unconfirmed": ["xx.hours@2026"]}]});
        assert!(explanation(&answer).ends_with(
            "at accept: send\n  Today's rules would say block on the same facts.\n  \
             No source confirms xx.hours@2026."
        ));
    }
}
