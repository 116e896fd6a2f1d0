//! The guide shows this code and nothing that only looks like it: each snippet is a region of a file.

use std::{fs, path::Path};

/// What stands between `guide: <name>` and `guide: end` in a file, without the common indentation.
fn region(file: &str, name: &str) -> Option<String> {
    let lines: Vec<&str> = file
        .lines()
        .skip_while(|line| !line.trim_end().ends_with(&format!("guide: {name}")))
        .skip(1)
        .take_while(|line| !line.trim_end().ends_with("guide: end"))
        .collect();
    let indentation = lines
        .iter()
        .filter(|line| !line.trim().is_empty())
        .map(|line| line.len() - line.trim_start().len())
        .min()?;
    let dedented: Vec<&str> = lines
        .iter()
        .map(|line| line.get(indentation..).unwrap_or_default())
        .collect();
    Some(dedented.join("\n"))
}

/// Every snippet of the guide: its file, the name of its region, and its text; `None` for one that is not
/// in that form.
fn snippets(guide: &str) -> Vec<Option<(&str, &str, &str)>> {
    let read = |rest| -> Option<(&str, &str, &str)> {
        let (place, rest): (&str, &str) = str::split_once(rest, " -->\n")?;
        let (file, name) = place.split_once(' ')?;
        let (_, rest) = rest.split_once("```")?;
        let (_, code) = rest.split_once('\n')?;
        let (code, _) = code.split_once("\n```")?;
        Some((file, name, code))
    };
    guide.split("<!-- snippet ").skip(1).map(read).collect()
}

#[test]
fn each_snippet_of_the_guide_is_code_of_this_example() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let guide = fs::read_to_string(root.join("docs/guides/embedding.md")).unwrap();
    let snippets = snippets(&guide);
    assert!(snippets.len() >= 8, "the guide shows code");
    for snippet in snippets {
        let (file, name, shown) = snippet.unwrap();
        let text = fs::read_to_string(root.join(file)).unwrap();
        let actual = region(&text, name);
        assert_eq!(actual.as_deref(), Some(shown), "{file}, {name}");
    }
}

#[test]
fn the_front_page_shows_what_the_readme_here_compiles() {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    let front = fs::read_to_string(here.join("../../README.md")).unwrap();
    let readme = fs::read_to_string(here.join("README.md")).unwrap();
    let shown: Vec<&str> = front
        .split("```rust\n")
        .skip(1)
        .filter_map(|rest| Some(rest.split_once("```")?.0))
        .collect();
    assert!(!shown.is_empty(), "the front page shows code");
    for code in shown {
        assert!(readme.contains(code), "compiled nowhere:\n{code}");
    }
}

#[test]
fn a_region_is_found_without_its_indentation() {
    let file = "x\n    // guide: a\n    one {\n        two\n\n    }\n    // guide: end\n";
    assert_eq!(region(file, "a").unwrap(), "one {\n    two\n\n}");
    assert_eq!(region(file, "b"), None);
}
