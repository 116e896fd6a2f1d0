//! A provider's table of codes, compared with a list of them that says where it comes from.

use std::collections::{BTreeMap, BTreeSet};
use tidings_routing::{Class, ErrorTable};

/// What the line with the source begins with.
const SOURCE: &str = "# Source: ";
/// What stands behind the class of codes that are meant for marketing alone.
const MARKETING_ONLY: &str = " (marketing only)";

/// Panics unless `table` has exactly the codes of `listed`, each once and in its class.
///
/// The list is text, kept beside the tests of an adapter: `class: code code …` in each line, where a class may
/// have several; `#` begins a remark, and one of them is `# Source: …`. `class (marketing only): code …` says that the
/// source means that for marketing alone: an account that refuses no more than that is not out for everything, so
/// its codes must be of the sender.
///
/// # Examples
/// ```rust
/// use tidings_routing::{Class, ErrorEntry, ErrorTable};
///
/// const ERRORS: ErrorTable = ErrorTable::new(&[
///     ErrorEntry { code: "no-credit", class: Class::Account, advice: "" },
///     ErrorEntry { code: "no-terms", class: Class::Sender, advice: "" },
///     ErrorEntry { code: "stopped", class: Class::OptedOut, advice: "" },
/// ]);
/// let list = "# Source: Acme's API reference, 2026\naccount: no-credit\naccount (marketing only): no-terms\n\
///             opted_out: stopped\n";
/// tidings_conformance::error_table(&ERRORS, list);
/// ```
///
/// # Panics
/// If a code is missing, too much, twice there or in another class, or the list is none.
pub fn error_table(table: &ErrorTable, listed: &str) {
    assert!(
        listed.lines().any(|line| line.starts_with(SOURCE)),
        "the list does not say where it comes from: begin a line with {SOURCE:?}"
    );
    let listed = read(listed);
    for (code, class) in &listed {
        let found = table.find(code).map(|row| row.class);
        assert_eq!(found, Some(*class), "the code {code}");
    }
    let known: BTreeSet<&str> = table.rows().iter().map(|row| row.code).collect();
    assert_eq!(known.len(), table.rows().len(), "a code has two rows");
    let unlisted: Vec<&&str> = known
        .iter()
        .filter(|code| !listed.contains_key(**code))
        .collect();
    assert!(unlisted.is_empty(), "no source has {unlisted:?}");
}

fn read(listed: &str) -> BTreeMap<&str, Class> {
    let mut codes = BTreeMap::new();
    let lines = listed.lines().filter(|line| !line.starts_with('#'));
    for line in lines.filter(|line| !line.trim().is_empty()) {
        let parts = line.split_once(':');
        let parts = parts.and_then(|(class, codes)| Some((class_of(class)?, codes)));
        let Some((class, list)) = parts else {
            panic!("a line of the list does not begin with a class: {line}");
        };
        for code in list.split_whitespace() {
            let before = codes.insert(code, class);
            assert_eq!(before, None, "the list has {code} twice");
        }
    }
    assert!(!codes.is_empty(), "the list has no codes");
    codes
}

/// The class that a table gives to what the list calls so.
fn class_of(told: &str) -> Option<Class> {
    let for_marketing = told.strip_suffix(MARKETING_ONLY);
    let class = for_marketing.unwrap_or(told).parse().ok()?;
    let goes_on_otherwise = class == Class::Account && for_marketing.is_some();
    Some(if goes_on_otherwise {
        Class::Sender
    } else {
        class
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_for_marketing_only_is_the_sender_s() {
        assert_eq!(class_of("account"), Some(Class::Account));
        assert_eq!(class_of("account (marketing only)"), Some(Class::Sender));
        let opted_out = class_of("opted_out (marketing only)");
        assert_eq!(opted_out, Some(Class::OptedOut));
        assert_eq!(class_of("account (sometimes)"), None);
    }
}
