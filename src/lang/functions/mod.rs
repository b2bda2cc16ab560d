//! The functions of the language, by family: signature, documentation and body side by side.
