use super::*;
use crate::gate::{decide, decide_among, strategies};
use crate::{Reason, TemplateFacts};
use proptest::{collection::vec, prelude::*, test_runner::TestRunner};
use tidings_kernel::{Channel, Purpose, strategies as kernel};
use time::Duration;

proptest! {
    #![proptest_config(ProptestConfig::with_cases(128))]

    #[test]
    fn our_gate_keeps_the_laws_of_answers(request in strategies::request(), facts in strategies::facts(), now in kernel::instant()) {
        refusals_have_reasons(decide, &request, &facts, now)?;
        deferral_is_real(decide, &request, &facts, now)?;
        block_dominates(decide, &request, &facts, now)?;
        deferral_ends_in_time(decide, &request, &facts, now)?;
        what_cannot_wait_does_not_wait(decide, &request, &facts, now)?;
        decided_again_alike(decide, &request, &facts, now)?;
    }

    #[test]
    fn our_gate_keeps_the_laws_of_consent(request in strategies::request(), facts in strategies::facts(), now in kernel::instant()) {
        sending_cites_the_ledger(decide, &request, &facts, now)?;
        nothing_after_stop(decide, &request, &facts, now)?;
        stop_never_opens(decide, &request, &facts, now)?;
        agreement_never_closes(decide, &request, &facts, now)?;
    }

    #[test]
    fn our_gate_keeps_the_laws_of_content(request in strategies::request(), facts in strategies::facts(), template in strategies::template(), now in kernel::instant()) {
        promotion_is_marketing(decide, &request, &facts, now)?;
        recategorized_is_marketing(decide, &request, &facts, &template, now)?;
        wording_is_required(decide, &request, &facts, now)?;
        foreign_links_are_refused(decide, &request, &facts, now)?;
    }

    #[test]
    fn our_gate_keeps_the_laws_of_whatsapp(request in strategies::request(), facts in strategies::facts(), template in strategies::template(), now in kernel::instant()) {
        free_text_only_inside_the_window(decide, &request, &facts, now)?;
        a_later_inbound_never_closes(decide, &request, &facts, now)?;
        only_approved_templates(decide, &request, &facts, &template, now)?;
        a_paused_channel_is_not_used(decide, &request, &facts, now)?;
        codes_go_to_numbers(decide, &request, &facts, now)?;
        marketing_waits_for_quality(decide, &request, &facts, now)?;
        quality_touches_marketing_alone(decide, &request, &facts, now)?;
    }

    #[test]
    fn our_gate_keeps_the_laws_of_settings(request in strategies::request(), facts in strategies::facts(), by in strategies::overriding(), now in kernel::instant()) {
        stricter_never_opens(decide, &request, &facts, now)?;
        more_zones_never_open(decide, &request, &facts, now)?;
        only_an_emergency_is_overridden(decide, &request, &facts, &by, now)?;
        history_never_opens(decide, &request, &facts, now)?;
    }

    #[test]
    fn our_gate_keeps_the_laws_of_several(ours in (strategies::request(), strategies::facts()), list in vec((strategies::request(), strategies::facts()), 0..4), now in kernel::instant()) {
        another_channel_passes_the_same_gate(decide, decide_among, &list, now)?;
        for (request, facts) in &list {
            no_memory_of_others(decide, (&ours.0, &ours.1), (request, facts), now)?;
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(16))]

    #[test]
    fn our_gate_keeps_caps(request in strategies::marketing(), facts in strategies::permissive(), cap in strategies::cap(), minutes in 5_i64..90, from in strategies::midnight()) {
        caps_hold_in_every_window(decide, &request, &facts, &cap, Duration::minutes(minutes), from)?;
    }
}

/// Whether some generated case shows that `law` notices what is wrong.
fn bites<S: Strategy>(cases: S, law: impl Fn(S::Value) -> Result<(), Violation>) -> bool {
    let config = ProptestConfig {
        cases: 400,
        failure_persistence: None,
        ..ProptestConfig::default()
    };
    TestRunner::new(config)
        .run(&cases, |case| Ok(law(case)?))
        .is_err()
}

fn cases() -> impl Strategy<Value = (GateRequest, Facts, OffsetDateTime)> {
    (
        strategies::request(),
        strategies::facts(),
        kernel::instant(),
    )
}

fn templated() -> impl Strategy<Value = (GateRequest, Facts, TemplateFacts, OffsetDateTime)> {
    let template = strategies::template();
    (
        strategies::request(),
        strategies::facts(),
        template,
        kernel::instant(),
    )
}

