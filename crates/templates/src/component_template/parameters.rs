//! What Meta takes as the value of a parameter: code 132000 and its kin otherwise.

use crate::{Data, RenderError, Template, render};

/// Refuses line feeds and more than four blanks in a row; tabs are refused everywhere.
pub(super) fn verify(data: &Data) -> Result<(), RenderError> {
    let is_unfit = |text: &str| text.contains('\n') || text.contains("     ");
    let unfit = data.iter().filter(|(_, value)| is_unfit(value.as_str()));
    match render::listed(unfit.map(|(name, _)| name)) {
        Some(names) => Err(RenderError::ControlCharacters { names }),
        None => Ok(()),
    }
}

/// Refuses a text of more than `most` characters, once the values are in it.
pub(super) fn verify_length(
    text: &str,
    most: usize,
    template: &Template,
) -> Result<(), RenderError> {
    // A text without fields is as long as Meta approved it.
    let names = render::listed(template.fields().map(|field| &field.name));
    match names {
        Some(names) if text.len() > most && text.chars().count() > most => {
            Err(RenderError::TooLong { names })
        }
        Some(_) | None => Ok(()),
    }
}

/// What stands before the only field of an address.
pub(super) fn before_field(template: &Template) -> &str {
    let end = template.fields().next().map_or(0, |field| field.span.start);
    template.as_str().get(..end).unwrap_or_default()
}
