//! Letters: composed with their marks, and without them.

/// The GSM-7 letter that `base` and a combining `mark` make together.
pub(crate) fn composed(base: char, mark: char) -> Option<&'static str> {
    // Deprecated twins of the grave and acute accent, canonically the same.
    let mark = match mark {
        '\u{340}' => '\u{300}',
        '\u{341}' => '\u{301}',
        other => other,
    };
    Some(match (base, mark) {
        ('a', '\u{300}') => "à",
        ('e', '\u{300}') => "è",
        ('i', '\u{300}') => "ì",
        ('o', '\u{300}') => "ò",
        ('u', '\u{300}') => "ù",
        ('e', '\u{301}') => "é",
        ('E', '\u{301}') => "É",
        ('n', '\u{303}') => "ñ",
        ('N', '\u{303}') => "Ñ",
        ('a', '\u{308}') => "ä",
        ('A', '\u{308}') => "Ä",
        ('o', '\u{308}') => "ö",
        ('O', '\u{308}') => "Ö",
        ('u', '\u{308}') => "ü",
        ('U', '\u{308}') => "Ü",
        ('a', '\u{30A}') => "å",
        ('A', '\u{30A}') => "Å",
        ('C', '\u{327}') => "Ç",
        _ => return None,
    })
}

/// The nearest GSM-7 letters of a Latin letter, accent lost: for an author to judge.
pub(crate) fn unaccented(letter: char) -> Option<&'static str> {
    Some(match letter {
        'á' | 'â' | 'ã' | 'ā' | 'ă' | 'ą' | 'ǎ' | 'ª' => "a",
        'Á' | 'À' | 'Â' | 'Ã' | 'Ā' | 'Ă' | 'Ą' => "A",
        'ç' | 'ć' | 'č' | 'ĉ' | 'ċ' => "c",
        'Ć' | 'Č' | 'Ĉ' | 'Ċ' => "C",
        'ď' | 'đ' => "d",
        'Ď' | 'Đ' => "D",
        'ê' | 'ë' | 'ē' | 'ė' | 'ę' | 'ě' => "e",
        'È' | 'Ê' | 'Ë' | 'Ē' | 'Ė' | 'Ę' | 'Ě' => "E",
        'ğ' | 'ģ' | 'ĝ' | 'ġ' => "g",
        'Ğ' | 'Ģ' | 'Ĝ' | 'Ġ' => "G",
        'í' | 'î' | 'ï' | 'ī' | 'į' | 'ı' => "i",
        'Í' | 'Ì' | 'Î' | 'Ï' | 'Ī' | 'Į' | 'İ' => "I",
        'ķ' => "k",
        'Ķ' => "K",
        'ł' | 'ļ' | 'ľ' | 'ĺ' => "l",
        'Ł' | 'Ļ' | 'Ľ' | 'Ĺ' => "L",
        'ń' | 'ň' | 'ņ' => "n",
        'Ń' | 'Ň' | 'Ņ' => "N",
        'ó' | 'ô' | 'õ' | 'ō' | 'ő' | 'º' => "o",
        'Ó' | 'Ò' | 'Ô' | 'Õ' | 'Ō' | 'Ő' => "O",
        'œ' => "oe",
        'Œ' => "OE",
        'ŕ' | 'ř' => "r",
        'Ŕ' | 'Ř' => "R",
        'ś' | 'š' | 'ş' | 'ș' => "s",
        'Ś' | 'Š' | 'Ş' | 'Ș' => "S",
        'ẞ' => "SS",
        'ť' | 'ţ' | 'ț' => "t",
        'Ť' | 'Ţ' | 'Ț' => "T",
        'ú' | 'û' | 'ū' | 'ů' | 'ű' | 'ų' => "u",
        'Ú' | 'Ù' | 'Û' | 'Ū' | 'Ů' | 'Ű' | 'Ų' => "U",
        'ý' | 'ÿ' => "y",
        'Ý' | 'Ÿ' => "Y",
        'ź' | 'ż' | 'ž' => "z",
        'Ź' | 'Ż' | 'Ž' => "Z",
        _ => return None,
    })
}

/// Whether `character` is a combining accent of Latin letters, which an author may do without.
pub(crate) fn is_accent(character: char) -> bool {
    matches!(character, '\u{300}'..='\u{36F}')
}
