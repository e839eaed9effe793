//! Platforms to run on, databases, infrastructure.

use crate::core::scan::checks::Check;
use crate::core::scan::rules::{Lead, Provider, Rule};

provider!(
    HEROKU,
    "Heroku",
    "revoke it at dashboard.heroku.com/account/applications"
);
provider!(FLY, "Fly.io", "revoke it with `fly tokens revoke`");
provider!(
    RENDER,
    "Render",
    "revoke it under Account settings, API keys"
);
provider!(VERCEL, "Vercel", "delete it at vercel.com/account/tokens");
provider!(
    NETLIFY,
    "Netlify",
    "delete it at app.netlify.com/user/applications"
);
provider!(
    RAILWAY,
    "Railway",
    "delete it at railway.com/account/tokens"
);
provider!(
    SUPABASE,
    "Supabase",
    "revoke it at supabase.com/dashboard (account tokens, or project API keys)"
);
provider!(
    PLANETSCALE,
    "PlanetScale",
    "delete the password or service token in the organization's settings"
);
provider!(
    NEON,
    "Neon",
    "revoke it at console.neon.tech, Account settings, API keys"
);
provider!(
    DATABRICKS,
    "Databricks",
    "revoke it under User settings, Developer, Access tokens"
);
provider!(
    MONGODB,
    "MongoDB Atlas",
    "delete the service account's secret under Access manager"
);
provider!(
    COCKROACH,
    "CockroachDB",
    "delete the service account's API key"
);
provider!(
    HASHICORP,
    "HashiCorp",
    "revoke it (`vault token revoke`, or User settings, Tokens in HCP Terraform)"
);
provider!(
    PULUMI,
    "Pulumi",
    "delete it at app.pulumi.com/account/tokens"
);
provider!(DOPPLER, "Doppler", "revoke it at dashboard.doppler.com");
provider!(
    INFISICAL,
    "Infisical",
    "revoke the service token or machine identity"
);
provider!(
    ONEPASSWORD,
    "1Password",
    "rotate the service account's token, or regenerate the secret key"
);
provider!(
    ALGOLIA,
    "Algolia",
    "delete it at dashboard.algolia.com/account/api-keys"
);
provider!(
    CONFLUENT,
    "Confluent",
    "delete the API key in Confluent Cloud"
);
provider!(
    TAILSCALE,
    "Tailscale",
    "revoke it at login.tailscale.com/admin/settings/keys"
);
provider!(NGROK, "ngrok", "reset it at dashboard.ngrok.com");
provider!(UPSTASH, "Upstash", "rotate it at console.upstash.com");
provider!(
    SCALINGO,
    "Scalingo",
    "revoke it at dashboard.scalingo.com/account/tokens"
);
provider!(
    DOTENVX,
    "dotenvx",
    "rotate the key pair and every value sealed with it"
);
provider!(
    SEAL,
    "git-seal",
    "run `git seal rotate --compromised`, then change every value it opened"
);
provider!(
    AGE,
    "age",
    "make another identity, seal everything anew for it, and change what this one opened"
);
provider!(AIVEN, "Aiven", "revoke it under User information, Tokens");
provider!(FAUNA, "Fauna", "delete the key in the dashboard");
provider!(ZEROTIER, "ZeroTier", "delete it at my.zerotier.com/account");
provider!(
    SNOWFLAKE,
    "Snowflake",
    "alter the user's password or remove the programmatic token"
);
provider!(
    PREFECT,
    "Prefect",
    "delete it at app.prefect.cloud/my/api-keys"
);
provider!(
    WIREGUARD,
    "WireGuard",
    "make another key pair and tell the peers the new public key"
);

provider!(
    SWARM,
    "Docker Swarm",
    "rotate it with `docker swarm join-token --rotate` or `unlock-key --rotate`"
);
provider!(OPENSHIFT, "OpenShift", "end the session with `oc logout`");
provider!(
    DENO,
    "Deno Deploy",
    "revoke it at dash.deno.com/account#access-tokens"
);
provider!(ASTRA, "DataStax Astra", "delete it under Settings, Tokens");

