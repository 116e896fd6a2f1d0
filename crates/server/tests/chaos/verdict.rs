//! The comparison itself: each of its sentences is broken once.

use crate::run::{
    ledger::Sent,
    load::Taken,
    plan::Pace,
    record::{Attempt, Message, Ours},
    verdict::{Verdict, compare},
};
use tidings_kernel::AttemptId;
use time::{Duration, OffsetDateTime};
use uuid::Uuid;

const TENANT: Uuid = Uuid::from_u128(1);
const MESSAGE: Uuid = Uuid::from_u128(2);
const CONTACT: Uuid = Uuid::from_u128(5);
const PACE: Pace = Pace {
    provider_timeout: 2,
    lease: 5,
    ask_unknown: 3,
    ask_receipt: 3,
    unknown: 6,
    take_over: 4,
};

/// What clients, we and a provider know of one message.
struct Known {
    taken: Vec<Taken>,
    ours: Ours,
    theirs: Vec<Sent>,
}

/// A message that was delivered at the first attempt.
fn delivered(purpose: &str) -> Known {
    let mut known = Known {
        taken: vec![Taken {
            tenant: TENANT,
            key: "chaos-0".into(),
            message: MESSAGE,
        }],
        ours: Ours::default(),
        theirs: Vec::new(),
    };
    let message = Message {
        purpose: purpose.into(),
        status: "delivered".into(),
        tenant: TENANT,
        contact: CONTACT,
        is_notice: false,
        refused_by: None,
    };
    known.ours.messages.insert(MESSAGE, message);
    known.ours.keys.insert((TENANT, "chaos-0".into()), MESSAGE);
    known.ours.usage.insert(TENANT, 1);
    known.attempt(10, 0, Some("accepted"), None);
    known.send(10, "whatsapp_cloud");
    known
}

impl Known {
    fn attempt(&mut self, id: u128, second: i64, outcome: Option<&str>, code: Option<&str>) {
        let attempt = Attempt {
            message: MESSAGE,
            started_at: OffsetDateTime::UNIX_EPOCH + Duration::seconds(second),
            outcome: outcome.map(str::to_owned),
            code: code.map(str::to_owned),
            provider_message_id: None,
        };
        self.ours.attempts.insert(Uuid::from_u128(id), attempt);
    }

    fn send(&mut self, attempt: u128, provider: &str) {
        let number = self.theirs.len() + 1;
        let attempt = AttemptId::from_uuid(Uuid::from_u128(attempt));
        self.theirs.push(Sent {
            number: number as u64,
            provider: provider.into(),
            provider_message_id: format!("id-{number}"),
            client_reference: Some(attempt.to_string()),
            status: "delivered".into(),
            is_answered: true,
            is_told: true,
            told_at: None,
        });
    }

    fn verdict(&self) -> Verdict {
        compare(&self.taken, &self.ours, &self.theirs, PACE)
    }

    #[track_caller]
    fn differs(&self, words: &str) {
        let found = self.verdict().differences;
        assert!(found.iter().any(|one| one.contains(words)), "{found:?}");
    }
}

fn status(known: &mut Known, status: &str) {
    let message = known.ours.messages.get_mut(&MESSAGE);
    if let Some(message) = message {
        message.status = status.into();
    }
}

#[test]
fn records_that_agree_are_seen_to() {
    let verdict = delivered("transactional").verdict();
    assert_eq!(verdict.differences, [""; 0]);
    assert_eq!((verdict.sends, verdict.explained.len()), (1, 0));
}

#[test]
fn what_is_lost_is_found() {
    let mut known = delivered("transactional");
    known.ours.messages.clear();
    known.differs("is lost");
    let mut known = delivered("transactional");
    known.ours.keys.clear();
    known.differs("stored None");
    let mut known = delivered("transactional");
    known.theirs.clear();
    known.differs("no provider has it");
    let mut known = delivered("transactional");
    status(&mut known, "queued");
    known.differs("is queued here");
}

#[test]
fn a_second_message_for_one_request_is_found() {
    let mut known = delivered("transactional");
    let message = known.ours.messages[&MESSAGE].clone();
    known.ours.messages.insert(Uuid::from_u128(3), message);
    known.differs("belongs to no request");
}

/// A contact that WhatsApp refused so often, whose next message the gate refused, and who was told by another one.
fn absent(refusals: u32) -> Known {
    let mut known = delivered("transactional");
    let before = known.ours.messages[&MESSAGE].clone();
    let mut ids = (100_u128..).step_by(10).map(Uuid::from_u128);
    let mut take = |known: &mut Known, message: Message| {
        let id = ids.next().unwrap_or_default();
        let number = known.ours.messages.len();
        if !message.is_notice {
            let key = format!("chaos-{number}");
            known.ours.keys.insert((TENANT, key.clone()), id);
            known.taken.push(Taken {
                tenant: TENANT,
                key,
                message: id,
            });
        }
        known.ours.messages.insert(id, message);
        id
    };
    for _ in 0..refusals {
        let failed = Message {
            status: "failed".into(),
            ..before.clone()
        };
        let id = take(&mut known, failed);
        let attempt = Attempt {
            message: id,
            started_at: OffsetDateTime::UNIX_EPOCH,
            outcome: Some("accepted".into()),
            code: Some("131026".into()),
            provider_message_id: None,
        };
        let of_attempt = id.as_u128() + 1;
        known
            .ours
            .attempts
            .insert(Uuid::from_u128(of_attempt), attempt);
        known.send(of_attempt, "whatsapp_cloud");
        if let Some(sent) = known.theirs.last_mut() {
            sent.status = "failed".into();
        }
    }
    let refused = Message {
        status: "blocked".into(),
        refused_by: Some("contact.not_on_channel".into()),
        ..before.clone()
    };
    take(&mut known, refused);
    tell(&mut known);
    known
}

