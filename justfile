# What CI runs, runnable at home. `just --list` shows the rest.

# Everything that must pass before a commit
ci: format lint test deny doc

# Formatting as rustfmt has it
format:
    cargo fmt --check

# Clippy, warnings denied
lint:
    cargo clippy --locked --all-targets -- -D warnings

# All tests
test:
    cargo test --locked

# Licences, advisories and sources of dependencies (needs cargo-deny)
deny:
    cargo deny check

# API documentation, warnings denied
doc:
    RUSTDOCFLAGS="-D warnings" cargo doc --locked --no-deps

# Micro-benchmarks of the core
bench:
    cargo bench --locked --bench core

# git-seal beside plain git, git-crypt and git-xcrypt, in one run
compare *arguments:
    cargo build --locked --release
    benches/compare/compare.sh target/release/git-seal {{arguments}}
