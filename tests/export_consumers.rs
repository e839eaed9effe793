//! What `export` writes, read back by the programs that it is written for. A program that is not
//! installed is left out with a note; the parsers of our own in `core::export` always run.
#![allow(
    clippy::print_stderr,
    clippy::ref_option_ref,
    clippy::single_range_in_vec_init
)]

use std::io::Write as _;
use std::process::{Command, Stdio};

use git_seal::core::export::{Format, Manifest, export};
use git_seal::core::value::Variable;
use zeroize::Zeroizing;

/// Values that break careless quoting, as names to text.
const TRICKY: [(&str, &str); 25] = [
    ("EMPTY", ""),
    ("BLANKS", "  two  words\t"),
    ("SINGLE", "it's"),
    ("DOUBLE", "say \"hi\""),
    ("DOUBLE_ONLY", "\"quoted\""),
    ("BOTH", "it's \"both\" `three`"),
    ("BACKSLASH", "C:\\new\\table\\"),
    ("BACKSLASHES", "\\\\host\\\\share\\'"),
    ("DOLLAR", "pa$$word$HOME${HOME}$(id)`id`"),
    ("HASH", "a#b #c"),
    ("BANG", "wow!! !$"),
    ("SEVERAL", "one\ntwo\n\nthree\n"),
    ("LINE_END", "\n"),
    ("CR", "one\rtwo\r\nthree"),
    ("HEREDOC", "END\nEND_1\nPATH=x"),
    ("YES", "yes"),
    ("NULL", "~"),
    ("OCTAL", "0123"),
    ("FLOAT", "1e3"),
    ("DATE", "2020-01-01"),
    ("UNICODE", "é€😀\u{2028}\u{85}\u{feff}x\u{a0}"),
    ("CONTROL", "\u{1}\u{7}\u{1b}[31m\u{7f}\u{9f}"),
    ("JSON", "{\"a\": [1, 'b']}"),
    ("COLON", "a: b, - c: [d] {e} & * ! | > % @"),
    ("ASSIGN", "=a=b=="),
];

fn variables(unwanted: &[&str]) -> Vec<Variable> {
    TRICKY
        .into_iter()
        .filter(|(name, _)| !unwanted.contains(name))
        .map(|(name, value)| Variable {
            name: name.to_owned(),
            value: Zeroizing::new(value.into()),
        })
        .collect()
}

fn exported(variables: &[Variable], format: Format) -> Vec<u8> {
    let manifest = Manifest {
        namespace: Some("team-a".to_owned()),
        ..Manifest::default()
    };
    let exported = export(variables, format, &manifest).expect("it exports");
    exported.text.to_vec()
}

/// The output of a program that reads `input`; `None`, and a note, where it is not installed.
fn output(program: &[&str], input: &[u8]) -> Option<Vec<u8>> {
    let spawned = Command::new(program[0])
        .args(&program[1..])
        .env_clear()
        .envs(std::env::var_os("PATH").map(|path| ("PATH", path)))
        .env("LC_ALL", "C.UTF-8")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn();
    let Ok(mut child) = spawned else {
        eprintln!("note: not compared, {} is not installed", program[0]);
        return None;
    };
    let mut stdin = child.stdin.take().expect("piped");
    stdin.write_all(input).expect("it reads its input");
    drop(stdin);
    let output = child.wait_with_output().expect("it ends");
    let errors = String::from_utf8_lossy(&output.stderr).into_owned();
    if errors.contains("ModuleNotFoundError") {
        eprintln!("note: not compared, {} lacks a module", program[0]);
        return None;
    }
    assert!(
        output.status.success() && errors.is_empty(),
        "{}: {errors}",
        program[0]
    );
    Some(output.stdout)
}

/// Compares with `NAME=value` pairs ended by NUL, as `env -0` prints them.
fn assert_environment(variables: &[Variable], environment: &[u8]) {
    for variable in variables {
        let pair = [variable.name.as_bytes(), b"=", &variable.value].concat();
        let found = environment
            .split(|byte| *byte == 0)
            .any(|entry| entry == pair);
        assert!(found, "{} came back otherwise", variable.name);
    }
}

/// Runs Python code that turns its input into a dict `d` of text, and compares.
fn assert_python(format: Format, reading: &str) {
    let variables = variables(&[]);
    let print = "out = b''.join(k.encode() + b'=' + v.encode() + b'\\0' for k, v in d.items())";
    let script = format!(
        "import sys\ntext = sys.stdin.buffer.read().decode()\n{reading}\n{print}\nsys.stdout.buffer.write(out)"
    );
    let input = exported(&variables, format);
    if let Some(environment) = output(&["python3", "-c", &script], &input) {
        assert_environment(&variables, &environment);
    }
}

#[test]
fn shells_set_the_same_values() {
    let every_byte: Vec<u8> = (1..=255).collect();
    let mut variables = variables(&[]);
    variables.push(Variable {
        name: "BYTES".to_owned(),
        value: Zeroizing::new(every_byte),
    });
    let script = [exported(&variables, Format::Shell), b"env -0\n".to_vec()].concat();
    for shell in [&["bash"][..], &["sh"], &["zsh", "-f"]] {
        if let Some(environment) = output(shell, &script) {
            assert_environment(&variables, &environment);
        }
    }
}

