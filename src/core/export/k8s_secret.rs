//! A Kubernetes v1 Secret in YAML. Values stand in base64, so any byte may occur.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use zeroize::Zeroizing;

use super::yaml::is_hidden;
use super::{ExportError, Exported, Why, each, push_string};
use crate::core::value::Variable;

/// `MaxSecretSize` of the Kubernetes API: the sum of all values.
const SECRET_BYTES: usize = 1024 * 1024;
const KEY_BYTES: usize = 253;

/// What a secret is called.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Manifest {
    /// Its name: a DNS subdomain (RFC 1123).
    pub name: String,
    /// Its namespace: a DNS label; absent, `kubectl` chooses.
    pub namespace: Option<String>,
    /// Its type, such as `kubernetes.io/basic-auth`.
    pub kind: String,
}

impl Default for Manifest {
    fn default() -> Self {
        Self {
            name: "secrets".to_owned(),
            namespace: None,
            kind: "Opaque".to_owned(),
        }
    }
}

/// Why Kubernetes would refuse a secret of this name, namespace or type.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BadManifest {
    /// Not a DNS subdomain.
    #[error(
        "a secret's name is up to 253 lower-case letters, digits, inner dashes and dots between them"
    )]
    Name,
    /// Not a DNS label.
    #[error("a namespace is up to 63 lower-case letters, digits and inner dashes")]
    Namespace,
    /// Empty.
    #[error("a secret's type cannot be empty")]
    Type,
}

pub(super) fn write(variables: &[Variable], manifest: &Manifest) -> Result<Exported, ExportError> {
    let head = head(manifest, variables.is_empty())?;
    let mut total = 0;
    each(&head, variables, |variable, out| {
        total += variable.value.len();
        if variable.name.len() > KEY_BYTES {
            return Err(Why::LongName);
        }
        if total > SECRET_BYTES {
            return Err(Why::LargeSecret);
        }
        out.extend_from_slice(b"  ");
        push_string(out, &variable.name, is_hidden);
        out.extend_from_slice(b": \"");
        let encoded = Zeroizing::new(STANDARD.encode(&*variable.value));
        out.extend_from_slice(encoded.as_bytes());
        out.extend_from_slice(b"\"\n");
        Ok(None)
    })
}

fn head(manifest: &Manifest, is_empty: bool) -> Result<Vec<u8>, BadManifest> {
    if manifest.name.len() > 253 || !manifest.name.split('.').all(is_label) {
        return Err(BadManifest::Name);
    }
    if manifest.kind.is_empty() {
        return Err(BadManifest::Type);
    }
    let mut head = b"apiVersion: v1\nkind: Secret\nmetadata:\n  name: ".to_vec();
    push_string(&mut head, &manifest.name, is_hidden);
    if let Some(namespace) = &manifest.namespace {
        if namespace.len() > 63 || !is_label(namespace) {
            return Err(BadManifest::Namespace);
        }
        head.extend_from_slice(b"\n  namespace: ");
        push_string(&mut head, namespace, is_hidden);
    }
    head.extend_from_slice(b"\ntype: ");
    push_string(&mut head, &manifest.kind, is_hidden);
    head.extend_from_slice(if is_empty {
        b"\ndata: {}\n"
    } else {
        b"\ndata:\n"
    });
    Ok(head)
}

/// `[a-z0-9]([-a-z0-9]*[a-z0-9])?`
fn is_label(text: &str) -> bool {
    let inner = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
    !text.is_empty() && text.bytes().all(inner) && !text.starts_with('-') && !text.ends_with('-')
}
