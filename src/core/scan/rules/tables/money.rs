//! Payment and trade.

use crate::core::scan::checks::Check;
use crate::core::scan::rules::{Provider, Rule};

provider!(
    STRIPE,
    "Stripe",
    "roll it at dashboard.stripe.com/apikeys, and look through the logs"
);
provider!(
    SQUARE,
    "Square",
    "replace it at developer.squareup.com/apps"
);
provider!(
    BRAINTREE,
    "PayPal Braintree",
    "revoke it in the control panel, Settings, API"
);
provider!(
    PAYPAL,
    "PayPal",
    "make a new secret at developer.paypal.com/dashboard/applications"
);
provider!(
    ADYEN,
    "Adyen",
    "generate another under Developers, API credentials"
);
provider!(
    RAZORPAY,
    "Razorpay",
    "regenerate it under Account & settings, API keys"
);
provider!(MOLLIE, "Mollie", "reset it under Developers, API keys");
provider!(
    GOCARDLESS,
    "GoCardless",
    "delete it under Developers, Access tokens"
);
provider!(
    PLAID,
    "Plaid",
    "rotate the secret at dashboard.plaid.com/developers/keys"
);
provider!(
    FLUTTERWAVE,
    "Flutterwave",
    "regenerate the keys under Settings, API keys"
);
provider!(
    SHOPIFY,
    "Shopify",
    "uninstall the app or rotate its credentials in the admin"
);
provider!(
    PADDLE,
    "Paddle",
    "revoke it under Developer tools, Authentication"
);
provider!(COINBASE, "Coinbase", "delete it at portal.cdp.coinbase.com");
provider!(
    DUFFEL,
    "Duffel",
    "delete it under Developers, Access tokens"
);
provider!(
    EASYPOST,
    "EasyPost",
    "disable it at easypost.com/account/api-keys"
);
provider!(
    SHIPPO,
    "Shippo",
    "delete it at apps.goshippo.com/settings/api"
);
provider!(
    BINANCE,
    "Binance",
    "delete it under API management, and look through the trades"
);
provider!(
    LOB,
    "Lob",
    "rotate it at dashboard.lob.com/settings/api-keys"
);
provider!(XENDIT, "Xendit", "delete it under Settings, API keys");
provider!(
    CHECKOUT,
    "Checkout.com",
    "deactivate it under Developers, Keys"
);
provider!(REVOLUT, "Revolut", "revoke it under APIs, Merchant API");
provider!(ETHERSCAN, "Etherscan", "delete it at etherscan.io/myapikey");
provider!(ALCHEMY, "Alchemy or Infura", "rotate it in the dashboard");
provider!(
    ETHEREUM,
    "Ethereum",
    "move everything the key holds to another account at once"
);

provider!(MERCURY, "Mercury", "delete it under Settings, API tokens");
provider!(POLAR, "Polar", "delete it under Settings, Developers");

