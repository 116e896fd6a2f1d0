use crate::filler::Filler;
use crate::{Encoding, Reference};
use serde::Serialize;
use std::fmt;

/// Which characters a slot of a template may be filled with.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Class {
    /// `0` to `9`.
    Digits,
    /// Characters of the GSM 7-bit default alphabet, without the extension table: one unit each.
    Basic,
    /// Characters of a URL (RFC 3986); `~`, `[` and `]` are two units each.
    Url,
    /// Any character of GSM-7.
    Gsm7,
    /// Any character up to U+FFFF: all living scripts, hardly any emoji.
    Bmp,
    /// Anything, emoji included.
    Any,
}

impl Class {
    /// Every class, the narrower before the wider.
    pub const ALL: [Self; 6] = [
        Self::Digits,
        Self::Basic,
        Self::Url,
        Self::Gsm7,
        Self::Bmp,
        Self::Any,
    ];

    /// Whether a slot of this class may hold `character`.
    pub fn contains(self, character: char) -> bool {
        match self {
            Self::Digits => character.is_ascii_digit(),
            Self::Basic => Encoding::Gsm7.units_of(character) == Some(1),
            Self::Url => {
                character.is_ascii_alphanumeric() || "-._~:/?#[]@!$&'()*+,;=%".contains(character)
            }
            Self::Gsm7 => Encoding::Gsm7.units_of(character).is_some(),
            Self::Bmp => u32::from(character) <= 0xFFFF,
            Self::Any => true,
        }
    }

    /// Whether it has characters that GSM-7 lacks.
    pub const fn may_force_ucs2(self) -> bool {
        match self {
            Self::Digits | Self::Basic | Self::Url | Self::Gsm7 => false,
            Self::Bmp | Self::Any => true,
        }
    }

    /// Units of its dearest character.
    const fn dearest(self, encoding: Encoding) -> u32 {
        match (encoding, self) {
            (_, Self::Digits | Self::Basic)
            | (Encoding::Ucs2, Self::Url | Self::Gsm7 | Self::Bmp) => 1,
            (_, Self::Any) | (Encoding::Gsm7, Self::Url | Self::Gsm7 | Self::Bmp) => 2,
        }
    }
}

/// A place in a template that values are merged into.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
pub struct Slot {
    class: Class,
    least: u32,
    most: u32,
}

impl Slot {
    /// Up to `most` characters, perhaps none.
    pub const fn up_to(most: u32, class: Class) -> Self {
        Self {
            class,
            least: 0,
            most,
        }
    }

    /// From `least` to `most` characters; `None` when `least` is the greater.
    pub const fn between(least: u32, most: u32, class: Class) -> Option<Self> {
        if least > most {
            return None;
        }
        Some(Self { class, least, most })
    }

    /// What it may hold.
    pub const fn class(self) -> Class {
        self.class
    }

    /// The fewest characters.
    pub const fn least(self) -> u32 {
        self.least
    }

    /// The most characters.
    pub const fn most(self) -> u32 {
        self.most
    }

    /// Whether `value` may be merged into it.
    ///
    /// # Examples
    /// ```
    /// use tidings_segmentation::{Class, Slot};
    ///
    /// let code = Slot::between(4, 6, Class::Digits).ok_or("least is above most")?;
    /// assert!(code.admits("123456"));
    /// assert!(!code.admits("123") && !code.admits("12a4"));
    /// # Ok::<(), &str>(())
    /// ```
    pub fn admits(self, value: &str) -> bool {
        let length = u32::try_from(value.chars().count()).unwrap_or(u32::MAX);
        (self.least..=self.most).contains(&length) && value.chars().all(|c| self.class.contains(c))
    }
}

/// A piece of a template.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Piece<'text> {
    /// Text that every message has.
    Text(&'text str),
    /// Text that differs from message to message.
    Slot(Slot),
}

/// How many parts the messages of a template can have.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
pub struct Bounds {
    /// The fewest; some values reach it.
    pub least: u32,
    /// A guess between them: every slot half filled, in GSM-7 if the fixed text is.
    pub likely: u32,
    /// The most; some values reach it.
    pub most: u32,
    /// Whether some values, or the fixed text itself, make the message UCS-2.
    pub may_force_ucs2: bool,
}

impl fmt::Display for Bounds {
    /// `1 segment`, `3 segments` or `1 to 3 segments`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let noun = if self.most == 1 {
            "segment"
        } else {
            "segments"
        };
        if self.least == self.most {
            write!(f, "{} {noun}", self.most)
        } else {
            write!(f, "{} to {} {noun}", self.least, self.most)
        }
    }
}