/// The contact is told, once more.
fn tell(known: &mut Known) {
    let number = known.ours.messages.len() as u128;
    let id = Uuid::from_u128(1_000 + 10 * number);
    let notice = Message {
        is_notice: true,
        ..known.ours.messages[&MESSAGE].clone()
    };
    known.ours.messages.insert(id, notice);
    let attempt = Attempt {
        message: id,
        started_at: OffsetDateTime::UNIX_EPOCH,
        outcome: Some("accepted".into()),
        code: None,
        provider_message_id: None,
    };
    known
        .ours
        .attempts
        .insert(Uuid::from_u128(1_001 + 10 * number), attempt);
    known.send(1_001 + 10 * number, "twilio");
    let counted = known
        .ours
        .messages
        .values()
        .filter(|it| it.status != "blocked");
    let counted = i64::try_from(counted.count()).unwrap_or_default();
    known.ours.usage.insert(TENANT, counted);
}

#[test]
fn who_is_not_on_whatsapp_is_refused_and_told_once() {
    let verdict = absent(3).verdict();
    assert_eq!(verdict.differences, [""; 0]);
    assert_eq!((verdict.absent, verdict.told), (1, 1));
    absent(2).differs("is absent after 2 refusals");
    let mut twice = absent(3);
    tell(&mut twice);
    twice.differs("was told 2 times");
    let mut never = absent(3);
    never.ours.messages.retain(|_, message| !message.is_notice);
    never.differs("was told 0 times");
    let mut uncounted = absent(3);
    uncounted.ours.usage.insert(TENANT, 4);
    uncounted.differs("has used 4 of its quota for 5");
    let mut other = absent(3);
    for message in other.ours.messages.values_mut() {
        if message.status == "blocked" {
            message.refused_by = Some("consent.missing".into());
        }
    }
    other.differs("was taken in and is blocked");
}

#[test]
fn what_was_sent_without_a_record_is_found() {
    let mut known = delivered("transactional");
    known.send(11, "twilio");
    known.differs("belongs to no attempt");
}

#[test]
fn a_double_is_explained_by_its_purpose_and_by_nothing_else() {
    let twice = |purpose, code, second| {
        let mut known = delivered(purpose);
        known.attempt(10, 0, Some("rejected"), code);
        known.attempt(11, second, Some("accepted"), None);
        known.send(11, "whatsapp_cloud");
        known
    };
    let explained = twice("authentication", Some("outcome_unknown"), 7).verdict();
    assert_eq!(explained.differences, [""; 0]);
    assert_eq!(explained.explained.len(), 1);
    // Its first outcome was learned later, from a late callback.
    assert_eq!(twice("emergency", None, 7).verdict().differences, [""; 0]);
    let told = |after| {
        let mut known = delivered("emergency");
        known.attempt(10, 0, Some("accepted"), Some("30008"));
        known.attempt(11, 20, Some("accepted"), None);
        known.send(11, "whatsapp_cloud");
        let first = known.ours.attempts[&Uuid::from_u128(10)].started_at;
        known.theirs[0].told_at = Some(first + time::Duration::seconds(after));
        known
    };
    assert_eq!(told(25).verdict().differences, [""; 0]);
    // We had been told that it was sent.
    told(10).differs("settled otherwise");
    twice("emergency", None, 2).differs("settled otherwise");
    twice("transactional", Some("outcome_unknown"), 7).differs("which its purpose forbids");
    twice("authentication", Some("not_sent"), 7).differs("settled otherwise");
    let mut known = delivered("authentication");
    known.send(10, "whatsapp_cloud");
    known.differs("one attempt was accepted twice");
}

#[test]
fn a_receipt_may_be_missing_only_where_nobody_told_and_nobody_can_be_asked() {
    let mut known = delivered("transactional");
    status(&mut known, "sent");
    known.differs("is sent here");
    known.theirs[0].is_told = false;
    let verdict = known.verdict();
    assert_eq!((verdict.differences.len(), verdict.receipts_lost), (0, 1));
    known.theirs[0].provider = "twilio".into();
    known.differs("is sent here");
}

#[test]
fn of_a_message_that_was_sent_again_no_receipt_may_have_come_at_all() {
    let twice = |is_first_told: bool, is_second_told: bool| {
        let mut known = delivered("authentication");
        known.attempt(10, 0, Some("rejected"), Some("outcome_unknown"));
        known.attempt(11, 7, Some("accepted"), None);
        known.send(11, "whatsapp_cloud");
        status(&mut known, "sent");
        known.theirs[0].is_told = is_first_told;
        known.theirs[1].is_told = is_second_told;
        known
    };
    let verdict = twice(false, false).verdict();
    assert_eq!(verdict.differences, [""; 0]);
    assert_eq!((verdict.receipts_lost, verdict.explained.len()), (1, 1));
    twice(true, false).differs("is sent here");
    twice(false, true).differs("is sent here");
}

#[test]
fn a_state_that_differs_is_found() {
    let mut known = delivered("transactional");
    known.theirs[0].status = "undelivered".into();
    known.differs("is delivered here");
    status(&mut known, "failed");
    assert_eq!(known.verdict().differences, [""; 0]);
}

#[test]
fn what_is_not_given_back_is_found() {
    let mut known = delivered("transactional");
    known.ours.waiting.held = 1;
    known.differs("not at rest");
    let mut known = delivered("transactional");
    known.ours.usage.insert(TENANT, 2);
    known.differs("of its quota");
}