/// The rules.
#[rustfmt::skip]
pub const RULES: &[Rule] = &[
    Rule::token("stripe-secret-key", STRIPE, "secret key", &["sk_live_", "sk_test_"],
        "sk_(?:live|test)_[0-9A-Za-z]{16,120}", &["sk_live_{b62:24}", "sk_test_51{b62:97}"]).bits(4.2),
    Rule::token("stripe-restricted-key", STRIPE, "restricted key", &["rk_live_", "rk_test_"],
        "rk_(?:live|test)_[0-9A-Za-z]{16,120}", &["rk_live_{b62:24}", "rk_test_51{b62:97}"]).bits(4.2),
    Rule::token("stripe-webhook-secret", STRIPE, "webhook signing secret", &["whsec_"],
        "whsec_[0-9A-Za-z+/=]{32,88}", &["whsec_{b62:32}"]).bits(4.2),
    Rule::token("square-access-token", SQUARE, "access token", &["sq0atp-"],
        "sq0atp-[0-9A-Za-z_-]{22}", &["sq0atp-{url:21}z"]).bits(4.2),
    Rule::value("square-legacy-token", SQUARE, "access token", &["square"], "EAAA[0-9A-Za-z_-]{60}",
        &["SQUARE_ACCESS_TOKEN=⟦EAAA{url:59}z⟧"]),
    Rule::token("square-client-secret", SQUARE, "OAuth application secret", &["sq0csp-"],
        "sq0csp-[0-9A-Za-z_-]{43}", &["sq0csp-{url:42}z"]),
    Rule::token("braintree-access-token", BRAINTREE, "access token", &["access_token$"],
        r"access_token\$(?:production|sandbox)\$[0-9a-z]{16}\$[0-9a-f]{32}",
        &["access_token$production${b36:16}${hex:32}"]),
    Rule::value("paypal-client-secret", PAYPAL, "client secret", &["paypal"], "E[0-9A-Za-z_-]{79}",
        &["PAYPAL_CLIENT_SECRET=⟦E{url:78}z⟧"]),
    Rule::token("adyen-api-key", ADYEN, "API key", &["AQE"],
        "AQE[a-z][0-9A-Za-z+/]{40,150}={0,2}-[0-9A-Za-z+/]{30,60}={0,2}-[^\\s\"'`]{16,24}",
        &["AQEyhmfx{b64:90}-{b64:43}=-{b62:20}"]),
    Rule::token("razorpay-key", RAZORPAY, "key id", &["rzp_live_", "rzp_test_"],
        "rzp_(?:live|test)_[0-9A-Za-z]{14}", &["rzp_live_{b62:14}"]),
    Rule::value("razorpay-secret", RAZORPAY, "key secret", &["razorpay", "rzp_"], "[0-9A-Za-z]{24}",
        &["RAZORPAY_KEY_SECRET=⟦{b62:24}⟧"]).check(Check::Mixed),
    Rule::value("mollie-api-key", MOLLIE, "API key", &["mollie"], "(?:live|test)_[0-9A-Za-z]{30}",
        &["MOLLIE_API_KEY=⟦live_{b62:30}⟧"]),
    Rule::value("gocardless-token", GOCARDLESS, "access token", &["gocardless"],
        "(?:live|sandbox)_[0-9A-Za-z_=-]{40}", &["GOCARDLESS_ACCESS_TOKEN=⟦live_{b62:40}⟧"]),
    Rule::token("plaid-access-token", PLAID, "access token", &["access-sandbox-", "access-production-", "access-development-"],
        "access-(?:sandbox|development|production)-[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}",
        &["access-production-{uuid}", "access-sandbox-{uuid}"]),
    Rule::value("plaid-secret", PLAID, "client secret", &["plaid"], "[0-9a-f]{30}",
        &["PLAID_SECRET=⟦{hex:30}⟧"]),
    Rule::token("flutterwave-key", FLUTTERWAVE, "secret key", &["FLWSECK"],
        "FLWSECK(?:_TEST)?-[0-9a-h]{32}-X", &["FLWSECK-{hex:32}-X", "FLWSECK_TEST-{hex:32}-X"]),
    Rule::token("shopify-token", SHOPIFY, "access token or shared secret",
        &["shpat_", "shpca_", "shppa_", "shpss_", "shpua_"], "shp(?:at|ca|pa|ss|ua)_[0-9a-fA-F]{32}",
        &["shpat_{hex:32}", "shpua_{hex:32}", "shpca_{hex:32}", "shppa_{hex:32}", "shpss_{hex:32}"]),
    Rule::token("paddle-api-key", PADDLE, "API key", &["pdl_"],
        "pdl_(?:live|sdbx)_apikey_[0-9a-z]{26}_[0-9A-Za-z]{22}_[0-9A-Za-z]{3}",
        &["pdl_live_apikey_{b36:26}_{b62:22}_{b62:3}"]),
    Rule::value("coinbase-secret", COINBASE, "API secret", &["coinbase"], "[0-9A-Za-z_+/-]{32,88}={0,2}",
        &["COINBASE_API_SECRET=⟦{b62:32}⟧"]).check(Check::Mixed),
    Rule::token("duffel-token", DUFFEL, "access token", &["duffel_"],
        "duffel_(?:test|live)_[0-9A-Za-z_=-]{43}", &["duffel_live_{url:42}z"]),
    Rule::token("easypost-api-key", EASYPOST, "API key", &["EZAK", "EZTK"],
        "EZ[AT]K[0-9A-Za-z]{54}", &["EZAK{b62:54}", "EZTK{b62:54}"]).bits(4.4),
    Rule::token("shippo-token", SHIPPO, "API token", &["shippo_"],
        "shippo_(?:live|test)_[0-9a-fA-F]{40}", &["shippo_live_{hex:40}"]),
    Rule::value("binance-secret", BINANCE, "API key or secret", &["binance"], "[0-9A-Za-z]{64}",
        &["BINANCE_API_SECRET=⟦{b62:64}⟧"]),
    Rule::value("lob-api-key", LOB, "API key", &["lob_"], "(?:live|test)_[0-9a-f]{35}",
        &["LOB_API_KEY=⟦live_{hex:35}⟧"]),
    Rule::token("xendit-key", XENDIT, "secret key", &["xnd_"],
        "xnd_(?:production|development)_[0-9A-Za-z]{40,70}", &["xnd_production_{b62:58}"]),
    Rule::value("checkout-secret-key", CHECKOUT, "secret key", &["checkout", "cko_"],
        "sk_(?:sbox_)?[0-9a-z]{26,36}[#*$=]?", &["CHECKOUT_SECRET_KEY=⟦sk_sbox_{b36:27}⟧"]),
    Rule::value("revolut-secret", REVOLUT, "Merchant API secret", &["revolut"], "sk_[0-9A-Za-z_-]{64}",
        &["REVOLUT_API_SECRET=⟦sk_{b62:64}⟧"]),
    Rule::value("etherscan-api-key", ETHERSCAN, "API key", &["etherscan", "bscscan", "polygonscan"], "[0-9A-Z]{34}",
        &["ETHERSCAN_API_KEY=⟦{B36:34}⟧"]).check(Check::Mixed),
    Rule::value("alchemy-api-key", ALCHEMY, "API key", &["alchemy", "infura"], "[0-9A-Za-z_-]{32}",
        &["ALCHEMY_API_KEY=⟦{b62:32}⟧", "INFURA_API_KEY=⟦{hex:32}⟧"]),
    Rule::value("ethereum-private-key", ETHEREUM, "private key",
        &["private_key", "privatekey", "deployer", "mnemonic"], "0x([0-9a-f]{64})",
        &["DEPLOYER_PRIVATE_KEY=0x⟦{hex:64}⟧"]),
    Rule::token("mercury-token", MERCURY, "API token", &["mercury_production_"],
        "mercury_production_[a-z]{2,6}_[0-9A-Za-z]{40,50}_yrucrem", &["secret-token:⟦mercury_production_rma_{b62:44}_yrucrem⟧"]),
    Rule::token("polar-token", POLAR, "access token", &["polar_oat_", "polar_pat_", "polar_at_"],
        "polar_(?:oat|pat|at)_[0-9A-Za-z_-]{40,60}", &["polar_oat_{b62:43}"]),
];
