//! Values that stand where a secret would stand and are none: placeholders, references, ciphertext,
//! password hashes, public things.

use memchr::memmem;

use super::filler::is_filler;

/// Pieces of secrets that standards and providers publish as examples: RFC 5849, 6749, 6750, 7515,
/// 7617, jwt.io, AWS, Azure's storage and Cosmos emulators, the Fernet spec, GitHub, Stripe, Dynatrace,
/// Supabase's local stack, Docker Swarm, Hetzner, `MinIO`'s playground.
const DOCUMENTED: [&[u8]; 34] = [
    b"zuf+tfteSlswRu7BJ86wekitnifILbZam1KYY3TG",
    b"1h8aps2yszaiqmz2l3oc5392pgk8e49qhx2aj3nyv0ui0hez2a",
    b"49nj1cmql0jkz5s954yi3oex3nedyz0fb0xx14ie39trti4wxv",
    b"3pu6hszjas19xyp7ghgosyx9k8atbfcr8p2is99znpy26u2lkl",
    b"fySn8TY4w5lKcWcJPIpKufejh9hxx5KYwx6XZigx3Q4",
    b"7c37Cc8654o6p38HnroywCi19pllOnGtbdZEgtKxZu8",
    b"LRK9DAWQ1ZAEFSrCNEEzLCUwhYX1U3g7",
    b"pfkkdhi9sl3r4s00",
    b"9djdj82h48djs9d2",
    b"ad180jjd733klru7",
    b"hdhd0244k9j7ao03",
    b"hh5s93j4hdidpola",
    b"kkk9d7dh3k39sjv7",
    b"j49sk3j29djd",
    b"QWxhZGRpbjpvcGVuIHNlc2FtZQ",
    b"C2y6yDjf5/R+ob0N8A7Cgv30VRDJIWEHLM",
    b"4eC39HqLyjWDarjtT1zdp7dc",
    b"zQWBuTSOoRi4A9spHcVY5ncnsDkxkJ",
    b"G3DFPBEJYMODIDAEX454M7YWBUVEFOWKP",
    b"N7UND0UgjKTVK-Uodkm0Hg_xSvEMPvz",
    b"2YotnFZFEjr1zCsicMWp",
    b"tGzv3JOkF0XG5Qx2TlKW",
    b"SplxlOBeZQQYbYS6WxSb",
    b"czZCaGRSa3F0Mzpn",
    b"mF_9.B5f-4.1JqM",
    b"h480djs93hd8",
    b"dpf43f3p2l4k3l03",
    b"kd94hf93k423kf44",
    b"nnch734d00sl2jdk",
    b"dBjftJeZ4CVP-mB92K27uhbUJU1p1r",
    b"SflKxwRJSMeKKF2QT4fwpM",
    b"wJalrXUtnFEMI",
    b"Eby8vdM02xNOcqFlqUwJ",
    b"cw_0x689RpI-jtRR7oE8h_eQ",
];

/// Beginnings of ciphertext, password hashes and other things that may be public.
const BEGINNINGS: [&[u8]; 64] = [
    b"NRJS-",
    b"U2FsdGVkX1",
    b"NACL[",
    b"md5$",
    b"sha1$",
    b"sha256$",
    b"$apr1$",
    b"$bcrypt-",
    b"$p5k2$",
    b"seal1:",
    b"ENC[",
    b"ENC(",
    b"encrypted:",
    b"age1",
    b"age-encryption.org",
    b"$ANSIBLE_VAULT",
    b"!vault",
    b"vault:",
    b"gAAAAA",
    b"AQICAH",
    b"CiQA",
    b"crypt:",
    b"{cipher}",
    b"{crypt}",
    b"aws:",
    b"ssh-rsa ",
    b"ssh-ed25519 ",
    b"ecdsa-sha2-",
    b"AAAAB3NzaC1",
    b"AAAAC3NzaC1",
    b"AAAAE2VjZHNh",
    b"sha1-",
    b"sha256-",
    b"sha384-",
    b"sha512-",
    b"sha1:",
    b"sha256:",
    b"sha512:",
    b"md5:",
    b"$1$",
    b"$2a$",
    b"$2b$",
    b"$2y$",
    b"$5$",
    b"$6$",
    b"$y$",
    b"$argon2",
    b"$scrypt",
    b"$pbkdf2",
    b"pbkdf2_",
    b"pbkdf2:",
    b"scrypt:",
    b"argon2",
    b"bcrypt",
    b"{SSHA",
    b"{SHA",
    b"arn:",
    b"data:",
    b"urn:",
    b"MFkwEwYHKoZI",
    b"MIIBIjAN",
    b"MIICIjAN",
    b"MIGfMA0G",
    b"MCowBQYD",
];

/// Marks of a reference to where the secret really is.
const REFERENCES: [&[u8]; 36] = [
    b"/%",
    b"=%",
    b"$PWD/",
    b"${",
    b"$(",
    b"{{",
    b"}}",
    b"<%",
    b"%>",
    b"#{",
    b"%(",
    b"$[",
    b"@@",
    b"%{",
    b"<<",
    b"process.env",
    b"os.environ",
    b"getenv",
    b"env.",
    b"ENV[",
    b"env(",
    b"env:",
    b"secrets.",
    b"vars.",
    b"var.",
    b"local.",
    b"data.",
    b"module.",
    b"op://",
    b"vault://",
    b"ssm:",
    b"file:",
    b"secretsmanager:",
    b"keyring:",
    b"resolve:",
    b"valueFrom",
];

