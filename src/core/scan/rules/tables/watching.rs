//! Monitoring, analytics, errors, feature flags.

use crate::core::scan::checks::Check;
use crate::core::scan::rules::{Lead, Provider, Rule};

provider!(
    DATADOG,
    "Datadog",
    "revoke it under Organization settings, API or Application keys"
);
provider!(
    NEWRELIC,
    "New Relic",
    "delete it at one.newrelic.com/api-keys"
);
provider!(SENTRY, "Sentry", "revoke it under Settings, Auth tokens");
provider!(
    GRAFANA,
    "Grafana",
    "delete it under Administration, Service accounts or Cloud access policies"
);
provider!(DYNATRACE, "Dynatrace", "delete it under Access tokens");
provider!(
    SPLUNK,
    "Splunk",
    "delete the token (HTTP Event Collector, or Settings, Tokens)"
);
provider!(
    SUMO,
    "Sumo Logic",
    "deactivate it under Preferences, Access keys"
);
provider!(
    HONEYCOMB,
    "Honeycomb",
    "disable it under Environment settings, API keys"
);
provider!(ROLLBAR, "Rollbar", "disable it under Project access tokens");
provider!(
    PAGERDUTY,
    "PagerDuty or Opsgenie",
    "delete it under Integrations, API access keys"
);
provider!(
    POSTHOG,
    "PostHog",
    "delete it under Settings, Personal API keys"
);
provider!(
    LAUNCHDARKLY,
    "LaunchDarkly",
    "reset it under Account settings, Authorization"
);
provider!(
    AMPLITUDE,
    "Amplitude, Mixpanel or Segment",
    "rotate it in the project's settings"
);
provider!(
    ELASTIC,
    "Elastic",
    "invalidate it under Stack management, API keys"
);
provider!(
    LOGZ,
    "Logz.io, LogDNA or Loggly",
    "delete it under Settings, Tokens"
);
provider!(
    BUGSNAG,
    "Bugsnag or Airbrake",
    "regenerate it in the project's settings"
);
provider!(
    BETTERSTACK,
    "Better Stack or Checkly",
    "delete it under API tokens"
);
provider!(
    SHODAN,
    "Shodan, VirusTotal or AbuseIPDB",
    "regenerate it in the account's settings"
);
provider!(
    FLAGSMITH,
    "Unleash or Flagsmith",
    "delete it under API access"
);
provider!(
    STATSIG,
    "Statsig",
    "regenerate it under Settings, Keys & environments"
);

provider!(
    SEGMENT,
    "Segment",
    "delete it under Access management, Tokens"
);
provider!(ROOTLY, "Rootly", "delete it under Account, API keys");
provider!(CONFIGCAT, "ConfigCat", "regenerate it under SDK key");

