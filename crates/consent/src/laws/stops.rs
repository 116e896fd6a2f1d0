//! What a stop closes, and what lifts it.

use super::{
    Violation, bare, hold, is_allowed, opens_nothing, questions, same, until, with, written,
};
use crate::{
    Action, Channels, ConsentEvent, Evidence, Method, Need, ProviderSignal, Purposes, Question,
    SoftOptIn, Verdict, provider_event,
};
use tidings_kernel::{Channel, Purpose};
use time::OffsetDateTime;

/// `event` as STOP in a message on one channel.
fn stop_on(channel: Channel, event: &ConsentEvent, at: OffsetDateTime) -> ConsentEvent {
    ConsentEvent {
        action: Action::OptOut,
        channels: Channels::one(channel),
        purposes: Purposes::All,
        method: Method::ReplyMessage,
        occurred_at: at,
        ..event.clone()
    }
}

/// **L6. Opt-out wins ties.** Of an opt-out and an agreement of one instant the opt-out counts,
/// whatever their ids and order. `stop` is taken as an opt-out, `grant` as written, both at `now`.
///
/// # Errors
/// [`Violation`]: something that both cover is allowed.
pub fn stop_wins_ties(
    decide: impl Fn(&[ConsentEvent], &Question, OffsetDateTime) -> Verdict,
    events: &[ConsentEvent],
    (stop, grant): (&ConsentEvent, &ConsentEvent),
    now: OffsetDateTime,
) -> Result<(), Violation> {
    let stop = ConsentEvent {
        action: Action::OptOut,
        occurred_at: now,
        ..stop.clone()
    };
    let grant = written(grant, now);
    let events = until(events, now);
    for all in [
        with(&events, &[&stop, &grant]),
        with(&events, &[&grant, &stop]),
    ] {
        let mut covered =
            questions().filter(|question| stop.covers(question.channel, question.purpose));
        let closed = covered.all(|question| !is_allowed(&decide(&all, &question, now)));
        hold("L6: stop wins a tie", closed)?;
    }
    Ok(())
}

/// **L7. Opt-out is effective at once**, from its own instant until something later agrees. `stop` is
/// taken as an opt-out at `now`; nothing that it covers is allowed at `now` and at `later`, by SMS and
/// WhatsApp neither one-time codes nor answers to what was written until then.
///
/// # Errors
/// [`Violation`]: something is allowed.
pub fn stop_is_effective_at_once(
    decide: impl Fn(&[ConsentEvent], &Question, OffsetDateTime) -> Verdict,
    events: &[ConsentEvent],
    stop: &ConsentEvent,
    (now, later): (OffsetDateTime, OffsetDateTime),
) -> Result<(), Violation> {
    let stop = ConsentEvent {
        action: Action::OptOut,
        occurred_at: now,
        ..stop.clone()
    };
    let all = with(&until(events, now), &[&stop]);
    for at in [now, later.max(now)] {
        // An unsubscribe link ends no contract, so that emails on request go on.
        let phone = on_request(now).filter(|question| question.channel != Channel::Email);
        let mut covered = questions()
            .chain(phone)
            .filter(|question| stop.covers(question.channel, question.purpose));
        let closed = covered.all(|question| !is_allowed(&decide(&all, &question, at)));
        hold("L7: stop is effective at once", closed)?;
    }
    Ok(())
}

/// **L12. Monotone blocking.** One more withdrawal never opens anything. What does not
/// [withdraw](Action::withdraws) is passed over.
///
/// # Errors
/// [`Violation`]: the withdrawal opens something.
pub fn monotone_blocking(
    decide: impl Fn(&[ConsentEvent], &Question, OffsetDateTime) -> Verdict,
    events: &[ConsentEvent],
    withdrawal: &ConsentEvent,
    now: OffsetDateTime,
) -> Result<(), Violation> {
    if !withdrawal.action.withdraws() {
        return Ok(());
    }
    let more = with(events, &[withdrawal]);
    let law = "L12: more withdrawals never open";
    let questions = questions().chain(customers()).chain(on_request(now));
    opens_nothing(law, decide, (events, &more), questions, now)
}