/// Predicts the parts of every message of a template, with the usual 8-bit reference.
///
/// The bounds are exact: no values give fewer than `least` or more than `most` parts, and some give
/// each. Time grows with the fixed text only.
///
/// # Examples
/// ```
/// use tidings_segmentation::{Class, Piece, Slot, bounds};
///
/// let bounds = bounds(&[
///     Piece::Text("Hi "),
///     Piece::Slot(Slot::up_to(40, Class::Any)),
///     Piece::Text(", your table is booked. Cancel: "),
///     Piece::Slot(Slot::up_to(60, Class::Url)),
/// ]);
/// assert_eq!((bounds.least, bounds.likely, bounds.most), (1, 1, 3));
/// assert!(bounds.may_force_ucs2); // a name may hold an emoji
/// assert_eq!(bounds.to_string(), "1 to 3 segments");
/// ```
pub fn bounds(pieces: &[Piece<'_>]) -> Bounds {
    bounds_with(pieces, Reference::EightBit)
}

/// Predicts the parts of every message of a template, tied together by `reference`.
pub fn bounds_with(pieces: &[Piece<'_>], reference: Reference) -> Bounds {
    let text_is_gsm7 = pieces.iter().all(|piece| match piece {
        Piece::Text(text) => Encoding::of(text) == Encoding::Gsm7,
        Piece::Slot(_) => true,
    });
    let slot_forces = pieces.iter().any(|piece| match piece {
        Piece::Text(_) => false,
        Piece::Slot(slot) => slot.most > 0 && slot.class.may_force_ucs2(),
    });
    let plainest = if text_is_gsm7 {
        Encoding::Gsm7
    } else {
        Encoding::Ucs2
    };
    let count = |encoding: Encoding, fill: &dyn Fn(Slot) -> (u32, u32)| {
        let mut filler = Filler::new(
            encoding.single_capacity(),
            encoding.part_capacity(reference),
        );
        for piece in pieces {
            match piece {
                Piece::Text(text) => {
                    for character in text.chars() {
                        filler.push(encoding.units_of(character).unwrap_or_default());
                    }
                }
                Piece::Slot(slot) => {
                    let (cost, count) = fill(*slot);
                    filler.push_many(cost, count);
                }
            }
        }
        filler.count()
    };
    let most = |encoding| count(encoding, &|slot| (slot.class.dearest(encoding), slot.most));
    // Taking a character away, or a cheaper one instead, never adds a part: any way of cutting the
    // longer text cuts the shorter one too. And no text has fewer parts in UCS-2 than in GSM-7: what
    // one part holds there, 67 characters, is 134 septets at most.
    Bounds {
        least: count(plainest, &|slot| (1, slot.least)),
        likely: count(plainest, &|slot| (1, slot.least.midpoint(slot.most))),
        most: if slot_forces {
            most(plainest).max(most(Encoding::Ucs2))
        } else {
            most(plainest)
        },
        may_force_ucs2: slot_forces || !text_is_gsm7,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::measure;
    use crate::strategies::{Merge, merge};

    #[test]
    fn fixed_text_alone_has_its_own_count() {
        for text in ["", "Hello", &"]".repeat(153), &"🙂".repeat(36)] {
            let count = measure(text).count;
            let bounds = bounds(&[Piece::Text(text)]);
            assert_eq!(
                (bounds.least, bounds.likely, bounds.most),
                (count, count, count)
            );
            assert_eq!(bounds.may_force_ucs2, Encoding::of(text) == Encoding::Ucs2);
        }
    }

    #[test]
    fn pieces_add_up_across_their_borders() {
        let text = "a".repeat(80);
        let pieces = [
            Piece::Text(&text),
            Piece::Slot(Slot::up_to(0, Class::Any)),
            Piece::Text(&text),
        ];
        assert_eq!(bounds(&pieces).most, 1);
        assert!(!bounds(&pieces).may_force_ucs2);
    }

    #[test]
    fn a_slot_costs_what_its_dearest_characters_cost() {
        let most = |class| bounds(&[Piece::Slot(Slot::up_to(81, class))]).most;
        assert_eq!(Class::ALL.map(most), [1, 1, 2, 2, 2, 3]);
    }

    #[test]
    fn a_value_may_move_the_fixed_text_to_ucs2() {
        let text = "a".repeat(150);
        let pieces = [Piece::Text(&text), Piece::Slot(Slot::up_to(1, Class::Any))];
        let found = bounds(&pieces);
        assert_eq!((found.least, found.likely, found.most), (1, 1, 3));
        assert_eq!(measure(&format!("{text}🙂")).count, 3);
    }

    #[test]
    fn slots_of_absurd_size_take_no_time() {
        let huge = Slot::between(u32::MAX, u32::MAX, Class::Any).unwrap();
        let found = bounds(&[Piece::Slot(huge), Piece::Slot(huge), Piece::Slot(huge)]);
        assert!(found.least > 80_000_000 && found.most > found.least);
        assert_eq!(Slot::between(2, 1, Class::Any), None);
    }

    /// The text of `merge` with every slot filled by `fill`.
    fn filled(merge: &Merge, fill: impl Fn(Slot) -> (&'static str, u32)) -> String {
        let piece = |piece: &Piece<'_>| match piece {
            Piece::Text(text) => (*text).to_owned(),
            Piece::Slot(slot) => {
                let (value, times) = fill(*slot);
                value.repeat(times as usize)
            }
        };
        merge.pieces().iter().map(piece).collect()
    }

    proptest::proptest! {
        #[test]
        fn bounds_are_reached(merge in merge()) {
            let found = bounds(&merge.pieces());
            let fewest = filled(&merge, |slot| ("0", slot.least()));
            proptest::prop_assert_eq!(measure(&fewest).count, found.least);
            let most = filled(&merge, |slot| {
                let dearest = match slot.class() {
                    Class::Digits | Class::Basic => "0",
                    Class::Url => "~",
                    Class::Gsm7 => "]",
                    Class::Bmp => "中",
                    Class::Any => "🙂",
                };
                (dearest, slot.most())
            });
            proptest::prop_assert_eq!(measure(&most).count, found.most);
        }
    }
}