/// A gate that lets everything out.
fn open_door(_: &GateRequest, _: &Facts, now: OffsetDateTime) -> Decision {
    Decision {
        outcome: GateOutcome::Send,
        until: None,
        channel: None,
        reasons: Vec::new(),
        evaluated_at: now,
    }
}

/// A gate that lets nothing out.
fn shut_door(request: &GateRequest, _: &Facts, now: OffsetDateTime) -> Decision {
    Decision {
        outcome: GateOutcome::Block,
        until: None,
        channel: Some(request.channel),
        reasons: vec![Reason::new("content.empty", "no")],
        evaluated_at: now,
    }
}

#[test]
fn laws_of_answers_bite() {
    let mute = |request: &GateRequest, facts: &Facts, now| {
        let mut decision = decide(request, facts, now);
        decision.reasons.clear();
        decision
    };
    assert!(bites(cases(), |(r, f, now)| refusals_have_reasons(
        mute, &r, &f, now
    )));
    let inventive = |request: &GateRequest, facts: &Facts, now| {
        let mut decision = decide(request, facts, now);
        decision.reasons.push(Reason::new("made.up", "no"));
        decision
    };
    assert!(bites(cases(), |(r, f, now)| refusals_have_reasons(
        inventive, &r, &f, now
    )));
    let lazy = |_: &GateRequest, _: &Facts, now: OffsetDateTime| Decision {
        outcome: GateOutcome::Defer,
        until: Some(now + Duration::HOUR),
        channel: None,
        reasons: vec![Reason::new("quiet_hours.window", "later")],
        evaluated_at: now,
    };
    assert!(bites(cases(), |(r, f, now)| deferral_is_real(
        lazy, &r, &f, now
    )));
    assert!(bites(cases(), |(r, f, now)| deferral_ends_in_time(
        lazy, &r, &f, now
    )));
    assert!(bites(
        cases(),
        |(r, f, now)| what_cannot_wait_does_not_wait(lazy, &r, &f, now)
    ));
    assert!(bites(cases(), |(r, f, now)| block_dominates(
        open_door, &r, &f, now
    )));
    let first_only = |request: &GateRequest, facts: &Facts, now| {
        let mut decision = decide(request, facts, now);
        decision.reasons.truncate(1);
        decision
    };
    assert!(bites(cases(), |(r, f, now)| block_dominates(
        first_only, &r, &f, now
    )));
    let moody = std::cell::Cell::new(false);
    let changing = |request: &GateRequest, facts: &Facts, now| {
        moody.set(!moody.get());
        if moody.get() {
            open_door(request, facts, now)
        } else {
            shut_door(request, facts, now)
        }
    };
    assert!(bites(cases(), |(r, f, now)| decided_again_alike(
        changing, &r, &f, now
    )));
    // Gets tired at every third question.
    let asked = std::cell::Cell::new(0_u32);
    let tiring = |request: &GateRequest, facts: &Facts, now| {
        asked.set(asked.get() + 1);
        match asked.get() % 3 {
            0 => shut_door(request, facts, now),
            _ => open_door(request, facts, now),
        }
    };
    assert!(bites((cases(), cases()), |((r, f, now), (s, g, _))| {
        no_memory_of_others(tiring, (&r, &f), (&s, &g), now)
    }));
}

#[test]
fn laws_of_consent_bite() {
    assert!(bites(cases(), |(r, f, now)| sending_cites_the_ledger(
        open_door, &r, &f, now
    )));
    assert!(bites(cases(), |(r, f, now)| nothing_after_stop(
        open_door, &r, &f, now
    )));
    // A gate that believes whoever agreed once.
    let forgetful = |request: &GateRequest, facts: &Facts, now| {
        if facts.consent.len().is_multiple_of(2) {
            open_door(request, facts, now)
        } else {
            shut_door(request, facts, now)
        }
    };
    assert!(bites(cases(), |(r, f, now)| stop_never_opens(
        forgetful, &r, &f, now
    )));
    assert!(bites(cases(), |(r, f, now)| agreement_never_closes(
        forgetful, &r, &f, now
    )));
}

