//! Source files and places in them.

use std::sync::{Arc, OnceLock};

use super::lines::LineIndex;
use super::places::Places;

/// A file of one run. Ids are given by [`Sources`] in the order files are added.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct FileId(pub u32);

/// Ids of files that come late begin here.
const LATE: u32 = 1 << 31;

impl FileId {
    /// Whether it was met while others were read, as templates are.
    pub fn is_late(self) -> bool {
        self.0 >= LATE
    }
}

/// A range of bytes within one file whose identity is known from the context.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Default)]
pub struct TextRange {
    /// First byte.
    pub start: u32,
    /// One past the last byte.
    pub end: u32,
}

impl TextRange {
    /// The bytes from `start` up to, not including, `end`.
    pub fn new(start: u32, end: u32) -> Self {
        Self { start, end }
    }

    /// The smallest range that holds both.
    pub fn cover(self, other: Self) -> Self {
        Self { start: self.start.min(other.start), end: self.end.max(other.end) }
    }

    /// Length in bytes.
    pub fn len(self) -> u32 {
        self.end - self.start
    }

    /// Whether no byte lies in the range.
    pub fn is_empty(self) -> bool {
        self.start == self.end
    }

    /// The slice of `text` this range names; empty when it lies outside or splits a character.
    pub fn of(self, text: &str) -> &str {
        text.get(self.start as usize..self.end as usize).unwrap_or_default()
    }

    /// This range in `file`.
    pub fn in_file(self, file: FileId) -> Span {
        Span { file, start: self.start, end: self.end }
    }
}

/// A range of bytes in a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Span {
    /// The file.
    pub file: FileId,
    /// First byte.
    pub start: u32,
    /// One past the last byte.
    pub end: u32,
}

impl Span {
    /// The range without its file.
    pub fn range(self) -> TextRange {
        TextRange { start: self.start, end: self.end }
    }

    /// The smallest span that holds both; both are in the same file.
    pub fn cover(self, other: Self) -> Self {
        self.range().cover(other.range()).in_file(self.file)
    }

    /// The empty span just before this one: where something could be inserted.
    pub fn before(self) -> Self {
        Self { end: self.start, ..self }
    }

    /// The empty span just behind this one.
    pub fn after(self) -> Self {
        Self { start: self.end, ..self }
    }
}

/// One source file: its path as users write it, its text, its lines.
#[derive(Debug)]
pub struct SourceFile {
    /// Its id in [`Sources`].
    pub id: FileId,
    /// The path shown to people: relative to the project root, or `<stdlib>/…` for the embedded library.
    pub path: Arc<str>,
    /// The text; always UTF-8.
    pub text: Arc<str>,
    lines: OnceLock<LineIndex>,
    /// Set while the file is edited, where spans are made of stable positions.
    places: Option<Arc<Places>>,
}

impl SourceFile {
    /// Where lines begin; computed on first use.
    pub fn lines(&self) -> &LineIndex {
        self.lines.get_or_init(|| LineIndex::new(&self.text))
    }
}

/// All files of one run; diagnostics carry [`FileId`]s and never source text.
#[derive(Debug, Clone, Default)]
pub struct Sources {
    files: Vec<Arc<SourceFile>>,
    /// Files that were met while expressions were evaluated, such as templates; clones share them.
    late: Arc<boxcar::Vec<Arc<SourceFile>>>,
}

impl Sources {
    /// An empty set.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a file and answers its id.
    pub fn add(&mut self, path: impl Into<Arc<str>>, text: impl Into<Arc<str>>) -> FileId {
        let id = FileId(u32::try_from(self.files.len()).expect("fewer than 2³² files"));
        self.files.push(Arc::new(SourceFile {
            id,
            path: path.into(),
            text: text.into(),
            lines: OnceLock::new(),
            places: None,
        }));
        id
    }

    /// Adds a file that is met while others read, and answers its id; the same file is added once.
    pub fn add_late(&self, path: &str, text: &str) -> FileId {
        let same = |file: &&Arc<SourceFile>| &*file.path == path && &*file.text == text;
        if let Some(known) = self.iter().find(same) {
            return known.id;
        }
        let index = self.late.push_with(|index| {
            let id = FileId(LATE + u32::try_from(index).expect("fewer than 2³¹ files"));
            let (path, text) = (path.into(), text.into());
            Arc::new(SourceFile { id, path, text, lines: OnceLock::new(), places: None })
        });
        FileId(LATE + index as u32)
    }

    /// Whether a file with this path was met while others were read.
    pub fn came_late(&self, path: &str) -> bool {
        self.late.iter().any(|(_, file)| &*file.path == path)
    }

    /// Gives a file another text. With `places`, spans into it are made of its stable positions.
    ///
    /// # Panics
    /// If the id was given by another set.
    pub fn replace(&mut self, id: FileId, text: impl Into<Arc<str>>, places: Option<Arc<Places>>) {
        let file = &mut self.files[id.0 as usize];
        let (path, text) = (file.path.clone(), text.into());
        *file = Arc::new(SourceFile { id, path, text, lines: OnceLock::new(), places });
    }

    /// The offsets a span stands for.
    pub fn actual(&self, span: Span) -> Span {
        match &self.get(span.file).places {
            Some(places) => places.actual(span.range()).in_file(span.file),
            None => span,
        }
    }

    /// The file with this id.
    ///
    /// # Panics
    /// If the id was given by another set.
    pub fn get(&self, id: FileId) -> &Arc<SourceFile> {
        match id.0.checked_sub(LATE) {
            Some(late) => &self.late[late as usize],
            None => &self.files[id.0 as usize],
        }
    }

    /// The source text a span names.
    pub fn text(&self, span: Span) -> &str {
        self.actual(span).range().of(&self.get(span.file).text)
    }

    /// All files in the order they were added, those that came late behind the others.
    pub fn iter(&self) -> impl Iterator<Item = &Arc<SourceFile>> {
        self.files.iter().chain(self.late.iter().map(|(_, file)| file))
    }

    /// The file with this path, if one was added.
    pub fn by_path(&self, path: &str) -> Option<&Arc<SourceFile>> {
        self.files.iter().find(|file| &*file.path == path)
    }
}
