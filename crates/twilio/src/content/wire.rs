//! The Content API's JSON, as far as we read it. Unknown fields are left alone.

use serde::Deserialize;
use tidings_messaging::{RemotePage, RemoteTemplate};
use tidings_templates::ApprovalStatus;

/// What making a Content answers, as far as it matters then.
#[derive(Debug, Deserialize)]
pub(super) struct Created {
    pub(super) sid: String,
}

/// The approvals of a Content.
#[derive(Debug, Deserialize)]
pub(super) struct Approvals {
    pub(super) whatsapp: Option<Approval>,
}

/// The approval of a Content for WhatsApp.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Approval {
    name: String,
    category: String,
    status: String,
    rejection_reason: Option<String>,
}

/// One page of Contents with their approvals.
#[derive(Debug, Deserialize)]
pub(super) struct Page {
    contents: Vec<Content>,
    #[serde(default)]
    meta: Meta,
}

#[derive(Debug, Deserialize)]
struct Content {
    sid: String,
    friendly_name: Option<String>,
    #[serde(default)]
    language: String,
    #[serde(default)]
    approval_requests: Option<Approval>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Meta {
    next_page_url: Option<String>,
}

impl Approval {
    /// What the word means. A word that nobody documents sends nothing.
    pub(super) fn status(&self) -> ApprovalStatus {
        match self.status.to_ascii_lowercase().as_str() {
            "" | "unsubmitted" => ApprovalStatus::Draft,
            "approved" => ApprovalStatus::Approved,
            "rejected" => ApprovalStatus::Rejected,
            "paused" => ApprovalStatus::Paused,
            "disabled" => ApprovalStatus::Disabled,
            // `received`, `pending`, and whatever comes.
            _ => ApprovalStatus::Pending,
        }
    }

    pub(super) fn into_template(self, id: &str, locale: String) -> RemoteTemplate {
        RemoteTemplate {
            id: id.to_owned(),
            category: self.category.parse().ok(),
            status: self.status(),
            name: self.name,
            locale,
            word: self.status,
            rejection_reason: self.rejection_reason.filter(|reason| !reason.is_empty()),
            quality: None,
            components: None,
        }
    }
}

impl From<Page> for RemotePage {
    fn from(page: Page) -> Self {
        let templates = page.contents.into_iter().map(|content| {
            let approval = content.approval_requests.unwrap_or_default();
            let mut template = approval.into_template(&content.sid, content.language);
            if template.name.is_empty() {
                template.name = content.friendly_name.unwrap_or_default();
            }
            template
        });
        // Only the query, so that no answer can send our credentials anywhere else.
        let next = page.meta.next_page_url.as_deref();
        let query = next.and_then(|url| url.split_once('?'));
        Self {
            templates: templates.collect(),
            next: query.map(|(_, query)| query.to_owned()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_approved_is_approved() {
        let status = |word: &str| {
            let approval = Approval {
                status: word.to_owned(),
                ..Approval::default()
            };
            approval.status()
        };
        for (word, expected) in [
            ("unsubmitted", ApprovalStatus::Draft),
            ("received", ApprovalStatus::Pending),
            ("pending", ApprovalStatus::Pending),
            ("approved", ApprovalStatus::Approved),
            ("rejected", ApprovalStatus::Rejected),
            ("paused", ApprovalStatus::Paused),
            ("disabled", ApprovalStatus::Disabled),
            ("something new", ApprovalStatus::Pending),
        ] {
            assert_eq!(status(word), expected, "{word}");
        }
    }
}
