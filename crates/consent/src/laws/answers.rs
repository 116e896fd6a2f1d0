//! The one confirmation of an opt-out, and the answer to its question.

use super::{Violation, hold, is_allowed, opens_nothing, questions, same, until, with};
use crate::{
    Action, Answered, CONFIRMATION_LIFE, Channels, ConsentEvent, ConsentState, Method, OptOutHeard,
    Purposes, Question, Verdict,
};
use tidings_kernel::Channel;
use time::{Duration, OffsetDateTime};

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

/// **L32. One confirmation.** Of any number of stops on a channel while it is closed at most the first
/// is confirmed, and none that the provider answers. `stops` are taken as STOP on `channel` at `now`;
/// whether one is confirmed is told to those after it.
///
/// # Errors
/// [`Violation`]: a second confirmation is sent.
pub fn one_confirmation(
    fold: impl Fn(&[ConsentEvent], OffsetDateTime) -> ConsentState,
    may_confirm: impl Fn(&OptOutHeard<'_>, OffsetDateTime) -> bool,
    events: &[ConsentEvent],
    (stops, channel): (&[ConsentEvent], Channel),
    now: OffsetDateTime,
) -> Result<(), Violation> {
    for answered in [Answered::ByNobody, Answered::ByProvider] {
        let mut known = until(events, now);
        let mut confirmed = 0;
        for stop in stops {
            let before = fold(&known, now);
            known.push(stop_on(channel, stop, now));
            let after = fold(&known, now);
            let heard = OptOutHeard {
                channel,
                occurred_at: now,
                before: &before,
                after: &after,
                answered,
            };
            confirmed += usize::from(may_confirm(&heard, now));
            let again = OptOutHeard {
                answered: Answered::ByUs,
                ..heard
            };
            hold(
                "L32: what is confirmed is not confirmed again",
                !may_confirm(&again, now),
            )?;
        }
        let most = match answered {
            Answered::ByNobody => 1,
            Answered::ByUs | Answered::ByProvider => 0,
        };
        hold("L32: one confirmation of one change", confirmed <= most)?;
    }
    Ok(())
}

/// **L33. Five minutes.** A confirmation is sent within five minutes of the opt-out or not at all:
/// what may be confirmed at once may be until the last instant, and not a tick later.
///
/// # Errors
/// [`Violation`]: the time is another.
pub fn confirmed_in_five_minutes(
    may_confirm: impl Fn(&OptOutHeard<'_>, OffsetDateTime) -> bool,
    heard: &OptOutHeard<'_>,
) -> Result<(), Violation> {
    let law = "L33: within five minutes or not at all";
    let last = heard.occurred_at + CONFIRMATION_LIFE;
    let at_once = may_confirm(heard, heard.occurred_at);
    same(law, &may_confirm(heard, last), &at_once)?;
    hold(law, !may_confirm(heard, last + Duration::MICROSECOND))
}

/// **L34. What a confirmation says.** A text that passes names the brand, and fails with a link or a
/// discount put to it.
///
/// # Errors
/// [`Violation`]: the check lets something pass.
pub fn a_confirmation_only_confirms(
    passes: impl Fn(&str, &str) -> bool,
    text: &str,
    brand: &str,
) -> Result<(), Violation> {
    if !passes(text, brand) {
        return Ok(());
    }
    let names = text.to_lowercase().contains(&brand.trim().to_lowercase());
    hold(
        "L34: a confirmation names the brand",
        names && !brand.trim().is_empty(),
    )?;
    for more in [" https://example.com/x", " 20% discount."] {
        let law = "L34: no link and no offer";
        hold(law, !passes(&format!("{text}\n{more}"), brand))?;
    }
    Ok(())
}

/// **L36. Silence means all.** Without an answer to the question what a stop was meant for, everything
/// on the channel stays closed; an answer lifts at most what START would, and never what it names.
/// `stop` is taken as STOP on `channel` at `now`, `answer` as the answer a second later.
///
/// # Errors
/// [`Violation`]: silence opens something, or the answer opens too much.
pub fn silence_means_all(
    decide: impl Fn(&[ConsentEvent], &Question, OffsetDateTime) -> Verdict,
    events: &[ConsentEvent],
    (stop, answer): (&ConsentEvent, &ConsentEvent),
    channel: Channel,
    now: OffsetDateTime,
) -> Result<(), Violation> {
    let later = now + Duration::SECOND;
    let stopped = with(&until(events, now), &[&stop_on(channel, stop, now)]);
    let on_it = || questions().filter(|question| question.channel == channel);
    let closed = on_it().all(|question| !is_allowed(&decide(&stopped, &question, later)));
    hold("L36: silence means all", closed)?;
    let answer = ConsentEvent {
        action: Action::Clarified,
        purposes: answer.purposes.clone(),
        ..stop_on(channel, answer, later)
    };
    let start = ConsentEvent {
        action: Action::OptIn,
        purposes: Purposes::All,
        ..answer.clone()
    };
    let answered = with(&stopped, &[&answer]);
    let started = with(&stopped, &[&start]);
    let law = "L36: an answer lifts at most what START would";
    opens_nothing(law, &decide, (&started, &answered), questions(), later)?;
    let mut named = on_it().filter(|question| answer.purposes.covers(question.purpose));
    let stays = named.all(|question| !is_allowed(&decide(&answered, &question, later)));
    hold("L36: what is named stays closed", stays)
}

/// **L40. Opt-outs by provider and by our own handling commute.** In whatever order a STOP and the
/// provider's report of it are handled, the state is the same and at most one confirmation is sent.
/// `own` is taken as STOP on `channel`, `report` as the provider's, both at `now`.
///
/// # Errors
/// [`Violation`]: the order matters, or both are confirmed.
pub fn own_and_provider_s_stops_commute(
    fold: impl Fn(&[ConsentEvent], OffsetDateTime) -> ConsentState,
    may_confirm: impl Fn(&OptOutHeard<'_>, OffsetDateTime) -> bool,
    events: &[ConsentEvent],
    (own, report, channel): (&ConsentEvent, &ConsentEvent, Channel),
    now: OffsetDateTime,
) -> Result<(), Violation> {
    let own = stop_on(channel, own, now);
    let report = ConsentEvent {
        method: Method::Provider,
        ..stop_on(channel, report, now)
    };
    let handle = |order: [&ConsentEvent; 2]| {
        let mut known = until(events, now);
        let mut confirmed = 0;
        for event in order {
            let before = fold(&known, now);
            known.push(event.clone());
            let after = fold(&known, now);
            let heard = OptOutHeard {
                channel,
                occurred_at: now,
                before: &before,
                after: &after,
                answered: Answered::ByNobody,
            };
            confirmed += usize::from(may_confirm(&heard, now));
        }
        (fold(&known, now), confirmed)
    };
    let (one, confirmed) = handle([&own, &report]);
    let (other, confirmed_too) = handle([&report, &own]);
    hold("L40: the order does not matter", one == other)?;
    hold(
        "L40: one confirmation",
        confirmed <= 1 && confirmed_too <= 1,
    )
}
