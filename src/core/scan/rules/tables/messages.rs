//! Mail and chat.

use crate::core::scan::checks::Check;
use crate::core::scan::rules::{Lead, Provider, Rule};

provider!(
    SENDGRID,
    "SendGrid",
    "delete it at app.sendgrid.com/settings/api_keys"
);
provider!(MAILGUN, "Mailgun", "delete it under API security");
provider!(
    MAILCHIMP,
    "Mailchimp",
    "disable it at admin.mailchimp.com/account/api"
);
provider!(
    MANDRILL,
    "Mandrill",
    "revoke it under Settings, SMTP & API info"
);
provider!(
    POSTMARK,
    "Postmark",
    "regenerate it in the server's API tokens"
);
provider!(
    SPARKPOST,
    "SparkPost",
    "delete it under Configuration, API keys"
);
provider!(BREVO, "Brevo", "delete it at app.brevo.com/settings/keys");
provider!(RESEND, "Resend", "delete it at resend.com/api-keys");
provider!(
    MAILERSEND,
    "MailerSend",
    "delete it under Integrations, API tokens"
);
provider!(
    MAILJET,
    "Mailjet",
    "regenerate the secret at app.mailjet.com/account/apikeys"
);
provider!(KLAVIYO, "Klaviyo", "delete it under Settings, API keys");
provider!(
    SLACK,
    "Slack",
    "revoke it at api.slack.com/apps (OAuth & permissions, Incoming webhooks)"
);
provider!(
    DISCORD,
    "Discord",
    "reset it at discord.com/developers/applications, or delete the webhook"
);
provider!(
    TELEGRAM,
    "Telegram",
    "revoke it by sending /revoke to @BotFather"
);
provider!(
    MICROSOFT,
    "Microsoft Teams",
    "remove the connector or the workflow from the channel"
);
provider!(
    GOOGLE,
    "Google Chat",
    "delete the webhook in the space's Apps & integrations"
);
provider!(
    TWILIO,
    "Twilio",
    "rotate the auth token or delete the key at console.twilio.com"
);
provider!(
    MATTERMOST,
    "Mattermost or Rocket.Chat",
    "delete the token or the webhook"
);
provider!(
    LINE,
    "LINE",
    "reissue the channel access token at developers.line.biz"
);
provider!(DINGTALK, "DingTalk", "delete the robot from the group");
provider!(FEISHU, "Feishu or Lark", "delete the bot from the group");
provider!(WECOM, "WeCom", "delete the robot from the group");
provider!(
    VONAGE,
    "Vonage",
    "change the secret at dashboard.nexmo.com/settings"
);
provider!(
    MESSAGEBIRD,
    "Bird",
    "delete the access key under Developers"
);
provider!(PUSHER, "Pusher", "rotate it under App keys");
provider!(
    ZOOM,
    "Zoom",
    "regenerate the client secret at marketplace.zoom.us"
);
provider!(INTERCOM, "Intercom", "regenerate it in the Developer hub");
provider!(
    ZENDESK,
    "Zendesk",
    "delete it under Apps and integrations, API tokens"
);
provider!(
    FREE,
    "Pushover or Pushbullet",
    "reset it in the account's settings"
);
provider!(
    ZAPIER,
    "Zapier, Make or IFTTT",
    "remake the webhook's trigger"
);

