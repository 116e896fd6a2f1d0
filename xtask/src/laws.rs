//! The guide's table of laws, against the laws that there are.
//!
//! A law is a documented function whose documentation begins with its numbers, as in
//! `/// **L12. Monotone blocking.** Adding …`, in a file or directory called `laws`. The table in the
//! guide has a row for each number: the functions that check it, or the reason why there is none.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::Path,
};

use crate::{process::Outcome, workspace::Workspace};

/// Where the table is.
const GUIDE: &str = "docs/guides/embedding.md";

/// How many laws each series has that must have a row whether or not somebody checks it: the
/// invariants of compliance and of segmentation.
const REQUIRED: [(char, u32); 2] = [('L', 106), ('S', 11)];

/// The fewest characters of a reason; less says nothing.
const REASON: usize = 20;

/// A law's name: its series and number. Ordered as people count.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Number(char, u32);

/// The functions of a law, each as `consent::laws::order_free` without what stands between.
type Functions = BTreeSet<(String, String)>;

/// Checks the table.
///
/// # Errors
/// A line for each row that is missing, empty, or names a function that is not there, and for each
/// function that its row does not name.
pub(crate) fn check(workspace: &Workspace) -> Outcome {
    let laws = find(workspace)?;
    let rows = rows(&fs::read_to_string(workspace.path(GUIDE))?);
    let mut complaints = compare(&laws, &rows);
    let functions = functions(workspace)?;
    for (number, cell) in &rows {
        let gone = cited(cell).filter(|name| !functions.contains(*name));
        complaints.extend(gone.map(|name| format!("{number} cites {name}, which is not there")));
    }
    if complaints.is_empty() {
        return Ok(());
    }
    Err(format!("{GUIDE}:\n{}", complaints.join("\n")).into())
}

/// Prints every law that there is, in the form of the table.
///
/// # Errors
/// A file cannot be read.
pub(crate) fn list(workspace: &Workspace) -> Outcome {
    for (number, functions) in find(workspace)? {
        println!("| {number} | {} |", cell(&functions));
    }
    Ok(())
}

/// Puts the functions that there are into their rows; other rows stay.
///
/// # Errors
/// A file cannot be read or written.
pub(crate) fn write(workspace: &Workspace) -> Outcome {
    let laws = find(workspace)?;
    let path = workspace.path(GUIDE);
    let guide = fs::read_to_string(&path)?;
    fs::write(path, renewed(&guide, &laws))?;
    Ok(())
}

/// `guide` with the functions of `laws` in the last cells of their rows.
fn renewed(guide: &str, laws: &BTreeMap<Number, Functions>) -> String {
    let renew = |line: &str| {
        let (number, _) = row(line)?;
        let functions = laws.get(&number)?;
        let (before, _) = line.trim().strip_suffix('|')?.rsplit_once('|')?;
        Some(format!("{before}| {} |", cell(functions)))
    };
    guide
        .lines()
        .map(|line| renew(line).unwrap_or_else(|| line.to_owned()) + "\n")
        .collect()
}

/// The functions of a law as its row names them.
fn cell(functions: &Functions) -> String {
    let names: Vec<String> = functions.iter().map(path).collect();
    names.join(", ")
}

/// What is wrong with `rows`, given the laws that there are.
fn compare(laws: &BTreeMap<Number, Functions>, rows: &BTreeMap<Number, String>) -> Vec<String> {
    let required = REQUIRED
        .iter()
        .flat_map(|(series, last)| (1..=*last).map(|number| Number(*series, number)));
    let numbers: BTreeSet<Number> = required.chain(laws.keys().copied()).collect();
    let nothing = Functions::new();
    let mut complaints = Vec::new();
    for number in &numbers {
        let functions = laws.get(number).unwrap_or(&nothing);
        let Some(cell) = rows.get(number) else {
            complaints.push(format!("{number} has no row"));
            continue;
        };
        let named = named(cell);
        for function in functions.difference(&named) {
            complaints.push(format!("{number} does not name {}", path(function)));
        }
        for function in named.difference(functions) {
            complaints.push(format!(
                "{number} names {}, which is not documented as that law",
                path(function)
            ));
        }
        if functions.is_empty() && named.is_empty() && cell.chars().count() < REASON {
            complaints.push(format!("{number} has neither a law nor a reason"));
        }
    }
    for number in rows.keys().filter(|number| !numbers.contains(number)) {
        complaints.push(format!("{number} is no law that we know of"));
    }
    complaints
}

