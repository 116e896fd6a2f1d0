use super::{
    csv::Table,
    mapping::{Target, mapping},
    row, table,
};
use crate::{
    answer::Answer,
    ctx::Ctx,
    form::Form,
    layout::{Section, seal},
    pages::{contacts::name, page, refused},
    problems::Problems,
    widgets::{Field, id, summary, tick},
    words,
};
use maud::{Markup, html};

/// How many rows are shown before anything is done.
const SAMPLE: usize = 8;

/// `GET /console/contacts/import`
pub(crate) async fn choose(ctx: Ctx) -> Answer {
    let body = chooser(&ctx, &Problems::default());
    Ok(page(&ctx, "Import contacts", Section::Contacts, &body))
}

fn chooser(ctx: &Ctx, problems: &Problems) -> Markup {
    html! {
        (summary(problems))
        form.card method="post" action="/console/contacts/import" {
            (seal(&ctx.seal))
            p { "The first line names the columns. Commas, semicolons or tabs stand between the cells. Nothing is stored before you have seen what comes of it." }
            div.field {
                label for="file" { "File" }
                input id="file" type="file" accept=".csv,.tsv,.txt,text/csv" data-into=(id("csv"));
            }
            (Field::new("csv", "Its lines").value(&ctx.form.text("csv")).hint("Filled by the file, or pasted.").required().of(problems).area(8))
            div.actions { button type="submit" { "Look at it" } a href="/console/contacts" { "Cancel" } }
        }
    }
}

/// `POST /console/contacts/import`
pub(crate) async fn preview(ctx: Ctx) -> Answer {
    let mut problems = Problems::default();
    let Some(table) = table(&ctx.form, &mut problems) else {
        let body = chooser(&ctx, &problems);
        return Ok(refused(&ctx, "Import contacts", Section::Contacts, &body));
    };
    let mapping = mapping(&ctx.form, &table);
    let body = html! {
        form.card method="post" action="/console/contacts/import/run" {
            (seal(&ctx.seal))
            input type="hidden" name="csv" value=(ctx.form.raw("csv"));
            h2 { "What the columns mean" }
            (columns(&table, &mapping))
            (Field::new("covers", "What agreed words cover").value(ctx.form.get("covers")).hint("Only with a column of words that the person agreed to. Importing is no consent by itself.")
                .select(&[("", "Record no consent"), ("marketing", "Marketing"), ("all", "Everything")]))
            (tick("skip_known", "on", "Skip rows whose number or email address somebody has already", true))
            (sample(&ctx, &table, &mapping))
            div.actions {
                button type="submit" { "Import " (words::count(table.rows.len(), "row", "rows")) }
                button.quiet type="submit" formaction="/console/contacts/import" { "Look again" }
                a href="/console/contacts" { "Cancel" }
            }
        }
    };
    Ok(page(&ctx, "Import contacts", Section::Contacts, &body))
}

fn columns(table: &Table, mapping: &[Target]) -> Markup {
    let options = Target::ALL.map(|(_, name, label)| (name, label));
    html! {
        div.pair {
            @for (place, column) in table.header.iter().enumerate() {
                @let field = format!("column_{place}");
                @let chosen = mapping.get(place).map_or("skip", |target| target.name());
                @let label = if column.is_empty() { format!("Column {}", place + 1) } else { column.clone() };
                (Field::new(&field, &label).value(chosen).select(&options))
            }
        }
    }
}

fn sample(ctx: &Ctx, table: &Table, mapping: &[Target]) -> Markup {
    html! {
        h2 { "What comes of the first rows" }
        div.scroll tabindex="0" { table {
            thead { tr { th scope="col" { "Line" } th scope="col" { "Contact" } th scope="col" { "Addresses" } th scope="col" { "Result" } } }
            tbody { @for (line, cells) in table.rows.iter().take(SAMPLE) { tr {
                th scope="row" { (line) }
                @match row::read(ctx, table, mapping, cells) {
                    Ok(ready) => {
                        td { (name(&ready.contact)) }
                        td { (ready.contact.addresses().iter().map(ToString::to_string).collect::<Vec<_>>().join(", ")) }
                        td { "Will be added" @if ready.consent.is_some() { ", with consent" } }
                    }
                    Err(problem) => { td { "" } td { "" } td.problem { (problem) } }
                }
            } } }
        } }
    }
}

/// The fields that travel from step to step.
pub(super) fn carried(form: &Form, csv: &str) -> Markup {
    let carried = form
        .keeping(|name| name.starts_with("column_") || ["covers", "skip_known"].contains(&name));
    html! {
        @for (name, value) in carried.fields() { input type="hidden" name=(name) value=(value); }
        input type="hidden" name="csv" value=(csv);
    }
}
