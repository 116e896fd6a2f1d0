use super::{csv::Table, mapping::mapping, row, show::carried, skips_known, table};
use crate::{
    answer::{Answer, html as answer_html},
    ctx::Ctx,
    failure::Failure,
    layout::{Section, seal},
    pages::{page, refused},
    problems::Problems,
    widgets::summary,
    words,
};
use axum::http::StatusCode;
use maud::{Markup, html};
use tidings_messaging::{ContactError, RecordError};

/// How many rows are worked on in one request.
const AT_ONCE: usize = 250;
/// How many problems are shown; the others are counted.
const SHOWN: usize = 300;

/// How far it is.
#[derive(Debug, Default)]
struct Tally {
    total: usize,
    done: usize,
    added: usize,
    skipped: usize,
    failed: usize,
    /// Line and what is wrong, one a line.
    problems: String,
}

impl Tally {
    fn of(ctx: &Ctx, left: usize) -> Self {
        let number = |name: &str| ctx.form.get(name).parse().unwrap_or(0);
        Self {
            total: match number("total") {
                0 => left,
                total => total,
            },
            done: number("done_rows"),
            added: number("added"),
            skipped: number("skipped"),
            failed: number("failed"),
            problems: ctx.form.text("problems"),
        }
    }

    fn fail(&mut self, line: usize, problem: &str) {
        self.failed += 1;
        if self.problems.lines().count() < SHOWN {
            let problem = problem.replace('\n', " ");
            let line = line.to_string();
            self.problems.extend([line.as_str(), "\t", &problem, "\n"]);
        }
    }

    fn fields(&self) -> Markup {
        html! {
            @for (name, value) in [("total", self.total), ("done_rows", self.done), ("added", self.added), ("skipped", self.skipped), ("failed", self.failed)] {
                input type="hidden" name=(name) value=(value);
            }
            input type="hidden" name="problems" value=(self.problems);
        }
    }
}

/// `POST /console/contacts/import/run`
pub(crate) async fn run(ctx: Ctx) -> Answer {
    let mut problems = Problems::default();
    let Some(table) = table(&ctx.form, &mut problems) else {
        return Ok(refused(
            &ctx,
            "Import contacts",
            Section::Contacts,
            &summary(&problems),
        ));
    };
    let mut tally = Tally::of(&ctx, table.rows.len());
    let first = ctx.form.get("first_line").parse().unwrap_or(0);
    work(&ctx, &table, first, &mut tally).await?;
    let rest = (table.rows.len() > AT_ONCE).then(|| table.rest(AT_ONCE));
    let next = table.rows.get(AT_ONCE).map(|(line, _)| *line);
    let body = html! {
        div #import aria-live="polite" { (progress(&ctx, &tally, rest.as_deref(), next.map(|line| offset(first, line)))) }
    };
    if ctx.is_fragment {
        return Ok(answer_html(StatusCode::OK, body));
    }
    Ok(page(&ctx, "Import contacts", Section::Contacts, &body))
}

/// By how much lines of what is left are told too low: its own begin at 2.
fn offset(before: usize, line: usize) -> usize {
    before + line.saturating_sub(2)
}

async fn work(ctx: &Ctx, table: &Table, first: usize, tally: &mut Tally) -> Result<(), Failure> {
    let mapping = mapping(&ctx.form, table);
    for (line, cells) in table.rows.iter().take(AT_ONCE) {
        let line = line + first;
        tally.done += 1;
        let ready = match row::read(ctx, table, &mapping, cells) {
            Ok(ready) => ready,
            Err(problem) => {
                tally.fail(line, &problem);
                continue;
            }
        };
        let contacts = &ctx.console().contacts;
        let addresses = ready.contact.addresses();
        let holders = contacts.holders(ctx.who(), &addresses).await?;
        if skips_known(ctx) && holders.iter().any(|holders| !holders.is_empty()) {
            tally.skipped += 1;
            continue;
        }
        match contacts.create(&ready.contact, None).await {
            Ok(()) => tally.added += 1,
            Err(ContactError::ExternalIdTaken) => {
                tally.fail(line, "Another contact has this external id.");
                continue;
            }
            Err(error) => return Err(error.into()),
        }
        if let Some(event) = &ready.consent {
            match ctx.console().consent.record(ctx.who(), event, None).await {
                Ok(()) => {}
                Err(RecordError::Store(error)) => return Err(error.into()),
                Err(error) => tally.fail(line, &error.to_string()),
            }
        }
    }
    Ok(())
}

fn progress(ctx: &Ctx, tally: &Tally, rest: Option<&str>, first: Option<usize>) -> Markup {
    html! {
        p { strong { (tally.done) " of " (words::count(tally.total, "row", "rows")) } }
        progress max=(tally.total) value=(tally.done) aria-label="Rows done" {}
        dl.figures {
            div { dt { "Added" } dd { (tally.added) } }
            div { dt { "Skipped, known already" } dd { (tally.skipped) } }
            div { dt { "Not taken" } dd { (tally.failed) } }
        }
        @if let Some(rest) = rest {
            form method="post" action="/console/contacts/import/run" hx-post="/console/contacts/import/run"
                hx-trigger="load, submit" hx-target="#import" hx-swap="outerHTML" {
                (seal(&ctx.seal))
                (tally.fields())
                @if let Some(first) = first { input type="hidden" name="first_line" value=(first); }
                (carried(&ctx.form, rest))
                p.hint { "Going on by itself. Keep this page open; if it stops, go on here." }
                button.quiet type="submit" { "Go on" }
            }
        } @else {
            div.notice.good role="status" { "Done. " a href="/console/contacts" { "To the contacts" } }
        }
        @if !tally.problems.is_empty() {
            h2 { "Rows that were not taken" }
            div.scroll tabindex="0" { table {
                thead { tr { th scope="col" { "Line" } th scope="col" { "What is wrong" } } }
                tbody { @for problem in tally.problems.lines() {
                    @let (line, words) = problem.split_once('\t').unwrap_or(("", problem));
                    tr { th scope="row" { (line) } td { (words) } }
                } }
            } }
            @if tally.failed > tally.problems.lines().count() { p.hint { "Only the first " (SHOWN) " are shown." } }
        }
    }
}
