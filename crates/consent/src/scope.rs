use serde::{Deserialize, Deserializer, Serialize, Serializer, de};
use std::{fmt, marker::PhantomData, str::FromStr};
use tidings_kernel::{Channel, Purpose};

/// Which channels an event covers.
///
/// ```rust
/// use tidings_consent::Channels;
/// use tidings_kernel::Channel;
///
/// let sms = Channels::one(Channel::Sms);
/// assert!(sms.covers(Channel::Sms) && !sms.covers(Channel::Email));
/// assert_eq!(serde_json::to_string(&sms).unwrap(), r#"["sms"]"#);
/// assert!(serde_json::from_str::<Channels>("[]").is_err());
/// ```
pub type Channels = Scope<Channel>;

/// Which purposes an event covers. Only those that a tenant may ask for can be named.
///
/// ```rust
/// use tidings_consent::{Purposes, ScopeError};
/// use tidings_kernel::Purpose;
///
/// assert!(Purposes::All.covers(Purpose::Marketing));
/// assert_eq!(
///     Purposes::only([Purpose::DoubleOptIn]),
///     Err(ScopeError::NotNameable("double_opt_in".into())),
/// );
/// ```
pub type Purposes = Scope<Purpose>;

/// Everything, or some named things; never nothing. JSON is `"all"` or a list of names.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Scope<T> {
    /// Everything, what is invented later included.
    All,
    /// Only what is named.
    Only(Selection<T>),
}

/// At least one thing, sorted and without repetition. Held in place: no event needs the heap for it.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct Selection<T> {
    /// The first `length` are named; the rest repeat the first, so that equal selections are equal.
    named: [T; MOST],
    length: u8,
    /// One bit for each thing that may be named, in the order of [`Scoped::NAMEABLE`].
    bits: u8,
}

/// The most that a scope can name: the purposes of a tenant.
const MOST: usize = 6;

/// Why a list cannot be a scope.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ScopeError {
    /// The list names nothing.
    #[error("the list is empty: name at least one, or use \"all\"")]
    Empty,
    /// The name is one that the system keeps for itself.
    #[error("{0:?} belongs to the system and cannot be named")]
    NotNameable(String),
}

/// What a scope can be made of: [`Channel`] and [`Purpose`].
pub trait Scoped: Copy + Ord + fmt::Display + FromStr<Err: fmt::Display> + 'static {
    /// What may be named, sorted; at most six.
    const NAMEABLE: &'static [Self];
}

/// The place of `thing` in a bit set; `None` if it cannot be named.
fn bit<T: Scoped>(thing: T) -> Option<u8> {
    let place = T::NAMEABLE.iter().position(|known| *known == thing)?;
    1_u8.checked_shl(u32::try_from(place).ok()?)
}

impl Scoped for Channel {
    const NAMEABLE: &'static [Self] = &Self::ALL;
}

impl Scoped for Purpose {
    const NAMEABLE: &'static [Self] = &Self::FOR_TENANTS;
}

impl<T: Scoped> Scope<T> {
    /// Only `things`; order and repetition do not matter.
    ///
    /// # Errors
    /// [`ScopeError`]: nothing is named, or something that belongs to the system.
    pub fn only(things: impl IntoIterator<Item = T>) -> Result<Self, ScopeError> {
        let mut bits = 0_u8;
        for thing in things {
            bits |= bit(thing).ok_or_else(|| ScopeError::NotNameable(thing.to_string()))?;
        }
        Selection::of(bits).map(Self::Only).ok_or(ScopeError::Empty)
    }

    /// Whether `thing` is in it.
    pub fn covers(&self, thing: T) -> bool {
        match self {
            Self::All => true,
            Self::Only(named) => bit(thing).is_some_and(|bit| named.bits & bit != 0),
        }
    }

    /// One bit for each thing that may be named, in the order of [`Scoped::NAMEABLE`].
    pub(crate) fn bits(&self) -> u8 {
        match self {
            Self::All => T::NAMEABLE.iter().fold(0, |bits, _| (bits << 1) | 1),
            Self::Only(named) => named.bits,
        }
    }

    /// What is named, sorted; `None` for everything.
    pub fn named(&self) -> Option<&[T]> {
        match self {
            Self::All => None,
            Self::Only(named) => Some(named.as_slice()),
        }
    }
}

impl<T: Scoped> Scope<T> {
    /// What of `things` can be named; everything if nothing can.
    pub(crate) fn of(things: impl IntoIterator<Item = T>) -> Self {
        let bits = things.into_iter().filter_map(bit);
        Selection::of(bits.fold(0, |bits, bit| bits | bit)).map_or(Self::All, Self::Only)
    }
}

impl Scope<Channel> {
    /// One channel.
    pub fn one(channel: Channel) -> Self {
        Self::of([channel])
    }
}

impl<T: Scoped> Selection<T> {
    /// The things with these bits; `None` for no bits.
    fn of(bits: u8) -> Option<Self> {
        let things = || {
            let known = T::NAMEABLE.iter().copied();
            known.filter(|thing| bit(*thing).is_some_and(|bit| bits & bit != 0))
        };
        let mut named = [things().next()?; MOST];
        let mut length = 0;
        for (place, thing) in named.iter_mut().zip(things()) {
            *place = thing;
            length += 1;
        }
        Some(Self {
            named,
            length,
            bits,
        })
    }
}

impl<T> Selection<T> {
    /// What is named, sorted.
    pub fn as_slice(&self) -> &[T] {
        self.named
            .get(..usize::from(self.length))
            .unwrap_or_default()
    }
}

impl<T: fmt::Debug> fmt::Debug for Selection<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.as_slice()).finish()
    }
}

impl<T: Scoped> Serialize for Scope<T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self.named() {
            None => serializer.serialize_str("all"),
            Some(named) => serializer.collect_seq(named.iter().map(ToString::to_string)),
        }
    }
}

impl<'de, T: Scoped> Deserialize<'de> for Scope<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Visitor<T>(PhantomData<T>);

        impl<'de, T: Scoped> de::Visitor<'de> for Visitor<T> {
            type Value = Scope<T>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("\"all\" or a list of names")
            }

            fn visit_str<E: de::Error>(self, text: &str) -> Result<Self::Value, E> {
                match text {
                    "all" => Ok(Scope::All),
                    other => Err(E::invalid_value(de::Unexpected::Str(other), &self)),
                }
            }

            fn visit_seq<A: de::SeqAccess<'de>>(
                self,
                mut list: A,
            ) -> Result<Self::Value, A::Error> {
                let mut named = Vec::new();
                while let Some(name) = list.next_element::<String>()? {
                    named.push(name.parse().map_err(de::Error::custom)?);
                }
                Scope::only(named).map_err(de::Error::custom)
            }
        }

        deserializer.deserialize_any(Visitor(PhantomData))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_scope_is_all_or_a_list_of_names() {
        let purposes: Purposes =
            serde_json::from_str(r#"["reminder","marketing","reminder"]"#).unwrap();
        assert_eq!(
            purposes.named(),
            Some([Purpose::Reminder, Purpose::Marketing].as_slice())
        );
        assert_eq!(
            serde_json::to_string(&purposes).unwrap(),
            r#"["reminder","marketing"]"#
        );
        assert_eq!(
            serde_json::from_str::<Purposes>(r#""all""#).unwrap(),
            Purposes::All
        );
        for refused in [
            r"[]",
            r#""none""#,
            r#"["fax"]"#,
            r#"["opt_out_confirmation"]"#,
            "3",
        ] {
            assert!(
                serde_json::from_str::<Purposes>(refused).is_err(),
                "{refused}"
            );
        }
    }
}
