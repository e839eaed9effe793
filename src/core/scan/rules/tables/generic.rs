//! What has no provider: sensitive names.

use crate::core::scan::password::{self, Generic};
use crate::core::scan::rules::{Provider, Rule, Shape, Span};
use crate::core::scan::scene::Scene;

const NOBODY: Provider = Provider {
    name: "a",
    advice: "move it to `.env` and refer to it by name (`git seal set NAME`); if it was ever pushed, \
             change it where it is used",
};

/// The rules.
pub const RULES: &[Rule] = &[
    Rule::finder(
        "generic-password",
        NOBODY,
        "password given to a name that says so",
        &["pass", "pwd", "psw"],
        Shape::Finder(password),
        &[
            "DB_PASSWORD=⟦{pw:14}⟧",
            "password: \"⟦{b62:12}⟧\"",
            "{\"userPass\": \"⟦{b62:12}⟧\"}",
        ],
    )
    .not(&[
        "password: ${DB_PASSWORD}",
        "DB_PASSWORD=changeme",
        "password = get_password(user1)",
    ]),
    Rule::finder(
        "generic-secret",
        NOBODY,
        "random value given to a name that promises a secret",
        &[
            "secret",
            "token",
            "key",
            "auth",
            "credential",
            "salt",
            "cookie",
            "session",
            "sig",
            "pin",
            "webhook",
            "dsn",
            "psk",
            "bearer",
            "pepper",
        ],
        Shape::Finder(secret),
        &[
            "SECRET_KEY=⟦{b62:32}⟧",
            "apiKey: '⟦{b62:24}⟧'",
            "\"client_secret\": \"⟦{hex:32}⟧\"",
            "token = \"⟦{url:30}⟧\"",
        ],
    )
    .not(&[
        "key = {hex:40}",
        "public_key = {b62:40}",
        "token_type = bearer",
        "key: user_name_1",
    ]),
];

fn password(scene: &Scene<'_>, at: usize) -> Option<Span> {
    generic(scene, at, Generic::Password)
}

fn secret(scene: &Scene<'_>, at: usize) -> Option<Span> {
    generic(scene, at, Generic::Secret)
}

fn generic(scene: &Scene<'_>, at: usize, kind: Generic) -> Option<Span> {
    let assignment = scene.assignment_at(at)?;
    (password::judge(scene, &assignment)? == kind).then(|| Span {
        range: assignment.name.start..assignment.value.end,
        secret: assignment.value,
    })
}
