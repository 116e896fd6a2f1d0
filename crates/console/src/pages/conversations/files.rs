//! What is attached to messages.

use crate::{ctx::Ctx, failure::Failure, words::size};
use maud::{Markup, html};
use std::{
    collections::HashMap,
    hash::{Hash, Hasher},
};
use tidings_kernel::MediaId;
use tidings_messaging::{
    Media, MessageRecord,
    media::{MediaFile, MediaKind, MediaLinks, MediaRecord, MediaState, kept_as},
};
use time::OffsetDateTime;

/// What is known of the files of some messages, and how they are linked.
pub(super) struct Files {
    known: HashMap<MediaId, MediaRecord>,
    links: MediaLinks,
    now: OffsetDateTime,
}

impl Files {
    /// Those of these messages; asks nobody where there are none.
    pub(super) async fn of(ctx: &Ctx, messages: &[MessageRecord]) -> Result<Self, Failure> {
        let console = ctx.console();
        let media = messages
            .iter()
            .flat_map(|record| &record.message.content.media);
        let ids: Vec<MediaId> = media.filter_map(kept_as).collect();
        let found = if ids.is_empty() {
            Vec::new()
        } else {
            console.keeping.records.get(ctx.who(), &ids).await?
        };
        Ok(Self {
            known: found
                .into_iter()
                .map(|record| (record.id, record))
                .collect(),
            links: console.keeping.links.clone(),
            now: console.clock.now(),
        })
    }

    /// Tells apart what is shown.
    pub(super) fn mark(&self, media: &Media, hasher: &mut impl Hasher) {
        let record = kept_as(media).and_then(|id| self.known.get(&id));
        record.map(|record| record.state.as_str()).hash(hasher);
    }

    /// An attachment: a picture that can hold no script is shown, and everything else is offered.
    pub(super) fn show(&self, media: &Media) -> Markup {
        let Some(id) = kept_as(media) else {
            return html! { p.hint { "Attachment: " span.long { (media.url) } } };
        };
        let Some(record) = self.known.get(&id) else {
            return html! { p.hint { "An attachment that was deleted" } };
        };
        match &record.state {
            MediaState::Stored { file, .. } => self.link(record, file),
            MediaState::Pending => html! { p.hint { "An attachment is being fetched." } },
            MediaState::Refused(reason) => {
                html! { p.problem { (crate::problems::sentence(reason.words())) } }
            }
            MediaState::Removed => html! { p.hint { "An attachment that was deleted" } },
        }
    }

    fn link(&self, record: &MediaRecord, file: &MediaFile) -> Markup {
        let kind = MediaKind::named(&file.content_type);
        let link = self.links.for_tenant(record.tenant, record.id, self.now);
        let path = self.links.path(&link, kind);
        html! {
            @if kind.is_shown() {
                p { a href=(path) { img.attached src=(path) alt="A picture in this message" loading="lazy"; } }
            } @else {
                p { a href=(path) download { "Attachment: " (kind.extension()) ", " (size(file.bytes)) } }
            }
        }
    }
}
