//! An account that is being edited: after an edit only what the edit touches is looked at again.
//!
//! A check after an edit says exactly what a check from the beginning would say, in the same order. How: [`known`].
//!
//! [`known`]: super::known

use std::sync::Arc;

use rustc_hash::FxHashSet;

use super::buffers::Buffers;
use super::known::Known;
use super::{Account, Setup};
use crate::base::Text;
use crate::base::report::Report;
use crate::lang::load;

/// An account that is being edited.
///
/// ```
/// use prov::world::files::MemoryFiles;
///
/// let files = MemoryFiles::new([("a/main.prov", "locals { x = 1 }\noutput \"y\" { value = local.x }\n")]);
/// let engine = prov::Engine::builder().files(files).build()?;
/// let mut workspace = engine.workspace("a");
/// assert!(workspace.check().diagnostics.is_empty());
///
/// workspace.edit("a/main.prov", "locals { x = 1 }\noutput \"y\" { value = local.z }\n");
/// let report = workspace.check();
/// assert_eq!(report.diagnostics[0].code.name(), "undefined-reference");
/// # Ok::<(), prov::Report>(())
/// ```
pub struct Workspace {
    setup: Arc<Setup>,
    directory: Text,
    buffers: Buffers,
    /// Files whose text may be another one than at the last check.
    touched: FxHashSet<String>,
    /// What the last check found out; `None` before the first one.
    known: Option<Known>,
    /// Files may have come or gone, or be other ones, without an edit.
    stale: bool,
    report: Report,
}

impl Workspace {
    /// The account in this directory (`/`-separated, relative to the root of the files; empty for the root itself).
    pub fn new(setup: Arc<Setup>, directory: &str) -> Self {
        let buffers = Buffers::new(setup.files.clone());
        Self {
            setup,
            directory: directory.into(),
            buffers,
            touched: FxHashSet::default(),
            known: None,
            stale: false,
            report: Report::default(),
        }
    }

    /// From now on this is the text of the file, whatever is stored. A path nobody has stored makes a new file.
    pub fn edit(&mut self, path: &str, text: impl Into<Arc<str>>) {
        self.buffers.set(path, text.into());
        self.touched.insert(path.to_owned());
    }

    /// From now on the text of the file is what is stored, as after saving or closing it.
    pub fn close(&mut self, path: &str) {
        if self.buffers.close(path) {
            self.touched.insert(path.to_owned());
        }
    }

    /// Stored files may have changed, come or gone: the next check reads them again.
    pub fn refresh(&mut self) {
        self.stale = true;
    }

    /// What is to be said of the account as it is now. Never fails: what is wrong is in the report.
    pub fn check(&mut self) -> &Report {
        let touched = std::mem::take(&mut self.touched);
        let stale = std::mem::take(&mut self.stale);
        if self.known.is_some() && touched.is_empty() && !stale {
            return &self.report;
        }
        let followed = match &mut self.known {
            Some(known) if !stale => known.follow(&touched, &self.setup, &self.buffers),
            _ => false,
        };
        if !followed {
            self.begin();
        }
        if let Some(known) = &self.known {
            self.report = known.report(&self.setup);
        }
        &self.report
    }

    /// The account as it is now, checked from the beginning, to be planned.
    pub fn account(&self) -> Account {
        let setup = Setup { files: Arc::new(self.buffers.snapshot()), ..(*self.setup).clone() };
        Account::check(Arc::new(setup), &self.directory)
    }

    /// Finds out everything but the trees of texts that were parsed before.
    fn begin(&mut self) {
        let remembered = self.known.take().map(Known::remember).unwrap_or_default();
        let loaded = load::load_again(&self.buffers, &self.directory, &self.setup.limits, remembered);
        self.known = Some(Known::new(loaded, &self.setup, &self.buffers));
    }
}