fn path((owner, function): &(String, String)) -> String {
    format!("`{owner}::laws::{function}`")
}

/// The functions that a cell names: those in code with at least two colons.
fn named(cell: &str) -> Functions {
    cell.split('`')
        .skip(1)
        .step_by(2)
        .filter_map(|code| {
            let (owner, rest) = code.split_once("::laws::")?;
            let function = rest.rsplit("::").next()?;
            Some((owner.to_owned(), function.to_owned()))
        })
        .collect()
}

/// The last cell of each row of a table whose first cell is a number.
fn rows(guide: &str) -> BTreeMap<Number, String> {
    guide.lines().filter_map(row).collect()
}

fn row(line: &str) -> Option<(Number, String)> {
    let cells = line.trim().strip_prefix('|')?.strip_suffix('|')?;
    let (first, rest) = cells.split_once('|')?;
    let (_, last) = rest.rsplit_once('|').unwrap_or(("", rest));
    Some((Number::parse(first.trim())?, last.trim().to_owned()))
}

/// The tests that a reason cites: code that reads like the name of one, in at least three words.
fn cited(cell: &str) -> impl Iterator<Item = &str> {
    let is_name = |code: &str| {
        code.matches('_').count() >= 2 && code.chars().all(|c| c.is_ascii_lowercase() || c == '_')
    };
    let code = cell.split('`').skip(1).step_by(2);
    code.filter(move |code| is_name(code))
}

/// The names of all functions of our crates, tests included.
fn functions(workspace: &Workspace) -> Outcome<BTreeSet<String>> {
    let mut names = BTreeSet::new();
    visit(&workspace.path("crates"), true, &mut |text| {
        let lines = text.lines().map(str::trim);
        names.extend(lines.filter_map(function).map(str::to_owned));
    })?;
    Ok(names)
}

/// Every law of every crate.
fn find(workspace: &Workspace) -> Outcome<BTreeMap<Number, Functions>> {
    let mut laws = BTreeMap::new();
    for entry in fs::read_dir(workspace.path("crates"))? {
        let entry = entry?;
        let owner = entry.file_name().to_string_lossy().replace('-', "_");
        visit(&entry.path(), false, &mut |text| {
            for (number, function) in declared(text) {
                laws.entry(number)
                    .or_insert_with(Functions::new)
                    .insert((owner.clone(), function));
            }
        })?;
    }
    Ok(laws)
}

/// Shows `look` every Rust file called `laws` and every one below a directory called so.
fn visit(path: &Path, is_inside: bool, look: &mut dyn FnMut(&str)) -> Outcome {
    let is_inside = is_inside || path.file_stem().is_some_and(|stem| stem == "laws");
    if path.is_dir() {
        for entry in fs::read_dir(path)? {
            visit(&entry?.path(), is_inside, look)?;
        }
    } else if is_inside && path.extension().is_some_and(|kind| kind == "rs") {
        look(&fs::read_to_string(path)?);
    }
    Ok(())
}

/// The laws that a file declares: the numbers of a documentation, and the function below it.
fn declared(text: &str) -> Vec<(Number, String)> {
    let mut found = Vec::new();
    let mut numbers: Vec<Number> = Vec::new();
    for line in text.lines().map(str::trim) {
        if let Some(heading) = line.strip_prefix("/// **") {
            if numbers.is_empty() {
                numbers = Number::heading(heading);
            }
        } else if let Some(name) = function(line) {
            found.extend(numbers.drain(..).map(|number| (number, name.to_owned())));
        }
    }
    found
}

/// The name of the function that a line begins.
fn function(line: &str) -> Option<&str> {
    let line = line.strip_prefix("pub ").unwrap_or(line);
    let line = line.strip_prefix("async ").unwrap_or(line);
    let rest = line.strip_prefix("fn ")?;
    rest.split(|c: char| !c.is_alphanumeric() && c != '_')
        .next()
}