/// The rules.
#[rustfmt::skip]
pub const RULES: &[Rule] = &[
    Rule::token("heroku-token", HEROKU, "API token", &["HRKU-"],
        "HRKU-(?:[0-9A-Za-z_-]{60}|[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12})", &["HRKU-AA{url:57}z", "HRKU-{uuid}"]),
    Rule::value("heroku-api-key", HEROKU, "API key of the old form", &["heroku"],
        "[0-9a-fA-F]{8}-(?:[0-9a-fA-F]{4}-){3}[0-9a-fA-F]{12}", &["HEROKU_API_KEY=⟦{uuid}⟧"])
        .not(&["HEROKU_APP_ID={uuid}"]),
    Rule::token("fly-token", FLY, "access token", &["fo1_", "fm1r_", "fm2_"],
        "(?:fo1_[0-9A-Za-z_-]{43}|fm(?:1[ar]|2)_[0-9A-Za-z+/]{100,480}={0,3})",
        &["fo1_{url:42}z", "fm2_{b64:300}"]),
    Rule::token("render-api-key", RENDER, "API key", &["rnd_"],
        "rnd_[0-9A-Za-z]{28,32}", &["rnd_{b62:28}"]).check(Check::MixedCase).bits(4.4),
    Rule::token("vercel-blob-token", VERCEL, "Blob store token", &["vercel_blob_rw_"],
        "vercel_blob_rw_[0-9A-Za-z]{16}_[0-9A-Za-z]{30,40}", &["vercel_blob_rw_{b62:16}_{b62:30}"]),
    Rule::value("vercel-token", VERCEL, "access token", &["vercel", "zeit_"], "[0-9A-Za-z]{24}",
        &["VERCEL_TOKEN=⟦{b62:24}⟧"]).check(Check::MixedCase),
    Rule::token("vercel-marked-token", VERCEL, "access token or AI gateway key", &["vcp_", "vci_", "vca_", "vcr_", "vck_"],
        "vc[piark]_[0-9A-Za-z_-]{50}[0-9A-Za-z]{6}", &["vcp_{b62:50}{crc}", "vck_{b62:50}{crc}"]).check(Check::Crc32Base62)
        .source("https://vercel.com/changelog/new-token-formats-and-secret-scanning").not(&["vcp_{b62:50}000000"]),
    Rule::token("netlify-token", NETLIFY, "access token", &["nfp_", "nfc_", "nfo_", "nfu_"],
        "nf[pcou]_[0-9A-Za-z_]{36,48}", &["nfp_{b62:36}", "nfc_{b62:36}"]).bits(4.2),
    Rule::value("netlify-legacy-token", NETLIFY, "access token of the old form", &["netlify"],
        "[0-9A-Za-z_-]{43,46}", &["NETLIFY_AUTH_TOKEN=⟦{url:42}z⟧"]),
    Rule::value("railway-token", RAILWAY, "token", &["railway"],
        "[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}", &["RAILWAY_TOKEN=⟦{uuid}⟧"]),
    Rule::token("supabase-token", SUPABASE, "access token or secret key", &["sbp_", "sb_secret_"],
        "(?:sbp_(?:v0_|oauth_)?[0-9a-f]{40}|sb_secret_[0-9A-Za-z_-]{22}_[0-9A-Za-z_-]{8})",
        &["sbp_{hex:40}", "sb_secret_{b62:22}_{b62:8}"]),
    Rule::token("planetscale-token", PLANETSCALE, "password, service or OAuth token",
        &["pscale_"], "pscale_(?:tkn|pw|oauth)_[0-9A-Za-z=._-]{32,64}",
        &["pscale_tkn_{url:43}", "pscale_pw_{url:43}", "pscale_oauth_{url:43}"]),
    Rule::token("neon-api-key", NEON, "API key", &["napi_"],
        "napi_[0-9A-Za-z]{64}", &["napi_{b36:64}"]),
    Rule::token("databricks-token", DATABRICKS, "access token", &["dapi", "dose"],
        "(?:dapi|dose)[0-9a-f]{32}(?:-[0-9])?", &["dapi{hex:32}", "dapi{hex:32}-2"]),
    Rule::token("mongodb-service-account", MONGODB, "service account secret", &["mdb_sa_sk_"],
        "mdb_sa_sk_[0-9A-Za-z_-]{40}", &["mdb_sa_sk_{url:39}z"]),
    Rule::token("cockroach-api-key", COCKROACH, "API key", &["CCDB1_"],
        "CCDB1_[0-9A-Za-z]{22}_[0-9A-Za-z]{40}", &["CCDB1_{b62:22}_{b62:40}"]),
    Rule::token("terraform-cloud-token", HASHICORP, "HCP Terraform token", &[".atlasv1."],
        r"[0-9A-Za-z]{14}\.atlasv1\.[0-9A-Za-z_=-]{60,70}", &["{b62:14}.atlasv1.{url:66}z"])
        .lead(Lead::Bytes(14)),
    Rule::token("vault-token", HASHICORP, "Vault service, batch or recovery token", &["hvs.", "hvb.", "hvr."],
        r"hv[sbr]\.[0-9A-Za-z_-]{24,300}", &["hvs.{url:90}", "hvb.{url:140}", "hvr.{b62:24}"]).bits(4.2),
    Rule::value("vault-legacy-token", HASHICORP, "Vault token of the old form", &["vault"],
        r"[sbr]\.[0-9A-Za-z]{24}", &["VAULT_TOKEN=⟦s.{b62:24}⟧"]),
    Rule::value("consul-token", HASHICORP, "Consul or Nomad token", &["consul", "nomad"],
        "[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}",
        &["CONSUL_HTTP_TOKEN=⟦{uuid}⟧", "NOMAD_TOKEN=⟦{uuid}⟧"]),
    Rule::token("pulumi-token", PULUMI, "access token", &["pul-"],
        "pul-[0-9a-f]{40}", &["pul-{hex:40}"]),
    Rule::token("doppler-token", DOPPLER, "token",
        &["dp.pt.", "dp.st.", "dp.ct.", "dp.sa.", "dp.scim.", "dp.audit."],
        r"dp\.(?:pt|st|ct|sa|scim|audit)\.(?:[0-9a-z_-]{2,35}\.)?[0-9A-Za-z]{40,44}",
        &["dp.pt.{b62:43}", "dp.st.prd.{b62:43}", "dp.audit.{b62:40}"]),
    Rule::token("infisical-token", INFISICAL, "service token", &["st."],
        r"st\.[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}\.[0-9a-f]{32}\.[0-9a-f]{32}",
        &["st.{uuid}.{hex:32}.{hex:32}"]),
    Rule::token("onepassword-service-account", ONEPASSWORD, "service account token", &["ops_eyJ"],
        "ops_eyJ[0-9A-Za-z+/_-]{250,2000}={0,3}", &["ops_eyJ{b62:400}"]).check(Check::Long),
    Rule::token("onepassword-secret-key", ONEPASSWORD, "account secret key", &["A3-"],
        "A3-[0-9A-Z]{6}-(?:[0-9A-Z]{11}|[0-9A-Z]{6}-[0-9A-Z]{5})(?:-[0-9A-Z]{5}){3}",
        &["A3-{B36:6}-{B36:6}-{B36:5}-{B36:5}-{B36:5}-{B36:5}"]),
    Rule::value("algolia-admin-key", ALGOLIA, "admin API key", &["algolia"], "[0-9a-f]{32}",
        &["ALGOLIA_ADMIN_KEY=⟦{hex:32}⟧"]),
    Rule::value("confluent-secret", CONFLUENT, "API secret", &["confluent", "kafka"], "[0-9A-Za-z+/]{64}",
        &["CONFLUENT_API_SECRET=⟦{b64:64}⟧"]),
    Rule::token("tailscale-key", TAILSCALE, "auth key, API token or OAuth secret", &["tskey-"],
        "tskey-(?:auth|api|client|scim|webhook)-[0-9A-Za-z]{8,20}-[0-9A-Za-z]{20,40}",
        &["tskey-auth-{b62:16}-{b62:32}", "tskey-api-{b62:12}-{b62:30}"]),
    Rule::value("ngrok-token", NGROK, "authtoken or API key", &["ngrok"], "[0-9A-Za-z]{25,30}_[0-9A-Za-z]{20,24}",
        &["NGROK_AUTHTOKEN=⟦2{b62:26}_{b62:21}⟧"]),
    Rule::value("upstash-token", UPSTASH, "Redis REST token", &["upstash"], "[0-9A-Za-z_=-]{40,120}",
        &["UPSTASH_REDIS_REST_TOKEN=⟦AX{b62:58}⟧"]),
    Rule::token("scalingo-token", SCALINGO, "API token", &["tk-us-"],
        "tk-us-[0-9A-Za-z_-]{48}", &["tk-us-{url:47}z"]),
    Rule::value("dotenvx-private-key", DOTENVX, "private key", &["dotenv_private_key"], "[0-9a-f]{64}",
        &["DOTENV_PRIVATE_KEY_PRODUCTION=⟦{hex:64}⟧"]),
    Rule::token("dotenv-vault-key", DOTENVX, "vault key", &["dotenv://"],
        "dotenv://:key_([0-9a-f]{64})@", &["dotenv://:key_⟦{hex:64}⟧@"]),
    Rule::value("git-seal-master-key", SEAL, "master key", &["secrets_master_key"], "[0-9A-Za-z_+/-]{43}=?",
        &["SECRETS_MASTER_KEY=⟦{url:42}A=⟧", "SECRETS_MASTER_KEY_PRODUCTION=⟦{url:42}A=⟧"]),
    Rule::token("age-secret-key", AGE, "identity", &["AGE-SECRET-KEY-"],
        "AGE-SECRET-KEY-(?:PQ-)?1[0-9A-Z]{58,}", &["AGE-SECRET-KEY-1{B36:58}"]),
    Rule::value("aiven-token", AIVEN, "API token", &["aiven"], "(?:aivenv1_)?[0-9A-Za-z+/=]{300,400}",
        &["AIVEN_TOKEN=⟦{b64:372}⟧"]),
    Rule::token("aiven-password", AIVEN, "service password", &["AVNS_"],
        "AVNS_[0-9A-Za-z_-]{19}", &["AVNS_{url:18}z"]),
    Rule::value("fauna-secret", FAUNA, "key secret", &["fauna"], "fn[0-9A-Za-z_-]{38,50}",
        &["FAUNA_SECRET=⟦fnAE{b62:36}⟧"]),
    Rule::value("zerotier-token", ZEROTIER, "API token", &["zerotier"], "[0-9A-Za-z]{32}",
        &["ZEROTIER_API_TOKEN=⟦{b62:32}⟧"]),
    Rule::value("snowflake-token", SNOWFLAKE, "access token", &["snowflake"], "[0-9A-Za-z_.-]{60,1500}",
        &["SNOWFLAKE_TOKEN=⟦{url:180}⟧"]),
    Rule::token("prefect-api-key", PREFECT, "API key", &["pnu_", "pnb_"],
        "pn[ub]_[0-9A-Za-z]{36}", &["pnu_{b62:36}"]),
    Rule::value("wireguard-private-key", WIREGUARD, "private or preshared key",
        &["privatekey", "presharedkey", "private_key"], "[0-9A-Za-z+/]{42}[AEIMQUYcgkosw048]=",
        &["PrivateKey = ⟦{b64:42}A=⟧", "PresharedKey = ⟦{b64:42}E=⟧"]),
    Rule::token("docker-swarm-token", SWARM, "join token or unlock key", &["SWMTKN-1-", "SWMKEY-1-"],
        "(?:SWMTKN-1-[0-9a-z]{50}-[0-9a-z]{25}|SWMKEY-1-[0-9A-Za-z+/]{43})", &["SWMTKN-1-{b36:50}-{b36:25}", "SWMKEY-1-{b64:42}z"])
        .source("https://docs.docker.com/engine/swarm/join-nodes/"),
    Rule::token("openshift-token", OPENSHIFT, "user token", &["sha256~"], "sha256~[0-9A-Za-z_-]{43}", &["sha256~{url:42}z"]),
    Rule::token("deno-deploy-token", DENO, "access token", &["ddp_", "ddo_"], "dd[po]_[0-9A-Za-z]{36}", &["ddp_{b62:36}", "ddo_{b62:36}"]),
    Rule::token("astra-token", ASTRA, "application token", &["AstraCS:"], "AstraCS:[0-9A-Za-z]{20,30}:[0-9a-f]{64}", &["AstraCS:{b62:24}:{hex:64}"]),
];
