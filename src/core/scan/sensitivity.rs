//! What a name says about the value it is given. Names decide more than values.

/// How much a name promises a secret.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Sensitivity {
    /// The value is no secret, whatever it looks like.
    None,
    /// A key, an authorization, a salt: secret if it looks very random.
    Hint,
    /// A token, a secret, an API key: secret if it looks random.
    Secret,
    /// A password: secret unless it looks like anything else.
    Password,
}

/// Last words of names that tell something *about* a secret, or hold a public thing.
const LAST_WORDS: &str = "id ids name names type types length len size count number num index url \
    uri path file filename dir directory field fields label title prefix suffix format pattern \
    regex policy rule rules column header headers param params hash hashed digest fingerprint \
    checksum integrity etag version algorithm alg algo expiry expires expiration ttl timeout \
    lifetime age date time at url endpoint host provider store manager service factory handler \
    helper util utils class kind mode status state enabled disabled required valid error message \
    placeholder hint help text description input output reset strength min max limit limits usage \
    ref reference arn alias vault engine backend source strategy map list set schema generator \
    validator encoder hasher env var variable variables prompt template query span stream kinds \
    bundle group groups domain scope scopes nonce filter attr attrs attribute attributes flags issuer audience callback redirect page route link address addresses \
    with beginswith startswith endswith contains equals find erase replace match matches compare enc \
    cipher ciphertext";

/// Words anywhere in a name that make it public or something else.
const ANYWHERE: &str = "public pub keyword keywords keyboard cache \
    lookup tokenizer tokenize tokenized tokens commit csrf checksum integrity placeholder shortcut \
    translation i18n locale publishable anon site monkey turkey hotkey author authors authority \
    fingerprint thumbprint blob object etag revision sha sha1 sha256 sha512 md5 digest resolved \
    cert certificate bypass passthrough passport compass passive passenger passed passes \
    syntax idempotency routing change lock purchase continuation page pagination \
    next cursor reservation task lifecycle csrfmiddlewaretoken xsrf authenticity \
    websocket socket magic scheme askpass sha3 sha384 sha224 guid \
    encrypted wrapped csrftoken xsrftoken theme";

/// Words that end so and are none: filters of sound, passes over data.
const NO_PASSWORDS: &str = "bypass compass lowpass highpass bandpass allpass subpass prepass multipass \
    trespass onepass twopass overpass underpass renderpass depthpass surpass singlepass";

/// Reads a name: `DB_PASSWORD`, `clientSecret`, `x-api-key`, `spring.datasource.password`.
#[must_use]
pub fn of(name: &[u8]) -> Sensitivity {
    let words = words(name);
    let Some(last) = words.iter().rev().find(|word| !is_number(word)) else {
        return Sensitivity::None;
    };
    // Base64 that happens to end so.
    let is_blob = name.len() >= 40 && super::random::looks_random(name);
    if is_blob || is_in(LAST_WORDS, last) || words.iter().any(|word| is_in(ANYWHERE, word)) {
        return Sensitivity::None;
    }
    // `access_key.id` was caught above; what follows a known word may be an environment or a number.
    let pairs = || {
        words
            .windows(2)
            .map(|pair| (pair[0].as_str(), pair[1].as_str()))
    };
    let any = |tests: &[&str]| {
        words
            .iter()
            .any(|word| tests.iter().any(|test| word == test))
    };
    if words.iter().any(|word| is_password(word)) || pairs().any(|pair| pair == ("pass", "phrase"))
    {
        let is_hashed = any(&["hash", "hashed"]);
        return if is_hashed {
            Sensitivity::None
        } else {
            Sensitivity::Password
        };
    }
    // What a client makes up so that a request counts once.
    let is_made_up =
        pairs().any(|pair| pair == ("request", "token") || pair == ("client", "token"));
    if is_made_up && words.iter().any(|word| word == "client") {
        return Sensitivity::None;
    }
    if says_secret(&words) {
        return Sensitivity::Secret;
    }
    let hints = [
        "key",
        "auth",
        "salt",
        "authorization",
        "cookie",
        "session",
        "pin",
        "webhook",
        "dsn",
        "code",
        "hook",
        "pepper",
        "seed",
    ];
    let indexes = [
        "primary",
        "foreign",
        "sort",
        "partition",
        "unique",
        "base64",
    ];
    if pairs().any(|(first, second)| second == "key" && indexes.contains(&first)) {
        return Sensitivity::None;
    }
    // `salt.utils.path.which` is a path to something else.
    let dot = memchr::memrchr(b'.', name.trim_ascii_end()).map_or(0, |dot| dot + 1);
    let is_hint = self::words(&name[dot..])
        .iter()
        .any(|word| hints.contains(&word.as_str()));
    if is_hint {
        return Sensitivity::Hint;
    }
    Sensitivity::None
}

/// Whether a name is that of a salt, which is a secret only where a whole site has one.
pub(super) fn is_salt(name: &[u8]) -> bool {
    words(name).last().is_some_and(|last| last == "salt")
}

