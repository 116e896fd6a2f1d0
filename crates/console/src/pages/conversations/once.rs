//! A form that is sent twice does its work once.

use crate::{ctx::Ctx, failure::Failure};
use ring::digest::{Context, SHA256};
use tidings_messaging as messaging;
use tidings_messaging::{Begun, IdempotencyKey, StoredAnswer};
use uuid::Uuid;

/// The field that makes a form one of its kind.
pub(super) const FIELD: &str = "once";
/// The longest text of it that is one of ours.
const LONGEST: usize = 64;

/// A form that nobody has sent before, until its work is stored or given back.
pub(super) struct Slot {
    key: IdempotencyKey,
    claim: Uuid,
}

/// What is known of a form that was sent.
pub(super) enum Begin {
    /// Go on; without a slot where the form does not say which it is.
    Go(Option<Slot>),
    /// Its work is done.
    Done,
    /// Nothing is to be done now, for this reason.
    Not(&'static str),
}

impl Slot {
    /// What to store in the step that does the work, so that the same form is sent on to `place`.
    pub(super) fn answer(&self, place: &str) -> messaging::Answer {
        messaging::Answer {
            key: self.key.clone(),
            claim: self.claim,
            answer: StoredAnswer {
                status: 303,
                location: Some(place.to_owned()),
                body: Vec::new(),
            },
        }
    }

    /// Nothing was done: the form may be sent again. If this fails, it may be a minute later.
    pub(super) async fn give_back(&self, ctx: &Ctx) {
        let idempotency = &ctx.console().idempotency;
        if let Err(error) = idempotency.abandon(&self.key, self.claim).await {
            tracing::warn!(
                error = &error as &dyn std::error::Error,
                "a form that was not taken stays begun until it is taken over"
            );
        }
    }
}

/// Begins the work of a form at `path`.
pub(super) async fn begin(ctx: &Ctx, path: &str) -> Result<Begin, Failure> {
    let Some(text) = ctx.form.some(FIELD).filter(|text| text.len() <= LONGEST) else {
        return Ok(Begin::Go(None));
    };
    let key = IdempotencyKey {
        tenant: ctx.who(),
        endpoint: format!("POST {path}"),
        key: text.to_owned(),
    };
    let mut hash = [0; 32];
    let fields = ctx.form.keeping(|name| name != "seal").encoded();
    let mut context = Context::new(&SHA256);
    context.update(fields.as_bytes());
    for upload in &ctx.uploads {
        context.update(&[0]);
        context.update(upload.bytes.as_deref().unwrap_or_default());
    }
    hash.copy_from_slice(context.finish().as_ref());
    let console = ctx.console();
    let claim = console.ids.next();
    let begun = console
        .idempotency
        .begin(&key, hash, claim, ctx.now)
        .await?;
    Ok(match begun {
        Begun::Fresh { claim } => Begin::Go(Some(Slot { key, claim })),
        Begun::Answered(_) => Begin::Done,
        Begun::Reused => Begin::Not(
            "An earlier version of this was sent already. Look at what was said above, and send this one if it is still wanted.",
        ),
        Begun::InProgress => Begin::Not(
            "This is being sent at the moment. Look at what was said above before you send it again.",
        ),
    })
}
