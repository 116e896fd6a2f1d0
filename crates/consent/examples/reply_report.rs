//! Prints the table of `corpus/README.md`, and on standard error each reply that is read otherwise
//! than it is labelled: `cargo run -p tidings-consent --example reply_report`.

#[path = "../tests/score/mod.rs"]
mod score;

fn main() -> Result<(), String> {
    let corpus = score::corpus()?;
    for reply in &corpus {
        let answer = reply.answer();
        if answer != reply.expected {
            eprintln!(
                "{}\t{}\tlabelled {}\tread as {}\t{:?}",
                reply.split,
                reply.language,
                reply.expected.as_str(),
                answer.as_str(),
                reply.text,
            );
        }
    }
    print!("{}", score::table(&corpus));
    Ok(())
}
