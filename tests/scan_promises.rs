//! What the scanner promises by name: what it never flags, and what it finds though others don't.

use git_seal::core::scan::example::fill;
use git_seal::core::scan::{Options, RuleSet, Scanner};

const FILLS: u64 = 8;

fn found(rules: &RuleSet, text: &str, path: &str) -> Vec<(String, String)> {
    Scanner::new(rules, None, Options::default())
        .scan(text.as_bytes(), path.as_bytes(), None)
        .into_iter()
        .map(|finding| (finding.rule.to_string(), text[finding.secret].to_owned()))
        .collect()
}

/// What it is, a path, and a template of the file.
#[rustfmt::skip]
const NEVER: &[(&str, &str, &str)] = &[
    ("ours", ".env", "# git-seal v1: values are sealed; run \"git seal unlock\" to read them\nDB_PASSWORD=seal1:{url:80}\nexport API_KEY=seal1:{url:120}\n"),
    ("types of TypeScript", "index.d.mts", "export function crypto_pwhash_str(password: Uint8Array<ArrayBufferLike>, opslimit: number): string;\n"),
    ("ours, Fernet", ".env", "DB_PASSWORD=gAAAAAB{url:113}==\n"),
    ("SOPS, YAML", "secrets.yaml", "db:\n    password: ENC[AES256_GCM,data:{b64:20},iv:{b64:43}=,tag:{b64:22}==,type:str]\nsops:\n    age:\n        - recipient: age1{b36:58}\n          enc: |\n            -----BEGIN AGE ENCRYPTED FILE-----\n            {b64:64}\n            {b64:40}=\n            -----END AGE ENCRYPTED FILE-----\n    mac: ENC[AES256_GCM,data:{b64:88},iv:{b64:43}=,tag:{b64:22}==,type:str]\n    kms:\n        - arn: arn:aws:kms:eu-west-1:111122223333:key/{uuid}\n          enc: AQICAH{b64:200}\n"),
    ("SOPS, dotenv", ".env.enc", "API_KEY=ENC[AES256_GCM,data:{b64:20},iv:{b64:43}=,tag:{b64:22}==,type:str]\nsops_mac=ENC[AES256_GCM,data:{b64:88},iv:{b64:43}=,tag:{b64:22}==,type:str]\nsops_age__list_0__map_recipient=age1{b36:58}\n"),
    ("SOPS, JSON", "a.json", "{\"token\": \"ENC[AES256_GCM,data:{b64:20},iv:{b64:43}=,tag:{b64:22}==,type:str]\", \"sops\": {\"pgp\": [{\"enc\": \"-----BEGIN PGP MESSAGE-----\\n\\n{b64:64}\\n{b64:64}\\n=abcd\\n-----END PGP MESSAGE-----\", \"fp\": \"{HEX:40}\"}]}}"),
    ("dotenvx", ".env", "#/-------------------[DOTENV_PUBLIC_KEY]--------------------/\nDOTENV_PUBLIC_KEY=\"03{hex:64}\"\nDB_PASSWORD=\"encrypted:B{b64:140}==\"\n"),
    ("sealed-secrets", "sealed.yaml", "apiVersion: bitnami.com/v1alpha1\nkind: SealedSecret\nspec:\n  encryptedData:\n    password: AgB{b64:397}\n    API_TOKEN: AgA{b64:681}=\n"),
    ("age", "secret.age", "-----BEGIN AGE ENCRYPTED FILE-----\n{b64:64}\n{b64:64}\n{b64:30}==\n-----END AGE ENCRYPTED FILE-----\n"),
    ("age, the public half", "recipients.txt", "age1{b36:58}\n"),
    ("Ansible Vault, a file", "vault.yml", "$ANSIBLE_VAULT;1.1;AES256\n{hex:80}\n{hex:80}\n{hex:80}\n"),
    ("Ansible Vault, a value", "vars.yml", "db_password: !vault |\n  $ANSIBLE_VAULT;1.2;AES256;prod\n  {hex:80}\n  {hex:80}\n"),
    ("PGP message", "mail.asc", "-----BEGIN PGP MESSAGE-----\nVersion: 1\n\n{b64:64}\n{b64:64}\n=abcd\n-----END PGP MESSAGE-----\n"),
    ("PGP public key", "key.asc", "-----BEGIN PGP PUBLIC KEY BLOCK-----\n\n{b64:64}\n{b64:64}\n=abcd\n-----END PGP PUBLIC KEY BLOCK-----\n"),
    ("PGP signature", "a.sig", "-----BEGIN PGP SIGNATURE-----\n\n{b64:64}\n=abcd\n-----END PGP SIGNATURE-----\n"),
    ("public key", "key.pem", "-----BEGIN PUBLIC KEY-----\n{b64:64}\n{b64:64}\n-----END PUBLIC KEY-----\n"),
    ("public key in one value", "a.yml", "jwt_key: MIIBIjANBgkqhkiG9w0BAQEFAAOCAQ8AMIIBCgKCAQEA{b64:300}\n"),
    ("SSH public keys", "authorized_keys", "ssh-rsa AAAAB3NzaC1yc2EAAAADAQABAAABgQ{b64:300}= ann@host\nssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAI{b64:43} bo\n"),
    ("WireGuard public key", "wg0.conf", "[Peer]\nPublicKey = {b64:42}A=\n"),
    ("certificate", "tls.crt", "-----BEGIN CERTIFICATE-----\n{b64:64}\n{b64:64}\n-----END CERTIFICATE-----\n"),
    ("certificate request", "tls.csr", "-----BEGIN CERTIFICATE REQUEST-----\n{b64:64}\n{b64:64}\n-----END CERTIFICATE REQUEST-----\n"),
    ("certificate in base64", "kubeconfig", "    certificate-authority-data: LS0tLS1CRUdJTiBDRVJUSUZJQ0FURS0tLS0tCk{b64:400}\n"),
    ("known_hosts", "known_hosts", "web1,10.0.0.1 ecdsa-sha2-nistp256 AAAAE2VjZHNhLXNoYTItbmlzdHAyNTY{b64:96}=\n|1|{b64:27}=|{b64:27}= ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAI{b64:43}\n"),
    ("Cargo.lock", "Cargo.lock", "[[package]]\nname = \"secret-service\"\nversion = \"4.0.0\"\nsource = \"registry+https://github.com/rust-lang/crates.io-index\"\nchecksum = \"{hex:64}\"\n"),
    ("package-lock.json", "package-lock.json", "    \"node_modules/token-types\": {\n      \"version\": \"4.2.1\",\n      \"resolved\": \"https://registry.npmjs.org/token-types/-/token-types-4.2.1.tgz\",\n      \"integrity\": \"sha512-{b64:86}==\"\n    },\n"),
    ("yarn.lock", "yarn.lock", "keyv@^4.0.0:\n  version \"4.5.4\"\n  resolved \"https://registry.yarnpkg.com/keyv/-/keyv-4.5.4.tgz#{hex:40}\"\n  integrity sha512-{b64:86}==\n"),
    ("yarn.lock of Berry", "yarn.lock", "\"js-tokens@npm:^4.0.0\":\n  version: 4.0.0\n  resolution: \"js-tokens@npm:4.0.0\"\n  checksum: 10c0/{hex:128}\n"),
    ("pnpm-lock.yaml", "pnpm-lock.yaml", "  /js-tokens@4.0.0:\n    resolution: {integrity: sha512-{b64:86}==}\n"),
    ("poetry.lock", "poetry.lock", "[[package]]\nname = \"keyring\"\nfiles = [\n    {file = \"keyring-24.3.0-py3-none-any.whl\", hash = \"sha256:{hex:64}\"},\n]\n[metadata]\ncontent-hash = \"{hex:64}\"\n"),
    ("uv.lock", "uv.lock", "sdist = { url = \"https://files.pythonhosted.org/packages/{hex:2}/{hex:2}/{hex:60}/secretstorage-3.3.3.tar.gz\", hash = \"sha256:{hex:64}\", size = 19739 }\n"),
    ("Pipfile.lock", "Pipfile.lock", "{\"_meta\": {\"hash\": {\"sha256\": \"{hex:64}\"}}, \"default\": {\"tokenlib\": {\"hashes\": [\"sha256:{hex:64}\"]}}}"),
    ("go.sum", "go.sum", "github.com/golang-jwt/jwt/v5 v5.2.1 h1:{b64:43}=\ngithub.com/golang-jwt/jwt/v5 v5.2.1/go.mod h1:{b64:43}=\n"),
    ("Gemfile.lock", "Gemfile.lock", "GEM\n  specs:\n    jwt (2.8.1)\n\nCHECKSUMS\n  jwt (2.8.1) sha256={hex:64}\n"),
    ("composer.lock", "composer.lock", "    \"content-hash\": \"{hex:32}\",\n    \"packages\": [{\"name\": \"lcobucci/jwt\", \"source\": {\"type\": \"git\", \"reference\": \"{hex:40}\"}, \"dist\": {\"shasum\": \"{hex:40}\"}}]\n"),
    ("flake.lock", "flake.lock", "        \"lastModified\": 1700000000,\n        \"narHash\": \"sha256-{b64:43}=\",\n        \"rev\": \"{hex:40}\",\n"),
    (".terraform.lock.hcl", ".terraform.lock.hcl", "  hashes = [\n    \"h1:{b64:43}=\",\n    \"zh:{hex:64}\",\n  ]\n"),
    ("data URI", "a.css", "a { background: url(data:image/png;base64,{b64:400}==) }\n"),
    ("data URI as a value", "a.json", "{\"key\": \"data:application/octet-stream;base64,{b64:200}\"}"),
    ("AWS's example", "a.md", "aws_access_key_id = AKIAIOSFODNN7EXAMPLE\naws_secret_access_key = wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY\n"),
    ("Azurite's key", "a.yml", "AccountName=devstoreaccount1;AccountKey=Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw==;\n"),
    ("the Cosmos emulator's key", "a.yml", "COSMOS_KEY=C2y6yDjf5/R+ob0N8A7Cgv30VRDJIWEHLM+4QDU5DE2nQ9nDuVTqobD4b8mGGyPMbIZnqyMsEcaGQy67XIw/Jw==\n"),
    ("jwt.io's example", "a.md", "eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.eyJzdWIiOiIxMjM0NTY3ODkwIiwibmFtZSI6IkpvaG4gRG9lIiwiaWF0IjoxNTE2MjM5MDIyfQ.SflKxwRJSMeKKF2QT4fwpMeJf36POk6yJV_adQssw5c\n"),
    ("RFC 7617's pair", "a.md", "Authorization: Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ==\n"),
    ("RFC 6750's token", "a.md", "Authorization: Bearer mF_9.B5f-4.1JqM\n"),
    ("Redis's default", "redis.conf", "# requirepass foobared\n"),
    ("placeholders", ".env.example", "DB_PASSWORD=changeme\nAPI_KEY=<your-key>\nTOKEN=${TOKEN}\nSECRET_KEY={{ secret_key }}\nSTRIPE_KEY=sk_live_xxxxxxxxxxxxxxxxxxxxxxxx\nGITHUB_TOKEN=ghp_xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx\n"),
    ("references", "a.js", "const key = process.env.API_KEY; const token = config.get('token_v2');\n"),
    ("UUIDs", "a.yml", "id: {uuid}\nrequest: {uuid}\nkey: {uuid}\n"),
    ("password hashes", "a.yml", "password: $2b$12${b62:53}\npassword: \"$argon2id$v=19$m=65536,t=3,p=4${b64:22}${b64:43}\"\nroot:$6${b62:16}${b62:86}:19000:0:99999:7:::\n"),
    ("hashes", "a.yml", "commit: {hex:40}\netag: \"{hex:32}\"\nimage: app@sha256:{hex:64}\nintegrity: sha384-{b64:64}\n"),
    ("a key of which a document shows one line", "api.py", "\"-----BEGIN RSA PRIVATE KEY-----\nMIIEpQIBAAKCAQEA{b64:47}\n-----END RSA PRIVATE KEY-----\"\n"),
    ("what a test gives and expects", "auth_test.go", "give(`{\"token\":\"q7AbZ9kQm2Lw5XtR8vYc3Nd\"}`)\nwant := User{Token: \"q7AbZ9kQm2Lw5XtR8vYc3Nd\"}\ngot.Token = \"q7AbZ9kQm2Lw5XtR8vYc3Nd\"\n"),
    ("a key in a test", "spec/store_spec.rb", "cookie = \"{b62:40}\"\nkey: \"{b62:32}\"\n"),
    ("a web token of a test", "jwt_test.go", "token := \"eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.eyJmb28iOiJiYXIiLCJuYmYiOjE0NDQ0Nzg0MDB9.{url:43}\"\n"),
    ("what fingers type", "a.py", "oauth_token_secret = 'lsdajfh923874'\ntoken = 'asdha9dhjasd'\n"),
    ("limits of rates", "a.py", "\"reset_password\": \"20/m/ip,5/m/key\",\n"),
    ("nothing, and then a command", "README.md", "MYSQL_PASSWORD= FILTER=integration2 npm test\n"),
    ("ciphertext by its name", "a.json", "\"encrypted_key\": \"{url:43}\"\n"),
    ("filters of sound", "presets", "f_lowpass = -efl:%1 -x2\nres_bandpass = -ef1:%1,%2\n"),
    ("a test's fixture", "tests/login.py", "client.login(username=\"alice\", password=\"wonderland1\")\nPASSWORD = \"hunter22\"\ntoken = \"{hex:32}\"\n"),
];

