//! What an agreement permits, and what not.

use super::{Violation, bare, hold, is_allowed, opens_nothing, questions, until, with, written};
use crate::{Action, ConsentEvent, Grade, Method, Need, Question, Verdict};
use time::{Duration, OffsetDateTime};

/// **L9. A late-learnt opt-in never resurrects.** An agreement from before a stop is worth nothing
/// after it. `stop` is taken as an opt-out by form, `grant` as written and earlier by `earlier`.
///
/// # Errors
/// [`Violation`]: the old agreement opens something.
pub fn old_grants_never_resurrect(
    decide: impl Fn(&[ConsentEvent], &Question, OffsetDateTime) -> Verdict,
    events: &[ConsentEvent],
    (stop, grant): (&ConsentEvent, &ConsentEvent),
    earlier: Duration,
    now: OffsetDateTime,
) -> Result<(), Violation> {
    let stop = ConsentEvent {
        action: Action::OptOut,
        method: Method::WebForm,
        occurred_at: now,
        ..stop.clone()
    };
    let grant = written(grant, now - earlier.abs());
    let all = with(&until(events, now), &[&stop, &grant]);
    let mut covered =
        questions().filter(|question| stop.covers(question.channel, question.purpose));
    let stays = covered.all(|question| !is_allowed(&decide(&all, &question, now)));
    hold("L9: an old grant never resurrects", stays)
}

/// **L10. Import and manual entry cannot lift a stop.** `entry` is taken as a list's or staff's word
/// without evidence, at `now`; what was stopped stays so. Stopped, and not merely never agreed to, is
/// what `decide` blocks by the rule `consent.opted_out`: an implementation with names of its own must
/// answer with this one here, or nothing is checked.
///
/// # Errors
/// [`Violation`]: the entry opens what was stopped.
pub fn lists_and_staff_lift_nothing(
    decide: impl Fn(&[ConsentEvent], &Question, OffsetDateTime) -> Verdict,
    events: &[ConsentEvent],
    entry: &ConsentEvent,
    now: OffsetDateTime,
) -> Result<(), Violation> {
    let events = until(events, now);
    let is_stopped = |verdict: &Verdict| matches!(verdict, Verdict::Blocked { rule, .. } if *rule == "consent.opted_out");
    for method in [Method::Import, Method::Manual] {
        let entry = ConsentEvent {
            method,
            ..bare(entry, now)
        };
        let all = with(&events, &[&entry]);
        let holds = questions().all(|question| {
            !is_stopped(&decide(&events, &question, now))
                || !is_allowed(&decide(&all, &question, now))
        });
        hold("L10: lists and staff lift no stop", holds)?;
    }
    Ok(())
}

/// **L13. Monotone granting.** One more agreement, whatever it proves, never closes anything. The
/// action of `grant` is taken as [`Action::ConsentGiven`].
///
/// # Errors
/// [`Violation`]: the agreement closes something.
pub fn monotone_granting(
    decide: impl Fn(&[ConsentEvent], &Question, OffsetDateTime) -> Verdict,
    events: &[ConsentEvent],
    grant: &ConsentEvent,
    now: OffsetDateTime,
) -> Result<(), Violation> {
    let grant = ConsentEvent {
        action: Action::ConsentGiven,
        ..grant.clone()
    };
    let more = with(events, &[&grant]);
    let law = "L13: more grants never close";
    opens_nothing(law, decide, (&more, events), questions(), now)
}

/// **L14, L15. Isolation of grants.** An agreement permits nothing on a channel or for a purpose that
/// it does not list.
///
/// # Errors
/// [`Violation`]: it permits what it does not cover.
pub fn grants_are_islands(
    decide: impl Fn(&[ConsentEvent], &Question, OffsetDateTime) -> Verdict,
    events: &[ConsentEvent],
    grant: &ConsentEvent,
    now: OffsetDateTime,
) -> Result<(), Violation> {
    let grant = ConsentEvent {
        action: Action::ConsentGiven,
        ..grant.clone()
    };
    let more = with(events, &[&grant]);
    let elsewhere =
        questions().filter(|question| !grant.covers(question.channel, question.purpose));
    let law = "L14, L15: a grant permits only what it lists";
    opens_nothing(law, decide, (events, &more), elsewhere, now)
}

/// **L18. Written implies express.** What is allowed where more is needed is allowed where less is.
///
/// # Errors
/// [`Violation`]: a lower need is harder to meet.
pub fn monotone_need(
    decide: impl Fn(&[ConsentEvent], &Question, OffsetDateTime) -> Verdict,
    events: &[ConsentEvent],
    now: OffsetDateTime,
) -> Result<(), Violation> {
    let at = |question: Question, grade| {
        let need = Need {
            grade,
            ..question.need
        };
        is_allowed(&decide(events, &Question { need, ..question }, now))
    };
    let holds = questions().all(|question| {
        let [express, written, confirmed] = Grade::ALL.map(|grade| at(question, grade));
        (express || !written) && (written || !confirmed)
    });
    hold("L18: the higher grade satisfies the lower need", holds)
}

/// **L22. Consent has an age limit.** An agreement counts until exactly `max_age` after it was given
/// and not a tick longer, without any new event. `grant` is taken as written.
///
/// # Errors
/// [`Violation`]: it ends earlier or later.
pub fn age_is_sharp(
    decide: impl Fn(&[ConsentEvent], &Question, OffsetDateTime) -> Verdict,
    grant: &ConsentEvent,
    max_age: Duration,
) -> Result<(), Violation> {
    let grant = written(grant, grant.occurred_at);
    let last = grant.occurred_at + max_age;
    let events = std::slice::from_ref(&grant);
    let covered = questions()
        .filter(|question| question.need.grade != Grade::Confirmed)
        .filter(|question| grant.covers(question.channel, question.purpose));
    for question in covered {
        let need = Need {
            max_age: Some(max_age),
            ..question.need
        };
        let question = Question { need, ..question };
        let in_time = is_allowed(&decide(events, &question, last));
        let too_late = is_allowed(&decide(events, &question, last + Duration::MICROSECOND));
        hold("L22: consent ends at its age", in_time && !too_late)?;
    }
    Ok(())
}

/// **L82. Import of consent needs evidence.** What a list says without it never permits marketing
/// where written consent is needed. `row` is taken as such.
///
/// # Errors
/// [`Violation`]: it permits marketing.
pub fn a_list_permits_no_marketing(
    decide: impl Fn(&[ConsentEvent], &Question, OffsetDateTime) -> Verdict,
    events: &[ConsentEvent],
    row: &ConsentEvent,
    now: OffsetDateTime,
) -> Result<(), Violation> {
    let row = bare(row, row.occurred_at);
    let more = with(events, &[&row]);
    let marketing = questions().filter(|question| {
        question.purpose == tidings_kernel::Purpose::Marketing
            && question.need.grade != Grade::Express
    });
    let law = "L82: a bare list permits no marketing";
    opens_nothing(law, decide, (events, &more), marketing, now)
}
