//! `git seal export`: variables in the formats of other programs.

use zeroize::Zeroizing;

use super::using::Reading;
use crate::core::export::{self, ExportError, Format, Manifest, Notice, Why};
use crate::core::printable::printable;
use crate::core::value::Expansion;
use crate::failure::{Failure, Outcome};
use crate::ui::Ui;

/// Print the variables in a format that other programs read
///
/// json, dotenv, shell, fish, yaml, toml, docker (for --env-file), k8s-secret, github (for
/// `$GITHUB_ENV`), systemd (for `EnvironmentFile=`). What a format cannot carry is an error that names the
/// variable; then nothing is printed.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:\n  git seal export --format json | jq .\n  \
                  git seal export --env production --format k8s-secret --name app | kubectl apply -f -\n  \
                  eval \"$(git seal export --format shell)\"")]
pub struct Args {
    #[command(flatten)]
    reading: Reading,
    /// The format
    #[arg(long, value_name = "FORMAT", value_parser = format_parser())]
    format: Format,
    /// k8s-secret: the secret's name
    #[arg(long, default_value = "secrets")]
    name: String,
    /// k8s-secret: its namespace
    #[arg(long)]
    namespace: Option<String>,
    /// k8s-secret: its type
    #[arg(long = "type", value_name = "TYPE", default_value = "Opaque")]
    kind: String,
}

fn format_parser() -> impl clap::builder::TypedValueParser<Value = Format> {
    use clap::builder::TypedValueParser as _;
    clap::builder::PossibleValuesParser::new(Format::ALL.map(Format::as_str))
        .try_map(|text| text.parse::<Format>())
}

/// Prints the variables.
///
/// # Errors
/// When they cannot be read, or the format cannot carry one.
pub fn run(args: &Args, ui: &Ui) -> Result<Outcome, Failure> {
    let variables = args.reading.variables(Expansion::FileFirst, ui)?;
    let manifest = Manifest {
        name: args.name.clone(),
        namespace: args.namespace.clone(),
        kind: args.kind.clone(),
    };
    let exported =
        export::export(&variables, args.format, &manifest).map_err(|error| refused(&error))?;
    for notice in &exported.notices {
        ui.warn(&printable(
            format!("{}: {}", notice.name, notice.why).as_bytes(),
        ));
    }
    let text: &Zeroizing<Vec<u8>> = &exported.text;
    ui.give(text)?;
    Ok(Outcome::Fine)
}

fn refused(error: &ExportError) -> Failure {
    let failure = Failure::usage(printable(error.to_string().as_bytes()));
    match error {
        ExportError::Variable(Notice { why, .. }) => match why {
            Why::LineEnd | Why::TooLong | Why::InQuotes | Why::NotUtf8 => failure.hint(
                "`git seal run -- COMMAND` gives a program such a value as it is; so does --format shell",
            ),
            Why::Nul => failure.hint("only --format json, yaml, toml and k8s-secret carry it"),
            _ => failure,
        },
        ExportError::Manifest(_) => failure,
    }
}
