//! The flat pieces of a template → its parts, with everything between `%{ if }` and `%{ endif }` inside.

use std::borrow::Cow;

use super::super::tree::{ExprId, TemplatePart};
use super::Builder;
use crate::base::codes;
use crate::base::source::TextRange;

/// A piece of a template as it is written.
pub(super) enum Piece<'i> {
    Literal { range: TextRange, value: Cow<'i, str> },
    Sequence { range: TextRange, content: Directive, strip_before: bool, strip_behind: bool },
}

impl Piece<'_> {
    pub(super) fn range(&self) -> TextRange {
        match self {
            Self::Literal { range, .. } | Self::Sequence { range, .. } => *range,
        }
    }
}

/// What stands between `${` or `%{` and `}`.
pub(super) enum Directive {
    Interpolation(ExprId),
    If(ExprId),
    Else,
    EndIf,
    For { key: Option<TextRange>, value: TextRange, collection: ExprId },
    EndFor,
}

/// A directive that waits for its end.
struct Open {
    range: TextRange,
    kind: OpenKind,
    /// What stands directly inside: behind `else`, if there was one.
    parts: Vec<TemplatePart>,
}

enum OpenKind {
    If { condition: ExprId, then: Option<Vec<TemplatePart>> },
    For { key: Option<TextRange>, value: TextRange, collection: ExprId },
}

impl Builder<'_> {
    pub(super) fn nest(&mut self, pieces: Vec<Piece<'_>>) -> Box<[TemplatePart]> {
        let mut open: Vec<Open> = Vec::new();
        let mut done = Vec::with_capacity(pieces.len());
        let end = pieces.last().map_or(0, |piece| piece.range().end);
        let mut pieces = pieces.into_iter().peekable();
        while let Some(piece) = pieces.next() {
            let parts = open.last_mut().map_or(&mut done, |open| &mut open.parts);
            match piece {
                Piece::Literal { mut range, mut value } => {
                    while let Some(Piece::Literal { range: next, value: more }) =
                        pieces.next_if(|next| matches!(next, Piece::Literal { .. }))
                    {
                        range = range.cover(next);
                        value.to_mut().push_str(&more);
                    }
                    // What was stripped still tells a text from a sole interpolation.
                    if !range.is_empty() {
                        parts.push(TemplatePart::Literal { range, value: value.as_ref().into() });
                    }
                }
                Piece::Sequence { range, content, .. } => match content {
                    Directive::Interpolation(expr) => parts.push(TemplatePart::Interpolation { range, expr }),
                    Directive::If(condition) => {
                        let kind = OpenKind::If { condition, then: None };
                        self.open(&mut open, Open { range, kind, parts: Vec::new() });
                    }
                    Directive::For { key, value, collection } => {
                        let kind = OpenKind::For { key, value, collection };
                        self.open(&mut open, Open { range, kind, parts: Vec::new() });
                    }
                    Directive::Else => self.otherwise(&mut open, range),
                    Directive::EndIf => self.close(&mut open, &mut done, range, true),
                    Directive::EndFor => self.close(&mut open, &mut done, range, false),
                },
            }
        }
        while let Some(unclosed) = open.pop() {
            self.never_closed(&unclosed);
            let part = finish(unclosed, end);
            open.last_mut().map_or(&mut done, |open| &mut open.parts).push(part);
        }
        done.into()
    }

    fn open(&mut self, stack: &mut Vec<Open>, open: Open) {
        if self.depth as usize + stack.len() >= self.max_depth as usize {
            self.report_depth(open.range.start);
            // What follows stays on the level above; the report says why.
            return;
        }
        stack.push(open);
    }

    fn otherwise(&mut self, stack: &mut [Open], range: TextRange) {
        let wrong = match stack.last_mut() {
            Some(Open { kind: OpenKind::If { then: then @ None, .. }, parts, .. }) => {
                *then = Some(std::mem::take(parts));
                return;
            }
            Some(Open { kind: OpenKind::If { .. }, .. }) => "this `%{ if }` already has its `%{ else }`",
            Some(Open { kind: OpenKind::For { .. }, .. }) => {
                "`%{ else }` belongs to an `%{ if }`, here a `%{ for }` is open"
            }
            None => "`%{ else }` without `%{ if }` before it",
        };
        if self.too_deep {
            return;
        }
        let opener = stack.last().map(|open| open.range.in_file(self.file));
        let error = self.error(codes::SYNTAX, range, wrong);
        if let Some(opener) = opener {
            *error = error.clone().label(opener, "opened here");
        }
    }

    fn close(&mut self, stack: &mut Vec<Open>, done: &mut Vec<TemplatePart>, range: TextRange, is_if: bool) {
        let matches = stack.last().map(|open| matches!(open.kind, OpenKind::If { .. }) == is_if);
        if matches == Some(true)
            && let Some(open) = stack.pop()
        {
            let part = finish(open, range.end);
            stack.last_mut().map_or(done, |open| &mut open.parts).push(part);
            return;
        }
        if self.too_deep {
            return;
        }
        let (end, begin) = if is_if { ("%{ endif }", "%{ if }") } else { ("%{ endfor }", "%{ for }") };
        let opener = stack.last().map(|open| open.range.in_file(self.file));
        match opener {
            None => {
                self.error(codes::SYNTAX, range, format!("`{end}` without `{begin}` before it"));
            }
            Some(opener) => {
                let needed = if is_if { "%{ endfor }" } else { "%{ endif }" };
                let error = self.error(
                    codes::SYNTAX,
                    range,
                    format!("`{end}` can't end what is open here: `{needed}` has to come first"),
                );
                *error = error.clone().label(opener, "opened here");
            }
        }
    }

    fn never_closed(&mut self, open: &Open) {
        let (begin, end) = match open.kind {
            OpenKind::If { .. } => ("%{ if }", "%{ endif }"),
            OpenKind::For { .. } => ("%{ for }", "%{ endfor }"),
        };
        let message = format!("this `{begin}` is never ended by `{end}`");
        self.error(codes::UNCLOSED_DELIMITER, open.range, message);
    }
}

fn finish(open: Open, end: u32) -> TemplatePart {
    let range = TextRange::new(open.range.start, end.max(open.range.end));
    match open.kind {
        OpenKind::If { condition, then } => {
            let (then, otherwise) = match then {
                Some(then) => (then, open.parts),
                None => (open.parts, Vec::new()),
            };
            TemplatePart::If { range, condition, then: then.into(), otherwise: otherwise.into() }
        }
        OpenKind::For { key, value, collection } => {
            TemplatePart::For { range, key, value, collection, body: open.parts.into() }
        }
    }
}
