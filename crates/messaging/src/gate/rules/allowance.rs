//! What the tenant may still use up this month.

use super::{Case, Word, block};
use crate::{Facts, GateRequest, Monthly};
use tidings_kernel::Purpose;

/// Answers that the law or the contact's own act calls for are never held back for it.
fn is_counted(purpose: Purpose) -> bool {
    match purpose {
        Purpose::OptOutConfirmation | Purpose::DoubleOptIn | Purpose::Emergency => false,
        Purpose::Transactional
        | Purpose::Reminder
        | Purpose::Conversational
        | Purpose::Marketing
        | Purpose::Authentication => true,
    }
}

/// What a message is counted against when it is taken in: the tenant's limits, or none for what is never
/// held back.
pub(crate) fn counted_against(request: &GateRequest, facts: &Facts, monthly: &Monthly) -> Monthly {
    if is_counted(request.judged_as(facts.template.as_ref())) {
        *monthly
    } else {
        Monthly::default()
    }
}

/// The rule that a message breaks when the month's messages are used up.
pub(crate) const QUOTA: &str = "quota.exceeded";

pub(super) fn messages(case: &Case<'_>) -> Word {
    let allowance = case.facts.allowance;
    match allowance.messages {
        Some(limit) if is_counted(case.purpose) && allowance.used.messages >= limit => block(
            QUOTA,
            format!(
                "{} of {limit} messages of this month are used up: raise the plan, or wait for the next month",
                allowance.used.messages
            ),
        ),
        Some(_) | None => Word::Nothing,
    }
}

pub(super) fn budget(case: &Case<'_>) -> Word {
    let allowance = case.facts.allowance;
    match allowance.budget {
        Some(budget)
            if is_counted(case.purpose) && allowance.used.cost_micros >= budget.micros() =>
        {
            block(
                "budget.exceeded",
                format!(
                    "the month's budget of {} {} is used up",
                    budget.amount(),
                    budget.currency()
                ),
            )
        }
        Some(_) | None => Word::Nothing,
    }
}