#[test]
fn what_is_no_secret_is_never_flagged() {
    let rules = RuleSet::built_in();
    let mut alarms = Vec::new();
    for (what, path, template) in NEVER {
        for seed in 0..FILLS {
            let text = fill(template, seed).text;
            for (rule, secret) in found(&rules, &text, path) {
                alarms.push(format!("{what}: {rule}: {secret}"));
            }
        }
    }
    assert!(alarms.is_empty(), "{}", alarms.join("\n"));
}

/// What it is, a path, and a template in which ⟦…⟧ must be found.
#[rustfmt::skip]
const FOUND: &[(&str, &str, &str)] = &[
    (".netrc", ".netrc", "machine git.acme.io login bot password ⟦{b62:14}⟧\n"),
    (".netrc, on lines", ".netrc", "machine git.acme.io\n  login bot\n  password ⟦{pw:16}⟧\n"),
    (".pgpass", ".pgpass", "db.acme.io:5432:shop:app:⟦Winter{d:4}wald⟧\n"),
    (".my.cnf", ".my.cnf", "[client]\nuser=root\npassword=⟦{b62:14}⟧\n"),
    ("mysqldump -pX", "backup.sh", "mysqldump -u root -p⟦{b62:12}⟧ shop > shop.sql\n"),
    ("sshpass -p", "deploy.sh", "sshpass -p '⟦{pw:12}⟧' ssh root@10.1.2.3 uptime\n"),
    ("curl -u", "fetch.sh", "curl -sf -u admin:⟦{pw:14}⟧ https://nexus.acme.io/x\n"),
    ("requirepass", "redis.conf", "requirepass ⟦{b62:32}⟧\n"),
    ("APP_KEY of Laravel", ".env", "APP_KEY=base64:⟦{b64:43}=⟧\n"),
    ("master.key of Rails", "config/master.key", "⟦{hex:32}⟧"),
    ("OpenVPN's auth-user-pass", "etc/openvpn/auth.txt", "ann\n⟦{b62:13}7⟧\n"),
    ("kaggle.json", "home/.kaggle/kaggle.json", "{\"username\":\"ann\",\"key\":\"⟦{hex:32}⟧\"}"),
    ("a key in a test", "tests/tls_test.go", "const key = `⟦-----BEGIN PRIVATE KEY-----\n{b64:64}\n-----END PRIVATE KEY-----⟧`\n"),
    ("a provider's token in a test", "tests/client_test.py", "client = Client('⟦ghp_{b62:30}{crc}⟧')\n"),
    ("a random password in a test", "tests/db_test.py", "connect(password='⟦{b62:23}7a⟧')\n"),
    ("state of Terraform", "terraform.tfstate", "            \"result\": \"⟦{pw:20}⟧\",\n"),
    ("state of Terraform, a password", "terraform.tfstate", "            \"master_password\": \"⟦{b62:24}⟧\",\n"),
    ("tfvars", "prod.tfvars", "db_password = \"⟦{pw:18}⟧\"\n"),
    ("Azure SAS", "a.py", "url = \"https://acme.blob.core.windows.net/c?sv=2022-11-02&sp=r&sig=⟦{b62:43}%3D⟧\"\n"),
    ("Azure storage key", "a.cs", "\"DefaultEndpointsProtocol=https;AccountName=acme;AccountKey=⟦{b64:86}==⟧\"\n"),
    ("Basic header", "nginx.conf", "proxy_set_header Authorization \"Basic ⟦{basic}⟧\";\n"),
    ("ODBC", "a.py", "pyodbc.connect('Driver={ODBC Driver 18};Server=db1;UID=app;PWD=⟦{b62:14}⟧')\n"),
    ("JDBC", "a.properties", "url=jdbc:mysql://db1:3306/app?user=app&password=⟦{b62:14}⟧\n"),
    ("JDBC of Oracle", "a.xml", "<url>jdbc:oracle:thin:app/⟦{b62:13}7⟧@//db1:1521/x</url>\n"),
    ("kubeconfig, a token", "kubeconfig", "users:\n- name: admin\n  user:\n    token: ⟦{b62:64}⟧\n"),
    ("kubeconfig, a key", "kubeconfig", "    client-key-data: ⟦LS0tLS1CRUdJTiBSU0EgUFJJVkFURSBLRVktLS0tLQpN{b64:200}⟧\n"),
    ("config.json of Docker", ".docker/config.json", "{\"auths\":{\"r.acme.io\":{\"auth\":\"⟦{basic}⟧\"}}}"),
    (".npmrc, a token", ".npmrc", "//npm.acme.io/:_authToken=⟦{b62:40}⟧\n"),
    (".npmrc, a password", ".npmrc", "_auth=⟦{basic}⟧\n"),
    (".pypirc", ".pypirc", "[pypi]\nusername = __token__\npassword = ⟦pypi-AgEIcHlwaS5vcmc{url:150}⟧\n"),
    (".pypirc, a password", ".pypirc", "[acme]\nusername = bot\npassword = ⟦{b62:16}⟧\n"),
    ("shell history", ".bash_history", "ls\nexport DB_PASSWORD=⟦{b62:14}⟧\nls\n"),
    ("history of zsh", ".zsh_history", ": 1700000000:0;PGPASSWORD=⟦{b62:14}⟧ psql -h db1\n"),
];

#[test]
fn what_no_other_scanner_finds_is_found() {
    let rules = RuleSet::built_in();
    let mut missed = Vec::new();
    for (what, path, template) in FOUND {
        let is_found = |seed: &u64| {
            let example = fill(template, *seed);
            let secret = &example.text[example.secret.clone()];
            found(&rules, &example.text, path)
                .iter()
                .any(|(_, found)| found == secret)
        };
        let count = (0..FILLS).filter(is_found).count() as u64;
        if count < FILLS {
            missed.push(format!("{what}: found {count} of {FILLS}"));
        }
    }
    assert!(missed.is_empty(), "{}", missed.join("\n"));
}
