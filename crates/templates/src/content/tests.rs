use super::*;

fn context(purpose: Purpose, language: &'static str) -> ContentContext<'static> {
    ContentContext {
        brand: Brand::Named(&["Acme", "Café Zoë"]),
        domains: Some(&["acme.example"]),
        ..ContentContext::new(Channel::Sms, purpose, language)
    }
}

fn codes(text: &str, context: &ContentContext<'_>) -> Vec<Code> {
    let found = inspect(text, context);
    for diagnostic in &found {
        assert!(
            text.get(diagnostic.span.clone()).is_some(),
            "{diagnostic:?}"
        );
    }
    found
        .into_iter()
        .map(|diagnostic| diagnostic.code)
        .collect()
}

#[test]
fn marketing_says_who_and_how_to_stop_in_eleven_languages() {
    for (language, text) in [
        ("en", "Acme: 20% off today. Reply STOP to opt out"),
        ("en", "Acme sale! Text STOP to end. https://acme.example/x"),
        ("en", "Acme sale! Opt out: https://acme.example/o"),
        ("en", "Acme offers. STOP to unsubscribe"),
        ("en", "ACME offers. Txt \"STOP\" 2 quit"),
        ("es", "Acme: 20% de descuento. Responde BAJA para cancelar"),
        ("es", "Acme: ofertas. Envía STOP"),
        ("fr", "Acme: soldes. STOP au 36180"),
        ("fr", "Acme : soldes. Répondez ARRÊT"),
        (
            "pt_BR",
            "Acme: promoção. Responda SAIR para não receber mais",
        ),
        ("de", "Acme: 20 % Rabatt. Antworten Sie mit STOPP"),
        ("de", "Acme: Angebot. STOP an 12345"),
        ("it", "Acme: sconti. Rispondi STOP per annullare"),
        ("nl", "Acme: korting. Stuur STOP om je af te melden"),
        ("pl", "Acme: promocja. Odpisz STOP, aby zrezygnować"),
        ("tr", "Acme: %50 indirim. İptal için RET yazın"),
        ("tr", "Acme: indirim. RET yazıp 1234'e gönderin"),
        ("hi", "Acme: 20% छूट. बंद करने के लिए STOP लिखकर भेजें"),
        ("ar", "Acme: خصم. أرسل إيقاف لإلغاء الاشتراك"),
    ] {
        assert_eq!(
            codes(text, &context(Purpose::Marketing, language)),
            [],
            "{text}"
        );
    }
    for language in [
        "en", "es", "fr", "pt", "de", "it", "nl", "pl", "tr", "hi", "ar", "sv",
    ] {
        let text = format!("Acme: 20%. {}", stop_line(language));
        assert_eq!(
            codes(&text, &context(Purpose::Marketing, language)),
            [],
            "{text}"
        );
        let missing = [Code::BrandMissing, Code::StopLineMissing];
        assert_eq!(
            codes("20% 20%", &context(Purpose::Marketing, language)),
            missing
        );
    }
}

#[test]
fn a_word_of_stopping_alone_is_no_stop_line() {
    for text in [
        "Acme: don't stop dancing, 20% off",
        "Acme: the end of summer sale",
        "Acme: our last stop is Paris",
        "Acme: unsubscribe here",
        "Acme: please reply. Stop by today",
        "Acme: reply YES for more and come to our next great big stop",
        "Acme: nonstop offers. Replystop",
        "Acme: big deals. Message us before the end of May",
        "Acme: sale. Text us today, all offers end soon",
        "Acme: shuttle deals. We text you at every stop",
        "Acme: send no money, cancel any time",
    ] {
        let found = codes(text, &context(Purpose::Marketing, "en"));
        assert!(found.contains(&Code::StopLineMissing), "{text}: {found:?}");
    }
}

#[test]
fn a_brand_is_a_whole_word_however_it_is_written() {
    let found = |text| codes(text, &context(Purpose::Transactional, "en"));
    for text in [
        "ACME: hi",
        "hi from acme.",
        "cafe zoe says hi",
        "Cafe\u{301} Zoe\u{308}",
        "(Acme)",
    ] {
        assert_eq!(found(text), [], "{text}");
    }
    assert_eq!(
        found("\u{FEFF}Acme: hi"),
        [Code::InvisibleCharacter],
        "it is named, though something hides before it"
    );
    for text in ["Acmeology", "tacme", "Caf", "A c m e"] {
        assert_eq!(found(text), [Code::BrandMissing], "{text}");
    }
    // Nobody said what the brand is: the rule cannot be met.
    let nameless = ContentContext::new(Channel::Sms, Purpose::Marketing, "en");
    assert!(codes("Acme: reply STOP to end", &nameless).contains(&Code::BrandMissing));
    let reply = context(Purpose::Conversational, "en");
    assert_eq!(codes("At ten.", &reply), []);
}

#[test]
fn links_lead_where_the_tenant_lives() {
    let found = |text: &str, purpose| {
        let text = format!("Acme. Reply STOP to end. {text}");
        let found = inspect(&text, &context(purpose, "en"));
        found
            .into_iter()
            .map(|d| (d.code, d.severity))
            .collect::<Vec<_>>()
    };
    let marketing = |text| found(text, Purpose::Marketing);
    assert_eq!(marketing("https://go.acme.example/a"), []);
    assert_eq!(
        marketing("http://BIT.LY/a"),
        [(Code::PublicShortener, Severity::Error)]
    );
    assert_eq!(
        marketing("tinyurl.com/a"),
        [(Code::PublicShortener, Severity::Error)]
    );
    assert_eq!(
        marketing("https://acme.example.evil.example/"),
        [(Code::ForeignLink, Severity::Error)]
    );
    assert_eq!(
        marketing("https://acme.example@evil.example/"),
        [
            (Code::ForeignLink, Severity::Error),
            (Code::DisguisedLink, Severity::Warning)
        ]
    );
    assert_eq!(
        found("other.example", Purpose::Transactional),
        [(Code::ForeignLink, Severity::Warning)]
    );
    assert_eq!(
        found("https://acme.example/", Purpose::Authentication),
        [(Code::LinkWithCode, Severity::Error)]
    );
}

#[test]
fn a_mixed_message_is_an_advertisement() {
    for (language, text) in [
        (
            "en",
            "Your order shipped. Use code SAVE10 for your next one",
        ),
        ("en", "Appointment at ten. $10 off cleaning!"),
        ("en", "Receipt. Discount: 20%"),
        ("en", "Don’t miss out"),
        ("es", "Tu cita es mañana. ¡Aprovecha!"),
        ("fr", "Colis livré. -20 % de réduction"),
        ("pt", "Pedido enviado. Frete grátis na próxima"),
        ("de", "Termin morgen. Nur heute: 10 % Rabatt"),
        ("it", "Ordine spedito. Sconto del 20%"),
        ("nl", "Bestelling verzonden. 10% korting"),
        ("pl", "Zamówienie wysłane. Kod rabatowy w środku"),
        ("tr", "Siparişiniz yolda. %20 indirim"),
        ("hi", "आपका ऑर्डर भेजा गया। अभी खरीदें"),
        ("ar", "تم شحن طلبك. عرض خاص"),
    ] {
        assert!(is_marketing(&detect_marketing(text, language)), "{text}");
    }
    for (language, text) in [
        (
            "en",
            "Acme: your order 42 ships today. Track it: https://acme.example/t/42",
        ),
        ("en", "Acme: your code is 123456. Do not share it."),
        (
            "en",
            "Your appointment with Dr. Off is at 10:00. Reply C to confirm.",
        ),
        ("en", "Your battery is at 20%. Switch it off."),
        ("en", "Feel free to call us."),
        ("de", "Acme: Ihr Termin ist morgen um 10 Uhr."),
        ("fr", "Acme : votre colis arrive demain."),
        ("es", "Acme: su cita es mañana a las 10."),
        ("pt", "Acme: seu pedido chega amanhã."),
        ("it", "Acme: il tuo ordine arriva domani."),
        ("nl", "Acme: je afspraak is morgen om 10 uur."),
        ("pl", "Acme: wizyta jutro o 10."),
        ("tr", "Acme: randevunuz yarın saat 10'da."),
    ] {
        assert!(!is_marketing(&detect_marketing(text, language)), "{text}");
    }
    let order = context(Purpose::Transactional, "en");
    assert_eq!(
        codes("Acme: shipped. Flash sale!", &order),
        [Code::Promotion, Code::Promotion]
    );
}

#[test]
fn spam_looks_like_spam() {
    let order = context(Purpose::Transactional, "en");
    for (text, code) in [
        ("ACME: YOUR ORDER IS READY FOR PICKUP", Code::Shouting),
        ("Acme: ready!!! Now", Code::ExcessPunctuation),
        ("Acme: ready\u{7}", Code::ControlCharacter),
        ("Acme: a\u{202E}b", Code::InvisibleCharacter),
        ("Acme: fr\u{200B}ee", Code::InvisibleCharacter),
        ("Acme: the casino is open", Code::ProhibitedContent),
    ] {
        assert_eq!(codes(text, &order), [code], "{text}");
    }
    assert_eq!(codes("Acme: OTP 123 FOR IBAN\nBye!?", &order), []);
    assert_eq!(codes(" \n", &order), [Code::EmptyText, Code::BrandMissing]);
}

#[test]
fn values_neither_stop_nor_advertise() {
    let order = context(Purpose::Transactional, "en");
    let check = |before: &str, value: &str, after: &str| {
        let text = format!("{before}{value}{after}");
        let span = before.len()..before.len() + value.len();
        let found = inspect_values(&text, &[span], &order);
        found.into_iter().map(|d| d.code).collect::<Vec<_>>()
    };
    assert_eq!(check("Hi ", "Ana", ", reply STOP to end"), []);
    assert_eq!(
        check("Hi ", "Reply NOSTOP or reply STOP to end", ""),
        [Code::StopLineInjected]
    );
    // Half of it from the value, half from the author.
    assert_eq!(
        check("Hi, reply ", "stop", " please"),
        [Code::StopLineInjected]
    );
    assert_eq!(check("Hi ", "50% off", ""), [Code::PromotionInjected]);
    // The author's own doing is said elsewhere.
    assert_eq!(check("Flash sale! Hi ", "voucher", ""), []);
}

#[test]
fn a_megabyte_is_read_in_linear_time() {
    let order = context(Purpose::Transactional, "en");
    for piece in [
        "a",
        ".",
        "reply stop ",
        "%",
        "5% off ",
        "!",
        "é",
        "http://",
        "to ",
        "\u{301}",
    ] {
        let text = piece.repeat(1_000_000 / piece.len());
        let found = inspect(&text, &order);
        assert!(found.len() <= MAX_INSPECTED);
        let whole = 0..text.len();
        inspect_values(&text, &[whole], &order);
    }
}
