//! Contacts from a CSV file: what its columns mean, what will come of it, and then row by row.
//!
//! Nothing is kept between the steps: the rows that are left travel with the form, so that any process can go on, and
//! a crash or a closed tab loses nothing that was done and repeats nothing that an external id or address identifies.

mod csv;
mod mapping;
mod row;
pub(crate) mod run;
pub(crate) mod show;

use crate::{ctx::Ctx, form::Form, problems::Problems};
use csv::{Table, parse};

/// The most bytes of a form of these pages: the file in a form is up to three times as large.
pub(crate) const FORM: usize = 8 * 1_024 * 1_024;
/// The most rows of one file.
const ROWS: usize = 20_000;

/// The table of a form, or what is wrong with it.
fn table(form: &Form, problems: &mut Problems) -> Option<Table> {
    let text = form.raw("csv");
    if text.trim().is_empty() {
        problems.add("csv", "Choose a file, or paste its lines.");
        return None;
    }
    match parse(text) {
        Ok(table) if table.rows.is_empty() => {
            problems.add("csv", "The file has a header and no rows.");
            None
        }
        Ok(table) if table.rows.len() > ROWS => {
            problems.add(
                "csv",
                format!("The file has more than {ROWS} rows. Split it."),
            );
            None
        }
        Ok(table) => Some(table),
        Err(error) => {
            problems.add("csv", error.to_string());
            None
        }
    }
}

/// Whether somebody who has one of these addresses is skipped.
fn skips_known(ctx: &Ctx) -> bool {
    ctx.form.is_on("skip_known")
}
