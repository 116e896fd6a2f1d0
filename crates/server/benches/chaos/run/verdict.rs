//! Whether our record and the providers' agree.

use super::{
    ledger::Sent,
    load::Taken,
    plan::Pace,
    record::{Attempt, Message, NOT_ON_CHANNEL, Ours},
};
use std::collections::{BTreeMap, HashMap, HashSet};
use tidings_kernel::AttemptId;
use time::Duration;
use uuid::Uuid;

/// How a purpose that may be sent again waits at least (`unknown_policy` of `messaging`).
const RESEND_AFTER: Duration = Duration::seconds(30);

/// What a provider says of somebody who is not on WhatsApp.
const ABSENT: &str = "131026";
/// After how many of these in a row nothing more goes there, unless a tenant chooses otherwise.
const ABSENT_AFTER: usize = 3;

/// What the comparison found.
#[derive(Debug, Default)]
pub(crate) struct Verdict {
    /// What must not be. The run has failed if there is anything.
    pub(crate) differences: Vec<String>,
    /// Messages that were sent twice, as their purpose demands when nobody could tell.
    pub(crate) explained: Vec<String>,
    /// Our messages by status.
    pub(crate) statuses: BTreeMap<String, u64>,
    /// Messages that failed without a send, by the code of the last attempt.
    pub(crate) unsent: BTreeMap<String, u64>,
    /// What the providers accepted.
    pub(crate) sends: u64,
    /// Sends whose answer was lost, by how we took them in the end.
    pub(crate) unanswered: BTreeMap<&'static str, u64>,
    /// Attempts that were closed and made again because the provider did not have them.
    pub(crate) not_there: u64,
    /// Messages that were given up because nobody could tell whether they were sent.
    pub(crate) given_up: u64,
    /// Of these, the ones that the provider had.
    pub(crate) given_up_but_sent: u64,
    /// Messages that stay `sent` because their receipts were lost and cannot be asked for.
    pub(crate) receipts_lost: u64,
    /// Messages that were refused because their contact is not on WhatsApp.
    pub(crate) absent: u64,
    /// Contacts that were told so.
    pub(crate) told: u64,
}

/// An attempt with its identity, and the sends that it led to.
struct Try<'all> {
    attempt: &'all Attempt,
    sends: Vec<&'all Sent>,
}

/// Compares what clients, we and providers know.
pub(crate) fn compare(taken: &[Taken], ours: &Ours, theirs: &[Sent], pace: Pace) -> Verdict {
    let mut verdict = Verdict {
        sends: theirs.len().try_into().unwrap_or(u64::MAX),
        ..Verdict::default()
    };
    verdict.nothing_is_lost(taken, ours);
    let sends = verdict.nothing_is_unknown(ours, theirs);
    let mut tries: HashMap<Uuid, Vec<Try<'_>>> = HashMap::new();
    let mut in_order: Vec<(&Uuid, &Attempt)> = ours.attempts.iter().collect();
    in_order.sort_by_key(|(id, attempt)| (attempt.started_at, **id));
    for (id, attempt) in in_order {
        let sends = sends.get(id).cloned().unwrap_or_default();
        let of_message = tries.entry(attempt.message).or_default();
        of_message.push(Try { attempt, sends });
    }
    let mut in_order: Vec<(&Uuid, &Message)> = ours.messages.iter().collect();
    in_order.sort_by_key(|(id, _)| **id);
    for (id, message) in in_order {
        let tries = tries.remove(id).unwrap_or_default();
        *verdict.statuses.entry(message.status.clone()).or_default() += 1;
        verdict.judge(*id, message, &tries, pace);
    }
    verdict.who_is_absent_was_told_once(ours);
    verdict.everything_is_given_back(taken, ours);
    verdict
}

impl Verdict {
    /// Every message that a client was told of exists, once for each key, and nothing else does.
    fn nothing_is_lost(&mut self, taken: &[Taken], ours: &Ours) {
        let mut known: HashSet<Uuid> = HashSet::with_capacity(taken.len());
        for Taken {
            tenant,
            key,
            message,
        } in taken
        {
            if !known.insert(*message) {
                self.differ(format!("{key}: another key has the same message {message}"));
            }
            if !ours.messages.contains_key(message) {
                self.differ(format!("{key}: message {message} was taken in and is lost"));
            }
            match ours.keys.get(&(*tenant, key.clone())) {
                Some(stored) if stored == message => {}
                other => self.differ(format!("{key}: answered with {message}, stored {other:?}")),
            }
        }
        let asked_for = ours
            .messages
            .iter()
            .filter(|(_, message)| !message.is_notice);
        for id in asked_for.map(|(id, _)| id).filter(|id| !known.contains(id)) {
            self.differ(format!(
                "message {id} belongs to no request that was answered"
            ));
        }
    }

