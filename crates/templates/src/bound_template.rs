use crate::render::{self, Given, Slot};
use crate::template::Piece;
use crate::{Formats, RenderError, Value};

/// A template whose values come as rows: one place for each column, in an order fixed once.
///
/// Made by [`Template::bound_to`](crate::Template::bound_to). Nothing is looked up by name while
/// rendering.
#[derive(Debug, Clone)]
pub struct BoundTemplate<'template> {
    pieces: &'template [Piece],
    slots: &'template [Slot],
    literal_bytes: usize,
    /// The column of each slot.
    columns: Vec<Option<usize>>,
}

impl<'template> BoundTemplate<'template> {
    pub(crate) fn new(
        pieces: &'template [Piece],
        slots: &'template [Slot],
        literal_bytes: usize,
        columns: &[&str],
    ) -> Result<Self, RenderError> {
        let is_known = |name: &&str| slots.iter().any(|slot| slot.name.as_str() == *name);
        let unknown = columns.iter().filter(|name| !is_known(name));
        if let Some(names) = render::listed(unknown) {
            return Err(RenderError::Unknown { names });
        }
        let column = |slot: &Slot| {
            let name = slot.name.as_str();
            columns.iter().position(|column| *column == name)
        };
        let found: Vec<Option<usize>> = slots.iter().map(column).collect();
        let missing = slots
            .iter()
            .zip(&found)
            .filter(|(slot, column)| slot.needs_value && column.is_none())
            .map(|(slot, _)| &slot.name);
        if let Some(names) = render::listed(missing) {
            return Err(RenderError::Missing { names });
        }
        Ok(Self {
            pieces,
            slots,
            literal_bytes,
            columns: found,
        })
    }

    /// Appends the text for one row to `out`. A blank value counts as absent, and so does one that
    /// a short row does not have.
    ///
    /// # Errors
    /// [`RenderError`]: values are missing, or unfit for their place; `out` is as it was.
    pub fn write_into(
        &self,
        row: &[Value],
        formats: &Formats,
        out: &mut String,
    ) -> Result<(), RenderError> {
        let write = |values: &[Option<Given<'_>>], bytes| {
            out.reserve(self.literal_bytes + bytes);
            render::write(self.pieces, values, formats, out)
        };
        render::gathered(self.slots.len(), |values| self.fill(row, values), write)
            .unwrap_or_else(|| Err(self.explain(row)))
    }

    /// Puts the values in the order of the slots; how many bytes they take.
    #[inline]
    fn fill<'row>(&self, row: &'row [Value], values: &mut [Option<Given<'row>>]) -> Option<usize> {
        let mut bytes = 0;
        for ((slot, column), place) in self.slots.iter().zip(&self.columns).zip(values) {
            bytes += match column.and_then(|column| row.get(column)) {
                Some(value) => slot.accept(value, place)?,
                None => slot.stand_in()?,
            };
        }
        Some(bytes)
    }

    /// Why a row does not fit.
    fn explain(&self, row: &[Value]) -> RenderError {
        let value = |column: &Option<usize>| {
            let value = column.and_then(|column| row.get(column));
            value.filter(|value| !value.is_blank())
        };
        let slots = || self.slots.iter().zip(&self.columns);
        let missing = slots().filter(|(slot, column)| slot.needs_value && value(column).is_none());
        if let Some(names) = render::listed(missing.map(|(slot, _)| &slot.name)) {
            return RenderError::Missing { names };
        }
        let dirty =
            slots().filter(|(_, column)| value(column).is_some_and(|v| !render::is_clean(v)));
        RenderError::ControlCharacters {
            names: render::listed(dirty.map(|(slot, _)| &slot.name)).unwrap_or_default(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Template;

    #[test]
    fn a_row_is_as_strict_as_data() {
        let template = Template::parse("{{a}} {{b|x}} {{c}}").unwrap();
        let names = |names: &[&str]| names.iter().map(ToString::to_string).collect();
        assert_eq!(
            template.bound_to(&["a", "c", "d"]).unwrap_err(),
            RenderError::Unknown {
                names: names(&["d"])
            }
        );
        assert_eq!(
            template.bound_to(&["b"]).unwrap_err(),
            RenderError::Missing {
                names: names(&["a", "c"])
            }
        );
        let bound = template.bound_to(&["c", "a"]).unwrap();
        let mut out = String::from(">");
        let formats = Formats::default();
        let row = |c: &str, a: &str| [Value::from(c), Value::from(a)];
        assert_eq!(
            bound.write_into(&row("", "\t"), &formats, &mut out),
            Err(RenderError::Missing {
                names: names(&["a", "c"])
            })
        );
        assert_eq!(
            bound.write_into(&row("1", "x\u{7}"), &formats, &mut out),
            Err(RenderError::ControlCharacters {
                names: names(&["a"])
            })
        );
        assert!(bound.write_into(&[], &formats, &mut out).is_err());
        bound
            .write_into(&row("1", "2"), &formats, &mut out)
            .unwrap();
        assert_eq!(out, ">2 x 1");
    }
}
