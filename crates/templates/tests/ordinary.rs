//! Ordinary texts of real kinds of business are what they are: the detector of marketing must not take a
//! receipt for an advertisement, nor an advertisement for a receipt.

use tidings_templates::content::{detect_marketing, is_marketing};

/// What a business tells a customer who asked for it.
const TRANSACTIONAL: &[(&str, &str)] = &[
    (
        "en",
        "Riverside Dental: your appointment with Dr. Chen is on Tue 3 Mar at 10:30. Reply C to confirm or R to reschedule. Free parking behind the building.",
    ),
    (
        "en",
        "Your receipt: 2 items, discount applied -$4.00, total $21.50. Thank you for your purchase.",
    ),
    (
        "en",
        "Acme: payment received. Subtotal $40.00, 10% discount $4.00, total $36.00. Order 8841.",
    ),
    (
        "en",
        "Sale completed: $52.10 on card ending 4242. Keep this message as your receipt.",
    ),
    (
        "en",
        "Your order has shipped. Save this number to contact your driver.",
    ),
    (
        "en",
        "Lakeview Clinic: please turn off your phone and arrive 15 minutes early. Parking is free.",
    ),
    (
        "en",
        "Your refund of $30.00 was issued. If you have questions, visit our shop or call us.",
    ),
    (
        "en",
        "Hi Ana, your car is ready. The service team at the shop is open until 6pm.",
    ),
    (
        "en",
        "Power will be off in your street from 9am to 1pm on Tuesday for repairs.",
    ),
    (
        "en",
        "Your prescription is ready. Your copay is $5. Offer ID 99 is not required at pickup.",
    ),
    (
        "en",
        "We received your job offer acceptance. HR will call you tomorrow.",
    ),
    (
        "en",
        "Your offer on 12 Oak Street was accepted by the seller. Your agent will call you.",
    ),
    (
        "en",
        "Congratulations, the sale of your house closes on Friday at 10:00. Bring a photo ID.",
    ),
    (
        "en",
        "Gas leak reported near Main St. Leave the building now. Do not wait, hurry to the nearest exit.",
    ),
    (
        "en",
        "Flood warning: move to higher ground. Free shelter at Lincoln High School, shuttle from the shop on 5th.",
    ),
    (
        "en",
        "Customs clearance for parcel 1Z999 is complete. Delivery tomorrow before noon.",
    ),
    (
        "en",
        "Your security clearance interview is on Monday at 9:00, room 204.",
    ),
    (
        "en",
        "Your voucher for the hotel is attached to your booking 7781. Check-in from 3pm.",
    ),
    (
        "en",
        "Congratulations on your promotion, Ana! Your new contract is ready to sign.",
    ),
    (
        "en",
        "Your coupon was applied to order 1182. You were charged $18.20.",
    ),
    (
        "en",
        "Your free trial ends on 5 May. You will be charged $9.99 per month unless you cancel before.",
    ),
    (
        "en",
        "Your bonus of $500 was paid into your account ending 1234.",
    ),
    (
        "en",
        "You took the day off on 3 June: approved by Sam. Remaining: 12 days.",
    ),
    (
        "en",
        "20% of your data plan is left. Data switches off at 0%.",
    ),
    (
        "en",
        "Your bill of $54.10 is due on 1 June. Pay by the 25th to avoid a late fee.",
    ),
    (
        "en",
        "Pickup reminder: your bus stops at Pine St at 7:40. The driver drops off at 8:05.",
    ),
    (
        "en",
        "You saved $3.20 on this fill-up. Receipt total $48.10.",
    ),
    (
        "en",
        "Your table at Lupo is booked for 8pm. We hold it for 15 minutes. Happy to help with any allergy.",
    ),
    (
        "en",
        "Your reward points balance is 1,240 after this purchase.",
    ),
    (
        "en",
        "Your vaccine is due. Flu shots are free at the clinic. Call us to book.",
    ),
    (
        "en",
        "Thanks for shopping with us! Order 991 will arrive today between 2 and 4.",
    ),
    (
        "en",
        "Please order now if you want the replacement part we discussed; the technician comes on Monday.",
    ),
    (
        "en",
        "Limited time slots: your delivery is now 6-8pm. Reply 1 to keep it.",
    ),
    ("en", "Acme: use code 482913 to sign in. Do not share it."),
    ("en", "Use code: 7714 to open the front door."),
    (
        "en",
        "Last chance to confirm your appointment tomorrow at 9. Reply C.",
    ),
    (
        "en",
        "We are closed on Black Friday. Your delivery moves to Monday.",
    ),
    (
        "en",
        "New collection day for your street: Tuesday. Save this number for questions. Bags are free at city hall.",
    ),
    ("en", "Your bike is ready at the shop. Parking is free."),
    (
        "en",
        "Your app is out of date. Upgrade now to keep your account safe.",
    ),
    ("en", "Your voucher for the parking garage: 5512."),
    ("es", "Usa el código 482913 para entrar. No lo compartas."),
    (
        "fr",
        "Profitez bien de votre séjour. Le petit-déjeuner est servi dès 7h.",
    ),
    ("tr", "Fatura ödemesi için son gün 5 Mayıs."),
    (
        "de",
        "Praxis Dr. Weber: Ihr Termin ist am 3.3. um 10:30 Uhr. Kostenlose Parkplätze im Hof.",
    ),
    (
        "de",
        "Ihr Angebot Nr. 4711 für die Reparatur liegt bereit. Bitte bestätigen Sie bis Freitag.",
    ),
    (
        "de",
        "Ihre Rechnung 2209: Zwischensumme 40,00 €, Rabatt 4,00 €, gesamt 36,00 €.",
    ),
    ("de", "Ihr Gutschein wurde eingelöst. Restbetrag 12,50 €."),
    (
        "de",
        "Ihr Paket ist da. Abholung nur heute bis 18 Uhr möglich, danach geht es zurück.",
    ),
    (
        "de",
        "Diese Aktion kann nicht rückgängig gemacht werden. Ihr Konto wurde geschlossen.",
    ),
    ("de", "Zahlung fehlgeschlagen. Letzte Mahnung folgt am 5.5."),
    (
        "es",
        "Clínica Sol: su cita es el martes 3 a las 10:30. El aparcamiento es gratis.",
    ),
    (
        "es",
        "Su recibo: subtotal 40,00 €, descuento 4,00 €, total 36,00 €.",
    ),
    (
        "es",
        "Hemos recibido tu oferta por el piso de la calle Mayor. Te llamaremos mañana.",
    ),
    (
        "es",
        "Su pedido con envío gratis ha salido del almacén. Llega el jueves.",
    ),
    ("es", "Su cupón fue aplicado. Total cobrado: 18,20 €."),
    (
        "fr",
        "Cabinet Martin : votre rendez-vous est mardi à 10h30. Parking gratuit derrière l'immeuble.",
    ),
    (
        "fr",
        "Votre reçu : sous-total 40,00 €, remise 4,00 €, total 36,00 €. Merci de votre achat.",
    ),
    (
        "fr",
        "Votre offre d'emploi est prête à signer. Les RH vous appelleront.",
    ),
    (
        "fr",
        "Remise de votre colis demain entre 9h et 12h par le facteur.",
    ),
    (
        "pt",
        "Clínica Luz: sua consulta é terça às 10h30. Estacionamento grátis no local.",
    ),
    (
        "pt",
        "Seu recibo: subtotal R$ 40,00, desconto R$ 4,00, total R$ 36,00.",
    ),
    (
        "pt",
        "Promoção de cargo confirmada. O RH enviará o novo contrato.",
    ),
    (
        "it",
        "Studio Rossi: il suo appuntamento è martedì alle 10:30. Parcheggio gratuito.",
    ),
    (
        "it",
        "Ricevuta: subtotale 40,00 €, sconto 4,00 €, totale 36,00 €.",
    ),
    ("it", "La sua offerta per l'appartamento è stata accettata."),
    (
        "nl",
        "Tandarts Jansen: uw afspraak is dinsdag om 10:30. Gratis parkeren achter het gebouw.",
    ),
    (
        "nl",
        "Uw bon: subtotaal € 40,00, korting € 4,00, totaal € 36,00.",
    ),
    ("nl", "Uw aanbieding 4711 voor de reparatie staat klaar."),
    (
        "pl",
        "Gabinet Nowak: wizyta we wtorek o 10:30. Darmowy parking za budynkiem.",
    ),
    (
        "pl",
        "Paragon: suma 40,00 zł, rabat 4,00 zł, razem 36,00 zł.",
    ),
    ("tr", "Randevunuz salı 10:30. Otopark ücretsiz."),
    (
        "tr",
        "Fiş: ara toplam 40,00 TL, indirim 4,00 TL, toplam 36,00 TL.",
    ),
];

