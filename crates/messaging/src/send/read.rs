//! Texts that were read already: many recipients of one text do not make it another one.

use super::compose::Composed;
use crate::{Content, Known, gate::ContentFacts};
use std::{cell::RefCell, collections::VecDeque};
use tidings_kernel::{Channel, Locale};

/// How many texts are remembered: one for each channel, before and after it was completed.
const REMEMBERED: usize = 6;

/// What was found in the latest texts of one tenant.
#[derive(Default)]
pub(super) struct Texts(RefCell<VecDeque<Read>>);

/// A text, everything that its reading depends on, and what was found.
struct Read {
    content: Content,
    channel: Channel,
    locale: Locale,
    language: Option<String>,
    facts: ContentFacts,
}

impl Texts {
    /// What the gate needs to know of a content for a contact of the tenant.
    pub(super) fn facts(
        &self,
        composed: &Composed,
        channel: Channel,
        known: &Known,
    ) -> ContentFacts {
        let language = composed.language();
        let mut texts = self.0.borrow_mut();
        let read = texts.iter().find(|read| {
            read.channel == channel
                && read.language.as_deref() == language
                && read.locale == *known.locale()
                && read.content == composed.content
        });
        if let Some(read) = read {
            return read.facts.clone();
        }
        let facts = ContentFacts::in_language(&composed.content, channel, known, language);
        if texts.len() == REMEMBERED {
            texts.pop_front();
        }
        texts.push_back(Read {
            content: composed.content.clone(),
            channel,
            locale: known.locale().clone(),
            language: language.map(ToOwned::to_owned),
            facts: facts.clone(),
        });
        facts
    }
}
