use super::{Lexicon, NOTHING};

/// Compliance reference, 5.2: curated.
pub(super) const LEXICON: Lexicon = Lexicon {
    opt_out: &[
        "stop",
        "afmeld",
        "afmelding",
        "frameld",
        "framelding",
        "afmeld mig",
        "frameld mig",
        "stopp",
        "stoppe",
        "afslut",
    ],
    cancel: &["annuller", "aflys", "afbestil"],
    whole: &["slut", "nok"],
    opt_in: &["tilmeld", "begynd"],
    help: &["hjælp"],
    yes: &["ja"],
    confirm: &["ja tak", "bekræft", "bekræfter", "jeg bekræfter"],
    no: &["nej", "nej tak"],
    filler: &[
        "venligst", "tak", "nu", "alle", "beskeder", "sms", "mig", "de", "disse", "dette", "jeres",
        "hej", "spam", "at", "sende", "jeg", "vil",
    ],
    guards: &[
        "ikke stop|stoppe|afslut|annuller|aflys",
        "kan ikke stoppe",
        "stop ved|på|i",
        "aflys|annuller|afbestil min|mit|vores|den _? tid|aftale|ordre|bestilling|møde",
        "ikke interesseret i den|det",
    ],
    doubtful: &["ikke ring", "ring ikke"],
    phrases: &[
        "stop med at",
        "hold op med at",
        "send|skriv mig? ikke|ikke|ingen flere|mere|beskeder|sms|længere",
        "send|skriv|kontakt mig? ikke mere|flere|mig|længere",
        "ikke flere|mere beskeder|sms",
        "ingen flere beskeder|sms",
        "fjern|slet mig|mit fra|nummer",
        "lad mig være",
        "ikke interesseret",
        "vil ikke have|modtage|længere",
        "afmeld|frameld mig",
    ],
    wrong_number: &["forkert nummer|person"],
    marketing: &["reklamer", "reklame", "tilbud", "markedsføring"],
    list: &["listen", "liste"],
    ..NOTHING
};
