use crate::filter::WrongKind;
use crate::template::Piece;
use crate::{Data, FieldName, FieldRef, Formats, Value, filter};
use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;

mod bytes;

/// Why data could not fill a template. Names are listed once each, sorted; values never are.
///
/// When several reasons hold, the one that comes first here is given: a misspelled key explains a
/// missing value.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum RenderError {
    /// Keys that no field has; correct or drop them.
    #[error("the template has no field for: {}", names.join(", "))]
    Unknown {
        /// The keys.
        names: Vec<String>,
    },
    /// Fields without a default whose value is absent or blank; give them one.
    #[error("a value is missing for: {}", names.join(", "))]
    Missing {
        /// The fields.
        names: Vec<String>,
    },
    /// Values with control characters other than a line feed, and in a WhatsApp parameter with a
    /// line feed or more than four blanks in a row; clean them.
    #[error("control characters in the value of: {}", names.join(", "))]
    ControlCharacters {
        /// The fields.
        names: Vec<String>,
    },
    /// Values that make a WhatsApp text longer than Meta takes; shorten them.
    #[error("the text gets too long with the value of: {}", names.join(", "))]
    TooLong {
        /// The fields of that text.
        names: Vec<String>,
    },
    /// Values that a filter of the field cannot read, such as `soon` for a date; correct them.
    #[error("the value does not fit the filter of: {}", names.join(", "))]
    WrongKind {
        /// The fields.
        names: Vec<String>,
    },
}

/// One field of a template, however often it is used.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Slot {
    pub(crate) name: FieldName,
    /// False when every use has a default.
    pub(crate) needs_value: bool,
    /// How often it is used.
    uses: usize,
    /// Bytes of the defaults of all its uses.
    default_bytes: usize,
}

impl Slot {
    /// Puts a value in its place and says how many bytes it takes, in all uses and filters aside;
    /// `None` when it must not be written, or is blank and there is nothing to stand in for it.
    #[expect(
        clippy::inline_always,
        reason = "a call costs as much as what it does; measured"
    )]
    #[inline(always)]
    pub(crate) fn accept<'data>(
        &self,
        value: &'data Value,
        place: &mut Option<Given<'data>>,
    ) -> Option<usize> {
        let text = value.as_str();
        if !bytes::is_clean(text) {
            return None;
        }
        if is_blank(text) {
            return self.stand_in();
        }
        *place = Some(Given { value, text });
        Some(text.len() * self.uses)
    }

    /// How many bytes the defaults take; `None` when one has to be given.
    #[inline]
    pub(crate) fn stand_in(&self) -> Option<usize> {
        (!self.needs_value).then_some(self.default_bytes)
    }
}

/// A value and its text.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Given<'data> {
    value: &'data Value,
    text: &'data str,
}

impl<'data> Given<'data> {
    /// `None` for a blank value, which counts as absent.
    #[inline]
    pub(crate) fn of(value: &'data Value) -> Option<Self> {
        let text = value.as_str();
        (!is_blank(text)).then_some(Self { value, text })
    }
}

/// Most fields whose values are gathered without asking for memory.
const FEW: usize = 8;

/// The fields of `pieces`, sorted by name; each use learns which of them it is.
pub(crate) fn slots(pieces: &mut [Piece]) -> Box<[Slot]> {
    let mut slots: BTreeMap<FieldName, Slot> = BTreeMap::new();
    for field in pieces.iter().filter_map(Piece::field) {
        let slot = slots.entry(field.name.clone()).or_insert_with(|| Slot {
            name: field.name.clone(),
            needs_value: false,
            uses: 0,
            default_bytes: 0,
        });
        slot.needs_value |= field.default.is_none();
        slot.uses += 1;
        slot.default_bytes += field.default.as_ref().map_or(0, String::len);
    }
    for field in pieces.iter_mut().filter_map(Piece::field_mut) {
        field.slot = slots.range::<FieldName, _>(..&field.name).count();
    }
    slots.into_values().collect()
}