impl Number {
    /// Reads `L12`.
    fn parse(text: &str) -> Option<Self> {
        let mut characters = text.chars();
        let series = characters.next().filter(char::is_ascii_uppercase)?;
        let number = characters.as_str();
        let is_number = number.chars().all(|c| c.is_ascii_digit()) && !number.starts_with('0');
        is_number.then_some(())?;
        Some(Self(series, number.parse().ok()?))
    }

    /// Reads the numbers of `L43, L44.** …` and of `L12. Name.** …`; none where it is another heading.
    fn heading(text: &str) -> Vec<Self> {
        let Some((numbers, _)) = text.split_once('.') else {
            return Vec::new();
        };
        let numbers: Option<Vec<Self>> = numbers
            .split([',', '–'])
            .map(|word| Self::parse(word.trim()))
            .collect();
        numbers.unwrap_or_default()
    }
}

impl std::fmt::Display for Number {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}{}", self.0, self.1)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const FILE: &str = "\
        //! Laws.\n\
        /// **L12. Monotone blocking.** Adding an event.\n\
        ///\n\
        /// # Errors\n\
        pub fn monotone<S>(\n\
        /// **L43, L44.** Not earlier, and least.\n\
        #[must_use]\n\
            pub fn least() {\n\
        /// **Note.** No law.\n\
        fn helper() {\n";

    #[test]
    fn numbers_stand_before_the_function_that_they_are_of() {
        let found: Vec<String> = declared(FILE)
            .into_iter()
            .map(|(number, name)| format!("{number} {name}"))
            .collect();
        assert_eq!(found, ["L12 monotone", "L43 least", "L44 least"]);
    }

    fn laws() -> BTreeMap<Number, Functions> {
        BTreeMap::from([(
            Number('L', 1),
            BTreeSet::from([("consent".to_owned(), "order_free".to_owned())]),
        )])
    }

    /// A table with a reason for everything but L1.
    fn guide(first: &str) -> String {
        REQUIRED
            .iter()
            .flat_map(|(series, last)| (1..=*last).map(|number| Number(*series, number)))
            .filter(|number| *number != Number('L', 1))
            .map(|number| format!("| {number} | x | {} |", "why ".repeat(9)))
            .chain([first.to_owned()])
            .collect::<Vec<_>>()
            .join("\n")
    }

    fn complaints(first: &str) -> String {
        compare(&laws(), &rows(&guide(first))).join("\n")
    }

    #[test]
    fn a_law_has_a_row_that_names_its_function() {
        assert_eq!(
            complaints("| L1 | Order | `consent::laws::order_free` |"),
            ""
        );
        assert_eq!(
            complaints("| L1 | Order | `consent::laws::fold::order_free` |"),
            ""
        );
        assert_eq!(complaints(""), "L1 has no row");
        assert_eq!(
            complaints("| L1 | Order | somebody checks it somewhere |"),
            "L1 does not name `consent::laws::order_free`"
        );
        let stranger = "| L1 | Order | `consent::laws::order_free`, `consent::laws::gone` |";
        assert!(complaints(stranger).contains("names `consent::laws::gone`"));
    }

    #[test]
    fn functions_are_put_into_their_rows_and_reasons_stay() {
        let guide = "text\n| L1 | Order | ? |\n| L2 | Other | a reason with a | in code |\n";
        assert_eq!(
            renewed(guide, &laws()),
            "text\n| L1 | Order | `consent::laws::order_free` |\n| L2 | Other | a reason with a | in code |\n"
        );
    }

    #[test]
    fn a_reason_cites_tests_by_their_names() {
        let cell = "See `nothing_is_sent_after_stop`, `SendableMessage` and `laws`.";
        assert_eq!(
            cited(cell).collect::<Vec<_>>(),
            ["nothing_is_sent_after_stop"]
        );
    }

    #[test]
    fn a_row_without_a_law_has_a_reason() {
        let empty = rows("| L2 | Idempotence | |");
        let found = compare(&BTreeMap::new(), &empty);
        assert!(found.contains(&"L2 has neither a law nor a reason".to_owned()));
        let unknown = rows("| L107 | Something | a reason that is long enough |");
        assert!(
            compare(&BTreeMap::new(), &unknown).contains(&"L107 is no law that we know of".into())
        );
    }
}
