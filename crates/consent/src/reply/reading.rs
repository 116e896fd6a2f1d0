use super::{Classification, Note, Reply, ReplyContext, ReplyRule, RequestedScope};
use crate::{
    lexicon::{Index, Kind, Languages},
    normalize::{Break, Words},
};
use std::ops::Range;
use tidings_kernel::Channel;

/// A pattern found in the text.
#[derive(Debug, Clone, Copy)]
struct Match {
    start: usize,
    end: usize,
    kind: Kind,
}

/// A text with every pattern that stands in it.
pub(super) struct Reading<'a> {
    words: &'a Words,
    /// By start.
    matches: Vec<Match>,
}

/// How much of the procedure a stretch of text goes through.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Stretch {
    /// Keywords only: what stands in two sentences is no phrase.
    Text,
    Sentence,
}

/// What a stretch says.
enum Finding {
    OptOut(ReplyRule, Match, Option<Note>),
    Unclear(Match),
    Nothing,
}

impl<'a> Reading<'a> {
    pub(super) fn of(words: &'a Words, hints: Languages) -> Self {
        let index = Index::get();
        let mut ids: Vec<u32> = words
            .words()
            .iter()
            .map(|word| index.word(words.spelling(*word)))
            .collect();
        let mut matches = Vec::new();
        let mut nodes = Vec::new();
        for start in 0..ids.len() {
            index.matches(
                ids.get(start..).unwrap_or_default(),
                hints,
                &mut nodes,
                |length, kind| {
                    matches.push(Match {
                        start,
                        end: start.saturating_add(length),
                        kind,
                    });
                },
            );
        }
        if let Some(word) = spelled_out(words) {
            let end = ids.len();
            ids.clear();
            ids.push(index.word(&word));
            index.matches(&ids, hints, &mut nodes, |_, kind| {
                matches.push(Match {
                    start: 0,
                    end,
                    kind,
                });
            });
            matches.sort_by_key(|found| found.start);
        }
        Self { words, matches }
    }

    /// Steps 1 to 8 of 5.4.
    pub(super) fn classify(&self, text: &str, context: ReplyContext) -> Classification {
        let whole = 0..self.words.words().len();
        if whole.is_empty() {
            return if text.contains(['🛑', '🚫']) {
                plain(Reply::Uncertain, ReplyRule::StopSign)
            } else {
                plain(Reply::None, ReplyRule::Nothing)
            };
        }
        let lines = self.stretches(Break::Line);
        let sentences = self.stretches(Break::Sentence);
        let mut unclear = None;
        let stretches = std::iter::once((Stretch::Text, whole.clone()))
            .chain(lines.iter().cloned().map(|line| (Stretch::Sentence, line)))
            .chain(
                // What is one line was judged above.
                sentences
                    .into_iter()
                    .filter(|sentence| {
                        lines
                            .binary_search_by_key(&sentence.start, |line| line.start)
                            .is_ok_and(|at| {
                                lines.get(at).is_none_or(|line| line.end < sentence.end)
                            })
                    })
                    .map(|sentence| (Stretch::Sentence, sentence)),
            );
        for (stretch, range) in stretches {
            match self.judge(range, stretch) {
                Finding::OptOut(rule, found, note) => return self.opt_out(rule, found, note),
                Finding::Unclear(found) => {
                    unclear.get_or_insert(found);
                }
                Finding::Nothing => {}
            }
        }
        if let Some((reply, found)) = self.keyword(&whole, context) {
            return self.found(reply, ReplyRule::Keyword, found);
        }
        match unclear {
            Some(found) => self.found(Reply::Uncertain, ReplyRule::Unclear, found),
            None => plain(Reply::None, ReplyRule::Nothing),
        }
    }

    /// The text cut at every break of at least `least`.
    fn stretches(&self, least: Break) -> Vec<Range<usize>> {
        let words = self.words.words();
        let mut stretches = Vec::new();
        let mut start = 0;
        for (place, word) in words.iter().enumerate() {
            if place > start && word.after >= least {
                stretches.push(start..place);
                start = place;
            }
        }
        stretches.push(start..words.len());
        stretches
    }

