//! How long a reply takes to read: `cargo run --release -p tidings-consent --example reply_speed`.

use std::{hint::black_box, time::Instant};
use tidings_consent::{Language, Languages, ReplyContext, classify_in};

fn main() {
    let started = Instant::now();
    black_box(classify_in("a", ReplyContext::Plain, Languages::NONE));
    println!(
        "first call, which builds the index: {:?}",
        started.elapsed()
    );
    let hints = Languages::one(Language::Spanish).with(Language::English);
    for text in [
        "STOP",
        "Thanks, see you at 5 by the bus stop!",
        "Please take me off your list, I never signed up for this",
        "¿Puedes cambiar mi cita al jueves por la tarde? Gracias",
        "कृपया मुझे मैसेज मत भेजो",
    ] {
        const ROUNDS: u32 = 20_000;
        let started = Instant::now();
        for _ in 0..ROUNDS {
            black_box(classify_in(black_box(text), ReplyContext::Plain, hints));
        }
        println!("{:?} {text}", started.elapsed() / ROUNDS);
    }
    for (name, text) in [
        ("stop", "stop ".repeat(200_000)),
        ("don't stop", "don't stop ".repeat(100_000)),
        ("cancel my", "cancel my ".repeat(100_000)),
        ("one word", "x".repeat(1_000_000)),
        ("lines", "stop it you\n".repeat(90_000)),
        ("accents", "é\u{301}\u{302}".repeat(200_000)),
        ("characters", "停止发送".repeat(90_000)),
    ] {
        let started = Instant::now();
        let answer = classify_in(&text, ReplyContext::Plain, hints);
        println!(
            "{:?} {} kB of {name}: {:?}",
            started.elapsed(),
            text.len() / 1_000,
            answer.reply
        );
    }
}