/// What rests on something that the contact did at `at`, and not on an agreement: one-time codes and
/// answers; and the request to confirm.
fn on_request(at: OffsetDateTime) -> impl Iterator<Item = Question> {
    let purposes = [
        Purpose::Authentication,
        Purpose::Conversational,
        Purpose::DoubleOptIn,
        Purpose::Transactional,
    ];
    Channel::ALL.into_iter().flat_map(move |channel| {
        purposes.map(|purpose| Question {
            last_inbound: Some(at),
            ..Question::new(channel, purpose)
        })
    })
}

/// Marketing to a customer of old, who need not agree but may refuse.
fn customers() -> impl Iterator<Item = Question> {
    Channel::ALL.into_iter().map(|channel| Question {
        need: Need {
            soft_opt_in: SoftOptIn::Accepted { max_age: None },
            ..Need::default()
        },
        customer_since: Some(OffsetDateTime::UNIX_EPOCH),
        ..Question::new(channel, Purpose::Marketing)
    })
}

/// **L17. Scope lattice.** What a narrower opt-out closes, one of everything closes. `stop` is taken
/// as an opt-out at `now`, once with its own scope and once with `all`.
///
/// # Errors
/// [`Violation`]: the wider opt-out leaves something open.
pub fn wider_stops_close_more(
    decide: impl Fn(&[ConsentEvent], &Question, OffsetDateTime) -> Verdict,
    events: &[ConsentEvent],
    stop: &ConsentEvent,
    now: OffsetDateTime,
) -> Result<(), Violation> {
    let events = until(events, now);
    let narrow = ConsentEvent {
        action: Action::OptOut,
        occurred_at: now,
        ..stop.clone()
    };
    let wide = ConsentEvent {
        channels: Channels::All,
        purposes: Purposes::All,
        ..narrow.clone()
    };
    let (narrow, wide) = (with(&events, &[&narrow]), with(&events, &[&wide]));
    let law = "L17: a wider stop closes more";
    opens_nothing(law, decide, (&narrow, &wide), questions(), now)
}

/// **L24. Reassignment ends consent.** After the number went to somebody else no earlier agreement
/// counts on SMS or WhatsApp, nor can START bring it back, nor does it count what the former holder
/// wrote or bought until then; a later written one counts, unless a stop stands. `event` is taken as the reassignment at `now`, `start` as START a second later.
///
/// # Errors
/// [`Violation`]: an old agreement counts, or a new one does not.
pub fn reassignment_ends_consent(
    decide: impl Fn(&[ConsentEvent], &Question, OffsetDateTime) -> Verdict,
    events: &[ConsentEvent],
    (event, start): (&ConsentEvent, &ConsentEvent),
    now: OffsetDateTime,
) -> Result<(), Violation> {
    let (_, channels, purposes) = provider_event(ProviderSignal::NumberGone);
    let gone = ConsentEvent {
        action: Action::NumberReassigned,
        channels,
        purposes,
        method: Method::Provider,
        occurred_at: now,
        ..event.clone()
    };
    let later = now + time::Duration::SECOND;
    let start = ConsentEvent {
        action: Action::OptIn,
        channels: Channels::All,
        purposes: Purposes::All,
        method: Method::ReplyMessage,
        evidence: Evidence::default(),
        occurred_at: later,
        ..start.clone()
    };
    let events = until(events, now);
    let after = with(&events, &[&gone]);
    let restarted = with(&after, &[&start]);
    let grant = written(&start, later);
    let agreed = [gone.clone(), grant];
    for question in questions().filter(|question| question.channel != Channel::Email) {
        let is_over = !is_allowed(&decide(&after, &question, now))
            && !is_allowed(&decide(&restarted, &question, later));
        hold("L24: reassignment ends consent", is_over)?;
        let of_the_former_holder = Question {
            need: Need {
                soft_opt_in: SoftOptIn::Accepted { max_age: None },
                ..question.need
            },
            last_inbound: Some(now),
            customer_since: Some(now),
            ..question
        };
        let listed = with(&after, &[&bare(&start, later)]);
        let is_over = !is_allowed(&decide(&after, &of_the_former_holder, now))
            && (question.need.grade == crate::Grade::Express
                || !is_allowed(&decide(&listed, &of_the_former_holder, later)));
        hold("L24: what the former holder did is over", is_over)?;
        if question.need.grade != crate::Grade::Confirmed {
            let counts = is_allowed(&decide(&agreed, &question, later));
            hold("L24: a later agreement counts", counts)?;
        }
    }
    Ok(())
}

