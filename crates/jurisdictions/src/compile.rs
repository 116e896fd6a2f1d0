//! From the rules that bind to what they demand together.

use crate::{
    Applicable, Cap, CapInForce, ClockOf, ConsentRule, Demand, Grade, Hours, LawRule, Loosening,
    Pause, PauseInForce, Place, Places, Reach, SoftOptIn, SoftOptInRule, StopLine, TenantChoice,
    Version, Wording,
    consent::{days, shorter},
    hours::Minutes,
};
use std::{cmp::Reverse, collections::BTreeSet, sync::Arc};
use tidings_kernel::{Channel, Purpose};
use tidings_quiet_hours::{Rule, Weekly};
use time::OffsetDateTime;

/// Whether `rule` protects a contact in `places`.
pub(crate) fn binds(rule: &LawRule, places: &Places) -> bool {
    places_bound(rule, places).next().is_some()
}

/// The places, of the contact and of the sender, for which `rule` speaks.
fn places_bound<'a>(rule: &'a LawRule, places: &'a Places) -> impl Iterator<Item = Place> + 'a {
    let sender = match rule.reach {
        Reach::Contact => None,
        Reach::ContactAndSender => places.sender(),
    };
    places
        .contact()
        .map(|(place, _)| place)
        .chain(sender)
        .filter(|place| place.overlaps(rule.place))
}

/// What `rules`, which bind in `places`, demand at `at`.
pub(crate) fn compile(
    rules: &[Arc<LawRule>],
    places: &Places,
    choice: &TenantChoice,
    purpose: Purpose,
    channel: Channel,
    at: OffsetDateTime,
) -> Applicable {
    let mut law = Applicable::nothing();
    let mut windows = Vec::new();
    let mut soft = SoftOptIns::default();
    for rule in rules.iter().filter(|rule| rule.speaks_of(purpose, channel)) {
        let Some(version) = rule.in_force(at) else {
            continue;
        };
        law.cited.push(rule.cite(version));
        law.offers.extend(&version.tenant_may_choose);
        let has_chosen = |loosening, by_tenant| chosen(loosening, by_tenant, rule, version, places);
        match &version.demand {
            Demand::Hours(hours) => windows.extend(windows_of(rule, hours)),
            Demand::ClosedDays(days) => windows.push(Window::new(
                days.close(Rule::new(rule.id.to_string(), Weekly::open())),
                ByClock::Contact,
            )),
            Demand::Cap(cap) => law.caps.push(CapInForce {
                cap: *cap,
                rule: Some(Arc::clone(&rule.id)),
            }),
            Demand::Consent(consent) => {
                let single = has_chosen(Loosening::SingleOptIn, &choice.single_opt_in);
                law.consent.grade = law.consent.grade.max(grade(consent, single));
                law.consent.max_age = shorter(law.consent.max_age, days(consent.max_age_days));
                let offer = has_chosen(Loosening::SoftOptIn, &choice.soft_opt_in);
                soft.hear(rule, consent, offer);
            }
            Demand::Wording(parts) => {
                let first = has_chosen(Loosening::FirstStopLine, &choice.first_stop_line);
                law.wording
                    .extend(parts.iter().map(|part| worded(part, first)));
            }
            Demand::Records(retention) => law.records = law.records.and(*retention),
            Demand::SenderId(senders) => law.senders = law.senders.and(senders),
            Demand::ChannelPause(pause) => {
                law.channel_pause = Some(paused(law.channel_pause.take(), rule, pause));
            }
            Demand::Revocation(revocation) => {
                law.revocation = Some(
                    law.revocation
                        .map_or(*revocation, |other| other.and(*revocation)),
                );
            }
        }
    }
    law.consent.soft_opt_in = soft.verdict(places);
    match purpose {
        Purpose::Marketing => add_choice(&mut law, choice),
        Purpose::Transactional
        | Purpose::Reminder
        | Purpose::Conversational
        | Purpose::Authentication
        | Purpose::Emergency
        | Purpose::OptOutConfirmation
        | Purpose::DoubleOptIn => {}
    }
    (law.hours, law.sender_hours) = narrowest(windows);
    keep_caps(&mut law.caps);
    keep_wording(&mut law.wording);
    law
}

/// One rule of hours on one clock.
struct Window {
    rule: Rule,
    clock: ByClock,
    /// The open minutes of its week.
    minutes: Minutes,
}

/// Which of the two lists of hours a window belongs to.
#[derive(Clone, Copy, PartialEq, Eq)]
enum ByClock {
    /// Also those on the clock of one zone, which the rule names.
    Contact,
    Sender,
}

impl Window {
    fn new(rule: Rule, clock: ByClock) -> Self {
        Self {
            minutes: Minutes::of(&rule.windows),
            rule,
            clock,
        }
    }

    /// Whether `other` is open whenever this is.
    fn implies(&self, other: &Self) -> bool {
        self.clock == other.clock
            && self.minutes.is_within(&other.minutes)
            && has_clock_and_days_of(&self.rule, &other.rule)
    }
}

/// Whether `rule` goes by the clock of `other` and is closed on all of its days.
fn has_clock_and_days_of(rule: &Rule, other: &Rule) -> bool {
    let calendars = &rule.closed.calendars;
    rule.zone == other.zone
        && other.closed.dates.is_subset(&rule.closed.dates)
        && other
            .closed
            .calendars
            .iter()
            .all(|own| calendars.contains(own))
}

/// Whether `other` is open whenever `rule` is.
pub(crate) fn is_narrower(rule: &Rule, other: &Rule) -> bool {
    Minutes::of(&rule.windows).is_within(&Minutes::of(&other.windows))
        && has_clock_and_days_of(rule, other)
}

