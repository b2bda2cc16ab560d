//! What a typed text asks for.

/// Words behind `:`.
pub(super) const COMMANDS: &[&str] = &["help", "quit", "type"];

/// What is asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Input<'t> {
    Nothing,
    Expression(&'t str),
    Type(&'t str),
    Help,
    Quit,
    Unknown(&'t str),
}

/// Reads a complete text.
pub(super) fn read(text: &str) -> Input<'_> {
    let trimmed = text.trim();
    if without_comments(trimmed).is_empty() {
        return Input::Nothing;
    }
    let Some(rest) = trimmed.strip_prefix(':') else {
        // As Terraform's users leave.
        return if matches!(trimmed, "exit" | "quit") {
            Input::Quit
        } else {
            Input::Expression(text.trim_end())
        };
    };
    let (command, argument) = rest.split_once(char::is_whitespace).unwrap_or((rest, ""));
    match command {
        "t" | "type" => Input::Type(argument.trim()),
        "h" | "help" | "?" => Input::Help,
        "q" | "quit" | "exit" => Input::Quit,
        other => Input::Unknown(other),
    }
}

/// The expression in a text that may not be complete; empty where there is none.
pub(super) fn expression(text: &str) -> &str {
    match text.trim_start().strip_prefix(':') {
        Some(command) => command.split_once(char::is_whitespace).map_or("", |(_, argument)| argument),
        None => text,
    }
}

/// What is behind the comments a text begins with.
fn without_comments(mut text: &str) -> &str {
    loop {
        text = text.trim_start();
        let behind = if text.starts_with('#') || text.starts_with("//") {
            Some(text.split_once('\n').map_or("", |(_, behind)| behind))
        } else {
            text.strip_prefix("/*").and_then(|inside| inside.split_once("*/")).map(|(_, behind)| behind)
        };
        match behind {
            Some(behind) => text = behind,
            None => return text,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_ask_for_what_they_say() {
        for (text, expected) in [
            ("", Input::Nothing),
            ("  # nothing\n", Input::Nothing),
            ("/* nothing\n */ // at all\n", Input::Nothing),
            ("/* one */ 1\n", Input::Expression("/* one */ 1")),
            ("1 + 1\n", Input::Expression("1 + 1")),
            (":type  [1]\n", Input::Type("[1]")),
            (":t x", Input::Type("x")),
            (":help", Input::Help),
            (":q", Input::Quit),
            ("exit", Input::Quit),
            (":tpye 1", Input::Unknown("tpye")),
        ] {
            assert_eq!(read(text), expected, "{text:?}");
        }
        assert_eq!(expression(":type [1,\n"), "[1,\n");
        assert_eq!(expression(":help"), "");
        assert_eq!(expression("[1,"), "[1,");
    }
}
