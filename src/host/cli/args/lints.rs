//! `--allow`, `--warn`, `--deny`: how warnings are taken, over what `prov` blocks say.

use clap::Args as ClapArgs;

use crate::base::levels::{Level, Levels, NoWarning, WARNINGS, warning};

/// How warnings are taken. Of several levels for one warning the strictest counts.
#[derive(Debug, Clone, Default, ClapArgs)]
#[command(next_help_heading = "Warnings")]
pub struct Lints {
    /// Don't say this warning; `warnings` stands for all
    #[arg(long, value_name = "CODE", value_parser = name)]
    pub allow: Vec<String>,
    /// Say this warning, whatever `lints` in a `prov` block says
    #[arg(long, value_name = "CODE", value_parser = name)]
    pub warn: Vec<String>,
    /// Make an error of this warning
    #[arg(long, value_name = "CODE", value_parser = name)]
    pub deny: Vec<String>,
}

impl Lints {
    /// As levels.
    pub fn levels(&self) -> Levels {
        let mut levels = Levels::default();
        for (names, level) in
            [(&self.allow, Level::Allow), (&self.warn, Level::Warn), (&self.deny, Level::Deny)]
        {
            for name in names {
                // clap took only names of warnings.
                let _ = levels.set(name, level, None);
            }
        }
        levels
    }
}

fn name(text: &str) -> Result<String, String> {
    if text == WARNINGS {
        return Ok(text.to_owned());
    }
    match warning(text) {
        Ok(code) => Ok(code.name().to_owned()),
        Err(why @ NoWarning::Unknown(Some(near))) => {
            Err(format!("{}; did you mean `{near}`?", why.message(text)))
        }
        Err(why @ NoWarning::Unknown(None)) => {
            Err(format!("{}; `prov explain` lists all codes", why.message(text)))
        }
        Err(why) => Err(why.message(text)),
    }
}
