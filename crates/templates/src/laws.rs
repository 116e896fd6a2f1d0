//! What holds of every template engine, lint and life cycle that an embedder puts in place of ours.
//!
//! Each law is a function over the implementation under test; it gives a [`Violation`] that names
//! the law and shows the case. Run them on values from [`strategies`](crate::strategies).

mod content;
mod life;
mod render;
#[cfg(test)]
mod tests;

pub use content::{
    marketing_is_shown_its_purpose, no_shortener_passes, only_the_author_says_stop,
    unmarked_marketing_is_refused,
};
pub use life::{
    category_is_the_platforms, only_approved_is_sent, purpose_is_never_milder, standing_order_free,
};
pub use render::{
    escapes_are_literal, exact_missing, fallback_is_nearest, literals_survive, parse_is_safe,
    single_pass, strict_render,
};

/// A law does not hold, and the case that shows it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the law {law} does not hold: {case}")]
pub struct Violation {
    /// The law's name.
    pub law: &'static str,
    /// What was asked, and what came out.
    pub case: String,
}

impl Violation {
    /// Checks one case of `law`; `case` is only asked for when it does not hold.
    fn unless(
        holds: impl Into<Verdict>,
        law: &'static str,
        case: impl FnOnce() -> String,
    ) -> Result<(), Self> {
        match holds.into() {
            Verdict::Holds => Ok(()),
            Verdict::Broken => Err(Self { law, case: case() }),
        }
    }
}

enum Verdict {
    Holds,
    Broken,
}

impl From<bool> for Verdict {
    fn from(holds: bool) -> Self {
        if holds { Self::Holds } else { Self::Broken }
    }
}
