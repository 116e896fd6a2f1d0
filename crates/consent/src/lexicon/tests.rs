use super::*;
use std::collections::BTreeSet;

#[test]
fn no_word_is_listed_twice_in_one_list() {
    for language in Language::ALL {
        for (kind, patterns) in lexicon(*language).lists() {
            let distinct: BTreeSet<_> = patterns.iter().collect();
            let repeated: Vec<_> = patterns
                .iter()
                .enumerate()
                .filter(|(at, pattern)| patterns.iter().skip(at + 1).any(|other| other == *pattern))
                .collect();
            assert_eq!(
                distinct.len(),
                patterns.len(),
                "{language:?} {kind:?} {repeated:?}"
            );
        }
    }
}

#[test]
fn stop_start_and_help_are_known_in_every_language() {
    for language in Language::ALL {
        assert!(language.opt_out_words().next().is_some(), "{language:?}");
        assert!(language.opt_in_words().next().is_some(), "{language:?}");
        assert!(language.help_words().next().is_some(), "{language:?}");
    }
}
