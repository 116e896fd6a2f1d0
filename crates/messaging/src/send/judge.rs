//! One request judged on what is known; nothing is looked up any more.

use super::{
    Prepared, Recipient, SendError, SendRequest, Sending, answer, compose, many::Shared, plan,
    wording,
};
use crate::{
    Address, Class, Considered, Decision, DecisionRecord, Direction, Facts, Fallback, GateOutcome,
    Known, LadderStep, Message, NewMessage, QueueEntry, Rich, RichKind, Segments, Stage, Status,
    gate,
    ways::{self, Conditions, Surroundings},
};
use compose::Composed;
use tidings_kernel::{Channel, DecisionId, MessageId, Purpose, Region};
use tidings_routing::{Candidate, Choice, Need};

impl Sending {
    pub(super) fn judge(
        &self,
        shared: &Shared,
        request: &SendRequest,
        mut known: Known,
    ) -> Result<Prepared, SendError> {
        let (request, answered) = answer::resolve(request, known.contact.id, &shared.answered)?;
        let request = &*request;
        if let Recipient::ContactAt { address, .. } = &request.to {
            known.contact = known
                .contact
                .at(address)
                .ok_or_else(|| SendError::Invalid {
                    pointer: "/channel",
                    code: "address_gone",
                    detail:
                        "the address is not the contact's any more: name a channel, to reach the \
                    contact where it is now"
                            .to_owned(),
                })?;
        }
        let now = shared.now;
        let at = request.scheduled_at.map_or(now, |at| at.max(now));
        let channels = plan::channels(request, &known, &shared.accounts);
        let mut candidates = Vec::with_capacity(channels.len());
        let mut composed = Vec::with_capacity(channels.len());
        let mut last_error = None;
        for channel in channels {
            match compose::compose(&shared.templates, &known, request, channel, answered) {
                Ok(mut found) => {
                    known.template.clone_from(&found.facts);
                    let mut asked =
                        plan::gate_request(request, &known, &found, channel, &shared.texts);
                    let facts = Facts::of(&known, &asked, &self.packs, Stage::Accept, at);
                    let language = found.language().map(ToOwned::to_owned);
                    let completed = wording::complete(
                        &mut found.content,
                        &asked,
                        &facts,
                        &known,
                        language.as_deref(),
                    );
                    if completed.is_changed() {
                        asked = plan::gate_request(request, &known, &found, channel, &shared.texts);
                    }
                    candidates.push((asked, facts));
                    composed.push(found);
                }
                // Another channel of the list may have a fitting template.
                Err(error) => last_error = Some(error),
            }
        }
        let Some((channel, decision)) = gate::decide_among(&candidates, at) else {
            return Err(last_error.unwrap_or(SendError::NoChannel));
        };
        let Some(place) = candidates.iter().position(|(r, _)| r.channel == channel) else {
            return Err(SendError::NoChannel);
        };
        let composed = composed.swap_remove(place);
        let (gate_request, facts) = candidates.remove(place);
        // Those after the one that was taken were not looked at.
        if decision.outcome != GateOutcome::Block {
            candidates.truncate(place);
        }
        let others = candidates
            .into_iter()
            .map(|(request, facts)| Considered { request, facts })
            .collect();
        let destination = plan::destination(gate_request.to.as_ref());
        let id = MessageId::new(&*self.ids);
        let purpose = gate_request.judged_as(facts.template.as_ref());
        let ways = shared.ways(channel);
        let to = gate_request.to.as_ref();
        let unfit = self.providers.unfit(ways, channel, to, &composed.content);
        if let Some(rich) = &composed.content.rich
            && !ways.is_empty()
            && ways.iter().all(|way| unfit.contains(&way.provider))
            && decision.outcome != GateOutcome::Block
        {
            return Err(not_carried(rich));
        }
        let route = route(
            shared,
            request,
            &known,
            (id, purpose),
            &composed,
            (channel, ways),
            (destination, unfit),
        );
        if decision.outcome != GateOutcome::Block && route.chosen.is_none() {
            return Err(SendError::NoRoute {
                channel,
                route: Box::new(route),
            });
        }
        let message = message(id, shared, request, &known, composed, &decision, &route);
        let message = plan::priced(message, &route, &shared.accounts, destination);
        let entry = match decision.outcome {
            GateOutcome::Block => None,
            GateOutcome::Send | GateOutcome::Defer | GateOutcome::UseChannel => Some(QueueEntry {
                class: Class::of(purpose),
                priority: message.priority,
                due_at: message.send_at.unwrap_or(now),
                sender: route.chosen.as_ref().map(|chosen| chosen.sender),
            }),
        };
        let monthly = gate::counted_against(&gate_request, &facts, &known.tenant.settings.monthly);
        let decision = DecisionRecord {
            id: DecisionId::new(&*self.ids),
            message: message.id,
            stage: Stage::Accept,
            request: gate_request,
            facts,
            decision,
            route: Some(route.clone()),
            others,
        };
        Ok(Prepared {
            new: NewMessage {
                message,
                decision,
                entry,
                monthly,
                ladder: request.fallback.as_ref().and_then(|it| begun(it, channel)),
                tells_of: None,
                status_webhook: None,
            },
            route,
        })
    }
}