/// The rules.
#[rustfmt::skip]
pub const RULES: &[Rule] = &[
    Rule::token("sendgrid-api-key", SENDGRID, "API key", &["SG."],
        r"SG\.[0-9A-Za-z_-]{22}\.[0-9A-Za-z_-]{43}", &["SG.{url:22}.{url:42}z"]),
    Rule::token("mailgun-api-key", MAILGUN, "API key", &["key-"],
        "key-[0-9a-f]{32}", &["key-{hex:32}"]).bits(3.6),
    Rule::value("mailgun-signing-key", MAILGUN, "private or signing key", &["mailgun"],
        "(?:[0-9a-f]{32}-[0-9a-f]{8}-[0-9a-f]{8}|[0-9a-f]{32})",
        &["MAILGUN_API_KEY=⟦{hex:32}-{hex:8}-{hex:8}⟧", "mailgun.api_key: ⟦{hex:32}⟧"]),
    Rule::value("mailchimp-api-key", MAILCHIMP, "API key", &["mailchimp"], "[0-9a-f]{32}-us[0-9]{1,2}",
        &["MAILCHIMP_API_KEY=⟦{hex:32}-us12⟧"]),
    Rule::token("mailchimp-bare-api-key", MAILCHIMP, "API key", &["-us1", "-us2", "-us3", "-us4", "-us5", "-us6", "-us7", "-us8", "-us9"],
        "[0-9a-f]{32}-us[0-9]{1,2}", &["{hex:32}-us7", "{hex:32}-us21"]).lead(Lead::Word).bits(3.2),
    Rule::value("mandrill-api-key", MANDRILL, "API key", &["mandrill"], "(?:md-)?[0-9A-Za-z_-]{22}",
        &["MANDRILL_API_KEY=⟦md-{b62:22}⟧", "MANDRILL_KEY=⟦{b62:22}⟧"]),
    Rule::value("postmark-token", POSTMARK, "server or account token", &["postmark"],
        "[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}", &["POSTMARK_API_TOKEN=⟦{uuid}⟧"]),
    Rule::value("sparkpost-api-key", SPARKPOST, "API key", &["sparkpost"], "[0-9a-f]{40}",
        &["SPARKPOST_API_KEY=⟦{hex:40}⟧"]),
    Rule::token("brevo-key", BREVO, "API or SMTP key", &["xkeysib-", "xsmtpsib-"],
        "x(?:key|smtp)sib-[0-9a-f]{64}-[0-9A-Za-z]{16}", &["xkeysib-{hex:64}-{b62:16}", "xsmtpsib-{hex:64}-{b62:16}"]),
    Rule::token("resend-api-key", RESEND, "API key", &["re_"],
        "re_[0-9A-Za-z]{8}_[0-9A-Za-z]{24}", &["re_{b62:8}_{b62:24}"]).check(Check::MixedCase).bits(4.4),
    Rule::token("mailersend-token", MAILERSEND, "API token", &["mlsn."],
        r"mlsn\.[0-9a-f]{64}", &["mlsn.{hex:64}"]),
    Rule::value("mailjet-secret", MAILJET, "API key or secret", &["mailjet", "mj_api"], "[0-9a-f]{32}",
        &["MAILJET_SECRET_KEY=⟦{hex:32}⟧", "MJ_APIKEY_PRIVATE_KEY=⟦{hex:32}⟧"]),
    Rule::token("klaviyo-api-key", KLAVIYO, "private API key", &["pk_"],
        "pk_(?:[0-9A-Za-z]{6}_)?[0-9a-f]{34}", &["pk_{hex:34}"]),
    Rule::token("slack-bot-token", SLACK, "bot token", &["xoxb-"],
        "xoxb-[0-9]{8,14}-[0-9A-Za-z-]{18,60}", &["xoxb-{d:12}-{d:12}-{b62:24}"]),
    Rule::token("slack-user-token", SLACK, "user or workspace token", &["xoxp-", "xoxa-", "xoxr-", "xoxs-", "xoxo-"],
        "xox[parso]-(?:[0-9]-)?[0-9]{8,14}-[0-9A-Za-z-]{18,160}",
        &["xoxp-{d:12}-{d:12}-{d:12}-{hex:32}", "xoxa-2-{d:12}-{d:12}-{hex:32}"]),
    Rule::token("slack-config-token", SLACK, "configuration or refresh token", &["xoxe"],
        r"xoxe(?:\.xox[bp])?-[0-9]-[0-9A-Za-z]{100,180}", &["xoxe-1-{b62:146}", "xoxe.xoxp-1-{b62:166}"]),
    Rule::token("slack-session-token", SLACK, "browser session token", &["xoxc-", "xoxd-"],
        "(?:xoxc-[0-9]{8,14}-[0-9A-Za-z-]{40,120}|xoxd-[0-9A-Za-z%+/=]{60,300})",
        &["xoxc-{d:12}-{d:12}-{d:12}-{hex:64}", "xoxd-{b62:120}"]),
    Rule::token("slack-app-token", SLACK, "app-level token", &["xapp-"],
        "xapp-[0-9]-[0-9A-Z]{9,13}-[0-9]{10,14}-[0-9a-f]{64}", &["xapp-1-A{B36:10}-{d:13}-{hex:64}"]),
    Rule::token("slack-webhook", SLACK, "incoming webhook", &["hooks.slack.com/"],
        "hooks\\.slack\\.com/(?:services/T[0-9A-Z]{6,12}/B[0-9A-Z]{6,12}/[0-9A-Za-z]{20,28}|workflows/[0-9A-Z]{6,12}/[0-9A-Z]{6,12}/[0-9]+/[0-9A-Za-z]{20,28}|triggers/[0-9A-Z]{6,14}/[0-9]+/[0-9a-f]{32})",
        &["https://⟦hooks.slack.com/services/T{B36:8}/B{B36:8}/{b62:24}⟧"]),
    Rule::value("discord-bot-token", DISCORD, "bot token", &["discord", "bot_token", "bottoken", "token"],
        r"[MNO][0-9A-Za-z_-]{23,27}\.[0-9A-Za-z_-]{6}\.[0-9A-Za-z_-]{27,40}",
        &["DISCORD_TOKEN=⟦M{b62:23}.{b62:6}.{b62:27}⟧", "bot_token: \"⟦N{b62:25}.{b62:6}.{b62:38}⟧\""]),
    Rule::token("discord-webhook", DISCORD, "webhook", &["discord.com/api/", "discordapp.com/api/"],
        r"discord(?:app)?\.com/api/(?:v[0-9]+/)?webhooks/[0-9]{17,20}/[0-9A-Za-z_-]{60,80}",
        &["https://⟦discord.com/api/webhooks/{d:18}/{url:67}z⟧"]),
    Rule::token("telegram-bot-token", TELEGRAM, "bot token", &[":AA"],
        "[0-9]{8,10}:AA[0-9A-Za-z_-]{33}", &["{d:10}:AA{url:32}z"]).lead(Lead::Word),
    Rule::token("telegram-bot-url", TELEGRAM, "bot token in a URL", &["api.telegram.org/bot"],
        r"api\.telegram\.org/bot([0-9]{8,10}:[0-9A-Za-z_-]{35})", &["https://api.telegram.org/bot⟦{d:9}:AA{url:32}z⟧/getMe"]),
    Rule::token("teams-webhook", MICROSOFT, "incoming webhook", &[".webhook.office.com/"],
        r"[a-z0-9-]+\.webhook\.office\.com/webhookb2/[0-9a-f-]{36}@[0-9a-f-]{36}/IncomingWebhook/[0-9a-f]{32}/[0-9a-f-]{36}(?:/[0-9A-Za-z_-]+)?",
        &["https://⟦acme.webhook.office.com/webhookb2/{uuid}@{uuid}/IncomingWebhook/{hex:32}/{uuid}⟧"]).lead(Lead::Word),
    Rule::token("google-chat-webhook", GOOGLE, "webhook", &["chat.googleapis.com/v1/spaces/"],
        r"chat\.googleapis\.com/v1/spaces/[0-9A-Za-z_-]+/messages\?key=[0-9A-Za-z_-]{39}&token=[0-9A-Za-z_%-]{30,60}",
        &["https://⟦chat.googleapis.com/v1/spaces/AAAA{b62:7}/messages?key=AIza{url:35}&token={url:43}⟧"]),
    Rule::token("twilio-api-key", TWILIO, "API key id", &["SK0", "SK1", "SK2", "SK3", "SK4", "SK5", "SK6", "SK7", "SK8", "SK9", "SKa", "SKb", "SKc", "SKd", "SKe", "SKf"],
        "SK[0-9a-f]{32}", &["SK{hex:32}"]).bits(3.8),
    Rule::value("twilio-auth-token", TWILIO, "auth token or API secret", &["twilio"], "[0-9A-Za-z]{32}",
        &["TWILIO_AUTH_TOKEN=⟦{hex:32}⟧", "twilio_api_secret: ⟦{b62:32}⟧"]),
    Rule::value("mattermost-token", MATTERMOST, "access token", &["mattermost", "rocket"], "[0-9A-Za-z_-]{26,43}",
        &["MATTERMOST_TOKEN=⟦{b36:26}⟧", "ROCKETCHAT_AUTH_TOKEN=⟦{url:42}z⟧"]),
    Rule::value("line-channel-token", LINE, "channel access token", &["line_", "channel_access"], "[0-9A-Za-z+/=]{160,200}",
        &["LINE_CHANNEL_ACCESS_TOKEN=⟦{b64:170}=⟧"]),
    Rule::token("dingtalk-webhook", DINGTALK, "robot webhook", &["oapi.dingtalk.com/robot/send"],
        r"oapi\.dingtalk\.com/robot/send\?access_token=([0-9a-f]{64})",
        &["https://oapi.dingtalk.com/robot/send?access_token=⟦{hex:64}⟧"]),
    Rule::token("feishu-webhook", FEISHU, "bot webhook", &["/open-apis/bot/v2/hook/"],
        "/open-apis/bot/v2/hook/([0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12})",
        &["https://open.feishu.cn/open-apis/bot/v2/hook/⟦{uuid}⟧"]),
    Rule::token("wecom-webhook", WECOM, "robot webhook", &["qyapi.weixin.qq.com/cgi-bin/webhook/send"],
        r"qyapi\.weixin\.qq\.com/cgi-bin/webhook/send\?key=([0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12})",
        &["https://qyapi.weixin.qq.com/cgi-bin/webhook/send?key=⟦{uuid}⟧"]),
    Rule::value("vonage-secret", VONAGE, "API secret", &["vonage", "nexmo"], "[0-9A-Za-z]{16}",
        &["VONAGE_API_SECRET=⟦{b62:16}⟧"]).check(Check::Mixed),
    Rule::value("messagebird-key", MESSAGEBIRD, "access key", &["messagebird"], "[0-9A-Za-z]{25}",
        &["MESSAGEBIRD_ACCESS_KEY=⟦{b62:25}⟧"]).check(Check::Mixed),
    Rule::value("pusher-secret", PUSHER, "app secret", &["pusher"], "[0-9a-f]{20}",
        &["PUSHER_APP_SECRET=⟦{hex:20}⟧"]),
    Rule::value("zoom-client-secret", ZOOM, "client secret", &["zoom"], "[0-9A-Za-z_-]{32}",
        &["ZOOM_CLIENT_SECRET=⟦{b62:32}⟧"]).check(Check::Mixed),
    Rule::token("intercom-token", INTERCOM, "access token", &["dG9r"],
        "dG9r[0-9A-Za-z+/]{56,76}={0,2}", &["dG9rO{b62:59}="]).bits(4.4),
    Rule::value("zendesk-token", ZENDESK, "API token", &["zendesk"], "[0-9A-Za-z]{40}",
        &["ZENDESK_API_TOKEN=⟦{b62:40}⟧"]).check(Check::Mixed),
    Rule::value("pushover-token", FREE, "application or access token", &["pushover", "pushbullet"],
        r"(?:a[0-9a-z]{29}|o\.[0-9A-Za-z]{32})", &["PUSHOVER_TOKEN=⟦a{b36:29}⟧", "PUSHBULLET_TOKEN=⟦o.{b62:32}⟧"]),
    Rule::token("automation-webhook", ZAPIER, "webhook",
        &["hooks.zapier.com/hooks/catch/", "hook.eu1.make.com/", "hook.us1.make.com/", "maker.ifttt.com/trigger/"],
        "(?:hooks\\.zapier\\.com/hooks/catch/[0-9]{5,10}/[0-9a-z]{6,10}|hook\\.[eu][us][12]\\.make\\.com/[0-9a-z]{32}|maker\\.ifttt\\.com/trigger/[0-9A-Za-z_-]+/(?:json/)?with/key/[0-9A-Za-z_-]{20,50})",
        &["https://⟦hooks.zapier.com/hooks/catch/{d:8}/{b36:7}⟧", "https://⟦hook.eu1.make.com/{b36:32}⟧",
          "https://⟦maker.ifttt.com/trigger/x/with/key/{b62:22}⟧"]),
];
