//! Where a JSON object says what: the places of its names and values, which its parser does not tell.

use crate::base::source::TextRange;

/// The names of the outermost object with their places (without quotes) and those of their values. The text is JSON and
/// an object, which its parser has found.
pub(super) fn entries(text: &str) -> Vec<(String, TextRange, TextRange)> {
    let bytes = text.as_bytes();
    let mut found = Vec::new();
    let Some(mut at) = text.find('{').map(|open| open + 1) else { return found };
    loop {
        at = skip(bytes, at, |byte| byte.is_ascii_whitespace() || byte == b',');
        if bytes.get(at) != Some(&b'"') {
            return found;
        }
        let end = string(bytes, at);
        let name = serde_json::from_str(&text[at..end]).unwrap_or_default();
        let place = TextRange::new(at as u32 + 1, end as u32 - 1);
        let begin = skip(bytes, end, |byte| byte.is_ascii_whitespace() || byte == b':');
        at = value(bytes, begin);
        found.push((name, place, TextRange::new(begin as u32, at as u32)));
    }
}

fn skip(bytes: &[u8], from: usize, over: impl Fn(u8) -> bool) -> usize {
    let rest = bytes.get(from..).unwrap_or_default();
    from + rest.iter().take_while(|byte| over(**byte)).count()
}

/// Just behind the string that begins here.
fn string(bytes: &[u8], from: usize) -> usize {
    let mut at = from + 1;
    while let Some(byte) = bytes.get(at) {
        match byte {
            b'"' => return at + 1,
            b'\\' => at += 2,
            _ => at += 1,
        }
    }
    bytes.len()
}

/// Just behind the value that begins here.
fn value(bytes: &[u8], from: usize) -> usize {
    let (mut at, mut depth) = (from, 0_usize);
    while let Some(byte) = bytes.get(at) {
        match byte {
            b'"' => {
                at = string(bytes, at);
                continue;
            }
            b'{' | b'[' => depth += 1,
            b'}' | b']' if depth > 0 => depth -= 1,
            b',' | b'}' if depth == 0 => break,
            _ => {}
        }
        at += 1;
    }
    let trailing = bytes[from..at].iter().rev().take_while(|byte| byte.is_ascii_whitespace()).count();
    at - trailing
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_and_values_are_where_they_stand() {
        let text = "{\n  \"a\" : [1, {\"b\": \"}\"}] ,\n \"c\\\"d\":\"x,\\\"y\" , \"é\": null}\n";
        let found: Vec<_> = entries(text)
            .into_iter()
            .map(|(name, place, value)| (name, place.of(text).to_owned(), value.of(text).to_owned()))
            .collect();
        let expected =
            [("a", "a", "[1, {\"b\": \"}\"}]"), ("c\"d", "c\\\"d", "\"x,\\\"y\""), ("é", "é", "null")];
        let text = |(a, b, c): (&str, &str, &str)| (a.to_owned(), b.to_owned(), c.to_owned());
        assert_eq!(found, expected.map(text));
        assert!(entries("{}").is_empty());
    }
}
