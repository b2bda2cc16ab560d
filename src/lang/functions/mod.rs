//! The functions of the language, by family: signature, documentation and body side by side.

/// A function of the language.
#[derive(Debug)]
pub struct Function {
    /// Its name.
    pub name: &'static str,
}
