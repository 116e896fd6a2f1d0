//! Texts that people and telephones send.

use crate::{
    Language, Languages, ReplyContext,
    laws::{Dress, GUARDS, Width},
};
use proptest::{collection, option, prelude::*, sample};

/// Any context.
pub fn reply_context() -> impl Strategy<Value = ReplyContext> + Clone {
    sample::select(ReplyContext::ALL.as_slice())
}

/// Up to four languages.
pub fn languages() -> impl Strategy<Value = Languages> + Clone {
    collection::vec(sample::select(Language::ALL), 0..5).prop_map(|set| set.into_iter().collect())
}

/// A keyword in any case and width, with what cannot be seen at any place, and with white space,
/// punctuation or a picture around it.
pub fn dress() -> impl Strategy<Value = Dress> + Clone {
    let around = || {
        sample::select(
            &[
                "", " ", "\t", "!", "...", "\"", "\n", " - ", "🙏", "\u{3000}", "¡", "*",
            ][..],
        )
        .prop_map(str::to_owned)
    };
    let invisible = sample::select(
        &[
            '\u{200b}',
            '\u{200d}',
            '\u{feff}',
            '\u{ad}',
            '\u{200e}',
            '\u{2060}',
            '\u{fe0f}',
            '\u{e0020}',
        ][..],
    );
    (
        collection::vec(any::<bool>(), 12),
        sample::select(&[Width::Normal, Width::Full][..]),
        option::of((invisible, 0_usize..13)),
        around(),
        around(),
    )
        .prop_map(|(capitals, width, invisible, before, after)| Dress {
            capitals,
            width,
            invisible,
            before,
            after,
        })
}

/// A guard phrase in a neutral sentence.
pub fn guarded() -> impl Strategy<Value = String> + Clone {
    (
        sample::select(&["", "we", "see", "my friend said", "Anna"][..]),
        sample::select(GUARDS),
        sample::select(&["", "friday", "main street", "maybe tomorrow", "ok"][..]),
    )
        .prop_map(|(before, guard, after)| format!("{before} {guard} {after}").trim().to_owned())
}

/// Any text, and texts made of words that count, in any order.
pub fn reply_text() -> impl Strategy<Value = String> + Clone {
    let words = [
        "stop",
        "don't",
        "the",
        "bus",
        "cancel",
        "my",
        "appointment",
        "please",
        "yes",
        "no",
        "help",
        "start",
        "wrong",
        "number",
        ".",
        "\n",
        "🛑",
        "🙏",
        "baja",
        "बंद",
        "退订",
        "قف",
        "not",
        "interested",
        "'",
        "-",
        "texting",
        "me",
        "S",
        "T",
        "O",
        "P",
        "\u{200d}",
        "\u{301}",
    ];
    let word = sample::select(words.to_vec());
    prop_oneof![
        any::<String>(),
        collection::vec(word, 0..9).prop_map(|words| words.join(" ")),
    ]
}