    /// Help, back in, yes and no: only as the whole text.
    fn keyword(&self, whole: &Range<usize>, context: ReplyContext) -> Option<(Reply, Match)> {
        let is = |wanted: &[Kind]| {
            self.matches
                .iter()
                .take_while(|found| found.start == whole.start)
                .find(|found| found.end == whole.end && wanted.contains(&found.kind))
                .copied()
        };
        let by_context = match context {
            ReplyContext::AwaitingConfirmation => [
                (Reply::Confirmation, is(&[Kind::Yes, Kind::Confirm])),
                (Reply::Refusal, is(&[Kind::No])),
            ],
            ReplyContext::OptedOut => [(Reply::OptIn, is(&[Kind::Yes])), (Reply::None, None)],
            ReplyContext::Plain => [(Reply::None, None), (Reply::None, None)],
        };
        [(Reply::Help, is(&[Kind::Help]))]
            .into_iter()
            .chain(by_context)
            .chain([(Reply::OptIn, is(&[Kind::OptIn]))])
            .find_map(|(reply, found)| Some((reply, found?)))
    }

    /// Steps 2 and 4 to 8 for one stretch.
    fn judge(&self, range: Range<usize>, stretch: Stretch) -> Finding {
        let first = self
            .matches
            .partition_point(|found| found.start < range.start);
        let matches: Vec<Match> = self
            .matches
            .iter()
            .skip(first)
            .take_while(|found| found.start < range.end)
            .filter(|found| found.end <= range.end && found.kind.decides())
            .copied()
            .collect();
        // Most conversation ends here.
        if matches.iter().all(|found| found.kind.is_filler()) {
            return Finding::Nothing;
        }
        if let Some(emphatic) = matches.iter().find(|found| found.kind == Kind::Emphatic)
            && stretch == Stretch::Sentence
        {
            return Finding::OptOut(ReplyRule::Phrase, *emphatic, None);
        }
        let keyword = matches.iter().find(|found| {
            (found.start, found.end) == (range.start, range.end)
                && (found.kind.is_keyword()
                    || found.kind == Kind::Whole && stretch == Stretch::Text)
        });
        if let Some(keyword) = keyword {
            return Finding::OptOut(ReplyRule::Keyword, *keyword, keyword.note());
        }
        let masked = masked(&matches, &range);
        let rest: Vec<Match> = matches
            .iter()
            .filter(|found| {
                let from = found.start.saturating_sub(range.start);
                let to = found.end.saturating_sub(range.start);
                !masked
                    .get(from..to)
                    .is_some_and(|words| words.contains(&true))
            })
            .copied()
            .collect();
        if let Some(keyword) = bare(&rest, &masked, &range) {
            return Finding::OptOut(ReplyRule::Keyword, keyword, keyword.note());
        }
        let phrase = rest
            .iter()
            .find(|found| matches!(found.kind, Kind::Phrase | Kind::WrongNumber));
        if let Some(phrase) = phrase
            && stretch == Stretch::Sentence
        {
            return Finding::OptOut(ReplyRule::Phrase, *phrase, phrase.note());
        }
        let doubtful = matches.iter().find(|found| found.kind == Kind::Doubtful);
        match rest.iter().find(|found| found.kind.is_word()).or(doubtful) {
            Some(word) if stretch == Stretch::Sentence => Finding::Unclear(*word),
            Some(_) | None => Finding::Nothing,
        }
    }

    fn opt_out(&self, rule: ReplyRule, found: Match, note: Option<Note>) -> Classification {
        let has = |kind| self.matches.iter().any(|found| found.kind == kind);
        // "Wrong number, stop": the word decides, and the rest is still true.
        let wrong_number = has(Kind::WrongNumber).then_some(Note::WrongNumber);
        let named = |channel| {
            let mut words = self.words.words().iter();
            words.any(|word| self.words.spelling(*word) == channel)
        };
        let scope = if has(Kind::Marketing) {
            Some(RequestedScope::Marketing)
        } else if named("whatsapp") {
            Some(RequestedScope::Channel(Channel::Whatsapp))
        } else if named("sms") {
            Some(RequestedScope::Channel(Channel::Sms))
        } else if named("email") {
            Some(RequestedScope::Channel(Channel::Email))
        } else {
            has(Kind::List).then_some(RequestedScope::List)
        };
        Classification {
            note: wrong_number.or(note),
            scope,
            ..self.found(Reply::OptOut, rule, found)
        }
    }

    fn found(&self, reply: Reply, rule: ReplyRule, found: Match) -> Classification {
        let words = self.words.words().get(found.start..found.end);
        Classification {
            matched: self.words.joined(words.unwrap_or_default()),
            ..plain(reply, rule)
        }
    }
}

