//! Spellings that mean the same: long options with one dash, as Terraform's users type them (`-auto-approve`,
//! `-var x=y`, `-chdir=DIR`), and the account's directory as the last argument of commands that take names first.

use std::ffi::OsString;

use clap::Command;

/// The arguments with known long options spelled with two dashes. What follows `--` stays as it is, and so does every
/// argument that is no long option of ours: clap says what is wrong with it.
pub fn canonical(arguments: Vec<OsString>, command: &Command) -> Vec<OsString> {
    let mut known = Vec::new();
    collect(command, &mut known);
    let mut literal = false;
    let mut out = Vec::with_capacity(arguments.len());
    for (at, argument) in arguments.into_iter().enumerate() {
        literal |= at > 0 && argument == "--";
        match argument.to_str().filter(|_| !literal && at > 0).and_then(|text| two_dashes(text, &known)) {
            Some(spelled) => out.push(spelled.into()),
            None => out.push(argument),
        }
    }
    out
}

/// Commands whose arguments are names within an account.
const ABOUT_NAMES: &[&str] = &["output", "state", "cloud"];

/// `prov output NAME DIR` for `prov output NAME --account DIR`, if the last argument is a directory.
pub fn account_last(mut arguments: Vec<OsString>, is_directory: impl Fn(&OsString) -> bool) -> Vec<OsString> {
    let text = |argument: &OsString| argument.to_string_lossy().into_owned();
    let command = arguments.iter().skip(1).map(text).find(|argument| !argument.starts_with('-'));
    let about_names = command.is_some_and(|command| ABOUT_NAMES.contains(&command.as_str()));
    let said =
        arguments.iter().map(text).any(|a| a == "--" || a == "--account" || a.starts_with("--account="));
    if about_names
        && !said
        && arguments.len() > 2
        && let Some(last) = arguments.pop_if(|last| !text(last).starts_with('-') && is_directory(last))
    {
        arguments.extend(["--account".into(), last]);
    }
    arguments
}

fn two_dashes(text: &str, known: &[String]) -> Option<String> {
    let word = text.strip_prefix('-').filter(|word| !word.starts_with('-') && word.len() > 1)?;
    let name = word.split('=').next().unwrap_or(word);
    known.iter().any(|long| long == name).then(|| format!("-{text}"))
}

fn collect(command: &Command, known: &mut Vec<String>) {
    for argument in command.get_arguments() {
        known.extend(argument.get_long().map(str::to_owned));
        known.extend(argument.get_all_aliases().unwrap_or_default().into_iter().map(str::to_owned));
    }
    known.extend(["help", "version"].map(str::to_owned));
    for sub in command.get_subcommands() {
        collect(sub, known);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn spelled(arguments: &[&str]) -> Vec<String> {
        let typed = arguments.iter().map(OsString::from).collect();
        let done = canonical(typed, &crate::host::cli::command());
        done.into_iter().map(|argument| argument.into_string().expect("it was text")).collect()
    }

    #[test]
    fn known_options_may_have_one_dash() {
        assert_eq!(
            spelled(&["prov", "-chdir=x", "apply", "-auto-approve", "-var", "a=b", "-out=f", "-help"]),
            ["prov", "--chdir=x", "apply", "--auto-approve", "--var", "a=b", "--out=f", "--help"]
        );
    }

    #[test]
    fn the_account_may_come_last() {
        let typed = |words: &[&str]| words.iter().map(OsString::from).collect::<Vec<_>>();
        let meant = |words: &[&str]| account_last(typed(words), |argument| argument == "accounts/a");
        for (words, expected) in [
            (&["prov", "output", "accounts/a"][..], &["prov", "output", "--account", "accounts/a"][..]),
            (
                &["prov", "state", "show", "x.y", "accounts/a"],
                &["prov", "state", "show", "x.y", "--account", "accounts/a"],
            ),
            (&["prov", "output", "name"], &["prov", "output", "name"]),
            (&["prov", "plan", "accounts/a"], &["prov", "plan", "accounts/a"]),
            (&["prov", "output", "--account", "accounts/a"], &["prov", "output", "--account", "accounts/a"]),
        ] {
            assert_eq!(meant(words), typed(expected));
        }
    }

    #[test]
    fn everything_else_stays() {
        let typed = ["prov", "dev", "-", "-h", "-x", "--json", "-unheard-of", "--", "-json", "-var"];
        assert_eq!(spelled(&typed), typed);
    }
}
