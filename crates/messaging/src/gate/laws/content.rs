use super::{Gate, Violation, holds};
use crate::gate::{ContentFacts, Demand, Facts, GateRequest, Law, Presence};
use crate::{GateOutcome, TemplateFacts};
use tidings_kernel::{Channel, Purpose};
use time::OffsetDateTime;

fn as_marketing(request: &GateRequest) -> GateRequest {
    GateRequest {
        purpose: Purpose::Marketing,
        ..request.clone()
    }
}

fn promoting(request: &GateRequest) -> GateRequest {
    GateRequest {
        purpose: Purpose::Transactional,
        content: ContentFacts {
            promotes: vec!["sale".into()],
            ..request.content.clone()
        },
        ..request.clone()
    }
}

/// **L68.** Marketing content is judged as marketing. A text that promotes something, declared as
/// transactional, gets the answer that it would get as marketing.
///
/// # Errors
/// [`Violation`]: a label was believed.
pub fn promotion_is_marketing(
    gate: impl Gate,
    request: &GateRequest,
    facts: &Facts,
    now: OffsetDateTime,
) -> Result<(), Violation> {
    let disguised = promoting(request);
    let open = as_marketing(&disguised);
    let (disguised, open) = (gate(&disguised, facts, now), gate(&open, facts, now));
    holds(
        "what promotes something is judged as marketing",
        disguised.outcome == open.outcome && disguised.until == open.until,
    )
}

/// **L88.** The platform's category decides. A template that has become a marketing template is judged so,
/// whatever the message was declared as when it was taken in.
///
/// # Errors
/// [`Violation`]: the category of before counted.
pub fn recategorized_is_marketing(
    gate: impl Gate,
    request: &GateRequest,
    facts: &Facts,
    template: &TemplateFacts,
    now: OffsetDateTime,
) -> Result<(), Violation> {
    let mut facts = facts.clone();
    facts.template = Some(TemplateFacts {
        purpose: Purpose::Marketing,
        ..template.clone()
    });
    let declared = GateRequest {
        template: Some(template.id),
        purpose: Purpose::Transactional,
        ..request.clone()
    };
    let (stored, open) = (
        gate(&declared, &facts, now),
        gate(&as_marketing(&declared), &facts, now),
    );
    holds(
        "a message goes by what its template is now",
        stored.outcome == open.outcome && stored.until == open.until,
    )
}

/// **L69.** Brand and stop line are required. Marketing by text message that lacks one of them where the
/// place asks for it is refused.
///
/// # Errors
/// [`Violation`]: it was not.
pub fn wording_is_required(
    gate: impl Gate,
    request: &GateRequest,
    facts: &Facts,
    now: OffsetDateTime,
) -> Result<(), Violation> {
    let demanding = Facts {
        law: Law {
            brand: Demand::Required,
            stop_line: Demand::Required,
            ..facts.law.clone()
        },
        ..facts.clone()
    };
    for (brand, stop_line) in [
        (Presence::Absent, Presence::Present),
        (Presence::Present, Presence::Absent),
    ] {
        let lacking = GateRequest {
            channel: Channel::Sms,
            content: ContentFacts {
                brand,
                stop_line,
                ..request.content.clone()
            },
            ..as_marketing(request)
        };
        holds(
            "marketing without brand or stop line is refused",
            gate(&lacking, &demanding, now).outcome == GateOutcome::Block,
        )?;
    }
    Ok(())
}

/// **L71.** Links keep the tenant's domain. Marketing with a link to somewhere else is refused.
///
/// # Errors
/// [`Violation`]: it was not.
pub fn foreign_links_are_refused(
    gate: impl Gate,
    request: &GateRequest,
    facts: &Facts,
    now: OffsetDateTime,
) -> Result<(), Violation> {
    let linking = GateRequest {
        content: ContentFacts {
            foreign_links: vec!["short.example".into()],
            ..request.content.clone()
        },
        ..as_marketing(request)
    };
    holds(
        "marketing with a foreign link is refused",
        gate(&linking, facts, now).outcome == GateOutcome::Block,
    )
}
