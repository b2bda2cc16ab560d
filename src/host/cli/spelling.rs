//! Long options with one dash, as Terraform's users type them: `-auto-approve`, `-var x=y`, `-chdir=DIR`.

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
    fn everything_else_stays() {
        let typed = ["prov", "dev", "-", "-h", "-x", "--json", "-unheard-of", "--", "-json", "-var"];
        assert_eq!(spelled(&typed), typed);
    }
}