    /// Everything that a provider accepted is an attempt of ours. Gives the sends by attempt.
    fn nothing_is_unknown<'all>(
        &mut self,
        ours: &Ours,
        theirs: &'all [Sent],
    ) -> HashMap<Uuid, Vec<&'all Sent>> {
        let mut sends: HashMap<Uuid, Vec<&Sent>> = HashMap::with_capacity(theirs.len());
        for sent in theirs {
            let id = sent.client_reference.as_deref();
            let id = id
                .and_then(|id| id.parse::<AttemptId>().ok())
                .map(AttemptId::uuid);
            match id.and_then(|id| Some((id, ours.attempts.get(&id)?))) {
                Some((id, attempt)) => {
                    let stored = attempt.provider_message_id.as_deref();
                    if stored.is_some_and(|stored| stored != sent.provider_message_id) {
                        let theirs = &sent.provider_message_id;
                        self.differ(format!("attempt {id} is {theirs}, stored as {stored:?}"));
                    }
                    sends.entry(id).or_default().push(sent);
                }
                None => self.differ(format!(
                    "send {} of {} belongs to no attempt of ours",
                    sent.number, sent.provider
                )),
            }
        }
        sends
    }

    /// One message: sent at most once but for an explanation, and in the state that the provider says.
    fn judge(&mut self, id: Uuid, message: &Message, tries: &[Try<'_>], pace: Pace) {
        let sends: Vec<&Sent> = tries
            .iter()
            .flat_map(|attempt| attempt.sends.clone())
            .collect();
        let last = tries.last().map(|last| last.attempt);
        let code = last.and_then(|last| last.code.as_deref());
        let is_given_up = message.status == "failed"
            && code == Some("outcome_unknown")
            && last.and_then(|last| last.outcome.as_deref()) == Some("unknown");
        self.given_up += u64::from(is_given_up);
        self.given_up_but_sent += u64::from(is_given_up && !sends.is_empty());
        self.count(tries);
        if sends.len() > 1 {
            match explain(message, tries, pace) {
                Ok(why) => self
                    .explained
                    .push(format!("{id} ({}): {why}", message.purpose)),
                Err(why) => {
                    let story = story(tries);
                    self.differ(format!("{id} ({}): {why}: {story}", message.purpose));
                }
            }
        }
        let status = message.status.as_str();
        match (status, sends.as_slice()) {
            ("failed", []) => {
                let code = code.unwrap_or("no attempt");
                *self.unsent.entry(code.to_owned()).or_default() += 1;
                if last.is_none() {
                    self.differ(format!("{id} failed without an attempt"));
                }
            }
            // Whether that is right is looked into for all of the contact's together.
            ("blocked", []) if message.refused_by.as_deref() == Some(NOT_ON_CHANNEL) => {
                self.absent += 1;
            }
            ("blocked" | "expired" | "cancelled", []) => {
                self.differ(format!("{id} was taken in and is {status}"));
            }
            (_, []) => {
                let story = story(tries);
                self.differ(format!("{id} is {status}, and no provider has it: {story}"));
            }
            (_, sends) if sends.iter().any(|sent| expected(sent) == status) => {}
            // Nobody told us, of none of them, and nobody can be asked.
            ("sent", sends) if sends.iter().all(|sent| is_untold(sent)) => self.receipts_lost += 1,
            ("failed", [sent]) if is_untold(sent) && is_given_up => {}
            (_, sends) => {
                let theirs: Vec<&str> = sends.iter().map(|sent| sent.status.as_str()).collect();
                let story = story(tries);
                self.differ(format!(
                    "{id} is {status} here and {theirs:?} there: {story}"
                ));
            }
        }
    }

    /// Counts what became of attempts whose outcome was not known for a while.
    fn count(&mut self, tries: &[Try<'_>]) {
        for Try { attempt, sends } in tries {
            let is_not_there = attempt.code.as_deref() == Some("not_sent");
            self.not_there += u64::from(is_not_there);
            for _ in sends.iter().filter(|sent| !sent.is_answered) {
                let end = match attempt.outcome.as_deref() {
                    Some("accepted") => "learned from a callback or by asking",
                    Some("rejected") => "taken for not sent",
                    Some(_) | None => "never known",
                };
                *self.unanswered.entry(end).or_default() += 1;
            }
        }
    }

    /// Whoever's messages were refused as not on WhatsApp was refused there often enough before, and was told once;
    /// nobody else was told.
    fn who_is_absent_was_told_once(&mut self, ours: &Ours) {
        let mut refusals: HashMap<Uuid, usize> = HashMap::new();
        for attempt in ours.attempts.values() {
            let message = ours.messages.get(&attempt.message);
            if let (Some(message), Some(ABSENT)) = (message, attempt.code.as_deref()) {
                *refusals.entry(message.contact).or_default() += 1;
            }
        }
        let mut notices: BTreeMap<Uuid, u64> = BTreeMap::new();
        for message in ours.messages.values() {
            let told = u64::from(message.is_notice);
            if message.is_notice || message.refused_by.as_deref() == Some(NOT_ON_CHANNEL) {
                *notices.entry(message.contact).or_default() += told;
            }
        }
        for (contact, told) in notices {
            self.told += told;
            let refused = refusals.get(&contact).copied().unwrap_or_default();
            if refused < ABSENT_AFTER {
                self.differ(format!(
                    "contact {contact} is absent after {refused} refusals"
                ));
            }
            if told != 1 {
                self.differ(format!(
                    "contact {contact} is absent and was told {told} times"
                ));
            }
        }
    }

    /// Leases and quota. What the gate refused is not counted, and what contacts are told is.
    fn everything_is_given_back(&mut self, taken: &[Taken], ours: &Ours) {
        if !ours.waiting.is_over() {
            self.differ(format!("not at rest: {:?}", ours.waiting));
        }
        let mut accepted: BTreeMap<Uuid, i64> = BTreeMap::new();
        for taken in taken {
            let message = ours.messages.get(&taken.message);
            let is_refused = message.is_some_and(|message| message.status == "blocked");
            *accepted.entry(taken.tenant).or_default() += i64::from(!is_refused);
        }
        for notice in ours.messages.values().filter(|message| message.is_notice) {
            *accepted.entry(notice.tenant).or_default() += i64::from(notice.status != "blocked");
        }
        for (tenant, accepted) in accepted {
            let used = ours.usage.get(&tenant).copied().unwrap_or_default();
            if used != accepted {
                self.differ(format!(
                    "tenant {tenant} has used {used} of its quota for {accepted}"
                ));
            }
        }
    }

    fn differ(&mut self, difference: String) {
        self.differences.push(difference);
    }
}

/// The status that a message has whose provider says this.
fn expected(sent: &Sent) -> &str {
    match sent.status.as_str() {
        "undelivered" => "failed",
        "accepted" | "queued" => "sent",
        other => other,
    }
}

/// Whether we could not know the last status: nobody told us, and this provider cannot be asked.
fn is_untold(sent: &Sent) -> bool {
    !sent.is_told && sent.provider == "whatsapp_cloud"
}

/// Why a message was sent more than once, if that is as it should be: for a code or an emergency, and only
/// after nobody could tell for long enough whether the attempt before had reached the provider.
fn explain(message: &Message, tries: &[Try<'_>], pace: Pace) -> Result<String, &'static str> {
    if tries.iter().any(|attempt| attempt.sends.len() > 1) {
        return Err("one attempt was accepted twice");
    }
    if !matches!(message.purpose.as_str(), "authentication" | "emergency") {
        return Err("sent twice, which its purpose forbids");
    }
    let patience = RESEND_AFTER.min(Duration::seconds(pace.unknown.into()));
    for pair in tries.windows(2) {
        let [before, after] = pair else { continue };
        if before.sends.is_empty() {
            continue;
        }
        let (first, second) = (before.attempt, after.attempt);
        let waited = second.started_at - first.started_at;
        // A receipt that came too late has put its own code in the place of ours.
        let is_learned = first.code.is_none() || first.outcome.as_deref() == Some("accepted");
        // What we acknowledged may have died with a worker before it was applied.
        let known_by = second.started_at - pace.lease();
        let is_late = before
            .sends
            .iter()
            .all(|sent| sent.told_at.is_none_or(|at| at > known_by));
        let is_by_policy = first.code.as_deref() == Some("outcome_unknown")
            || (is_learned && waited >= patience && is_late);
        if !is_by_policy {
            return Err("sent twice, although its first outcome was settled otherwise");
        }
    }
    Ok(format!(
        "nobody could tell, so it was sent again: {}",
        story(tries)
    ))
}

/// The attempts of a message, for people.
fn story(tries: &[Try<'_>]) -> String {
    let first = tries.first().map(|first| first.attempt.started_at);
    let words = tries.iter().map(|Try { attempt, sends }| {
        let after = first.map_or(0.0, |first| (attempt.started_at - first).as_seconds_f64());
        let outcome = attempt.outcome.as_deref().unwrap_or("open");
        let code = attempt.code.as_deref().unwrap_or("no error");
        let sends: Vec<String> = sends
            .iter()
            .map(|sent| {
                let told = if sent.is_told { "told" } else { "not told" };
                format!("{} #{} {}, {told}", sent.provider, sent.number, sent.status)
            })
            .collect();
        format!("at {after:+.1} s {outcome}, {code}, sends {sends:?}")
    });
    let words: Vec<String> = words.collect();
    if words.is_empty() {
        return "no attempt".to_owned();
    }
    words.join("; ")
}