/// The rules.
#[rustfmt::skip]
pub const RULES: &[Rule] = &[
    Rule::value("datadog-key", DATADOG, "API or application key", &["datadog", "dd_api", "dd_app", "dd-api"],
        "(?:[0-9a-f]{32}|[0-9a-f]{40})", &["DD_API_KEY=⟦{hex:32}⟧", "datadog_app_key: ⟦{hex:40}⟧"]),
    Rule::token("datadog-marked-token", DATADOG, "access token", &["ddapp_", "ddpat_"],
        "dd(?:app|pat)_[0-9A-Za-z]{34,60}", &["ddapp_{b62:34}"]),
    Rule::token("new-relic-user-key", NEWRELIC, "user key", &["NRAK-"],
        "NRAK-[0-9A-Z]{27}", &["NRAK-{B36:27}"]),
    Rule::token("new-relic-insert-key", NEWRELIC, "insert, query, admin or synthetics key", &["NRII-", "NRIQ-", "NRAA-", "NRSP-"],
        "NR(?:II|IQ|AA|SP)-[0-9A-Za-z_-]{32}", &["NRII-{url:31}z", "NRIQ-{url:31}z"]).bits(4.2),
    Rule::token("new-relic-license-key", NEWRELIC, "license key", &["NRAL", "FFFFNRAL"],
        "[0-9a-fA-F]{32,36}(?:FFFF)?NRAL", &["{hex:36}NRAL"]).lead(Lead::Word),
    Rule::token("sentry-token", SENTRY, "user or organization token", &["sntrys_", "sntryu_"],
        "(?:sntryu_[0-9a-f]{64}|sntrys_eyJ[0-9A-Za-z+/]{60,400}={0,2}_[0-9A-Za-z+/]{43})",
        &["sntryu_{hex:64}", "sntrys_eyJ{b64:120}==_{b64:42}z"])
        .source("https://github.com/getsentry/rfcs/blob/main/text/0091-ci-upload-tokens.md"),
    Rule::value("sentry-legacy-token", SENTRY, "token of the old form", &["sentry"], "[0-9a-f]{64}",
        &["SENTRY_AUTH_TOKEN=⟦{hex:64}⟧"]),
    Rule::token("grafana-token", GRAFANA, "service account token", &["glsa_"],
        "glsa_[0-9A-Za-z]{32}_[0-9a-f]{8}", &["glsa_{b62:32}_{crc16}"]).check(Check::Crc32Hex)
        .source("https://github.com/grafana/grafana/tree/main/pkg/components/satokengen").not(&["glsa_{b62:32}_00000000"]),
    Rule::token("grafana-cloud-token", GRAFANA, "Cloud access policy token", &["glc_"],
        "glc_eyJ[0-9A-Za-z+/]{40,400}={0,2}", &["glc_eyJ{b64:120}="]),
    Rule::token("grafana-legacy-key", GRAFANA, "API key of the old form", &["eyJrIjoi"],
        "eyJrIjoi[0-9A-Za-z]{60,400}={0,3}", &["eyJrIjoi{b62:80}="]),
    Rule::token("dynatrace-token", DYNATRACE, "access token", &["dt0c01.", "dt0s16.", "dt0s01.", "dt0s08."],
        r"dt0[a-z][0-9]{2}\.[A-Z0-9]{8,24}\.[A-Z0-9]{64}", &["dt0c01.{b32:24}.{b32:64}", "dt0s16.{b32:8}.{b32:64}"])
        .source("https://docs.dynatrace.com/docs/dynatrace-api/basics/dynatrace-api-authentication"),
    Rule::value("splunk-token", SPLUNK, "HTTP Event Collector token", &["splunk", "hec_"],
        "[0-9a-fA-F]{8}-(?:[0-9a-fA-F]{4}-){3}[0-9a-fA-F]{12}", &["SPLUNK_HEC_TOKEN=⟦{uuid}⟧"]),
    Rule::value("sumo-logic-key", SUMO, "access key", &["sumo"], "[0-9A-Za-z]{64}",
        &["SUMOLOGIC_ACCESSKEY=⟦{b62:64}⟧"]),
    Rule::token("honeycomb-key", HONEYCOMB, "ingest or management key", &["hcaik_", "hcbik_", "hcamk_", "hcxik_"],
        "hc[a-z](?:ik|mk|lk)_[0-9a-z]{26,58}", &["hcaik_{b36:58}"]),
    Rule::value("honeycomb-legacy-key", HONEYCOMB, "API key", &["honeycomb"], "[0-9A-Za-z]{22,32}",
        &["HONEYCOMB_API_KEY=⟦{b62:22}⟧", "HONEYCOMB_API_KEY=⟦{hex:32}⟧"]).check(Check::Mixed),
    Rule::value("rollbar-token", ROLLBAR, "access token", &["rollbar"], "[0-9a-f]{32}",
        &["ROLLBAR_ACCESS_TOKEN=⟦{hex:32}⟧"]),
    Rule::value("pagerduty-key", PAGERDUTY, "API key", &["pagerduty", "pager_duty", "opsgenie"],
        "(?:[0-9A-Za-z+_-]{20}|[0-9a-f]{32}|[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12})",
        &["PAGERDUTY_TOKEN=⟦u+{b62:18}⟧", "OPSGENIE_API_KEY=⟦{uuid}⟧"]),
    Rule::token("posthog-personal-key", POSTHOG, "personal API key", &["phx_"],
        "phx_[0-9A-Za-z_-]{40,52}", &["phx_{b62:43}"]),
    Rule::token("launchdarkly-key", LAUNCHDARKLY, "SDK key or API token", &["sdk-", "api-"],
        "(?:sdk|api)-[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}", &["sdk-{uuid}", "api-{uuid}"]),
    Rule::value("analytics-secret", AMPLITUDE, "secret or write key", &["amplitude", "mixpanel", "segment"],
        "(?:[0-9a-f]{32}|[0-9A-Za-z]{32})", &["AMPLITUDE_SECRET_KEY=⟦{hex:32}⟧", "SEGMENT_WRITE_KEY=⟦{b62:32}⟧"]).check(Check::Mixed),
    Rule::value("elastic-api-key", ELASTIC, "API key", &["elastic", "es_api", "kibana"], "[0-9A-Za-z+/_-]{56,64}={0,2}",
        &["ELASTIC_API_KEY=⟦{b64:58}==⟧"]),
    Rule::value("log-shipping-token", LOGZ, "shipping token", &["logz", "logdna", "loggly", "papertrail", "logtail"],
        "(?:[0-9A-Za-z]{20,32}|[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12})",
        &["LOGZIO_TOKEN=⟦{b62:32}⟧", "LOGGLY_TOKEN=⟦{uuid}⟧"]).check(Check::Mixed),
    Rule::value("error-tracker-key", BUGSNAG, "API key", &["bugsnag", "airbrake", "honeybadger"], "[0-9A-Za-z_]{32,40}",
        &["BUGSNAG_API_KEY=⟦{hex:32}⟧", "HONEYBADGER_API_KEY=⟦hbp_{b62:36}⟧"]).check(Check::Mixed),
    Rule::value("uptime-token", BETTERSTACK, "API token", &["betterstack", "better_uptime", "checkly", "uptimerobot"],
        "(?:cu_)?[0-9A-Za-z-]{24,40}", &["BETTERSTACK_API_TOKEN=⟦{b62:24}⟧", "CHECKLY_API_KEY=⟦cu_{hex:32}⟧"]).check(Check::Mixed),
    Rule::value("threat-intelligence-key", SHODAN, "API key", &["shodan", "virustotal", "vt_api", "abuseipdb", "securitytrails", "greynoise"],
        "[0-9A-Za-z]{32,80}", &["SHODAN_API_KEY=⟦{b62:32}⟧", "VT_API_KEY=⟦{hex:64}⟧", "ABUSEIPDB_KEY=⟦{hex:80}⟧"]).check(Check::Mixed),
    Rule::value("feature-flag-key", FLAGSMITH, "server-side key", &["unleash", "flagsmith"],
        r"(?:[0-9A-Za-z*_-]+:[0-9a-z_-]+\.[0-9a-f]{56}|ser\.[0-9A-Za-z]{22})",
        &["UNLEASH_API_TOKEN=⟦default:production.{hex:56}⟧", "FLAGSMITH_ENVIRONMENT_KEY=⟦ser.{b62:22}⟧"]),
    Rule::token("statsig-secret", STATSIG, "server or console secret", &["secret-", "console-"],
        "(?:secret|console)-[0-9A-Za-z]{41,46}", &["secret-{b62:43}", "console-{b62:43}"]).check(Check::MixedCase).bits(4.6),
    Rule::token("segment-api-token", SEGMENT, "Public API token", &["sgp_"], "sgp_[0-9A-Za-z]{64}", &["sgp_{b62:64}"]).check(Check::MixedCase),
    Rule::token("elastic-cloud-key", ELASTIC, "Cloud API key", &["essu_"], "essu_[0-9A-Za-z+/_-]{60,200}={0,2}", &["essu_{b64:86}=="]),
    Rule::token("rootly-api-key", ROOTLY, "API key", &["rootly_"], "rootly_[0-9a-f]{64}", &["rootly_{hex:64}"]),
    Rule::token("configcat-sdk-key", CONFIGCAT, "SDK key", &["configcat-sdk-1/"], "configcat-sdk-1/[0-9A-Za-z_-]{22}/[0-9A-Za-z_-]{22}",
        &["configcat-sdk-1/{url:22}/{url:21}z"]),
];
