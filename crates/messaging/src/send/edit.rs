//! Changes to a message that waits.

use super::{Edit, SendError, Sending, source_of, wording};
use crate::{
    Change, ChangeError, DecisionRecord, Facts, GateOutcome, GateRequest, Segments, Stage, gate,
};
use tidings_kernel::{Channel, DecisionId, MessageId, Purpose, TenantId};

impl Sending {
    /// Changes a message that no provider has been called for; the gate judges it anew.
    ///
    /// # Errors
    /// [`SendError`]: nothing was changed; a refusal by the gate is [`SendError::Blocked`].
    pub async fn edit(
        &self,
        tenant: TenantId,
        id: MessageId,
        edit: &Edit,
    ) -> Result<(), SendError> {
        let now = self.clock.now();
        let record = self
            .messages
            .get(tenant, id)
            .await?
            .ok_or(SendError::NoMessage)?;
        let mut message = record.message;
        if !message.status.is_waiting() {
            return Err(SendError::Change(ChangeError::WrongStatus(message.status)));
        }
        let known = self
            .known(
                tenant,
                message.contact,
                message.template,
                source_of(&message),
                now,
            )
            .await?;
        let at = edit
            .scheduled_at
            .or(message.scheduled_at)
            .map_or(now, |at| at.max(now));
        if let Some(text) = &edit.text {
            // What the system says needs no consent, and so nobody else writes it.
            if !Purpose::FOR_TENANTS.contains(&message.purpose) {
                return Err(SendError::Invalid {
                    pointer: "/text",
                    code: "system_text",
                    detail: "the text of this message is the system's own".into(),
                });
            }
            if message.template.is_some() {
                return Err(SendError::Invalid {
                    pointer: "/text",
                    code: "template_text",
                    detail: "the text of a template message comes from the template".into(),
                });
            }
            let rich = message.content.rich.as_ref();
            let problems = rich.map(|rich| rich.problems(text, &message.content.media));
            if let Some(problem) = problems.iter().flatten().next() {
                return Err(SendError::Invalid {
                    pointer: "/text",
                    code: problem.code,
                    detail: problem.detail.clone(),
                });
            }
            message.content.text.clone_from(text);
            let asked = GateRequest::of(&message, &known);
            let facts = Facts::of(&known, &asked, &self.packs, Stage::Dispatch, at);
            wording::complete(&mut message.content, &asked, &facts, &known, None);
            message.segments =
                (message.channel == Channel::Sms).then(|| Segments::of(&message.content.text));
        }
        if let Some(scheduled_at) = edit.scheduled_at {
            message.scheduled_at = Some(scheduled_at);
        }
        let request = GateRequest::of(&message, &known);
        // The month's allowance was counted when it was taken in: it must not stand in its own way.
        let facts = Facts::of(&known, &request, &self.packs, Stage::Dispatch, at);
        let decision = gate::decide(&request, &facts, at);
        if decision.outcome == GateOutcome::Block {
            return Err(SendError::Blocked(Box::new(decision)));
        }
        let change = Change {
            content: edit
                .text
                .as_ref()
                .map(|_| (message.content.clone(), message.segments)),
            due_at: Some((decision.until.unwrap_or(at), message.scheduled_at)),
            priority: edit.priority,
            decision: Some(Box::new(DecisionRecord {
                id: DecisionId::new(&*self.ids),
                message: id,
                stage: Stage::Accept,
                request,
                facts,
                decision,
                route: None,
                others: Vec::new(),
            })),
        };
        self.messages
            .change(tenant, id, &change, now)
            .await
            .map_err(SendError::Change)
    }
}