/// Whether a value is no secret by its shape alone.
#[must_use]
pub fn is_placeholder(value: &[u8]) -> bool {
    let value = value.trim_ascii();
    value.is_empty()
        || BEGINNINGS.iter().any(|mark| value.starts_with(mark))
        || is_reference(value)
        || is_filler(value)
        || is_pattern(value)
        || is_template(value)
        || is_hash_or_tag(value)
        || is_sealed_secret(value)
        || DOCUMENTED
            .iter()
            .any(|example| memmem::find(value, example).is_some())
}

/// Whether a value is what Bitnami's sealed-secrets make: the length of a session key (2 bytes, 512
/// for RSA-4096), that key, and a ciphertext.
fn is_sealed_secret(value: &[u8]) -> bool {
    value.len() >= 300 && matches!(value, [b'A', b'g', b'A'..=b'D', ..])
}

/// Whether a value has a place for another (`users/{id}`, `jwt={body}`, `{}.zip`), or is a filter of LDAP.
fn is_template(value: &[u8]) -> bool {
    let is_filter = value.starts_with(b"(") && value.contains(&b'=');
    if is_filter {
        return true;
    }
    memchr::memchr_iter(b'{', value).any(|open| {
        let name = &value[open + 1..];
        let length = name
            .iter()
            .take(40)
            .take_while(|byte| {
                byte.is_ascii_lowercase() || byte.is_ascii_digit() || b"_.".contains(byte)
            })
            .count();
        let word = &name[..length];
        let is_word = !word.iter().any(u8::is_ascii_digit) || word.contains(&b'_') || word == b"0";
        is_word && name.get(length) == Some(&b'}')
    })
}

/// Whether a value is a password's hash as `MySQL` or `htpasswd` write it, a tag of YAML (`!secret`), the
/// number of a standard, or a number of at most 64 bits in hexadecimal digits.
fn is_hash_or_tag(value: &[u8]) -> bool {
    let is = |rest: Option<&[u8]>, of: fn(&u8) -> bool| {
        rest.is_some_and(|rest| !rest.is_empty() && rest.iter().all(of))
    };
    let hashes: [&[u8]; 4] = [b":$2y$", b":$2b$", b":$apr1$", b":{SHA}"];
    (value.len() == 41 && is(value.strip_prefix(b"*"), u8::is_ascii_hexdigit))
        || hashes
            .iter()
            .any(|mark| memmem::find(value, mark).is_some())
        || is(value.strip_prefix(b"!"), u8::is_ascii_lowercase)
        || is(value.strip_prefix(b"RFC"), u8::is_ascii_digit)
        || (value.len() <= 18 && is(hexadecimal_digits(value), u8::is_ascii_hexdigit))
}

/// What follows `0x`.
fn hexadecimal_digits(value: &[u8]) -> Option<&[u8]> {
    value
        .strip_prefix(b"0x")
        .or_else(|| value.strip_prefix(b"0X"))
}

/// Whether a value is a regular expression.
fn is_pattern(value: &[u8]) -> bool {
    [
        &b"(?"[..],
        b"[^",
        b"\\s",
        b"\\d",
        b"\\w",
        b"]+",
        b"]*",
        b".*",
        b")|",
        b"a-z",
        b"A-Z",
        b"a-f0-9",
        b"0-9a-f",
        b"0-9]",
    ]
    .iter()
    .any(|mark| memmem::find(value, mark).is_some())
}

/// Whether a value refers to a secret instead of being one.
#[must_use]
pub fn is_reference(value: &[u8]) -> bool {
    let wrapped =
        |open: u8, close: u8| value.first() == Some(&open) && value.last() == Some(&close);
    wrapped(b'<', b'>')
        || wrapped(b'[', b']')
        || wrapped(b'{', b'}')
        || wrapped(b'%', b'%')
        || wrapped(b'_', b'_')
        || is_shell_variable(value)
        || REFERENCES
            .iter()
            .any(|mark| memmem::find(value, mark).is_some())
}

/// `$NAME` and nothing else; `$ecr3t!` is a password.
fn is_shell_variable(value: &[u8]) -> bool {
    value.strip_prefix(b"$").is_some_and(|name| {
        name.iter()
            .all(|b| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'-' | b':' | b'.'))
            && !(name.iter().any(u8::is_ascii_lowercase) && name.iter().any(u8::is_ascii_digit))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn placeholders_references_and_ciphertext_are_told_from_secrets() {
        for harmless in [
            "",
            "<your-key>",
            "${TOKEN}",
            "{{ token }}",
            "process.env.TOKEN",
            "$TOKEN",
            "changeme",
            "xxxxxxxxxxxx",
            "********",
            "your_api_key",
            "AKIAIOSFODNN7EXAMPLE",
            "1234567890abcdef",
            "abcdefghijkl",
            "000000000000",
            "seal1:AdJbDxdr",
            "ENC[AES256_GCM,data:x]",
            "$2b$12$abc",
            "sha512-abc",
            "var.token",
            "[REDACTED]",
            "%TOKEN%",
            "$registrySecret",
            "v2/users/{id}",
            "LS0tLQ...",
            "*EE0D72C1085C46C5278932678FBE2C6A782821B4",
            "test:$2y$05$zgjczyp96jCIp",
            "!unsafe",
            "RFC4519",
            "0X16C9A0EB",
            "files/{sha256_hash}.zip",
            "peWcBiMOS9HrZG15peWcBiMOS9HrZG15",
            "op://vault/item",
        ] {
            assert!(is_placeholder(harmless.as_bytes()), "{harmless}");
        }
        for secret in [
            "hunter2!",
            "$ecr3tpw",
            "k7Qz9vT2mXw4pL8sD3",
            "p%40ss",
            "x{9Kq}v7Rm",
        ] {
            assert!(!is_placeholder(secret.as_bytes()), "{secret}");
        }
    }
}
