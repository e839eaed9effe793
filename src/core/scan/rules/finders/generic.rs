//! Values of sensitive names.

use crate::core::scan::assignment::Written;
use crate::core::scan::judge::{Generic, judge};
use crate::core::scan::rules::Span;
use crate::core::scan::scene::Scene;

/// A password given to a name that says so.
pub fn password(scene: &Scene<'_>, at: usize) -> Option<Span> {
    find(scene, at, Generic::Password)
}

/// A random value given to a name that promises a secret.
pub fn secret(scene: &Scene<'_>, at: usize) -> Option<Span> {
    find(scene, at, Generic::Secret)
}

fn find(scene: &Scene<'_>, at: usize, kind: Generic) -> Option<Span> {
    let assignment = scene.assignment_at(at)?;
    // In a column of a table the name stands lines above.
    let is_column = assignment.written == Written::Aside
        && scene.text[assignment.name.end..assignment.value.start].contains(&b'\n');
    let start = if is_column {
        assignment.value.start
    } else {
        assignment.name.start
    };
    (judge(scene, &assignment)? == kind).then_some(Span {
        range: start..assignment.value.end,
        secret: assignment.value,
    })
}
