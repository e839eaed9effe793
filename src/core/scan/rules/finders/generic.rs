//! Values of sensitive names.

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
    (judge(scene, &assignment)? == kind).then_some(Span {
        range: assignment.name.start..assignment.value.end,
        secret: assignment.value,
    })
}
