//! What has no provider: private keys, tokens of open standards, passwords in URLs, connection
//! strings, command lines and files, values of sensitive names.

use crate::core::scan::checks::Check;
use crate::core::scan::rules::{Provider, Rule, Shape, finders};

provider!(
    KEY,
    "a",
    "make another key, put its public half where this one's was, and remove that one; \
    keep the key itself sealed (`git seal track --opaque`)"
);
provider!(
    TOKEN,
    "a",
    "revoke it where it was issued, or change the key that signs such tokens; \
    keep it in `.env` (`git seal set`)"
);
provider!(
    PASSWORD,
    "a",
    "change the password, keep it in `.env` (`git seal set`) and refer to it by name"
);
provider!(
    RAILS,
    "Ruby on Rails",
    "make other credentials (`rails credentials:edit`) and change what they held"
);
provider!(
    LARAVEL,
    "Laravel",
    "run `php artisan key:generate`; sessions and encrypted values are lost"
);
provider!(
    DOCKER,
    "Docker",
    "log out and in again with another token; change the password"
);

provider!(
    FERNET,
    "a",
    "make another key, and seal anew what this one sealed; keep the key itself in `.env` (`git seal set`) \
    or out of the repository"
);

/// The rules.
#[rustfmt::skip]
pub const RULES: &[Rule] = &[
    Rule::finder("private-key", KEY, "private key in PEM, OpenSSH, SSH2 or PGP armour", &["-----BEGIN ", "---- BEGIN "],
        Shape::Finder(finders::pem), &[
            "-----BEGIN RSA PRIVATE KEY-----\n{b64:64}\n{b64:64}\n{b64:64}\n-----END RSA PRIVATE KEY-----",
            "-----BEGIN PRIVATE KEY-----\n{b64:64}\n-----END PRIVATE KEY-----",
            "-----BEGIN EC PRIVATE KEY-----\n{b64:64}\n{b64:64}\n-----END EC PRIVATE KEY-----",
            "-----BEGIN DSA PRIVATE KEY-----\n{b64:64}\n{b64:64}\n-----END DSA PRIVATE KEY-----",
            "-----BEGIN OPENSSH PRIVATE KEY-----\n{b64:70}\n{b64:70}\n-----END OPENSSH PRIVATE KEY-----",
            "-----BEGIN ENCRYPTED PRIVATE KEY-----\n{b64:64}\n{b64:64}\n-----END ENCRYPTED PRIVATE KEY-----",
            "-----BEGIN PGP PRIVATE KEY BLOCK-----\nVersion: 1\n\n{b64:64}\n{b64:64}\n=abcd\n-----END PGP PRIVATE KEY BLOCK-----",
            "---- BEGIN SSH2 ENCRYPTED PRIVATE KEY ----\nComment: \"x\"\n{b64:70}\n{b64:70}\n---- END SSH2 ENCRYPTED PRIVATE KEY ----",
            "key = \"⟦-----BEGIN PRIVATE KEY-----\\n{b64:64}\\n{b64:64}\\n-----END PRIVATE KEY-----⟧\\n\"",
        ])
        .not(&[
            "-----BEGIN PUBLIC KEY-----\n{b64:64}\n{b64:64}\n-----END PUBLIC KEY-----",
            "-----BEGIN CERTIFICATE-----\n{b64:64}\n{b64:64}\n-----END CERTIFICATE-----",
            "-----BEGIN PRIVATE KEY-----\n...\n-----END PRIVATE KEY-----",
            "-----BEGIN PGP MESSAGE-----\n\n{b64:64}\n-----END PGP MESSAGE-----",
            "-----BEGIN AGE ENCRYPTED FILE-----\n{b64:64}\n-----END AGE ENCRYPTED FILE-----",
        ]),
    Rule::finder("putty-private-key", KEY, "private key in PuTTY's form", &["PuTTY-User-Key-File-"],
        Shape::Finder(finders::putty), &[
            "⟦PuTTY-User-Key-File-3: ssh-rsa\nEncryption: none\nComment: x\nPublic-Lines: 1\n{b64:64}\nPrivate-Lines: 2\n{b64:64}\n{b64:64}\n⟧Private-MAC: {hex:64}\n",
        ]),
    Rule::token("private-key-base64", KEY, "private key in PEM, in base64 once more", &["LS0tLS1CRUdJTi"],
        "LS0tLS1CRUdJTi[0-9A-Za-z+/]{80,}={0,2}", &["client-key-data: ⟦LS0tLS1CRUdJTiBSU0EgUFJJVkFURSBLRVktLS0tLQpN{b64:200}⟧"])
        .check(Check::PemInBase64).not(&["LS0tLS1CRUdJTiBDRVJUSUZJQ0FURS0tLS0tCk{b64:200}"]),
    Rule::token("jwk-private-key", KEY, "private key as a JSON Web Key", &["\"d\""],
        "\"d\"\\s{0,4}:\\s{0,4}\"([0-9A-Za-z_-]{43,700})\"", &["{\"kty\":\"EC\",\"crv\":\"P-256\",\"d\":\"⟦{url:43}⟧\"}"]).bits(4.4),
    Rule::token("jwt", TOKEN, "JSON Web Token", &["eyJ"],
        r"eyJ[0-9A-Za-z_-]{12,}\.eyJ[0-9A-Za-z_-]{8,}\.[0-9A-Za-z_-]{20,700}", &["{jwt}"])
        .check(Check::Jwt),
    Rule::token("basic-header", PASSWORD, "user and password in a Basic authorization header", &["basic "],
        "(?i:basic) {1,2}([0-9A-Za-z+/_-]{8,300}={0,2})", &["Authorization: Basic ⟦{basic}⟧", "-H 'Authorization: Basic ⟦{basic}⟧'"])
        .check(Check::BasicPair).not(&["Basic authentication", "basic dXNlcjpwYXNzd29yZA=="]),
    Rule::token("bearer-header", TOKEN, "bearer token in an authorization header", &["bearer "],
        "(?i:bearer) {1,2}([0-9A-Za-z._~+/-]{20,1500}=*)", &["Authorization: Bearer ⟦{b62:40}⟧", "\"Authorization\": \"Bearer ⟦{url:39}z⟧\""])
        .check(Check::Bearer).bits(4.5).not(&["Bearer ${TOKEN}", "bearer authentication-scheme-of-rfc-6750"]),
    Rule::finder("url-password", PASSWORD, "password in a URL", &["://"],
        Shape::Finder(finders::url_password), &[
            "postgres://app:⟦{b62:16}⟧@db.prod.internal:5432/app", "https://bot:⟦{pw:14}⟧@git.acme.io/x.git",
            "mongodb+srv://root:⟦{b62:20}⟧@cluster0.ab1cd.mongodb.net", "redis://:⟦{b62:24}⟧@cache:6379/0",
        ])
        .not(&["http://user:password@example.com", "https://example.org:8080/a@b", "postgres://u:${PW}@db/x",
            "git+ssh://git@github.com/a/b.git", "postgres://postgres:postgres@localhost/test"]),
    Rule::finder("connection-string", PASSWORD, "password in a connection string", &["password=", "pwd=", "password ="],
        Shape::Finder(finders::connection_string), &[
            "Server=db1;Database=app;User Id=sa;Password=⟦{b62:14}⟧;", "Driver={ODBC Driver 18};Server=x;UID=app;PWD=⟦{b62:12}⟧",
            "\"Data Source=db1;Initial Catalog=x;User ID=app;Password=⟦{pw:16}⟧;Encrypt=True\"",
        ])
        .not(&["Server=x;User Id=y;Password=${PW};", "Server=x;Uid=y;Pwd=password;"]),
    Rule::finder("jdbc-password", PASSWORD, "password in a JDBC URL", &["jdbc:"],
        Shape::Finder(finders::jdbc_password), &[
            "jdbc:mysql://db1:3306/app?user=app&password=⟦{b62:14}⟧", "jdbc:sqlserver://db1;user=sa;password=⟦{b62:14}⟧;encrypt=true",
            "jdbc:oracle:thin:app/⟦{b62:12}⟧@//db1:1521/x",
        ])
        .not(&["jdbc:mysql://localhost/app?user=root&password=root"]),
    Rule::finder("mysql-argument", PASSWORD, "password on the command line of MySQL", &["mysql", "mysqldump", "mariadb", "mysqladmin"],
        Shape::Finder(finders::mysql_password), &["mysqldump -u root -p⟦{b62:12}⟧ app > dump.sql", "mysql -h db1 -uapp -p'⟦{pw:14}⟧' app"])
        .not(&["mysqldump -u root -p app", "mysql -p$MYSQL_PASSWORD", "mysql -u root -ppassword"]),
    Rule::finder("sshpass-argument", PASSWORD, "password on the command line of sshpass", &["sshpass"],
        Shape::Finder(finders::sshpass), &["sshpass -p ⟦{b62:12}⟧ ssh root@10.1.2.3", "sshpass -p'⟦{pw:14}⟧' scp x y:"])
        .not(&["sshpass -p \"$PASS\" ssh x", "sshpass -e ssh x"]),
    Rule::finder("curl-argument", PASSWORD, "user and password on the command line of curl", &["curl ", "http "],
        Shape::Finder(finders::curl_user), &["curl -u admin:⟦{b62:14}⟧ https://x.internal/", "curl -s --user 'bot:⟦{pw:16}⟧' https://x.internal/"])
        .not(&["curl -u user:password https://example.com", "curl -u $USER:$PASS x", "curl -u admin x"]),
    Rule::finder("command-argument", PASSWORD, "password on a command line", &["redis-cli", "sqlcmd", "docker login", "ldapsearch", "ldapadd", "ldapmodify", "ldapwhoami", "mongosh", "mongodump", "mongorestore",
            "helm registry login", "snowsql", "openssl enc", "az login"],
        Shape::Finder(finders::option_password), &["redis-cli -h cache -a ⟦{b62:16}⟧ ping", "sqlcmd -S db1 -U sa -P ⟦{b62:14}⟧", "docker login -u bot -p ⟦{b62:20}⟧ r.acme.io",
            "openssl enc -aes-256-cbc -in a -out b -k ⟦{b62:20}⟧"])
        .not(&["redis-cli -h cache -p 6379 ping", "docker login -u bot -p $TOKEN"]),
    Rule::finder("smb-argument", PASSWORD, "user and password on the command line of an SMB client", &["smbclient", "rpcclient", "net rpc"],
        Shape::Finder(finders::user_percent_password), &["smbclient //srv/share -U bot%⟦{b62:14}⟧"]),
    Rule::finder("lftp-argument", PASSWORD, "user and password on the command line of lftp", &["lftp "],
        Shape::Finder(finders::user_comma_password), &["lftp -u deploy,⟦{b62:14}⟧ -e 'mirror -R' ftp.acme.io"])
        .not(&["lftp -u deploy,$PASS ftp.acme.io"]),
    Rule::finder("account-argument", PASSWORD, "password on the command line that makes or uses an account",
        &["rabbitmqctl add_user", "rabbitmqctl change_password", "htpasswd -", "net use"],
        Shape::Finder(finders::last_argument), &["rabbitmqctl add_user bot ⟦{b62:16}⟧", "htpasswd -bc users bot ⟦{b62:14}⟧",
            "net use Z: \\\\srv\\share /user:acme\\bot ⟦{b62:14}⟧"])
        .not(&["rabbitmqctl add_user bot \"$PASS\"", "htpasswd -c /etc/nginx/users bot", "net use Z: /delete"]),
    Rule::finder("piped-password", PASSWORD, "password piped to chpasswd or sudo", &["chpasswd", "sudo -S"],
        Shape::Finder(finders::piped_password), &["echo \"root:⟦{b62:12}⟧\" | chpasswd", "echo '⟦{pw:12}⟧' | sudo -S apt-get update"])
        .not(&["echo \"root:$PASS\" | chpasswd", "echo root:password | chpasswd"]),
    Rule::finder("call-argument", PASSWORD, "password in a call that logs in, connects or signs",
        &[".login(", "getConnection(", "new PDO(", "mysqli_connect(", "new mysqli(", "DBI->connect(", "auth.basic(", "basic_auth", "basicAuth(",
            "BasicAuth(", "WiFi.begin(", "Credentials.new(", "BasicAWSCredentials(", "jwt.sign(", "jwt.encode(", "SetEnvironmentVariable(",
            "PasswordAuthentication(", "ConvertTo-SecureString", "bearer_auth(", "ldap3.Connection(", "simple_bind_s(", "client.run(", "bot.run("],
        Shape::Finder(finders::call_argument), &["smtp.login(\"bot@acme.io\", \"⟦{b62:16}⟧\")", "DriverManager.getConnection(url, \"app\", \"⟦{b62:16}⟧\");",
            "new PDO('mysql:host=db;dbname=app', 'app', '⟦{b62:16}⟧')", "http.basic_auth 'svc', '⟦{b62:16}⟧'",
            "jwt.sign(payload, \"⟦{b62:32}⟧\", { expiresIn: \"1h\" })", "ConvertTo-SecureString \"⟦{b62:14}⟧\" -AsPlainText -Force"])
        .not(&["smtp.login(user, password)", "page.login(\"user\", \"password\")", "jwt.sign(payload, process.env.JWT_SECRET)",
            "getConnection(\"jdbc:postgresql://db/app\", \"app\", \"postgres\")"]),
    Rule::finder("dsn-password", PASSWORD, "password in a Go data source name", &["@tcp(", "@unix("],
        Shape::Finder(finders::dsn_password), &["shop:⟦{b62:16}⟧@tcp(db:3306)/shop", "dsn = \"app:⟦{pw:14}⟧@unix(/run/mysqld.sock)/app\""])
        .not(&["root:password@tcp(localhost:3306)/test", "user:%s@tcp(db:3306)/x"]),
    Rule::token("sql-password", PASSWORD, "password in an SQL statement", &["identified by", "with password", "encrypted password"],
        "(?i:identified by|with password|encrypted password) {1,3}['\"]([^'\"\\s]{6,100})['\"]",
        &["CREATE USER 'shop'@'%' IDENTIFIED BY '⟦{b62:16}⟧';", "ALTER ROLE app WITH PASSWORD '⟦{pw:16}⟧'"]).check(Check::Password).bits(4.3)
        .not(&["CREATE USER x IDENTIFIED BY 'changeme'", "ALTER ROLE app WITH PASSWORD '${PW}'"]),
    Rule::token("openssl-argument", PASSWORD, "password on the command line of OpenSSL", &["pass:"],
        "pass:([^\\s\"'`$<>{}()\\[\\],;:|]{6,100})", &["openssl rsa -passin pass:⟦{b62:14}⟧ -in k.pem"]).check(Check::Password).bits(4.2),
    Rule::token("redis-requirepass", PASSWORD, "password in a Redis configuration", &["requirepass ", "masterauth ", "auth-pass "],
        "(?:requirepass|masterauth|auth-pass[ \\t]+[^\\s]{1,64})[ \\t]+[\"']?([^\\s\"'$<>{}#]{6,200})", &["requirepass ⟦{b62:20}⟧", "masterauth \"⟦{b62:32}⟧\"", "sentinel auth-pass main ⟦{b62:20}⟧"])
        .check(Check::Password).not(&["requirepass foobared", "requirepass ${REDIS_PASSWORD}"]),
    Rule::token("redis-acl-password", PASSWORD, "password of a Redis ACL user", &[" on >"],
        " on >([^\\s\"'$<>{}#]{6,200})", &["user worker on >⟦{b62:20}⟧ ~jobs:* +@all"]).check(Check::Password).bits(4.4),
    Rule::token("ipsec-psk", PASSWORD, "pre-shared key of IPsec", &["PSK \""],
        "PSK \"([^\"\\s]{8,200})\"", &["10.0.0.1 10.0.0.2 : PSK \"⟦{b62:32}⟧\""]).check(Check::Password).bits(4.4),
    Rule::token("snmp-user", PASSWORD, "password of an SNMP user", &["createUser "],
        "createUser[ \\t]+[^\\s]{1,64}[ \\t]+(?:MD5|SHA[0-9-]{0,4})[ \\t]+\"?([^\"\\s]{8,128})", &["createUser monitor SHA \"⟦{b62:14}⟧\" AES"])
        .check(Check::Password).bits(4.4),
    Rule::token("snmp-community", PASSWORD, "community string of SNMP", &["snmp-server community ", "rocommunity ", "rwcommunity "],
        "(?:snmp-server community|rocommunity|rwcommunity) {1,4}\"?([^\\s\"'<>${}]{6,64})",
        &["snmp-server community ⟦{b62:13}7⟧ RO", "rocommunity ⟦{b62:15}7⟧ 10.0.0.0/8"]).check(Check::Password).bits(4.0)
        .not(&["snmp-server community public RO", "rocommunity private", "rocommunity {{ community2 }}"]),
    Rule::token("kickstart-password", PASSWORD, "root password of an unattended installation",
        &["rootpw --plaintext ", "<Password>", "<AdministratorPassword>"],
        "(?:rootpw --plaintext {1,4}|<(?:Administrator)?Password>\\s{0,40}<Value>)([^\\s<\"'${}]{6,128})",
        &["rootpw --plaintext ⟦{b62:11}7⟧", "<AutoLogon><Password><Value>⟦{pw:13}7⟧</Value><PlainText>true</PlainText></Password>"])
        .check(Check::Password).bits(4.0).not(&["rootpw --plaintext changeme", "<Password><Value>password1</Value></Password>"]),
    Rule::finder("cloud-init-password", PASSWORD, "password that cloud-init gives to a user", &["chpasswd:"],
        Shape::Finder(finders::chpasswd_list), &["chpasswd:\n  list: |\n    root:⟦{b62:11}7⟧\n", "chpasswd:\n  expire: false\n  list:\n    - ops:⟦{pw:14}⟧\n"])
        .not(&["chpasswd:\n  list: |\n    root:RANDOM\n", "chpasswd:\n  list: |\n    root:$6${b62:16}${b62:86}\n", "chpasswd:\n  expire: false\n", "patch(\"chpasswd\") as chpasswd:\n  x:abcdefg7\n"]),
    Rule::token("openvpn-credentials", PASSWORD, "user and password in an OpenVPN profile", &["<auth-user-pass>"],
        "<auth-user-pass>\\s{1,8}[^\\s<]{1,64}\\s{1,8}([^\\s<${}]{6,128})", &["<auth-user-pass>\nvpn-ann\n⟦{b62:13}7⟧\n</auth-user-pass>"])
        .check(Check::Password).not(&["<auth-user-pass>\nuser\npassword1\n</auth-user-pass>"]),
    Rule::finder("openvpn-auth-file", PASSWORD, "password in a file for OpenVPN's auth-user-pass", &[],
        Shape::File(&["auth-user-pass", "auth-user-pass.txt", "vpn/auth.txt", "vpn/login.txt", "vpn/pass.txt", "vpn/userpass.txt", "vpn/credentials",
            "vpn/credentials.txt", "vpn/client/auth.txt", "vpn/client/login.txt"], finders::second_of_two_lines), &[]),
    Rule::token("openvpn-static-key", KEY, "static key of OpenVPN", &["-----BEGIN OpenVPN Static key V1-----"],
        "-----BEGIN OpenVPN Static key V1-----\\s{1,8}([0-9a-f]{32}(?:\\s{1,8}[0-9a-f]{32}){0,15})",
        &["-----BEGIN OpenVPN Static key V1-----\n⟦{hex:32}\n{hex:32}⟧\n-----END OpenVPN Static key V1-----"]).check(Check::Long).bits(3.0),
    Rule::token("session-cookie", TOKEN, "session in a cookie", &["sessionid=", "sessid=", ".sid=", " sid=", "session_id="],
        "[. ]?(?i:sess(?:ion)?_?id|sid)=([0-9A-Za-z%._-]{24,200})", &["Cookie: theme=dark; sessionid=⟦{b36:32}⟧", "Cookie: sid=⟦{b62:32}⟧"])
        .check(Check::Password).bits(4.5).not(&["?sessionid=current_session_of_user_2", "session_id=request.cookies.get_session_id2"]),
    Rule::token("login-pair", PASSWORD, "password beside the name of a login", &["login: ", "credentials: ", "logins: "],
        "(?i:logins?|credentials): {1,3}[0-9A-Za-z_.@-]{2,40} ?/ ?([^\\s/|<>{}()$]{8,64})", &["Login: admin / ⟦{pw:11}7⟧", "Credentials: demo/⟦{b62:13}7⟧"])
        .check(Check::Password).bits(4.5).not(&["Login: user / password1", "Login: settings / security2fa"]),
    Rule::token("expect-password", PASSWORD, "password that an expect script sends", &["password:"],
        "(?i:password):[^\"\\n]{0,4}\"[\\s;{}]{1,40}send +(?:-- +)?\"([^\"\\\\$\\s]{6,64})", &["expect \"password:\"\nsend \"⟦{b62:12}⟧\\r\""])
        .check(Check::Password).bits(4.4),
    Rule::token("filezilla-password", PASSWORD, "password of a FileZilla site", &["<Pass encoding="],
        "<Pass encoding=\"base64\">([0-9A-Za-z+/]{8,200}={0,2})</Pass>", &["<Pass encoding=\"base64\">⟦{b64:16}⟧</Pass>"]),
    Rule::finder("terraform-random-password", PASSWORD, "password in a state of Terraform", &[],
        Shape::File(&[".tfstate", ".tfstate.backup"], finders::terraform_results), &[]),
    Rule::finder("sasl-password", PASSWORD, "password of a mail relay", &[],
        Shape::File(&["sasl_passwd"], finders::sasl_passwords), &[]),
    Rule::finder("ppp-secret", PASSWORD, "secret of a dial-in account", &[],
        Shape::File(&["chap-secrets", "pap-secrets"], finders::third_words), &[]),
    Rule::finder("netrc-password", PASSWORD, "password in a .netrc file", &["machine "],
        Shape::Finder(finders::netrc_line), &["machine git.acme.io login bot password ⟦{b62:14}⟧", "machine x.io\n  login bot\n  password ⟦{pw:16}⟧\n"])
        .not(&["machine learning login page password reset", "machine x login y password <password>"]),
    Rule::finder("pgpass-password", PASSWORD, "password in a PostgreSQL password file", &[],
        Shape::File(&[".pgpass", "pgpass.conf", "pgpass"], finders::pgpass), &[]),
    Rule::finder("rails-master-key", RAILS, "master key", &[],
        Shape::File(&["master.key", "credentials.key", "config/credentials/production.key", "config/credentials/staging.key",
            "config/credentials/development.key", "secrets.yml.key"], finders::master_key), &[]),
    Rule::value("rails-master-key-variable", RAILS, "master key", &["rails_master"], "[0-9a-f]{32}", &["RAILS_MASTER_KEY=⟦{hex:32}⟧"]),
    Rule::token("fernet-key", FERNET, "Fernet key in a call", &["fernet("], "Fernet\\(\\s{0,20}b?[\"']([0-9A-Za-z_-]{42}[AEIMQUYcgkosw048]=)[\"']",
        &["Fernet(\"⟦{url:42}A=⟧\")", "cipher = Fernet(b'⟦{url:42}w=⟧')"])
        .not(&["Fernet(key)", "Fernet(os.environ[\"FERNET_KEY\"])", "Fernet(\"{url:20}\")"]),
    Rule::finder("key-file", FERNET, "key of 32 bytes", &[], Shape::File(&[".key"], finders::bare_key), &[]),
    Rule::value("laravel-app-key", LARAVEL, "application key", &["app_key", "app_previous_keys"], "base64:([0-9A-Za-z+/]{22,43}={1,2})",
        &["APP_KEY=base64:⟦{b64:43}=⟧"]),
    Rule::finder("docker-auth", DOCKER, "registry login", &["auth\"", "auth:"],
        Shape::Finder(finders::docker_auth), &["{\"auths\":{\"r.acme.io\":{\"auth\":\"⟦{basic}⟧\"}}}"]).check(Check::BasicPair),
    Rule::token("docker-config-base64", DOCKER, "registry logins, in base64", &["eyJhdXRocyI6", "ewogICJhdXRocyI6", "ewoJImF1dGhzIjog"],
        "e(?:yJhdXRocyI6|wogICJhdXRocyI6|woJImF1dGhzIjog)[0-9A-Za-z+/]{40,}={0,2}", &[".dockerconfigjson: ⟦eyJhdXRocyI6{b62:120}⟧"]).check(Check::Long),
    Rule::finder("generic-password", PASSWORD, "password given to a name that says so", &["pass", "pwd", "psw", "_pw", "pw:", "pw=", "bindpw", "rootpw", "psk", "kennwort", "wachtwoord", "senha", "contrasena"],
        Shape::Finder(finders::password), &[
            "DB_PASSWORD=⟦{pw:14}⟧", "password: \"⟦{b62:12}⟧\"", "{\"userPass\": \"⟦{b62:12}⟧\"}", "ENV DB_PASSWORD=⟦{b62:14}⟧",
            "--password=⟦{b62:14}⟧", "<password>⟦{b62:14}⟧</password>", "define('DB_PASSWORD', '⟦{pw:16}⟧');",
        ])
        .not(&["password: ${DB_PASSWORD}", "DB_PASSWORD=changeme", "password = get_password(user1)", "password: str = \"\""]),
    Rule::finder("generic-secret", TOKEN, "random value given to a name that promises a secret",
        &["secret", "token", "key", "auth", "credential", "salt", "cookie", "session", "signature", "webhook", "dsn", "bearer", "pepper"],
        Shape::Finder(finders::secret), &[
            "SECRET_KEY=⟦{b62:32}⟧", "apiKey: '⟦{b62:24}⟧'", "\"client_secret\": \"⟦{hex:32}⟧\"", "token = \"⟦{url:29}z⟧\"",
            "- name: API_TOKEN\n  value: ⟦{b62:32}⟧",
        ])
        .not(&["key = {hex:40}", "public_key = {b62:40}", "token_type = bearer", "key: user_name_1", "\"integrity\": \"sha512-{b64:86}==\""]),
];
