//! Which signs are tokens without a space around them.

/// Whether a segment by word boundaries (UAX 29) is an emoji or of a script that uses no spaces.
pub(super) fn stands_alone(segment: &str) -> bool {
    !segment.is_ascii() && segment.chars().any(|sign| is_picture(sign) || is_spaceless(sign))
}

/// Unicode's emoji blocks.
const fn is_picture(sign: char) -> bool {
    matches!(
        sign,
        '\u{203c}' | '\u{2049}' | '\u{2190}'..='\u{21ff}' | '\u{2300}'..='\u{23ff}' | '\u{25a0}'..='\u{27bf}'
            | '\u{2900}'..='\u{297f}' | '\u{2b00}'..='\u{2bff}' | '\u{1f000}'..='\u{1faff}'
    )
}

/// Han, Hiragana, Katakana. Thai and its relatives are left whole: cutting them takes a dictionary.
const fn is_spaceless(sign: char) -> bool {
    matches!(
        sign,
        '\u{3005}'..='\u{3007}' | '\u{3040}'..='\u{30ff}' | '\u{31f0}'..='\u{31ff}' | '\u{3400}'..='\u{4dbf}'
            | '\u{4e00}'..='\u{9fff}' | '\u{f900}'..='\u{faff}' | '\u{20000}'..='\u{323af}'
    )
}