fn message(
    id: MessageId,
    shared: &Shared,
    request: &SendRequest,
    known: &Known,
    composed: Composed,
    decision: &Decision,
    route: &Choice,
) -> Message {
    let now = shared.now;
    let channel = decision.channel.unwrap_or(Channel::Sms);
    let at = request.scheduled_at.map_or(now, |at| at.max(now));
    let (status, send_at) = match decision.outcome {
        GateOutcome::Block => (Status::Blocked, None),
        GateOutcome::Defer => (Status::Deferred, decision.until),
        GateOutcome::Send | GateOutcome::UseChannel if at > now => (Status::Deferred, Some(at)),
        GateOutcome::Send | GateOutcome::UseChannel => (Status::Queued, Some(now)),
    };
    let address = known.contact.address(channel);
    let sender = route.chosen.as_ref();
    Message {
        id,
        tenant: shared.tenant,
        contact: known.contact.id,
        direction: Direction::Outbound,
        channel,
        purpose: request.purpose,
        status,
        status_at: now,
        segments: (channel == Channel::Sms).then(|| Segments::of(&composed.content.text)),
        content: composed.content,
        template: composed.facts.as_ref().map(|template| template.id),
        template_use: composed.template_use,
        from: None,
        to: address
            .as_ref()
            .map(ToString::to_string)
            .unwrap_or_default(),
        // A blocked message may have no address; it is never sent, so any stands for none.
        contact_address: address.unwrap_or_else(|| Address::Email(String::new())),
        priority: request.priority,
        scheduled_at: request.scheduled_at,
        send_at,
        valid_until: request.valid_until,
        urgency: request.urgency,
        override_by: request.override_by.clone(),
        cost_estimated: None,
        cost_actual: None,
        context: request.context.clone(),
        topic: request.topic.clone(),
        tags: request.tags.clone(),
        account: request.account,
        sender: request.sender.filter(|_| sender.is_some()),
        provider_message_id: None,
        trace: request.trace,
        created_at: now,
    }
}

/// The chain that a message by this channel begins, if another channel is left for it.
fn begun(fallback: &Fallback, channel: Channel) -> Option<LadderStep> {
    let others = fallback.channels.iter().copied();
    let channels: Vec<Channel> = others.filter(|other| *other != channel).collect();
    (!channels.is_empty()).then(|| {
        LadderStep::Begins(Fallback {
            channels,
            ..fallback.clone()
        })
    })
}

/// Accounts serve the channel, and none of their providers carries this.
fn not_carried(rich: &Rich) -> SendError {
    let kinds: Vec<&str> = rich.kinds().into_iter().map(RichKind::as_str).collect();
    SendError::Invalid {
        pointer: "/whatsapp",
        code: "not_carried",
        detail: format!(
            "no account is with a provider that carries {} here: send it as a text",
            kinds.join(" with ")
        ),
    }
}

/// What a request needs of a way. At acceptance nothing is known yet of how well accounts work: it is asked when the
/// message leaves.
fn route(
    shared: &Shared,
    request: &SendRequest,
    known: &Known,
    (message, purpose): (MessageId, Purpose),
    composed: &Composed,
    (channel, ways): (Channel, &[Candidate]),
    (destination, unfit): (Option<Region>, Vec<String>),
) -> Choice {
    let need = Need {
        purpose: Some(purpose),
        lot: ways::lot(message),
        contact: ways::number_of(known.contact.id),
        channel: Some(channel),
        destination,
        has_media: !composed.content.media.is_empty(),
        account: request.account,
        sender: request.sender,
        unfit,
        exhausted: Vec::new(),
        used_up: Vec::new(),
        low_quality: Vec::new(),
    };
    let around = Surroundings {
        policy: &known.tenant.settings.routing,
        accounts: &shared.accounts,
        conditions: &Conditions::default(),
    };
    ways::choose_way(&need, ways, &around)
}