/// What sells, some of it dressed up as something else.
const MARKETING: &[(&str, &str)] = &[
    (
        "en",
        "Your order shipped! Get 20% off your next one with code BACK20.",
    ),
    (
        "en",
        "Flash sale today only: up to half price on everything.",
    ),
    ("en", "Reminder: our summer sale ends tonight. Shop now."),
    ("en", "Here is a coupon for your next visit: WELCOME10."),
    ("en", "Use promo code SPRING for free shipping."),
    ("en", "Buy one get one free on all shoes."),
    ("en", "Take $10 off your first order."),
    ("en", "Hurry, the sale ends tonight!"),
    ("en", "Save 15% on tires this week."),
    ("en", "Save up to $20 on tires."),
    (
        "en",
        "Your receipt is attached. Coupon code inside: BACK10.",
    ),
    ("en", "Start your free trial of Premium now."),
    ("en", "Big clearance: everything must go!"),
    (
        "en",
        "Appointment confirmed. Try our special offer on whitening.",
    ),
    (
        "en",
        "We have a new promotion for you: two pizzas, one price.",
    ),
    (
        "en",
        "Happy birthday! A voucher is waiting for you in our shop.",
    ),
    ("en", "Order now and get free delivery."),
    ("en", "Limited time offer: upgrade now."),
    ("en", "Win a trip to Rome. Enter at our shop."),
    ("en", "Exclusive deals for VIP members."),
    ("de", "Nur heute: 20 % Rabatt auf alles!"),
    (
        "de",
        "Unser Angebot der Woche: Schuhe ab 19 €. Jetzt kaufen.",
    ),
    (
        "de",
        "Ein Gutschein über 10 € wartet auf Sie. Jetzt bestellen.",
    ),
    (
        "de",
        "Kostenlos testen und sparen: nur solange der Vorrat reicht.",
    ),
    ("es", "Oferta especial: 2x1 en pizzas."),
    ("es", "Solo hoy: 20% de descuento en todo."),
    (
        "es",
        "Tenemos nuevas ofertas para ti. Compra ahora y recibe un regalo.",
    ),
    ("fr", "Soldes : -30 % sur tout le magasin."),
    ("fr", "Profitez de notre offre exclusive dès maintenant."),
    ("pt", "Promoção: 20% de desconto em tudo, só hoje."),
    ("it", "Sconti fino al 50%: solo oggi!"),
    ("nl", "Korting van 20% op alles, alleen vandaag."),
    ("pl", "Promocja: rabat 20% na wszystko, tylko dziś."),
    ("tr", "Sadece bugün %20 indirim!"),
];

#[test]
fn ordinary_texts_are_no_advertisements() {
    let taken: Vec<String> = TRANSACTIONAL
        .iter()
        .filter_map(|(language, text)| {
            let markers = detect_marketing(text, language);
            let phrases: Vec<_> = markers.iter().map(|marker| marker.phrase).collect();
            is_marketing(&markers).then(|| format!("{language} {phrases:?}: {text}"))
        })
        .collect();
    assert!(
        taken.is_empty(),
        "{} of {}:\n{}",
        taken.len(),
        TRANSACTIONAL.len(),
        taken.join("\n")
    );
}

#[test]
fn advertisements_are_seen_through_their_dress() {
    let missed: Vec<String> = MARKETING
        .iter()
        .filter_map(|(language, text)| {
            let markers = detect_marketing(text, language);
            (!is_marketing(&markers)).then(|| format!("{language} {markers:?}: {text}"))
        })
        .collect();
    assert!(
        missed.is_empty(),
        "{} of {}:\n{}",
        missed.len(),
        MARKETING.len(),
        missed.join("\n")
    );
}