/// Words and pairs of words that promise a secret.
fn says_secret(words: &[String]) -> bool {
    const ENDS: [&str; 9] = [
        "authtok",
        "secret",
        "token",
        "apikey",
        "accesskey",
        "secretkey",
        "authkey",
        "authtoken",
        "privatekey",
    ];
    const WORDS: [&str; 5] = ["secrets", "credential", "credentials", "apitoken", "bearer"];
    /// What stands before `key`.
    const KINDS: &str = "api access secret private encryption encrypt signing sign master auth account \
        storage app license shared admin service write deploy hmac aes crypto subscription session \
        client server jwt webhook read root user rest bot";
    words
        .iter()
        .any(|word| ENDS.iter().any(|end| word.ends_with(end)) || WORDS.contains(&word.as_str()))
        || words
            .windows(2)
            .any(|pair| pair[1] == "key" && is_in(KINDS, &pair[0]))
}

fn is_password(word: &str) -> bool {
    matches!(
        word,
        "pass"
            | "pwd"
            | "pw"
            | "passwd"
            | "passphrase"
            | "passcode"
            | "userpass"
            | "psw"
            | "psk"
            | "bindpw"
            | "rootpw"
            | "passwort"
            | "kennwort"
            | "wachtwoord"
            | "senha"
            | "contrasena"
    ) || word.ends_with("password")
        || word.ends_with("passwd")
        || word.ends_with("passphrase")
        || word.ends_with("pwd")
        || word.ends_with("storepass")
        || word.ends_with("keypass")
        || (word.ends_with("pass") && word.len() <= 10 && !is_in(NO_PASSWORDS, word))
}

fn is_number(word: &str) -> bool {
    word.bytes().all(|byte| byte.is_ascii_digit())
}

/// Whether a list, its words parted by one blank each, has this word.
fn is_in(list: &str, word: &str) -> bool {
    let list = list.as_bytes();
    let is_blank = |at: usize| list.get(at).is_none_or(|byte| *byte == b' ');
    let mut places = memchr::memmem::find_iter(list, word.as_bytes());
    !word.is_empty() && places.any(|at| (at == 0 || is_blank(at - 1)) && is_blank(at + word.len()))
}

/// The words of a name, in lower case: cut at `_`, `-`, `.`, between cases and before digits.
fn words(name: &[u8]) -> Vec<String> {
    let mut words = vec![String::new()];
    for (at, byte) in name.iter().enumerate() {
        let before = at.checked_sub(1).map_or(b'_', |before| name[before]);
        let behind = name.get(at + 1).copied().unwrap_or(b'_');
        let starts = match byte {
            b'A'..=b'Z' => {
                before.is_ascii_lowercase()
                    || (before.is_ascii_alphanumeric() && behind.is_ascii_lowercase())
            }
            b'0'..=b'9' => !before.is_ascii_digit() && behind == b'_',
            _ => false,
        };
        if starts || !byte.is_ascii_alphanumeric() {
            words.push(String::new());
        }
        if byte.is_ascii_alphanumeric()
            && let Some(word) = words.last_mut()
        {
            word.push(char::from(byte.to_ascii_lowercase()));
        }
    }
    words.retain(|word| !word.is_empty());
    words
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_promise_what_they_say() {
        use Sensitivity::{Hint, None, Password, Secret};
        for (name, expected) in [
            ("DB_PASSWORD", Password),
            ("dbPassword", Password),
            ("PGPASSWORD", Password),
            ("spring.datasource.password", Password),
            ("--password", Password),
            ("MYSQL_ROOT_PASSWORD_2", Password),
            ("DB_PASS", Password),
            ("PasswordHash", None),
            ("password_field", None),
            ("passwordResetUrl", None),
            ("clientSecret", Secret),
            ("x-api-key", Secret),
            ("APIKEY", Secret),
            ("_authToken", Secret),
            ("access_key_id", None),
            ("accessKeyId", None),
            ("AWS_SECRET_ACCESS_KEY", Secret),
            ("SECRET_KEY_BASE", Secret),
            ("public_key", None),
            ("primaryKey", None),
            ("tokenizer", None),
            ("max_tokens", None),
            ("keyword", None),
            ("key", Hint),
            ("auth", Hint),
            ("salt", Hint),
            ("integrity", None),
            ("salt.utils.path.which", None),
            ("config.salt", Hint),
            ("oldPwdHashNT", None),
            ("bindpw", Password),
            ("ldap_default_authtok", Secret),
            ("Sec-WebSocket-Key", None),
            ("secretName", None),
            ("ClientRequestToken", None),
            ("oauth_request_token", Secret),
            ("Passwort", Password),
            ("psk", Password),
            ("testKeyEC384PubX", None),
            ("encrypted_key", None),
            ("OAuth2Token", Secret),
            ("monkey", None),
            ("author", None),
            ("", None),
        ] {
            assert_eq!(of(name.as_bytes()), expected, "{name}");
        }
    }
}