fn windows_of(rule: &LawRule, hours: &Hours) -> Vec<Window> {
    let one = |clock: &ClockOf| {
        let window = Rule::new(rule.id.to_string(), hours.open.clone());
        match clock {
            ClockOf::Recipient => Window::new(window, ByClock::Contact),
            ClockOf::Sender => Window::new(window, ByClock::Sender),
            ClockOf::Zone(zone) => Window::new(window.in_zone(zone.clone()), ByClock::Contact),
        }
    };
    hours.clocks.iter().map(one).collect()
}

/// Leaves out what others imply; of equal ones the first stays.
fn narrowest(windows: Vec<Window>) -> (Vec<Rule>, Vec<Rule>) {
    let mut kept: Vec<Window> = Vec::new();
    for window in windows {
        if kept.iter().any(|other| other.implies(&window)) {
            continue;
        }
        kept.retain(|other| !window.implies(other));
        kept.push(window);
    }
    let (sender, contact): (Vec<_>, Vec<_>) = kept
        .into_iter()
        .partition(|window| window.clock == ByClock::Sender);
    let rules = |windows: Vec<Window>| windows.into_iter().map(|window| window.rule).collect();
    (rules(contact), rules(sender))
}

/// What the rules say about soft opt-in, place by place.
#[derive(Default)]
struct SoftOptIns {
    is_refused: bool,
    /// Where a rule offers it and the tenant chose it, with the limit.
    chosen: Vec<(Place, Option<time::Duration>)>,
}

impl SoftOptIns {
    fn hear(&mut self, rule: &LawRule, consent: &ConsentRule, chosen: Chosen) {
        match (consent.soft_opt_in, chosen) {
            (SoftOptInRule::Offered(limit), Chosen::Yes) => {
                self.chosen.push((rule.place, days(limit.max_age_days)));
            }
            (SoftOptInRule::Refused, _) | (SoftOptInRule::Offered(_), Chosen::No) => {
                self.is_refused = true;
            }
            (SoftOptInRule::Silent, _) => {}
        }
    }

    /// Allowed if it is in every place that the contact may be in, and nobody refuses.
    fn verdict(&self, places: &Places) -> SoftOptIn {
        let is_chosen = |place: Place| self.chosen.iter().any(|(own, _)| own.covers(place));
        if self.is_refused || !places.contact().all(|(place, _)| is_chosen(place)) {
            return SoftOptIn::Off;
        }
        SoftOptIn::Allowed {
            max_age: self
                .chosen
                .iter()
                .fold(None, |limit, (_, own)| shorter(limit, *own)),
        }
    }
}

/// Whether the tenant chose what a rule offers, in every place that the rule speaks for.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Chosen {
    Yes,
    No,
}

fn chosen(
    loosening: Loosening,
    by_tenant: &BTreeSet<Place>,
    rule: &LawRule,
    version: &Version,
    places: &Places,
) -> Chosen {
    let is_covered = |place: Place| by_tenant.iter().any(|own| own.covers(place));
    if version.tenant_may_choose.contains(&loosening) && places_bound(rule, places).all(is_covered)
    {
        Chosen::Yes
    } else {
        Chosen::No
    }
}

fn grade(consent: &ConsentRule, single_opt_in: Chosen) -> Grade {
    match (consent.grade, single_opt_in) {
        (Grade::Confirmed, Chosen::Yes) => Grade::Written,
        (grade, _) => grade,
    }
}

fn worded(part: &Wording, first_stop_line: Chosen) -> Wording {
    match (part, first_stop_line) {
        (Wording::StopLine(StopLine::EachMessage), Chosen::Yes) => {
            Wording::StopLine(StopLine::FirstAndRegularly)
        }
        (part, _) => part.clone(),
    }
}

fn paused(before: Option<PauseInForce>, rule: &LawRule, pause: &Pause) -> PauseInForce {
    match before {
        Some(first) => PauseInForce {
            instead: &first.instead & &pause.instead,
            ..first
        },
        None => PauseInForce {
            rule: Arc::clone(&rule.id),
            instead: pause.instead.clone(),
        },
    }
}

/// What a tenant asks of marketing besides.
fn add_choice(law: &mut Applicable, choice: &TenantChoice) {
    law.consent.grade = law.consent.grade.max(choice.least_consent);
    if choice.least_consent > Grade::Nothing {
        law.consent.soft_opt_in = SoftOptIn::Off;
    }
    law.consent.max_age = shorter(law.consent.max_age, choice.consent_max_age);
    law.caps.extend(choice.caps.iter().map(|cap| CapInForce {
        cap: *cap,
        rule: None,
    }));
    law.wording.extend(choice.wording.iter().cloned());
}

/// Leaves out caps that others imply, and sorts: fewest messages first, in the longest time.
fn keep_caps(caps: &mut Vec<CapInForce>) {
    caps.sort_by_key(|capped| {
        let Cap {
            most,
            hours,
            counts,
        } = capped.cap;
        (most, Reverse(hours), Reverse(counts))
    });
    let mut kept: Vec<CapInForce> = Vec::new();
    for capped in caps.drain(..) {
        if !kept.iter().any(|other| other.cap.implies(capped.cap)) {
            kept.push(capped);
        }
    }
    *caps = kept;
}

/// Sorts, and leaves out repeats and the rarer of two stop lines.
fn keep_wording(wording: &mut Vec<Wording>) {
    wording.sort_unstable();
    wording.dedup();
    if wording.contains(&Wording::StopLine(StopLine::EachMessage)) {
        wording.retain(|part| *part != Wording::StopLine(StopLine::FirstAndRegularly));
    }
}
