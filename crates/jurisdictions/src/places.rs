use crate::{
    Place,
    numbering::{self, Told},
};
use std::fmt;
use tidings_kernel::{PhoneNumber, Region};

/// What is known about where a contact is, and where the sender is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Clues<'a> {
    /// The number, where there is one.
    pub number: Option<PhoneNumber>,
    /// The region that numbering metadata give for the number. It adds a country that our tables do not
    /// know; it never takes one away, for metadata call some British mobiles Guernsey's.
    pub region: Option<Region>,
    /// What the contact declared, or a postal address says: each a country, state or province.
    pub declared: &'a [Place],
    /// Where the sender is established. Only rules that follow the sender look at it.
    pub sender: Option<Place>,
}

/// How a place came into the set.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Evidence {
    /// The area code of a number of the North American plan.
    AreaCode,
    /// The country calling code.
    CallingCode,
    /// The region that numbering metadata gave.
    Metadata,
    /// The contact or a postal address said so.
    Declared,
    /// Nothing is known: anything that the rest does not exclude.
    Nothing,
}

/// Every place whose law may protect a contact; never empty.
///
/// Sorted, without repeats: the same clues in another order give an equal value.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Places {
    contact: Vec<(Place, Evidence)>,
    sender: Option<Place>,
}

/// The places of `clues`: of the number, and of what was declared, and of the sender (compliance
/// reference, 1.2). An unknown place stands for everything that it may be.
///
/// - An area code of +1 gives its state or province; one that we do not know gives the whole of the
///   United States and Canada, so the strictest of every state binds (3.1).
/// - A toll-free or personal number says nothing but +1, so a declared place in the United States or
///   Canada takes the place of both.
/// - A country calling code gives every region that shares it.
/// - No number, no region and nothing declared gives [`Place::ANYWHERE`].
///
/// ```rust
/// use tidings_jurisdictions::{Clues, Place, places};
/// use tidings_kernel::PhoneNumber;
///
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let texas = [Place::parse("US-TX")?];
/// let clues = Clues { number: Some("+13055550123".parse()?), declared: &texas, ..Clues::default() };
/// let set: Vec<_> = places(&clues).contact().map(|(place, _)| place.to_string()).collect();
/// assert_eq!(set, ["US-FL", "US-TX"]);
/// # Ok(())
/// # }
/// ```
pub fn places(clues: &Clues<'_>) -> Places {
    let told = clues.number.map(numbering::told_by);
    let by_number: Vec<(Place, Evidence)> = match told {
        Some(Told::Places(names)) => {
            let evidence = match names {
                [name, ..] if name.len() == 2 => Evidence::CallingCode,
                _ => Evidence::AreaCode,
            };
            let place = |name: &&str| (Place::of_name(name), evidence);
            names.iter().map(place).collect()
        }
        Some(Told::NonGeographic) if clues.declared.iter().any(|place| is_american(*place)) => {
            Vec::new()
        }
        Some(Told::NonGeographic | Told::NorthAmerica) => [Place::UNITED_STATES, Place::CANADA]
            .map(|place| (place, Evidence::Nothing))
            .to_vec(),
        Some(Told::Nothing) if clues.region.is_none() => {
            vec![(Place::ANYWHERE, Evidence::Nothing)]
        }
        Some(Told::Nothing) | None => Vec::new(),
    };
    let declared = clues.declared.iter();
    let mut contact: Vec<_> = declared
        .map(|place| (*place, Evidence::Declared))
        .chain(by_number)
        .collect();
    if let Some(region) = clues.region.map(Place::of)
        && !contact.iter().any(|(place, _)| place.overlaps(region))
    {
        contact.push((region, Evidence::Metadata));
    }
    Places::new(contact, clues.sender)
}

fn is_american(place: Place) -> bool {
    Place::UNITED_STATES.covers(place) || Place::CANADA.covers(place)
}

impl Places {
    /// Places known by other means than [`places`]. An empty list stands for [`Place::ANYWHERE`].
    pub fn new(
        contact: impl IntoIterator<Item = (Place, Evidence)>,
        sender: Option<Place>,
    ) -> Self {
        let mut contact: Vec<_> = contact.into_iter().collect();
        if contact.is_empty() {
            contact.push((Place::ANYWHERE, Evidence::Nothing));
        }
        contact.sort_unstable();
        contact.dedup();
        Self { contact, sender }
    }

    /// One place, declared.
    pub fn only(place: Place) -> Self {
        Self::new([(place, Evidence::Declared)], None)
    }

    /// The contact's places, each with how it is known.
    pub fn contact(&self) -> impl Iterator<Item = (Place, Evidence)> {
        self.contact.iter().copied()
    }

    /// Where the sender is established.
    pub fn sender(&self) -> Option<Place> {
        self.sender
    }

    /// Whether the contact may be in `place`.
    pub fn may_be_in(&self, place: Place) -> bool {
        self.contact().any(|(own, _)| own.overlaps(place))
    }

    /// These and `other`'s; the sender is `other`'s where this has none.
    #[must_use]
    pub fn and(&self, other: &Self) -> Self {
        Self::new(
            self.contact().chain(other.contact()),
            self.sender.or(other.sender),
        )
    }
}

impl fmt::Debug for Places {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut list = f.debug_list();
        list.entries(&self.contact);
        if let Some(sender) = self.sender {
            list.entry(&("sender", sender));
        }
        list.finish()
    }
}

#[cfg(test)]
mod tests;
