use super::conversations::read;
use crate::{
    api::Api,
    auth::{Caller, Manage, Read},
    body::RawBody,
    checks::Checks,
    error::ApiError,
    wire::given,
};
use axum::{Json, extract::State};
use serde::{Deserialize, Serialize};
use std::sync::Arc;
use tidings_conversations::{
    Assignee, AutoReply, Automations, BadAutomation, Keyword, Label, Pause, Phrase, PhrasePlace,
    ReplyText,
};
use utoipa::ToSchema;

/// What is done without a person with what contacts write.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = Automations)]
pub(crate) struct AutomationsBody {
    /// What is answered in business hours, as the tenant's settings have them; at any time when there are none.
    #[serde(default)]
    while_open: Option<AutoReplyBody>,
    /// What is answered outside of business hours.
    #[serde(default)]
    while_closed: Option<AutoReplyBody>,
    /// At most 100: the first that fits counts, and comes before the answers above.
    #[serde(default, deserialize_with = "given")]
    #[schema(value_type = Vec<KeywordBody>, required = false)]
    keywords: Option<Vec<KeywordBody>>,
}

/// An answer to whatever is written.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = AutoReply)]
pub(crate) struct AutoReplyBody {
    /// At most 1,600 characters.
    text: String,
    /// For how long a contact does not get such an answer again: 5 to 10,080, 240 when left out.
    #[serde(default = "usual_pause")]
    #[schema(default = 240, minimum = 5, maximum = 10_080)]
    pause_minutes: u32,
}

/// Words, and what follows when a contact writes them.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = Keyword)]
pub(crate) struct KeywordBody {
    /// Words or phrases, any of which fits; case and accents do not matter. At most 50 of 100 characters.
    phrases: Vec<String>,
    /// `whole` for those that are the whole message, `anywhere` for those that stand somewhere in it.
    #[serde(default, rename = "match")]
    place: MatchBody,
    /// At most 1,600 characters.
    #[serde(default)]
    reply: Option<String>,
    /// What the conversation is sorted by from then on, beside what it has.
    #[serde(default)]
    labels: Vec<String>,
    /// Who sees to it, unless somebody does.
    #[serde(default)]
    assignee: Option<String>,
}

/// Where a phrase must stand.
#[derive(Debug, Clone, Copy, Default, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = Match)]
pub(crate) enum MatchBody {
    #[default]
    Anywhere,
    Whole,
}

fn usual_pause() -> u32 {
    Pause::USUAL.into()
}

impl AutoReplyBody {
    fn read(self, checks: &mut Checks, pointer: &str) -> Option<AutoReply> {
        let text = read(
            checks,
            &format!("{pointer}/text"),
            ReplyText::new(&self.text),
        );
        let pause = Pause::minutes(self.pause_minutes);
        if let Err(error) = &pause {
            let pointer = format!("{pointer}/pause_minutes");
            checks.refuse(pointer, "out_of_range", error.to_string());
        }
        Some(AutoReply {
            text: text?,
            pause: pause.ok()?,
        })
    }
}

impl KeywordBody {
    fn read(self, checks: &mut Checks, pointer: &str) -> Keyword {
        let mut phrases = Vec::with_capacity(self.phrases.len());
        for (index, phrase) in self.phrases.iter().enumerate() {
            let pointer = format!("{pointer}/phrases/{index}");
            phrases.extend(read(checks, &pointer, Phrase::new(phrase)));
        }
        let mut labels = Vec::with_capacity(self.labels.len());
        for (index, label) in self.labels.iter().enumerate() {
            let pointer = format!("{pointer}/labels/{index}");
            labels.extend(read(checks, &pointer, Label::new(label)));
        }
        let reply = self
            .reply
            .and_then(|text| read(checks, &format!("{pointer}/reply"), ReplyText::new(&text)));
        let assignee = self
            .assignee
            .and_then(|name| read(checks, &format!("{pointer}/assignee"), Assignee::new(&name)));
        Keyword {
            phrases,
            place: match self.place {
                MatchBody::Anywhere => PhrasePlace::Anywhere,
                MatchBody::Whole => PhrasePlace::Whole,
            },
            reply,
            labels,
            assignee,
        }
    }
}

impl AutomationsBody {
    fn automations(self) -> Result<Automations, ApiError> {
        let mut checks = Checks::default();
        let while_open = self
            .while_open
            .and_then(|reply| reply.read(&mut checks, "/while_open"));
        let while_closed = self
            .while_closed
            .and_then(|reply| reply.read(&mut checks, "/while_closed"));
        let mut keywords = Vec::new();
        for (index, keyword) in self.keywords.unwrap_or_default().into_iter().enumerate() {
            keywords.push(keyword.read(&mut checks, &format!("/keywords/{index}")));
        }
        checks.done()?;
        let automations = Automations {
            while_open,
            while_closed,
            keywords,
        };
        automations.check().map_err(|(index, error)| {
            let code = match error {
                BadAutomation::TooMany(_) => "too_many",
                BadAutomation::NoPhrase | BadAutomation::NoEffect => "missing_field",
                BadAutomation::Text(_) | BadAutomation::Pause => "invalid_value",
            };
            ApiError::field(format!("/keywords/{index}"), code, error.to_string())
        })?;
        Ok(automations)
    }
}

impl From<AutoReply> for AutoReplyBody {
    fn from(reply: AutoReply) -> Self {
        Self {
            text: reply.text.into(),
            pause_minutes: reply.pause.into(),
        }
    }
}

impl From<Keyword> for KeywordBody {
    fn from(keyword: Keyword) -> Self {
        Self {
            phrases: keyword.phrases.into_iter().map(Into::into).collect(),
            place: match keyword.place {
                PhrasePlace::Anywhere => MatchBody::Anywhere,
                PhrasePlace::Whole => MatchBody::Whole,
            },
            reply: keyword.reply.map(Into::into),
            labels: keyword.labels.into_iter().map(Into::into).collect(),
            assignee: keyword.assignee.map(Into::into),
        }
    }
}

impl From<Automations> for AutomationsBody {
    fn from(automations: Automations) -> Self {
        let keywords = automations.keywords.into_iter().map(Into::into);
        Self {
            while_open: automations.while_open.map(Into::into),
            while_closed: automations.while_closed.map(Into::into),
            keywords: Some(keywords.collect()),
        }
    }
}

/// Read the automations
#[utoipa::path(get, path = "/v1/automations", tag = "Conversations",
    responses((status = 200, body = AutomationsBody)))]
pub(crate) async fn show(
    State(api): State<Arc<Api>>,
    caller: Caller<Read>,
) -> Result<Json<AutomationsBody>, ApiError> {
    let found = api.automations.automations(caller.tenant).await?;
    Ok(Json(found.into()))
}

/// Replace the automations
///
/// What is left out is done no more. Nothing is ever answered to other machines, to words about consent, or to what
/// is older than an hour; no contact gets more than five automatic answers in a day.
#[utoipa::path(put, path = "/v1/automations", tag = "Conversations", request_body = AutomationsBody,
    responses((status = 200, body = AutomationsBody), (status = 422, description = "`invalid_request`; `unknown_field`")))]
pub(crate) async fn replace(
    State(api): State<Arc<Api>>,
    caller: Caller<Manage>,
    body: RawBody,
) -> Result<Json<AutomationsBody>, ApiError> {
    let automations = body.json::<AutomationsBody>()?.automations()?;
    let now = api.clock.now();
    let set = api
        .automations
        .set_automations(caller.tenant, &automations, now);
    set.await?;
    Ok(Json(automations.into()))
}
