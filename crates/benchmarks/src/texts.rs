//! Texts to count, and replies to read.

/// A sentence as businesses send it.
const SENTENCE: &str = "Hi Ana, your appointment with Dr. Smith is on Friday, 17 July at 10:30. \
     Reply C to confirm or R to move it. Example Clinic, 1 High Street. Text STOP to end. ";

/// What is sent in the languages of the world, with typography and emoji.
const MIXED: [&str; 8] = [
    "It’s ready – “collect” it before 18:00… We’re at 5 High St. Reply STOP to opt out.",
    "Ihre Bestellung wäre morgen verfügbar. Größe: 42, Preis: 19,90 €. Grüße, Müller & Söhne",
    "Bonjour Zoë, votre rendez-vous est confirmé à 10 h 30 avec François. À bientôt !",
    "Ваш заказ готов. Заберите его до 18:00 по адресу: ул. Ленина, 5.",
    "नमस्ते, आपका अपॉइंटमेंट कल सुबह 10:30 बजे है।",
    "您的订单已准备好,请在18:00之前领取。谢谢!",
    "Your parcel 📦 is out for delivery 🚚! Track it: https://example.com/t/42 👨‍👩‍👧‍👦",
    "Hi Ana, your appointment is on Friday at 10:30. Reply C to confirm. Example Clinic.",
];

/// Plain ASCII of this many bytes.
pub fn ascii(bytes: usize) -> String {
    SENTENCE
        .bytes()
        .cycle()
        .take(bytes)
        .map(char::from)
        .collect()
}

/// Texts in many languages, of one to three parts each: what a tenant's day looks like.
pub fn mixed() -> Vec<String> {
    (1..=3)
        .flat_map(|times| MIXED.iter().map(move |text| text.repeat(times)))
        .collect()
}

/// Replies as contacts write them, most of them conversation.
pub fn replies() -> &'static [&'static str] {
    &[
        "STOP",
        "Stop!",
        "Please stop texting me",
        "unsubscribe",
        "Can you stop by at 5?",
        "Thanks, see you on Friday",
        "YES",
        "C",
        "HELP",
        "START",
        "What time does the shop close today? I would like to come by after work if that is possible.",
        "ok 👍",
        "Is it possible to move it to next week? I am travelling until Wednesday and would be back by then.",
        "I never signed up for this, take me off your list",
        "🛑",
        "No",
    ]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_texts_are_what_they_are_called() {
        assert_eq!(ascii(64 * 1024).len(), 64 * 1024);
        assert!(ascii(1_000).is_ascii());
        let texts = mixed();
        assert!(texts.iter().any(|text| text.is_ascii()));
        assert!(texts.iter().filter(|text| !text.is_ascii()).count() > texts.len() / 2);
    }
}
