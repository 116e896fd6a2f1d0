//! What waits for its template, or for the quality of its number.

use super::*;
use crate::LocaleStanding;
use tidings_templates::Category;

#[test]
fn what_waits_goes_on_waiting_for_a_template_that_may_come_back() {
    let id = TemplateId::from_uuid(Uuid::from_u128(3));
    let request = |is_waiting, valid_until| GateRequest {
        channel: Channel::Whatsapp,
        template: Some(id),
        template_locale: Some("de".into()),
        calls_template: true,
        is_waiting,
        valid_until,
        ..sms(Purpose::Transactional)
    };
    let with = |status| {
        let category = Category::Utility;
        let standing = LocaleStanding { status, category };
        Facts {
            template: Some(TemplateFacts {
                id,
                status: ApprovalStatus::Approved,
                purpose: Purpose::Transactional,
                version: 1,
                locales: BTreeMap::from([("de".to_owned(), standing)]),
            }),
            ..facts(vec![agreed()])
        }
    };
    let paused = with(ApprovalStatus::Paused);
    let held = decide(&request(true, None), &paused, NOW);
    assert_eq!(held.outcome, GateOutcome::Defer);
    assert_eq!(held.until, Some(NOW + Duration::minutes(15)));
    assert_eq!(held.reasons[0].rule, HELD);
    assert!(held.waits_for_news());
    let soon = NOW + Duration::minutes(5);
    let held = decide(&request(true, Some(soon)), &paused, NOW);
    assert_eq!(held.until, Some(soon - Duration::SECOND));
    let outcome =
        |is_waiting, status| decide(&request(is_waiting, None), &with(status), NOW).outcome;
    assert_eq!(outcome(false, ApprovalStatus::Paused), GateOutcome::Block);
    assert_eq!(outcome(true, ApprovalStatus::Pending), GateOutcome::Defer);
    for status in [ApprovalStatus::Rejected, ApprovalStatus::Disabled] {
        assert_eq!(outcome(true, status), GateOutcome::Block);
    }
    assert_eq!(outcome(true, ApprovalStatus::Approved), GateOutcome::Send);
}

#[test]
fn marketing_waits_for_the_quality_of_its_number_and_nothing_else_does() {
    let low = Facts {
        is_quality_low: true,
        ..facts(vec![agreed()])
    };
    let request = |purpose, valid_until| GateRequest {
        channel: Channel::Whatsapp,
        calls_template: true,
        valid_until,
        ..sms(purpose)
    };
    let held = decide(&request(Purpose::Marketing, None), &low, NOW);
    assert_eq!(held.outcome, GateOutcome::Defer);
    assert_eq!(held.until, Some(NOW + Duration::HOUR));
    assert_eq!(held.reasons[0].rule, LOW_QUALITY);
    assert!(held.waits_for_news());
    assert!(held.sentence().contains("marketing waits until"));
    let soon = NOW + Duration::minutes(5);
    let held = decide(&request(Purpose::Marketing, Some(soon)), &low, NOW);
    assert_eq!(held.until, Some(soon - Duration::SECOND));
    let over = decide(&request(Purpose::Marketing, Some(NOW)), &low, NOW);
    assert_eq!(over.outcome, GateOutcome::Block);
    let other = decide(&request(Purpose::Transactional, None), &low, NOW);
    assert_eq!(other.outcome, GateOutcome::Send);
}