#[test]
fn laws_of_content_bite() {
    let credulous = |request: &GateRequest, facts: &Facts, now| match request.purpose {
        Purpose::Marketing => shut_door(request, facts, now),
        _ => open_door(request, facts, now),
    };
    assert!(bites(cases(), |(r, f, now)| promotion_is_marketing(
        credulous, &r, &f, now
    )));
    assert!(bites(templated(), |(r, f, t, now)| {
        recategorized_is_marketing(credulous, &r, &f, &t, now)
    }));
    assert!(bites(cases(), |(r, f, now)| wording_is_required(
        open_door, &r, &f, now
    )));
    assert!(bites(cases(), |(r, f, now)| foreign_links_are_refused(
        open_door, &r, &f, now
    )));
}

#[test]
fn laws_of_whatsapp_bite() {
    assert!(bites(cases(), |(r, f, now)| {
        free_text_only_inside_the_window(open_door, &r, &f, now)
    }));
    let contrary = |request: &GateRequest, facts: &Facts, now| {
        if facts.last_inbound == Some(now) {
            shut_door(request, facts, now)
        } else {
            open_door(request, facts, now)
        }
    };
    assert!(bites(cases(), |(r, f, now)| a_later_inbound_never_closes(
        contrary, &r, &f, now
    )));
    assert!(bites(
        templated(),
        |(r, f, t, now)| only_approved_templates(open_door, &r, &f, &t, now)
    ));
    assert!(bites(cases(), |(r, f, now)| a_paused_channel_is_not_used(
        open_door, &r, &f, now
    )));
    assert!(bites(cases(), |(r, f, now)| codes_go_to_numbers(
        open_door, &r, &f, now
    )));
    assert!(bites(cases(), |(r, f, now)| marketing_waits_for_quality(
        open_door, &r, &f, now
    )));
    let anxious = |request: &GateRequest, facts: &Facts, now| {
        if facts.is_quality_low {
            shut_door(request, facts, now)
        } else {
            open_door(request, facts, now)
        }
    };
    assert!(bites(cases(), |(r, f, now)| {
        quality_touches_marketing_alone(anxious, &r, &f, now)
    }));
}

#[test]
fn laws_of_settings_bite() {
    let perverse = |request: &GateRequest, facts: &Facts, now| {
        if facts.law.hours.is_empty() {
            shut_door(request, facts, now)
        } else {
            open_door(request, facts, now)
        }
    };
    assert!(bites(cases(), |(r, f, now)| stricter_never_opens(
        perverse, &r, &f, now
    )));
    let guessing = |request: &GateRequest, facts: &Facts, now| {
        if facts.zones.zones.len() == 1 {
            shut_door(request, facts, now)
        } else {
            open_door(request, facts, now)
        }
    };
    assert!(bites(cases(), |(r, f, now)| more_zones_never_open(
        guessing, &r, &f, now
    )));
    let obedient = |request: &GateRequest, facts: &Facts, now| match &request.override_by {
        Some(_) => open_door(request, facts, now),
        None => shut_door(request, facts, now),
    };
    let overriding = (cases(), strategies::overriding());
    assert!(bites(overriding, |((r, f, now), by)| {
        only_an_emergency_is_overridden(obedient, &r, &f, &by, now)
    }));
    let generous = |request: &GateRequest, facts: &Facts, now| {
        if facts.marketing_sent.is_empty() {
            shut_door(request, facts, now)
        } else {
            open_door(request, facts, now)
        }
    };
    assert!(bites(cases(), |(r, f, now)| history_never_opens(
        generous, &r, &f, now
    )));
    let capped = (
        strategies::marketing(),
        strategies::permissive(),
        strategies::cap(),
        strategies::midnight(),
    );
    assert!(bites(capped, |(r, f, cap, from)| {
        caps_hold_in_every_window(open_door, &r, &f, &cap, Duration::minutes(10), from)
    }));
}

#[test]
fn the_law_of_several_channels_bites() {
    let blind = |asked: &[(GateRequest, Facts)], now| {
        let (request, facts) = asked.first()?;
        Some((request.channel, open_door(request, facts, now)))
    };
    let list = (
        vec((strategies::request(), strategies::facts()), 0..4),
        kernel::instant(),
    );
    assert!(bites(list, |(list, now)| {
        another_channel_passes_the_same_gate(decide, blind, &list, now)
    }));
    let silent =
        |_: &[(GateRequest, Facts)], _: OffsetDateTime| -> Option<(Channel, Decision)> { None };
    let list = (
        vec((strategies::request(), strategies::facts()), 1..4),
        kernel::instant(),
    );
    assert!(bites(list, |(list, now)| {
        another_channel_passes_the_same_gate(decide, silent, &list, now)
    }));
}
