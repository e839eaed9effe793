//! Identity, work, files, maps and other services.

use crate::core::scan::checks::Check;
use crate::core::scan::rules::{Lead, Provider, Rule};

provider!(OKTA, "Okta", "revoke it under Security, API, Tokens");
provider!(
    AUTH0,
    "Auth0",
    "rotate the client secret in the application's settings"
);
provider!(STYTCH, "Stytch", "rotate it under API keys");
provider!(
    FACEBOOK,
    "Meta",
    "reset the app secret, or invalidate the token at developers.facebook.com"
);
provider!(
    TWITTER,
    "X",
    "regenerate it at developer.x.com, Keys and tokens"
);
provider!(
    LINKEDIN,
    "LinkedIn",
    "make another secret at linkedin.com/developers/apps"
);
provider!(GOOGLE, "Google", "rotate it at google.com/recaptcha/admin");
provider!(
    CAPTCHA,
    "hCaptcha or Turnstile",
    "rotate the secret in the dashboard"
);
provider!(
    LINEAR,
    "Linear",
    "revoke it under Settings, Security & access"
);
provider!(
    NOTION,
    "Notion",
    "refresh it at notion.so/profile/integrations"
);
provider!(ASANA, "Asana", "revoke it at app.asana.com/0/my-apps");
provider!(CLICKUP, "ClickUp", "regenerate it under Settings, Apps");
provider!(
    AIRTABLE,
    "Airtable",
    "delete it at airtable.com/create/tokens"
);
provider!(FIGMA, "Figma", "revoke it under Settings, Security");
provider!(TRELLO, "Trello", "revoke it at trello.com/my/account");
provider!(
    HUBSPOT,
    "HubSpot",
    "rotate it in the private app's settings"
);
provider!(
    SALESFORCE,
    "Salesforce",
    "revoke the session or rotate the consumer secret"
);
provider!(
    TYPEFORM,
    "Typeform",
    "delete it under Account, Personal tokens"
);
provider!(
    CONTENTFUL,
    "Contentful",
    "revoke it under Settings, CMA tokens"
);
provider!(
    DROPBOX,
    "Dropbox",
    "revoke it at dropbox.com/developers/apps"
);
provider!(BOX, "Box", "reset it at app.box.com/developers/console");
provider!(
    MAPBOX,
    "Mapbox",
    "delete it at account.mapbox.com/access-tokens"
);
provider!(MAXMIND, "MaxMind", "delete it under Manage license keys");
provider!(
    POSTMAN,
    "Postman",
    "delete it under Account settings, API keys"
);
provider!(
    RAPIDAPI,
    "RapidAPI",
    "delete it in the application's security settings"
);
provider!(
    ADOBE,
    "Adobe",
    "rotate the client secret at developer.adobe.com/console"
);
provider!(FRAMEIO, "Frame.io", "delete it at developer.frame.io");
provider!(README, "ReadMe", "delete it under Configuration, API keys");
provider!(
    SPOTIFY,
    "Spotify or Twitch",
    "rotate the client secret in the developer dashboard"
);
provider!(
    REDDIT,
    "Reddit",
    "regenerate the secret at reddit.com/prefs/apps"
);
provider!(SHORTCUT, "Shortcut", "delete it under Settings, API tokens");
provider!(BEAMER, "Beamer", "regenerate it in the settings");
provider!(
    DEFINED,
    "Defined Networking",
    "delete it at admin.defined.net/settings/api-keys"
);
provider!(
    INTRA,
    "42",
    "regenerate the secret at profile.intra.42.fr/oauth/applications"
);
provider!(SETTLEMINT, "SettleMint", "delete it under Access tokens");
provider!(VALTOWN, "Val Town", "delete it at val.town/settings/api");
provider!(UBIDOTS, "Ubidots", "renew it under API credentials");
provider!(
    WEATHER,
    "OpenWeather or Giphy",
    "delete it in the account's API keys"
);
provider!(
    YOUTUBE,
    "Sanity, Storyblok or Prismic",
    "delete it in the project's API settings"
);
provider!(
    GITGUARDIAN,
    "GitGuardian",
    "revoke it at dashboard.gitguardian.com/api"
);
provider!(STACKHAWK, "StackHawk", "delete it under Settings, API keys");
provider!(SEMGREP, "Semgrep", "delete it under Settings, Tokens");