/// Bytes of the text between the fields.
pub(crate) fn literal_bytes(pieces: &[Piece]) -> usize {
    let bytes = |piece: &Piece| match piece {
        Piece::Literal(text) => text.len(),
        Piece::Field(_) => 0,
    };
    pieces.iter().map(bytes).sum()
}

/// Walks `slots` and `data` side by side, both being sorted, and hands the values to `then` in the
/// order of the slots, with the bytes that they take; `None` when they do not match, for [`verify`]
/// to say why.
#[expect(
    clippy::inline_always,
    reason = "a call costs as much as what it does; measured"
)]
#[inline(always)]
pub(crate) fn joined<T>(
    slots: &[Slot],
    data: &Data,
    then: impl FnOnce(&[Option<Given<'_>>], usize) -> T,
) -> Option<T> {
    gathered(
        slots.len(),
        |values| {
            let mut bytes = 0;
            let mut places = slots.iter().zip(values);
            for (key, value) in data {
                let (slot, place) = loop {
                    let (slot, place) = places.next()?;
                    // Most data has every field: whether they are equal is sooner said than the order.
                    if bytes::are_same(slot.name.as_str(), key) {
                        break (slot, place);
                    }
                    if slot.name.as_str() > key.as_str() {
                        return None;
                    }
                    bytes += slot.stand_in()?;
                };
                bytes += slot.accept(value, place)?;
            }
            for (slot, _) in places {
                bytes += slot.stand_in()?;
            }
            Some(bytes)
        },
        then,
    )
}

/// Lets `fill` fill room for `count` values, and hands them to `then` if it could, with what it says.
#[expect(
    clippy::inline_always,
    reason = "a call costs as much as what it does; measured"
)]
#[inline(always)]
pub(crate) fn gathered<'data, T>(
    count: usize,
    fill: impl FnOnce(&mut [Option<Given<'data>>]) -> Option<usize>,
    then: impl FnOnce(&[Option<Given<'data>>], usize) -> T,
) -> Option<T> {
    let mut few = [None; FEW];
    let mut many = Vec::new();
    let values = if let Some(values) = few.get_mut(..count) {
        values
    } else {
        many.resize(count, None);
        many.as_mut_slice()
    };
    let bytes = fill(values)?;
    Some(then(values, bytes))
}

/// Appends `pieces` with `values`, which are given by slot, to `out`; all or nothing.
pub(crate) fn write(
    pieces: &[Piece],
    values: &[Option<Given<'_>>],
    formats: &Formats,
    out: &mut String,
) -> Result<(), RenderError> {
    let start = out.len();
    for piece in pieces {
        match piece {
            Piece::Literal(text) => out.push_str(text),
            Piece::Field(field) => match values.get(field.slot).copied().flatten() {
                Some(given) if field.filters.is_empty() => out.push_str(given.text),
                Some(given) => {
                    if filter::write(&field.filters, given.value, formats, out).is_err() {
                        out.truncate(start);
                        return Err(misfits(pieces, values, formats));
                    }
                }
                // Nothing is missing here: who calls has looked.
                None => out.push_str(field.default.as_deref().unwrap_or_default()),
            },
        }
    }
    Ok(())
}

/// Where values stand in what [`write`] appends for the same arguments.
pub(crate) fn spans(
    pieces: &[Piece],
    values: &[Option<Given<'_>>],
    formats: &Formats,
) -> Vec<Range<usize>> {
    let mut out = String::new();
    let mut spans = Vec::new();
    for piece in pieces {
        match piece {
            Piece::Literal(text) => out.push_str(text),
            Piece::Field(field) => {
                let start = out.len();
                let value = value_of(field, values);
                // Who calls has written them without an error before.
                let written = write_field(field, value, formats, &mut out);
                if written.is_ok() && value.is_some() {
                    spans.push(start..out.len());
                }
            }
        }
    }
    spans
}

/// The value for one use of a field.
fn value_of<'data>(field: &FieldRef, values: &[Option<Given<'data>>]) -> Option<&'data Value> {
    let given = values.get(field.slot).copied().flatten()?;
    Some(given.value)
}

/// Appends one use of a field.
fn write_field(
    field: &FieldRef,
    value: Option<&Value>,
    formats: &Formats,
    out: &mut String,
) -> Result<(), WrongKind> {
    match value {
        Some(value) if field.filters.is_empty() => out.push_str(value.as_str()),
        Some(value) => filter::write(&field.filters, value, formats, out)?,
        // Nothing is missing here: who calls has looked.
        None => out.push_str(field.default.as_deref().unwrap_or_default()),
    }
    Ok(())
}

/// Names every field whose value a filter refuses.
fn misfits(pieces: &[Piece], values: &[Option<Given<'_>>], formats: &Formats) -> RenderError {
    let refused = pieces.iter().filter_map(Piece::field).filter(|field| {
        write_field(field, value_of(field, values), formats, &mut String::new()).is_err()
    });
    RenderError::WrongKind {
        names: listed(refused.map(|field| &field.name)).unwrap_or_default(),
    }
}

/// Says why `data` does not match all the `fields` that it is meant for.
///
/// # Errors
/// [`RenderError`], unless they match.
pub(crate) fn verify<'fields>(
    fields: impl Iterator<Item = &'fields FieldRef>,
    data: &Data,
) -> Result<(), RenderError> {
    let mut known = BTreeMap::new();
    for field in fields {
        let has_default = known.entry(field.name.as_str()).or_insert(true);
        *has_default &= field.default.is_some();
    }
    let unknown = data.keys().filter(|key| !known.contains_key(key.as_str()));
    if let Some(names) = listed(unknown) {
        return Err(RenderError::Unknown { names });
    }
    let missing = known
        .iter()
        .filter(|(name, has_default)| !**has_default && given(data, name).is_none())
        .map(|(name, _)| name);
    if let Some(names) = listed(missing) {
        return Err(RenderError::Missing { names });
    }
    let dirty = data.iter().filter(|(_, value)| !is_clean(value));
    match listed(dirty.map(|(name, _)| name)) {
        Some(names) => Err(RenderError::ControlCharacters { names }),
        None => Ok(()),
    }
}

/// The text for one use of a field.
pub(crate) fn resolve(
    field: &FieldRef,
    data: &Data,
    formats: &Formats,
) -> Result<String, RenderError> {
    let mut text = String::new();
    let value = given(data, field.name.as_str());
    let names = || vec![field.name.to_string()];
    if value.is_none() && field.default.is_none() {
        return Err(RenderError::Missing { names: names() });
    }
    match write_field(field, value, formats, &mut text) {
        Ok(()) => Ok(text),
        Err(WrongKind) => Err(RenderError::WrongKind { names: names() }),
    }
}

/// A value counts only when there is something to read in it.
fn given<'data>(data: &'data Data, name: &str) -> Option<&'data Value> {
    data.get(name).filter(|value| !value.is_blank())
}

/// True when there is nothing to read in it.
#[inline]
pub(crate) fn is_blank(text: &str) -> bool {
    match text.as_bytes().first() {
        Some(first) if first.is_ascii_graphic() => false,
        Some(_) | None => has_no_ink(text),
    }
}

#[cold]
fn has_no_ink(text: &str) -> bool {
    text.trim().is_empty()
}

/// True without control characters other than a line feed; only texts can have them.
pub(crate) fn is_clean(value: &Value) -> bool {
    bytes::is_clean(value.as_str())
}

pub(crate) fn listed(names: impl Iterator<Item = impl ToString>) -> Option<Vec<String>> {
    let names: BTreeSet<String> = names.map(|name| name.to_string()).collect();
    (!names.is_empty()).then(|| names.into_iter().collect())
}

#[cfg(test)]
mod tests;
