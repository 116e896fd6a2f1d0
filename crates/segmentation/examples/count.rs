//! Tells what the text on standard input costs as SMS, and what would make it cheaper.
//!
//! `echo 'It’s ready' | cargo run --example count`

use std::io::{self, Read as _, Write as _};
use tidings_segmentation::{Fix, fix, segment};

fn main() -> io::Result<()> {
    let mut text = String::new();
    io::stdin().read_to_string(&mut text)?;
    let text = text.trim_end_matches(['\r', '\n']);
    let mut out = io::stdout().lock();

    let found = segment(text);
    let (name, count) = (found.encoding.as_str(), found.count);
    writeln!(out, "{name}, {} units, {count} parts", found.units)?;
    for (index, part) in found.parts.iter().enumerate() {
        let own = found.part_text(text, index).unwrap_or_default();
        writeln!(out, "{:>4}  {:>3}  {own:?}", index + 1, part.units)?;
    }
    match fix(text) {
        Fix::Unneeded => Ok(()),
        Fix::Saves(fixed) => {
            writeln!(out, "{} parts less:", fixed.saved())?;
            for made in &fixed.substitutions {
                writeln!(out, "  at {}: {:?} as {:?}", made.index, made.from, made.to)?;
            }
            Ok(())
        }
        Fix::Pointless(_) => writeln!(out, "nothing to save in GSM-7"),
        Fix::Blocked(blockers) => {
            let chars: String = blockers.iter().map(|blocker| blocker.char).collect();
            writeln!(out, "not in GSM-7, and nothing like it is: {chars}")
        }
    }
}