/// **L37. START lifts at most what STOP closed.** After STOP and START on a channel nothing is open
/// that was not open before, or that START alone would not have opened. `stop` is taken as STOP on
/// `channel` at `now`, `start` as START there a second later.
///
/// # Errors
/// [`Violation`]: START opens more.
pub fn start_restores_at_most(
    decide: impl Fn(&[ConsentEvent], &Question, OffsetDateTime) -> Verdict,
    events: &[ConsentEvent],
    (stop, start): (&ConsentEvent, &ConsentEvent),
    channel: Channel,
    now: OffsetDateTime,
) -> Result<(), Violation> {
    let events = until(events, now);
    let later = now + time::Duration::SECOND;
    let start = ConsentEvent {
        action: Action::OptIn,
        ..stop_on(channel, start, later)
    };
    let both = with(&events, &[&stop_on(channel, stop, now), &start]);
    // An earlier STOP is undone by START, too.
    let alone = with(&events, &[&start]);
    let holds = questions().all(|question| {
        !is_allowed(&decide(&both, &question, later))
            || is_allowed(&decide(&events, &question, later))
            || is_allowed(&decide(&alone, &question, later))
    });
    hold("L37: START lifts at most what STOP closed", holds)
}

/// **L39. A provider's opt-out.** An error that means "opted out" closes the channel, and the same
/// report again is no second event. `report` is taken as the provider's at `now`.
///
/// # Errors
/// [`Violation`]: the channel is open, or the repetition counts.
pub fn a_provider_s_opt_out_counts_once<S: PartialEq>(
    fold: impl Fn(&[ConsentEvent], OffsetDateTime) -> S,
    decide: impl Fn(&[ConsentEvent], &Question, OffsetDateTime) -> Verdict,
    events: &[ConsentEvent],
    (report, channel): (&ConsentEvent, Channel),
    now: OffsetDateTime,
) -> Result<(), Violation> {
    let report = ConsentEvent {
        method: Method::Provider,
        ..stop_on(channel, report, now)
    };
    let events = until(events, now);
    let once = with(&events, &[&report]);
    let twice = with(&once, &[&report]);
    same(
        "L39: a report counts once",
        &fold(&once, now),
        &fold(&twice, now),
    )?;
    let mut there = questions().filter(|question| question.channel == channel);
    let closed = there.all(|question| !is_allowed(&decide(&once, &question, now)));
    hold("L39: a provider's opt-out closes the channel", closed)
}

/// **L93. WhatsApp and SMS.** STOP on WhatsApp, and a stop of marketing in the contact's own words,
/// leave no marketing on SMS open; WhatsApp's own switch
/// for marketing closes neither transactional messages nor codes. `stop` is taken as either at `now`.
///
/// # Errors
/// [`Violation`]: marketing on SMS is open, or something else is closed.
pub fn whatsapp_stops_reach_as_far_as_they_should(
    decide: impl Fn(&[ConsentEvent], &Question, OffsetDateTime) -> Verdict,
    events: &[ConsentEvent],
    stop: &ConsentEvent,
    now: OffsetDateTime,
) -> Result<(), Violation> {
    let events = until(events, now);
    let stopped = with(&events, &[&stop_on(Channel::Whatsapp, stop, now)]);
    let named = ConsentEvent {
        purposes: Purposes::of([Purpose::Marketing]),
        ..stop_on(Channel::Whatsapp, stop, now)
    };
    let named = with(&events, &[&named]);
    let marketing = Question::new(Channel::Sms, Purpose::Marketing);
    let closed = [&stopped, &named]
        .into_iter()
        .all(|all| !is_allowed(&decide(all, &marketing, now)));
    hold("L93: STOP on WhatsApp closes marketing on SMS", closed)?;
    let (action, channels, purposes) = provider_event(ProviderSignal::MarketingStopped);
    let switched = ConsentEvent {
        action,
        channels,
        purposes,
        method: Method::Provider,
        occurred_at: now,
        ..stop.clone()
    };
    let switched = with(&events, &[&switched]);
    let kept = [Purpose::Transactional, Purpose::Authentication]
        .map(|purpose| Question::new(Channel::Whatsapp, purpose));
    let law = "L93: WhatsApp's switch spares utility and codes";
    opens_nothing(law, decide, (&switched, &events), kept.into_iter(), now)
}