impl Match {
    fn note(self) -> Option<Note> {
        match self.kind {
            Kind::Cancel => Some(Note::AboutAppointment),
            Kind::WrongNumber => Some(Note::WrongNumber),
            Kind::OptOut
            | Kind::Whole
            | Kind::Alone
            | Kind::OptIn
            | Kind::Help
            | Kind::Yes
            | Kind::Confirm
            | Kind::No
            | Kind::Filler
            | Kind::Guard
            | Kind::Doubtful
            | Kind::Emphatic
            | Kind::Phrase
            | Kind::Marketing
            | Kind::List => None,
        }
    }
}

impl Kind {
    /// An opt-out in a sentence of nothing but filler.
    fn is_keyword(self) -> bool {
        matches!(self, Self::OptOut | Self::Cancel | Self::Alone)
    }

    /// A doubt wherever it stands.
    fn is_word(self) -> bool {
        matches!(self, Self::OptOut | Self::Cancel)
    }

    fn is_filler(self) -> bool {
        matches!(self, Self::Filler | Self::Marketing | Self::List)
    }

    /// Whether it plays a part in the search for an opt-out.
    fn decides(self) -> bool {
        !matches!(
            self,
            Self::OptIn | Self::Help | Self::Yes | Self::Confirm | Self::No
        )
    }
}

/// Step 4: which words of the stretch stand in a guard, leftmost and longest first.
fn masked(matches: &[Match], range: &Range<usize>) -> Vec<bool> {
    let mut masked = vec![false; range.len()];
    let guards: Vec<&Match> = matches
        .iter()
        .filter(|found| matches!(found.kind, Kind::Guard | Kind::Doubtful))
        .collect();
    let mut free_from = range.start;
    for together in guards.chunk_by(|one, other| one.start == other.start) {
        let longest = together.iter().max_by_key(|guard| guard.end);
        if let Some(guard) = longest.filter(|guard| guard.start >= free_from) {
            let from = guard.start.saturating_sub(range.start);
            let to = guard.end.saturating_sub(range.start);
            masked
                .get_mut(from..to)
                .into_iter()
                .flatten()
                .for_each(|word| *word = true);
            free_from = guard.end;
        }
    }
    masked
}

/// Step 5: the keyword, if the unmasked words are keywords and filler and nothing else.
fn bare(rest: &[Match], masked: &[bool], range: &Range<usize>) -> Option<Match> {
    let keyword = || rest.iter().filter(|found| found.kind.is_keyword());
    keyword().next()?;
    // What is reached at each place: from the start by filler, and by filler and a keyword.
    let mut by_filler = vec![false; range.len().saturating_add(1)];
    let mut by_keyword = by_filler.clone();
    *by_filler.first_mut()? = true;
    let mut rest_from = rest.iter().peekable();
    for place in 0..range.len() {
        let filler = by_filler.get(place).copied()?;
        let keyword = by_keyword.get(place).copied()?;
        let mut reach = |length: usize, is_keyword: bool| -> Option<()> {
            let to = place.checked_add(length)?;
            *by_filler.get_mut(to)? |= filler && !is_keyword;
            *by_keyword.get_mut(to)? |= keyword || (filler && is_keyword);
            Some(())
        };
        if masked.get(place).copied()? {
            reach(1, false)?;
        }
        while let Some(found) =
            rest_from.next_if(|found| found.start == place.saturating_add(range.start))
        {
            if found.kind.is_keyword() || found.kind.is_filler() {
                reach(
                    found.end.saturating_sub(found.start),
                    found.kind.is_keyword(),
                )?;
            }
        }
    }
    if !by_keyword.last().copied()? {
        return None;
    }
    // The plainest word explains best, and it is not about an appointment.
    keyword()
        .find(|found| found.kind != Kind::Cancel)
        .or_else(|| keyword().next())
        .copied()
}

/// The word of a text that is nothing but single letters: "S T O P".
fn spelled_out(words: &Words) -> Option<String> {
    let letters = words.words();
    if !(4..=12).contains(&letters.len()) {
        return None;
    }
    let mut word = String::with_capacity(letters.len());
    for letter in letters {
        let spelling = words.spelling(*letter);
        if spelling.len() != 1 {
            return None;
        }
        word.push_str(spelling);
    }
    Some(word)
}

fn plain(reply: Reply, rule: ReplyRule) -> Classification {
    Classification {
        reply,
        rule,
        matched: String::new(),
        note: None,
        scope: None,
    }
}
