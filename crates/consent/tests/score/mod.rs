#![expect(unreachable_pub, reason = "a module that two targets include")]

//! Reads the corpus and counts. Shared by the test and by the example that prints the table.

use std::{collections::BTreeMap, fmt::Write as _};
use tidings_consent::{Language, Languages, Reply, ReplyContext, classify_in};

/// One labelled reply.
#[derive(Debug, Clone)]
pub struct Labelled {
    /// `dev` or `held-out`.
    pub split: String,
    /// The language it is written in.
    pub language: String,
    /// What the reader is told.
    pub hints: Languages,
    /// What we wait for.
    pub context: ReplyContext,
    /// What a person says it is.
    pub expected: Reply,
    /// The reply.
    pub text: String,
}

impl Labelled {
    /// What the crate says it is.
    pub fn answer(&self) -> Reply {
        classify_in(&self.text, self.context, self.hints).reply
    }
}

/// Every reply of `replies.tsv`, in order, or what is wrong with a line.
pub fn corpus() -> Result<Vec<Labelled>, String> {
    include_str!("../../corpus/replies.tsv")
        .lines()
        .skip(1)
        .map(|line| labelled(line).ok_or_else(|| format!("not a labelled reply: {line:?}")))
        .collect()
}

fn labelled(line: &str) -> Option<Labelled> {
    let [split, language, hints, context, expected, text] =
        line.split('\t').collect::<Vec<_>>().try_into().ok()?;
    let hints = match hints {
        "-" => Languages::NONE,
        codes => codes
            .split(',')
            .map(Language::from_code)
            .collect::<Option<Languages>>()?,
    };
    let context = match context {
        "plain" => ReplyContext::Plain,
        "awaiting" => ReplyContext::AwaitingConfirmation,
        "out" => ReplyContext::OptedOut,
        _ => return None,
    };
    Some(Labelled {
        split: split.to_owned(),
        language: language.to_owned(),
        hints,
        context,
        expected: Reply::ALL
            .into_iter()
            .find(|reply| reply.as_str() == expected)?,
        text: unescaped(text)?,
    })
}

/// `\n` and `\u{…}` as in Rust.
fn unescaped(text: &str) -> Option<String> {
    let mut pieces = text.split('\\');
    let mut plain = pieces.next()?.to_owned();
    for piece in pieces {
        if let Some(rest) = piece.strip_prefix('n') {
            plain.push('\n');
            plain.push_str(rest);
        } else {
            let (code, rest) = piece.strip_prefix("u{")?.split_once('}')?;
            plain.push(char::from_u32(u32::from_str_radix(code, 16).ok()?)?);
            plain.push_str(rest);
        }
    }
    Some(plain)
}

/// What became of some replies.
#[derive(Debug, Clone, Copy, Default)]
pub struct Score {
    /// How many there are.
    pub replies: u32,
    /// Labelled as conversation.
    pub ordinary: u32,
    /// Labelled as opt-outs.
    pub opt_outs: u32,
    /// Of these, answered so.
    pub found: u32,
    /// Of these, neither acted on nor shown to a person.
    pub lost: u32,
    /// Answered as opt-outs, but not labelled so.
    pub false_opt_outs: u32,
    /// Of these, labelled as conversation.
    pub false_on_ordinary: u32,
    /// Answered exactly as labelled.
    pub exact: u32,
}

impl Score {
    fn add(&mut self, reply: &Labelled) {
        let answer = reply.answer();
        let labelled = reply.expected == Reply::OptOut;
        let answered = answer == Reply::OptOut;
        let ordinary = reply.expected == Reply::None;
        self.replies += 1;
        self.ordinary += u32::from(ordinary);
        self.opt_outs += u32::from(labelled);
        self.found += u32::from(labelled && answered);
        self.lost += u32::from(labelled && !answered && answer != Reply::Uncertain);
        self.false_opt_outs += u32::from(answered && !labelled);
        self.false_on_ordinary += u32::from(answered && ordinary);
        self.exact += u32::from(answer == reply.expected);
    }

    /// Of what was answered as an opt-out, the part that is one.
    pub fn precision(self) -> f64 {
        part(self.found, self.found + self.false_opt_outs)
    }

    /// Of the opt-outs, the part that was found.
    pub fn recall(self) -> f64 {
        part(self.found, self.opt_outs)
    }
}

fn part(part: u32, of: u32) -> f64 {
    if of == 0 {
        1.0
    } else {
        f64::from(part) / f64::from(of)
    }
}

/// The score of the replies that `is_meant` picks.
pub fn score(corpus: &[Labelled], is_meant: impl Fn(&Labelled) -> bool) -> Score {
    let mut score = Score::default();
    for reply in corpus.iter().filter(|reply| is_meant(reply)) {
        score.add(reply);
    }
    score
}

/// The published table: a line for each split, and for each language in it.
pub fn table(corpus: &[Labelled]) -> String {
    let mut groups: BTreeMap<(&str, &str), u32> = BTreeMap::new();
    for reply in corpus {
        *groups.entry((&reply.split, "all")).or_default() += 1;
        *groups.entry((&reply.split, &reply.language)).or_default() += 1;
    }
    let mut groups: Vec<_> = groups.into_iter().collect();
    groups.sort_by_key(|((split, language), count)| (*split, u32::MAX - count, *language));
    let mut table = String::from(
        "| Split | Language | Replies | Ordinary | Opt-outs | Found | Lost | False | on ordinary | Precision | Recall | Exact |\n\
         |---|---|---|---|---|---|---|---|---|---|---|---|\n",
    );
    for ((split, language), _) in groups {
        let score = score(corpus, |reply| {
            reply.split == split && (language == "all" || reply.language == language)
        });
        // Writing to a string cannot fail.
        let _ = writeln!(
            table,
            "| {split} | {language} | {} | {} | {} | {} | {} | {} | {} | {:.3} | {:.3} | {:.3} |",
            score.replies,
            score.ordinary,
            score.opt_outs,
            score.found,
            score.lost,
            score.false_opt_outs,
            score.false_on_ordinary,
            score.precision(),
            score.recall(),
            part(score.exact, score.replies),
        );
    }
    table
}