provider!(
    WAKATIME,
    "WakaTime",
    "reset it at wakatime.com/settings/account"
);
provider!(
    ONESIGNAL,
    "OneSignal",
    "delete it under Settings, Keys & IDs"
);
provider!(
    LICHESS,
    "Lichess",
    "delete it at lichess.org/account/oauth/token"
);
provider!(CANVA, "Canva", "generate another at canva.com/developers");
provider!(TABLEAU, "Tableau", "revoke it in the account's settings");
provider!(ZUPLO, "Zuplo", "roll it at portal.zuplo.com, API keys");

/// The rules.
#[rustfmt::skip]
pub const RULES: &[Rule] = &[
    Rule::value("okta-token", OKTA, "API token", &["okta"], "00[0-9A-Za-z_-]{40}", &["OKTA_API_TOKEN=⟦00{url:39}z⟧"]),
    Rule::value("auth0-client-secret", AUTH0, "client secret", &["auth0"], "[0-9A-Za-z_-]{64}",
        &["AUTH0_CLIENT_SECRET=⟦{url:63}z⟧"]),
    Rule::token("stytch-secret", STYTCH, "project secret", &["secret-live-", "secret-test-"],
        "secret-(?:live|test)-[0-9A-Za-z_-]{35}=", &["secret-live-{url:35}="]),
    Rule::token("facebook-token", FACEBOOK, "access token", &["EAA"],
        "EAA[A-Za-z0-9]{90,400}", &["EAAC{b62:60}ZB{b62:40}ZC{b62:20}ZAZD"]).check(Check::Meta).bits(4.6),
    Rule::value("facebook-secret", FACEBOOK, "app secret", &["facebook", "fb_", "instagram", "whatsapp"], "[0-9a-f]{32}",
        &["FACEBOOK_APP_SECRET=⟦{hex:32}⟧"]),
    Rule::token("twitter-bearer-token", TWITTER, "bearer token", &["AAAAAAAAAAAAAAAAAAAAA"],
        "A{21,24}([0-9A-Za-z%]{60,120})", &["AAAAAAAAAAAAAAAAAAAAA⟦z{b62:80}⟧"]).bits(4.2),
    Rule::value("twitter-secret", TWITTER, "API or access secret", &["twitter", "consumer"],
        "(?:[0-9A-Za-z]{50}|[0-9A-Za-z]{45}|[0-9A-Za-z]{25}|[0-9]{8,20}-[0-9A-Za-z]{40})",
        &["TWITTER_API_SECRET=⟦{b62:50}⟧", "TWITTER_ACCESS_TOKEN=⟦{d:18}-{b62:40}⟧", "CONSUMER_SECRET=⟦{b62:50}⟧"]).check(Check::MixedCase),
    Rule::value("linkedin-secret", LINKEDIN, "client secret", &["linkedin"], r"(?:[0-9A-Za-z]{16}|WPL_AP[01]\.[0-9A-Za-z]{16}\.[0-9A-Za-z+/]{6}==)",
        &["LINKEDIN_CLIENT_SECRET=⟦{b62:16}⟧"]).check(Check::Mixed),
    Rule::value("recaptcha-secret", GOOGLE, "reCAPTCHA secret key", &["captcha"], "6L[0-9A-Za-z_-]{38}",
        &["RECAPTCHA_SECRET_KEY=⟦6L{url:37}z⟧"]).not(&["RECAPTCHA_SITE_KEY=6L{b62:38}"]),
    Rule::token("captcha-secret", CAPTCHA, "secret key", &["ES_"],
        "ES_[0-9a-f]{32}", &["ES_{hex:32}"]),
    Rule::value("turnstile-secret", CAPTCHA, "secret key", &["turnstile"], "0x4AAAAAAA([0-9A-Za-z_-]{25})",
        &["TURNSTILE_SECRET_KEY=0x4AAAAAAA⟦b{url:23}z⟧"]),
    Rule::token("linear-token", LINEAR, "API key or OAuth token", &["lin_api_", "lin_oauth_"],
        "lin_(?:api_[0-9A-Za-z]{40}|oauth_[0-9a-f]{64})", &["lin_api_{b62:40}", "lin_oauth_{hex:64}"]),
    Rule::token("notion-token", NOTION, "integration token", &["ntn_"],
        "ntn_[0-9A-Za-z]{40,50}", &["ntn_{b62:46}"]),
    Rule::token("notion-legacy-token", NOTION, "integration token of the old form", &["secret_"],
        "secret_[0-9A-Za-z]{43}", &["secret_{b62:43}"]).check(Check::MixedCase),
    Rule::token("asana-token", ASANA, "personal access token", &["1/1", "2/1", "0/1"],
        "[0-2]/[0-9]{16}(?:/[0-9]{16})?:[0-9a-f]{32}", &["1/1{d:15}:{hex:32}", "2/1{d:15}/1{d:15}:{hex:32}"]),
    Rule::token("clickup-token", CLICKUP, "API token", &["pk_"],
        "pk_[0-9]{6,9}_[0-9A-Z]{32}", &["pk_{d:8}_{B36:32}"]),
    Rule::token("airtable-token", AIRTABLE, "personal access token", &["pat"],
        r"pat[0-9A-Za-z]{14}\.[0-9a-f]{64}", &["pat{b62:14}.{hex:64}"]),
    Rule::value("airtable-api-key", AIRTABLE, "API key of the old form", &["airtable"], "key[0-9A-Za-z]{14}",
        &["AIRTABLE_API_KEY=⟦key{b62:14}⟧"]).bits(4.3),
    Rule::token("figma-token", FIGMA, "access token", &["figd_", "figo_"],
        "fig[do]_[0-9A-Za-z_-]{38,46}", &["figd_{url:39}z"]),
    Rule::token("trello-token", TRELLO, "API token", &["ATTA"],
        "ATTA[0-9a-f]{64}[0-9A-F]{0,8}", &["ATTA{hex:64}{HEX:8}"]),
    Rule::value("trello-key", TRELLO, "API key or token of the old form", &["trello"], "(?:[0-9a-f]{32}|[0-9a-f]{64})",
        &["TRELLO_API_KEY=⟦{hex:32}⟧"]),
    Rule::token("hubspot-token", HUBSPOT, "private app token", &["pat-na", "pat-eu", "pat-ap"],
        "pat-(?:na|eu|ap)[0-9]-[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}", &["pat-na1-{uuid}", "pat-eu1-{uuid}"]),
    Rule::value("hubspot-api-key", HUBSPOT, "API key of the old form", &["hubspot", "hapikey"],
        "[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}", &["HUBSPOT_API_KEY=⟦{uuid}⟧"]),
    Rule::token("salesforce-session", SALESFORCE, "session token", &["00D"],
        "00D[0-9A-Za-z]{12}(?:[0-9A-Za-z]{3})?![0-9A-Za-z._]{80,130}", &["00D{b62:12}!AQ{b62:94}"]),
    Rule::token("typeform-token", TYPEFORM, "personal token", &["tfp_"],
        "tfp_[0-9A-Za-z_.=-]{40,60}", &["tfp_{b62:44}_{b62:14}"]),
    Rule::token("contentful-token", CONTENTFUL, "management token", &["CFPAT-"],
        "CFPAT-[0-9A-Za-z_-]{43}", &["CFPAT-{url:42}z"]),
    Rule::value("contentful-delivery-token", CONTENTFUL, "delivery token", &["contentful"], "[0-9A-Za-z_-]{43}",
        &["CONTENTFUL_ACCESS_TOKEN=⟦{url:42}z⟧"]),
    Rule::token("dropbox-token", DROPBOX, "access token", &["sl."],
        r"sl\.(?:u\.)?[0-9A-Za-z_-]{130,152}", &["sl.{url:135}z", "sl.u.{url:139}z"]),
    Rule::value("dropbox-secret", DROPBOX, "app secret", &["dropbox"], "[0-9a-z]{15}", &["DROPBOX_APP_SECRET=⟦{b36:15}⟧"]).bits(4.2),
    Rule::value("box-secret", BOX, "client secret", &["box_"], "[0-9A-Za-z]{32}", &["BOX_CLIENT_SECRET=⟦{b62:32}⟧"]).check(Check::Mixed),
    Rule::token("mapbox-secret-token", MAPBOX, "secret token", &["sk.eyJ1"],
        r"sk\.eyJ1[0-9A-Za-z_-]{50,120}\.[0-9A-Za-z_-]{22}", &["sk.eyJ1{b62:80}.{url:21}z"]),
    Rule::token("maxmind-license-key", MAXMIND, "license key", &["_mmk"],
        "[0-9A-Za-z]{6}_[0-9A-Za-z]{29}_mmk", &["{b62:6}_{b62:29}_mmk"]).lead(Lead::Word),
    Rule::token("postman-api-key", POSTMAN, "API key", &["PMAK-", "PMAT-"],
        "(?:PMAK-[0-9a-f]{24}-[0-9a-f]{34}|PMAT-[0-9A-Z]{26})", &["PMAK-{hex:24}-{hex:34}", "PMAT-{B36:26}"]),
    Rule::value("rapidapi-key", RAPIDAPI, "key", &["rapidapi", "rapid_api"], "[0-9a-z]{50}",
        &["RAPIDAPI_KEY=⟦{b36:50}⟧", "'X-RapidAPI-Key': '⟦{hex:10}msh{hex:15}p1{hex:6}jsn{hex:11}⟧'"]).check(Check::Mixed).bits(3.6),
    Rule::token("adobe-client-secret", ADOBE, "client secret", &["p8e-", "p8s-"],
        "p8[es]-[0-9A-Za-z_-]{32}", &["p8e-{url:31}z"]).bits(4.2),
    Rule::token("frameio-token", FRAMEIO, "developer token", &["fio-u-"],
        "fio-u-[0-9A-Za-z_=-]{64}", &["fio-u-{url:63}z"]),
    Rule::token("readme-key", README, "API key", &["rdme_"], "rdme_[0-9a-z]{70}", &["rdme_{b36:70}"]),
    Rule::value("spotify-secret", SPOTIFY, "client secret", &["spotify", "twitch"], "(?:[0-9a-f]{32}|[0-9a-z]{30})",
        &["SPOTIFY_CLIENT_SECRET=⟦{hex:32}⟧", "TWITCH_CLIENT_SECRET=⟦{b36:30}⟧"]),
    Rule::value("reddit-secret", REDDIT, "client secret", &["reddit"], "[0-9A-Za-z_-]{27,30}",
        &["REDDIT_CLIENT_SECRET=⟦{url:29}z⟧"]),
    Rule::value("shortcut-token", SHORTCUT, "API token", &["shortcut", "clubhouse"],
        "[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}", &["CLUBHOUSE_API_TOKEN=⟦{uuid}⟧"]),
    Rule::value("beamer-token", BEAMER, "API token", &["beamer"], "b_[0-9A-Za-z_=-]{44}", &["BEAMER_API_KEY=⟦b_{url:43}z⟧"]),
    Rule::token("defined-networking-key", DEFINED, "API token", &["dnkey-"],
        "dnkey-[0-9A-Za-z=_-]{26}-[0-9A-Za-z=_-]{52}", &["dnkey-{b32:26}-{b32:52}"]),
    Rule::token("intra42-secret", INTRA, "client secret", &["s-s4t2"],
        "s-s4t2(?:ud|af)-[0-9a-f]{64}", &["s-s4t2ud-{hex:64}", "s-s4t2af-{hex:64}"]),
    Rule::token("settlemint-token", SETTLEMINT, "access token", &["sm_aat_", "sm_pat_", "sm_sat_"],
        "sm_[aps]at_[0-9A-Za-z]{16}", &["sm_aat_{b62:16}"]).check(Check::Mixed),
    Rule::token("val-town-token", VALTOWN, "API token", &["vtwn_"], "vtwn_[0-9A-Za-z_-]{20,80}", &["vtwn_{b62:27}"]).check(Check::Mixed),
    Rule::token("ubidots-key", UBIDOTS, "API key or token", &["BBFF-", "BBUS-"], "BB(?:FF|US)-[0-9A-Za-z]{30,40}", &["BBFF-{b62:30}"]).check(Check::Mixed),
    Rule::value("weather-api-key", WEATHER, "API key", &["openweather", "weatherapi", "weather_api", "giphy", "tmdb", "omdb", "newsapi", "news_api"],
        "[0-9A-Za-z]{30,32}", &["OPENWEATHER_API_KEY=⟦{hex:32}⟧", "GIPHY_API_KEY=⟦{b62:32}⟧"]).check(Check::Mixed),
    Rule::value("content-token", YOUTUBE, "write token", &["sanity", "storyblok", "prismic"], "[0-9A-Za-z_-]{22,200}",
        &["SANITY_API_TOKEN=⟦sk{b62:178}⟧", "STORYBLOK_TOKEN=⟦{b62:22}tt⟧"]).check(Check::Mixed),
    Rule::value("gitguardian-key", GITGUARDIAN, "API key", &["gitguardian"], "[0-9a-fA-F]{40,72}",
        &["GITGUARDIAN_API_KEY=⟦{hex:71}⟧"]),
    Rule::token("stackhawk-key", STACKHAWK, "API key", &["hawk."], r"hawk\.[0-9A-Za-z_-]{20}\.[0-9A-Za-z_-]{20}", &["hawk.{url:20}.{url:19}z"]),
    Rule::value("semgrep-token", SEMGREP, "app token", &["semgrep"], "[0-9a-f]{64}", &["SEMGREP_APP_TOKEN=⟦{hex:64}⟧"]),
    Rule::token("wakatime-key", WAKATIME, "API key", &["waka_"], "waka_[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}", &["waka_{uuid}"]),
    Rule::token("onesignal-key", ONESIGNAL, "API key", &["os_v2_"], "os_v2_(?:app|org)_[a-z2-7]{103}", &["os_v2_app_{l:50}7{l:52}"]),
    Rule::token("lichess-token", LICHESS, "access token", &["lip_"], "lip_[0-9A-Za-z]{20}", &["lip_{b62:20}"]).check(Check::MixedCase).bits(4.4),
    Rule::token("canva-client-secret", CANVA, "client secret", &["cnvca"], "cnvca[0-9A-Za-z_-]{51}", &["cnvca{url:50}z"]),
    Rule::token("tableau-token", TABLEAU, "personal access token", &["==:"], "[0-9A-Za-z+/]{22}==:[0-9A-Za-z]{32}", &["{b62:22}==:{b62:32}"])
        .lead(Lead::Bytes(22)),
    Rule::token("zuplo-api-key", ZUPLO, "API key", &["zpka_"], "zpka_[0-9a-z]{32}_[0-9a-f]{8}", &["zpka_{b36:32}_{hex:8}"]),
];
