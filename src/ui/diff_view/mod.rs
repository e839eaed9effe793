//! Changes as people read them: masked, and safe for a terminal or a pull-request page.
//!
//! Pure: files' changes in, one text out. What a value may show is the mask's decision.

pub mod json;
mod markdown;
mod row;
mod side_by_side;
mod stat;
mod text;

pub use json::json;
pub use markdown::markdown;
pub(super) use row::part;
pub use side_by_side::side_by_side;
pub use stat::stat;
pub use text::text;

use console::Style;

use crate::core::changes::What;
use crate::core::changes::across::FileChanges;
use crate::core::changes::version::Version;
use crate::core::mask::HIDDEN;
use crate::core::printable::printable;

/// A shorter value may occur in any text by chance.
const VALUE_BYTES: usize = 8;

/// How changes are shown.
#[derive(Clone, Copy)]
pub struct View<'a> {
    /// Columns of the terminal; longer lines are cut.
    pub width: usize,
    /// Whether lines that hold values are left as long as they are, for who asked to see them.
    pub uncut: bool,
    /// Whether to use colours.
    pub colour: bool,
    /// Whether to list what was only re-sealed, rather than count it.
    pub resealed: bool,
    /// A bare value as it may be shown.
    pub mask: &'a dyn Fn(&[u8]) -> String,
}

/// A mask that never shows the whole value of any variable of `versions`: a URL's host, which the
/// style `shape` leaves, may be the value of another variable.
pub fn never_whole<'a>(
    mask: impl Fn(&[u8]) -> String + 'a,
    versions: &'a [Version],
) -> impl Fn(&[u8]) -> String + 'a {
    let values: Vec<&[u8]> = versions
        .iter()
        .flat_map(|version| &version.items)
        .filter_map(|item| item.bare())
        .filter(|value| value.len() >= VALUE_BYTES)
        .collect();
    move |value| {
        let masked = mask(value);
        let shows = |value: &&[u8]| memchr::memmem::find(masked.as_bytes(), value).is_some();
        if values.iter().any(shows) {
            HIDDEN.to_owned()
        } else {
            masked
        }
    }
}

/// The sign in front of a change.
fn sign(what: &What) -> char {
    match what {
        What::Added => '+',
        What::Removed => '-',
        What::Changed => '~',
        What::Renamed { .. } | What::Moved { .. } => '>',
        What::Resealed | What::Sealed => '=',
        What::Unclear => '?',
        What::Exposed => '!',
        What::Reordered => '^',
    }
}

fn style(what: &What) -> Style {
    let plain = Style::new();
    match what {
        What::Added => plain.green(),
        What::Removed => plain.red(),
        What::Changed => plain.yellow(),
        What::Renamed { .. } | What::Moved { .. } => plain.cyan(),
        What::Unclear => plain.magenta(),
        What::Exposed => plain.red().bold(),
        What::Resealed | What::Sealed | What::Reordered => plain.dim(),
    }
}

impl View<'_> {
    /// A line of its own: the path and the environment.
    fn title(&self, file: &FileChanges) -> String {
        let path = printable(file.path.as_bytes());
        let title = cut(&format!("{path} ({})", file.environment), self.width);
        self.paint(Style::new().bold(), &title) + "\n"
    }

    fn paint(&self, style: Style, text: &str) -> String {
        if self.colour {
            style.force_styling(true).apply_to(text).to_string()
        } else {
            text.to_owned()
        }
    }
}

/// How many columns of a terminal a text takes: wide characters take two.
pub(super) fn columns(text: &str) -> usize {
    console::measure_text_width(text)
}

/// The first `width` columns of a text; where it is cut, the last of them is `…`.
fn cut(text: &str, width: usize) -> String {
    console::truncate_str(text, width, "…").into_owned()
}

/// The text, filled up with blanks to `width` columns where it is shorter.
pub(super) fn pad(text: &str, width: usize) -> String {
    console::pad_str(text, width, console::Alignment::Left, None).into_owned()
}

/// The text, cut or filled up with blanks to exactly `width` columns.
fn fill(text: &str, width: usize) -> String {
    pad(&cut(text, width), width)
}

#[cfg(test)]
mod tests;