#[test]
fn fish_sets_the_same_values() {
    let variables = variables(&[]);
    let script = [exported(&variables, Format::Fish), b"env -0\n".to_vec()].concat();
    if let Some(environment) = output(&["fish", "--no-config"], &script) {
        assert_environment(&variables, &environment);
    }
}

/// Reads files of the form of `EnvironmentFile=` with the same code, beside expanding `$NAME`.
const SYSTEMD: &str =
    "/usr/lib/systemd/user-environment-generators/30-systemd-environment-d-generator";

#[test]
fn systemd_reads_the_same() {
    // The program leaves out what is empty, expands dollars, and writes control characters its own way.
    let variables = variables(&["EMPTY", "DOLLAR", "BANG", "CONTROL"]);
    let home = tempfile::tempdir().expect("a directory");
    let directory = home.path().join(".config/environment.d");
    std::fs::create_dir_all(&directory).expect("made");
    let text = exported(&variables, Format::Systemd);
    std::fs::write(directory.join("x.conf"), text).expect("written");
    let script = format!("HOME='{}' exec {SYSTEMD}", home.path().display());
    if !std::path::Path::new(SYSTEMD).exists() {
        eprintln!("note: not compared, systemd is not installed");
        return;
    }
    let printed = output(&["sh", "-c", &script], b"").expect("sh");
    let printed = String::from_utf8(printed).expect("UTF-8");
    let pairs: Vec<_> = printed
        .lines()
        .map(|line| [unquoted(line), vec![0]].concat())
        .collect();
    assert_environment(&variables, &pairs.concat());
}

/// `NAME="value"` with the escapes of C strings as `NAME=value`.
fn unquoted(line: &str) -> Vec<u8> {
    let Some((name, value)) = line.split_once("=\"") else {
        return line.into();
    };
    let mut text = format!("{name}=");
    let mut characters = value.strip_suffix('"').expect("a closing quote").chars();
    while let Some(character) = characters.next() {
        text.push(match character {
            '\\' => match characters.next().expect("a character behind a backslash") {
                'n' => '\n',
                'r' => '\r',
                't' => '\t',
                other => other,
            },
            other => other,
        });
    }
    text.into()
}

#[test]
fn python_reads_the_same_json_yaml_and_toml() {
    assert_python(Format::Json, "import json; d = json.loads(text)");
    assert_python(Format::Yaml, "import yaml; d = yaml.safe_load(text)");
    assert_python(Format::Toml, "import tomllib; d = tomllib.loads(text)");
}

#[test]
fn a_kubernetes_secret_has_the_fields_of_the_api() {
    assert_python(
        Format::K8sSecret,
        "import base64, yaml
s = yaml.safe_load(text)
assert set(s) == {'apiVersion', 'kind', 'metadata', 'type', 'data'}, set(s)
assert (s['apiVersion'], s['kind'], s['type']) == ('v1', 'Secret', 'Opaque')
assert s['metadata'] == {'name': 'secrets', 'namespace': 'team-a'}
d = {k: base64.b64decode(v, validate=True).decode() for k, v in s['data'].items()}
try: import kubernetes_validate as schema
except ModuleNotFoundError: schema = None
if schema: schema.validate(s, schema.latest_version(), strict=True)",
    );
}

#[test]
fn node_reads_the_same_json() {
    let variables = variables(&[]);
    let script = "
const o = JSON.parse(require('fs').readFileSync(0, 'utf8'));
for (const [k, v] of Object.entries(o)) process.stdout.write(k + '=' + v + '\\0');";
    if let Some(environment) = output(&["node", "-e", script], &exported(&variables, Format::Json))
    {
        assert_environment(&variables, &environment);
    }
}

/// Values that [`export`] doubts: `tests/loaders.rs` shows what readers make of them.
fn doubted() -> Vec<String> {
    let exported = export(&variables(&[]), Format::Dotenv, &Manifest::default());
    let notices = exported.expect("it exports").notices;
    notices.into_iter().map(|notice| notice.name).collect()
}

#[test]
fn dotenv_readers_read_every_undoubted_value_alike() {
    let doubted = doubted();
    let doubted: Vec<&str> = doubted.iter().map(String::as_str).collect();
    assert_eq!(
        doubted,
        ["BOTH", "BACKSLASH", "BACKSLASHES", "DOLLAR", "CR", "JSON"]
    );
    let variables = variables(&doubted);
    let text = exported(&variables, Format::Dotenv);
    let file = tempfile::NamedTempFile::new().expect("a temp file");
    std::fs::write(&file, &text).expect("written");
    let path = file.path().to_str().expect("UTF-8");
    let node_option = format!("--env-file={path}");
    let node = "for (const [k, v] of Object.entries(process.env)) process.stdout.write(k + '=' + v + '\\0');";
    let python = "import sys, dotenv
for k, v in dotenv.dotenv_values(sys.argv[1]).items():
    sys.stdout.buffer.write(k.encode() + b'=' + v.encode() + b'\\0')";
    let shell = format!("set -a; . {path}; env -0");
    for program in [
        &["node", &node_option, "-e", node][..],
        &["python3", "-c", python, path],
        &["bash", "-c", &shell],
    ] {
        if let Some(environment) = output(program, b"") {
            assert_environment(&variables, &environment);
        }
    }
}
