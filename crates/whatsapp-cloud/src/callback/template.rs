//! What Meta says about templates (reference, section 8.1).

use super::{ignored, instant};
use crate::{account::quality, node::Node};
use tidings_messaging::{ProviderEvent, TemplateEvent};
use tidings_templates::{Category, PauseRung, StandingEvent, StandingEventKind};
use time::OffsetDateTime;

/// Reads a change of a field about templates, said at `at`.
pub(super) fn read(field: &str, value: Node<'_>, at: OffsetDateTime) -> ProviderEvent {
    // Meta's sample of a change of quality names the field of a change of status.
    let kind = if value.text("new_quality_score").is_some() {
        value
            .text("new_quality_score")
            .map(|word| StandingEventKind::Rated {
                quality: quality(word),
            })
    } else if field == "template_category_update" {
        category(value, at)
    } else {
        status(value)
    };
    let name = value.text("message_template_name");
    let (Some(kind), Some(name)) = (kind, name) else {
        let event = value.text("event").unwrap_or_default();
        return ignored(format!("{field} {event}").trim_end());
    };
    ProviderEvent::Template(TemplateEvent {
        id: value.word("message_template_id").map(Into::into),
        name: name.to_owned(),
        locale: value
            .text("message_template_language")
            .unwrap_or_default()
            .to_owned(),
        event: StandingEvent { at, kind },
        reason: reason(value),
    })
}

fn status(value: Node<'_>) -> Option<StandingEventKind> {
    use StandingEventKind as On;
    Some(match value.text("event")? {
        "APPROVED" => On::Approved {
            category: word(value, "message_template_category"),
        },
        "REINSTATED" | "UNARCHIVED" => On::Reinstated,
        "PENDING" => On::Submitted,
        "REJECTED" | "LIMIT_EXCEEDED" => On::Rejected,
        "PAUSED" => On::Paused {
            rung: match value.text("other_info/title") {
                Some("FIRST_PAUSE") => PauseRung::First,
                Some("SECOND_PAUSE") => PauseRung::Second,
                // Until Meta says otherwise.
                _ => PauseRung::RateLimiting,
            },
        },
        "DISABLED" | "LOCKED" | "ARCHIVED" | "DELETED" | "PENDING_DELETION" => On::Disabled,
        // `FLAGGED` and `IN_APPEAL` change nothing about what may be sent.
        _ => return None,
    })
}

/// In an announcement `correct_category` is the future one, and `new_category` the present one.
fn category(value: Node<'_>, at: OffsetDateTime) -> Option<StandingEventKind> {
    if let Some(category) = word(value, "correct_category") {
        let effective_at = instant(value, "category_update_timestamp").unwrap_or(at);
        return Some(StandingEventKind::RecategorizationAnnounced {
            category,
            effective_at,
        });
    }
    let category = word(value, "new_category")?;
    Some(StandingEventKind::Recategorized { category })
}

fn word(value: Node<'_>, path: &str) -> Option<Category> {
    value.text(path)?.parse().ok()
}

/// Why, in Meta's most exact words.
fn reason(value: Node<'_>) -> Option<String> {
    let paths = ["rejection_info/reason", "other_info/description", "reason"];
    let reason = paths.into_iter().find_map(|path| value.text(path))?;
    (reason != "NONE").then(|| reason.chars().take(300).collect())
}
