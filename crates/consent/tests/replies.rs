//! How well replies are read, measured on `corpus/replies.tsv`.

mod score;

use score::{Score, corpus, score, table};
use std::collections::BTreeSet;
use tidings_consent::Reply;

const NAMED: &[&str] = &["es", "fr", "pt", "de", "it", "nl", "pl", "tr", "hi", "ar"];

#[test]
fn the_corpus_is_large_and_mostly_not_opt_outs() -> Result<(), String> {
    let corpus = corpus()?;
    let of = |language: &str| score(&corpus, |reply| reply.language == language).replies;
    assert!(of("en") >= 250, "{}", of("en"));
    for language in NAMED {
        assert!(of(language) >= 40, "{language} {}", of(language));
    }
    let all = score(&corpus, |_| true);
    assert!(
        all.replies >= 700 && all.ordinary * 100 >= all.replies * 45,
        "{all:?}"
    );
    let distinct: BTreeSet<_> = corpus
        .iter()
        .map(|reply| {
            (
                &reply.text,
                &reply.language,
                format!("{:?}{:?}", reply.hints, reply.context),
            )
        })
        .collect();
    assert_eq!(distinct.len(), corpus.len(), "a reply stands twice");
    Ok(())
}

#[test]
fn opt_outs_are_found_and_conversation_is_left_alone() -> Result<(), String> {
    let corpus = corpus()?;
    let reached = |name: &str, score: Score, precision: f64, recall: f64| {
        assert!(score.precision() >= precision, "{name}: {score:?}");
        assert!(score.recall() >= recall, "{name}: {score:?}");
        assert_eq!(score.false_on_ordinary, 0, "{name}: {score:?}");
    };
    reached(
        "dev",
        score(&corpus, |reply| reply.split == "dev"),
        0.99,
        0.99,
    );
    reached(
        "held-out",
        score(&corpus, |reply| reply.split == "held-out"),
        0.99,
        0.98,
    );
    reached(
        "fresh",
        score(&corpus, |reply| reply.split == "fresh"),
        0.99,
        0.97,
    );
    for language in NAMED.iter().chain(&["en"]) {
        reached(
            language,
            score(&corpus, |reply| reply.language == *language),
            0.99,
            0.98,
        );
    }
    Ok(())
}

#[test]
fn no_doubt_is_read_as_an_opt_in() -> Result<(), String> {
    for reply in corpus()? {
        let answer = reply.answer();
        if matches!(answer, Reply::OptIn | Reply::Confirmation) {
            assert_eq!(answer, reply.expected, "{:?}", reply.text);
        }
    }
    Ok(())
}

#[test]
fn the_published_table_is_what_is_measured() -> Result<(), String> {
    let published = include_str!("../corpus/README.md");
    let table = table(&corpus()?);
    assert!(
        published.contains(&table),
        "put this into corpus/README.md (`cargo run -p tidings-consent --example reply_report`):\n{table}"
    );
    Ok(())
}
