//! Prints the table of shipped rules, the last part of the README:
//! `cargo run -p tidings-jurisdictions --example shipped`.

use tidings_jurisdictions::{PackError, Packs};

fn main() -> Result<(), PackError> {
    println!("{}", Packs::bundled()?.table());
    Ok(())
}
