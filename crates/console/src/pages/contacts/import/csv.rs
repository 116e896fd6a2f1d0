//! Comma-separated values (RFC 4180), as spreadsheets write them: also with semicolons or tabs.

/// A file with a header.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Table {
    pub(super) header: Vec<String>,
    /// Each with the number of its line in the file, from 1.
    pub(super) rows: Vec<(usize, Vec<String>)>,
    separator: char,
}

/// Why a text is no table.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(super) enum CsvError {
    /// A quote is never closed.
    #[error("The quote in line {0} is never closed.")]
    Unclosed(usize),
    /// There is no header.
    #[error("The file is empty: its first line names the columns.")]
    Empty,
}

impl Table {
    /// A cell; empty if the row is shorter.
    pub(super) fn cell(row: &[String], column: usize) -> &str {
        row.get(column).map_or("", |cell| cell.trim())
    }

    /// The table without its first rows, as a text that [`parse`] reads again with the same line numbers.
    pub(super) fn rest(&self, from: usize) -> String {
        let mut text = String::new();
        self.write(&mut text, &self.header);
        for (_, row) in self.rows.iter().skip(from) {
            self.write(&mut text, row);
        }
        text
    }

    fn write(&self, text: &mut String, row: &[String]) {
        for (place, cell) in row.iter().enumerate() {
            if place > 0 {
                text.push(self.separator);
            }
            let is_plain = !cell.contains([self.separator, '"', '\n', '\r']) && !cell.is_empty();
            if is_plain {
                text.push_str(cell);
            } else {
                text.push('"');
                text.push_str(&cell.replace('"', "\"\""));
                text.push('"');
            }
        }
        text.push('\n');
    }
}

/// Reads a table. Empty lines do not count.
pub(super) fn parse(text: &str) -> Result<Table, CsvError> {
    // A byte order mark, as some spreadsheets write it.
    let text = text.trim_start_matches('\u{feff}');
    let first = text.lines().find(|line| !line.trim().is_empty());
    let separator = separator(first.ok_or(CsvError::Empty)?);
    let mut rows: Vec<(usize, Vec<String>)> = Vec::new();
    let (mut row, mut cell) = (Vec::new(), String::new());
    let (mut line, mut began, mut opened) = (1, 1, None);
    let mut letters = text.chars().peekable();
    while let Some(letter) = letters.next() {
        if letter == '\n' {
            line += 1;
        }
        match (letter, opened) {
            ('"', Some(_)) if letters.peek() == Some(&'"') => {
                letters.next();
                cell.push('"');
            }
            ('"', Some(_)) => opened = None,
            ('"', None) if cell.trim().is_empty() => {
                cell.clear();
                opened = Some(line);
            }
            ('\r', None) => {}
            ('\n', None) => {
                row.push(std::mem::take(&mut cell));
                push(&mut rows, began, std::mem::take(&mut row));
                began = line;
            }
            (_, None) if letter == separator => row.push(std::mem::take(&mut cell)),
            (letter, _) => cell.push(letter),
        }
    }
    if let Some(line) = opened {
        return Err(CsvError::Unclosed(line));
    }
    row.push(cell);
    push(&mut rows, began, row);
    let mut rows = rows.into_iter();
    let (_, header) = rows.next().ok_or(CsvError::Empty)?;
    Ok(Table {
        header: header.iter().map(|name| name.trim().to_owned()).collect(),
        rows: rows.collect(),
        separator,
    })
}

fn push(rows: &mut Vec<(usize, Vec<String>)>, line: usize, row: Vec<String>) {
    if row.iter().any(|cell| !cell.trim().is_empty()) {
        rows.push((line, row));
    }
}

/// What stands between cells: what the header has most of.
fn separator(header: &str) -> char {
    let count = |separator: char| header.matches(separator).count();
    [',', ';', '\t']
        .into_iter()
        .rev()
        .max_by_key(|separator| count(*separator))
        .unwrap_or(',')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cells_are_read_with_quotes_lines_and_other_separators() {
        let table =
            parse("\u{feff}Name;Note\r\n\"Zoë; \"\"Z\"\"\";\"two\nlines\"\r\n\r\nBo;\n").unwrap();
        assert_eq!(table.header, ["Name", "Note"]);
        assert_eq!(
            table.rows[0],
            (2, vec!["Zoë; \"Z\"".into(), "two\nlines".into()])
        );
        assert_eq!(table.rows[1].0, 5);
        assert_eq!(Table::cell(&table.rows[1].1, 7), "");
        let tabs = parse("a\tb\n1\t2").unwrap();
        assert_eq!(tabs.rows[0].1, ["1", "2"]);
    }

    #[test]
    fn what_is_left_is_read_again() {
        let table = parse("a,b\n\"1,5\",\"x\"\"y\"\n,\"l\nm\"\nz,w\n").unwrap();
        let rest = parse(&table.rest(1)).unwrap();
        let cells = |table: &Table, from: usize| -> Vec<Vec<String>> {
            table
                .rows
                .iter()
                .skip(from)
                .map(|(_, row)| row.clone())
                .collect()
        };
        assert_eq!(cells(&rest, 0), cells(&table, 1));
        assert_eq!(rest.header, table.header);
    }

    #[test]
    fn what_is_no_table_is_refused() {
        assert_eq!(parse(" \n"), Err(CsvError::Empty));
        assert_eq!(parse("a,b\n1,\"2\n3"), Err(CsvError::Unclosed(2)));
    }
}
