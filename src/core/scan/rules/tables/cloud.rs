//! Clouds.

use crate::core::scan::checks::Check;
use crate::core::scan::rules::{Lead, Provider, Rule};

provider!(
    AWS,
    "AWS",
    "deactivate the key in IAM, Users, Security credentials, make another, then delete it; look through CloudTrail"
);
provider!(
    AZURE,
    "Azure",
    "regenerate the key in the portal (Access keys, or App registrations, Certificates & secrets)"
);
provider!(
    GOOGLE,
    "Google",
    "delete it at console.cloud.google.com/apis/credentials or under IAM, Service accounts, Keys"
);
provider!(
    DIGITALOCEAN,
    "DigitalOcean",
    "delete it at cloud.digitalocean.com/account/api/tokens"
);
provider!(
    ALIBABA,
    "Alibaba Cloud",
    "disable the AccessKey pair in RAM, Users, then delete it"
);
provider!(
    TENCENT,
    "Tencent Cloud",
    "disable the key at console.cloud.tencent.com/cam/capi"
);
provider!(
    CLOUDFLARE,
    "Cloudflare",
    "roll it at dash.cloudflare.com/profile/api-tokens"
);
provider!(IBM, "IBM Cloud", "delete it at cloud.ibm.com/iam/apikeys");
provider!(
    HETZNER,
    "Hetzner",
    "delete it in the project's Security, API tokens"
);
provider!(SCALEWAY, "Scaleway", "delete the key in IAM, API keys");
provider!(
    LINODE,
    "Linode",
    "revoke it at cloud.linode.com/profile/tokens"
);
provider!(
    VULTR,
    "Vultr",
    "regenerate it at my.vultr.com/settings/#settingsapi"
);
provider!(
    OVH,
    "OVHcloud",
    "delete the application's credentials at the API console (/me/api/credential)"
);
provider!(EXOSCALE, "Exoscale", "revoke it under IAM, Keys");
provider!(
    FASTLY,
    "Fastly",
    "delete it at manage.fastly.com/account/personal/tokens"
);
provider!(
    YANDEX,
    "Yandex Cloud",
    "delete the key of the service account (yc iam api-key delete)"
);

const AZURE_KEYS: &str = "https://github.com/microsoft/security-utilities";

/// The rules.
#[rustfmt::skip]
pub const RULES: &[Rule] = &[
    Rule::token("aws-access-key-id", AWS, "access key id", &["AKIA", "ASIA", "ABIA", "ACCA"],
        "A(?:KIA|SIA|BIA|CCA)[A-Z2-7]{16}", &["AKIA{b32:16}", "ASIA{b32:16}"])
        .bits(4.2).source("https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_identifiers.html")
        .not(&["AKIAIOSFODNN7EXAMPLE", "AKIA{b32:12}"]),
    Rule::value("aws-secret-access-key", AWS, "secret access key",
        &["aws_s", "secret_access_key", "secretaccesskey", "aws-s", "awss", "secret_key", "secretkey"],
        "[0-9A-Za-z/+]{40}",
        &["aws_secret_access_key = ⟦{b64:40}⟧", "\"SecretAccessKey\": \"⟦{b64:40}⟧\"",
          "AWS_SECRET_KEY=⟦{b64:40}⟧"]).check(Check::MixedCase)
        .not(&["aws_secret_access_key = wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"]),
    Rule::value("aws-session-token", AWS, "session token", &["session_token", "sessiontoken"],
        "[0-9A-Za-z/+]{100,1500}={0,2}", &["AWS_SESSION_TOKEN=⟦{b64:200}⟧"]),
    Rule::token("aws-bedrock-key", AWS, "Bedrock API key", &["ABSK"],
        "ABSK[0-9A-Za-z+/]{100,300}={0,2}", &["ABSK{b64:128}"]),
    Rule::token("aws-bedrock-short-key", AWS, "Bedrock API key of short life", &["bedrock-api-key-"],
        "bedrock-api-key-YmVkcm9jay5hbWF6b25hd3MuY29t[0-9A-Za-z+/]{100,4000}={0,2}",
        &["bedrock-api-key-YmVkcm9jay5hbWF6b25hd3MuY29t{b64:400}="]).check(Check::Long),
    Rule::token("aws-appsync-key", AWS, "AppSync API key", &["da2-"],
        "da2-[0-9a-z]{26}", &["da2-{b36:26}"]),
    Rule::token("aws-mws-token", AWS, "MWS authorization token", &["amzn.mws."],
        r"amzn\.mws\.[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}", &["amzn.mws.{uuid}"]),
    Rule::token("azure-storage-key", AZURE, "storage or Cosmos DB account key", &["AccountKey="],
        "AccountKey=([0-9A-Za-z+/]{86}==)",
        &["DefaultEndpointsProtocol=https;AccountName=store;AccountKey=⟦{b64:86}==⟧"]),
    Rule::value("azure-named-key", AZURE, "storage or Cosmos DB account key",
        &["account_key", "accountkey", "storage", "cosmos", "azure", "access_key", "primarykey"],
        "[0-9A-Za-z+/]{86}==", &["AZURE_STORAGE_KEY=⟦{b64:86}==⟧", "storageAccountKey: '⟦{b64:86}==⟧'"]),
    Rule::token("azure-shared-access-key", AZURE, "Service Bus, Event Hubs or IoT Hub access key",
        &["SharedAccessKey="], "SharedAccessKey=([0-9A-Za-z+/]{43}=)",
        &["Endpoint=sb://x.servicebus.windows.net/;SharedAccessKeyName=root;SharedAccessKey=⟦{b64:43}=⟧"]),
    Rule::token("azure-sas", AZURE, "shared access signature", &["sig="],
        "sig=([0-9A-Za-z%+/]{40,70}(?:%3[Dd]|=))",
        &["https://x.blob.core.windows.net/c?sv=2022-11-02&sp=r&sig=⟦{b62:43}%3D⟧"]).bits(4.2),
    Rule::token("azure-client-secret", AZURE, "Entra ID client secret", &["7Q~", "8Q~"],
        "[0-9A-Za-z_~.-]{3}[78]Q~[0-9A-Za-z_~.-]{31,34}", &["{b62:3}8Q~{b62:34}", "{b62:3}7Q~{b62:31}"])
        .lead(Lead::Bytes(3)).bits(4.4).source(AZURE_KEYS),
    Rule::token("azure-devops-pat", AZURE, "DevOps personal access token", &["AZDO"],
        "[0-9A-Za-z]{76}AZDO[0-9A-Za-z]{4}", &["{b62:76}AZDO{b62:4}"]).lead(Lead::Bytes(76)),
    Rule::value("azure-devops-legacy-pat", AZURE, "DevOps personal access token of the old form",
        &["azure", "devops", "ado_", "vsts", "system_accesstoken"], "[a-z2-7]{52}",
        &["AZURE_DEVOPS_PAT_TOKEN=⟦q{l:20}2{l:30}⟧"]),
    Rule::token("azure-container-registry-key", AZURE, "container registry password", &["+ACR"],
        "[0-9A-Za-z+/]{42}\\+ACR[A-D][0-9A-Za-z]{5}", &["{b62:42}+ACRA{b62:5}"]).lead(Lead::Bytes(42)).source(AZURE_KEYS),
    Rule::token("azure-storage-key-marked", AZURE, "storage account key", &["+ASt"],
        "[0-9A-Za-z+/]{76}\\+ASt[0-9A-Za-z+/]{5}[AQgw]==", &["{b62:76}+ASt{b62:5}g=="]).lead(Lead::Bytes(76)).source(AZURE_KEYS),
    Rule::token("azure-service-bus-key-marked", AZURE, "Service Bus, Event Hubs or Relay key",
        &["+ASb", "+AEh", "+ARm"],
        "[0-9A-Za-z+/]{33}\\+A(?:Sb|Eh|Rm)[A-P][0-9A-Za-z+/]{5}=", &["{b62:33}+ASbA{b62:5}="]).lead(Lead::Bytes(33)).source(AZURE_KEYS),
    Rule::token("azure-iot-key-marked", AZURE, "IoT Hub, IoT device or Event Grid key", &["AIoT", "AZEG"],
        "[0-9A-Za-z+/]{33}(?:AIoT|AZEG)[A-P][0-9A-Za-z+/]{5}=", &["{b62:33}AIoTA{b62:5}=", "{b62:33}AZEGB{b62:5}="])
        .lead(Lead::Bytes(33)).source(AZURE_KEYS),
    Rule::token("azure-cosmos-key-marked", AZURE, "Cosmos DB key", &["ACDb"],
        "[0-9A-Za-z+/]{76}ACDb[0-9A-Za-z+/]{5}[AQgw]==", &["{b62:76}ACDb{b62:5}A=="]).lead(Lead::Bytes(76)).source(AZURE_KEYS),
    Rule::token("azure-batch-key-marked", AZURE, "Batch, API Management or Machine Learning key", &["+ABa", "APIM", "+AMC"],
        "[0-9A-Za-z+/]{76}(?:\\+ABa|APIM|\\+AMC)[0-9A-Za-z+/]{5}[AQgw]==", &["{b62:76}+ABa{b62:5}Q==", "{b62:76}APIM{b62:5}w=="])
        .lead(Lead::Bytes(76)).source(AZURE_KEYS),
    Rule::token("azure-search-key", AZURE, "AI Search key", &["AzSe"],
        "[0-9A-Za-z]{42}AzSe[A-D][0-9A-Za-z]{5}", &["{b62:42}AzSeA{b62:5}"]).lead(Lead::Bytes(42)).source(AZURE_KEYS),
    Rule::token("azure-redis-key", AZURE, "Cache for Redis key", &["AzCa"],
        "[0-9A-Za-z+/]{33}AzCa[A-P][0-9A-Za-z+/]{5}=", &["{b62:33}AzCaA{b62:5}="]).lead(Lead::Bytes(33)).source(AZURE_KEYS),
    Rule::token("azure-function-key", AZURE, "Functions key", &["AzFu"],
        "[0-9A-Za-z_-]{44}AzFu[0-9A-Za-z_-]{5}[AQgw]==", &["{url:44}AzFu{b62:5}A=="]).lead(Lead::Bytes(44)).source(AZURE_KEYS),
    Rule::token("azure-cognitive-key", AZURE, "key in the annotated form (AI services, OpenAI, DevOps and others)", &["JQQJ9"],
        "[0-9A-Za-z]{52}JQQJ9[9DH][0-9A-Za-z][A-L][0-9A-Za-z]{16}[A-Za-z][0-9A-Za-z]{7}(?:[0-9A-Za-z]{2}==)?",
        &["{b62:52}JQQJ99{b62:1}K{b62:16}x{b62:7}", "{b62:52}JQQJ9D{b62:1}A{b62:16}Q{b62:9}=="])
        .lead(Lead::Bytes(52)).source(AZURE_KEYS),
    Rule::token("google-api-key", GOOGLE, "API key", &["AIza"],
        "AIza[0-9A-Za-z_-]{35}", &["AIza{url:34}z"]).bits(4.2),
    Rule::token("google-bound-api-key", GOOGLE, "API key bound to a service account (Gemini, Vertex AI)", &["AQ.Ab8"],
        r"AQ\.Ab8[0-9A-Za-z_-]{40,60}", &["AQ.Ab8RN6{url:43}z"]).bits(4.2),
    Rule::token("firebase-server-key", GOOGLE, "Firebase Cloud Messaging server key", &[":APA91b"],
        "AAAA[0-9A-Za-z_-]{7}:APA91b[0-9A-Za-z_-]{120,150}", &["AAAA{b62:7}:APA91b{url:133}z"]).lead(Lead::Bytes(11)),
    Rule::token("google-oauth-client-secret", GOOGLE, "OAuth client secret", &["GOCSPX-"],
        "GOCSPX-[0-9A-Za-z_-]{28}", &["GOCSPX-{url:27}z"]),
    Rule::token("google-oauth-access-token", GOOGLE, "OAuth access token", &["ya29."],
        r"ya29\.[0-9A-Za-z_-]{60,400}", &["ya29.{url:120}"]),
    Rule::token("google-refresh-token", GOOGLE, "OAuth refresh token", &["1//0"],
        "1//0[0-9A-Za-z_-]{40,120}", &["1//0{url:60}"]).bits(4.2),
    Rule::token("google-hmac-key", GOOGLE, "Cloud Storage HMAC key id", &["GOOG1E"],
        "GOOG1E[0-9A-Z]{55,57}", &["GOOG1E{B36:55}"]),
    Rule::token("digitalocean-token", DIGITALOCEAN, "personal, OAuth or refresh token",
        &["dop_v1_", "doo_v1_", "dor_v1_"], "do[por]_v1_[0-9a-f]{64}",
        &["dop_v1_{hex:64}", "doo_v1_{hex:64}", "dor_v1_{hex:64}"]),
    Rule::token("alibaba-access-key-id", ALIBABA, "AccessKey id", &["LTAI"],
        "LTAI[0-9A-Za-z]{12,24}", &["LTAI5t{b62:18}"]).check(Check::MixedCase).bits(4.4),
    Rule::value("alibaba-access-key-secret", ALIBABA, "AccessKey secret",
        &["alibaba", "aliyun", "alicloud", "accesskeysecret", "access_key_secret"], "[0-9A-Za-z]{30}",
        &["ALIYUN_ACCESS_KEY_SECRET=⟦{b62:30}⟧", "accessKeySecret: \"⟦{b62:30}⟧\""]).check(Check::MixedCase),
    Rule::token("tencent-secret-id", TENCENT, "SecretId", &["AKID"],
        "AKID[0-9A-Za-z]{32}", &["AKID{b62:32}"]).check(Check::MixedCase).bits(4.4),
    Rule::value("tencent-secret-key", TENCENT, "SecretKey", &["tencent", "qcloud"], "[0-9A-Za-z]{32}",
        &["TENCENTCLOUD_SECRET_KEY=⟦{b62:32}⟧"]).check(Check::MixedCase),
    Rule::value("cloudflare-api-token", CLOUDFLARE, "API token", &["cloudflare", "cf_"],
        "(?:[0-9A-Za-z_-]{40}|[0-9a-f]{37})",
        &["CLOUDFLARE_API_TOKEN=⟦{url:39}z⟧", "cf_api_key: ⟦{hex:37}⟧"]),
    Rule::token("cloudflare-marked-token", CLOUDFLARE, "global key, user or account API token", &["cfk_", "cfut_", "cfat_"],
        "cf(?:k|ut|at)_[0-9A-Za-z]{40}[0-9a-f]{8}", &["cfk_{b62:40}{hex:8}", "cfut_{b62:40}{hex:8}", "cfat_{b62:40}{hex:8}"])
        .source("https://developers.cloudflare.com/fundamentals/api/get-started/token-formats/"),
    Rule::token("cloudflare-origin-ca-key", CLOUDFLARE, "origin CA key", &["v1.0-"],
        "v1\\.0-[0-9a-f]{24}-[0-9a-f]{146}", &["v1.0-{hex:24}-{hex:146}"]),
    Rule::value("ibm-api-key", IBM, "API key", &["ibm", "bluemix", "watson"], "[0-9A-Za-z_-]{44}",
        &["IBMCLOUD_API_KEY=⟦{url:43}z⟧"]),
    Rule::value("hetzner-token", HETZNER, "API token", &["hcloud", "hetzner"], "[0-9A-Za-z]{64}",
        &["HCLOUD_TOKEN=⟦{b62:64}⟧"]),
    Rule::token("scaleway-access-key", SCALEWAY, "access key id", &["SCW"],
        "SCW[0-9A-Z]{17}", &["SCW{B36:16}7"]).check(Check::Mixed).bits(4.4),
    Rule::value("scaleway-secret-key", SCALEWAY, "secret key", &["scw_", "scaleway"],
        "[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}", &["SCW_SECRET_KEY=⟦{uuid}⟧"]),
    Rule::value("linode-token", LINODE, "personal access token", &["linode"], "[0-9a-f]{64}",
        &["LINODE_TOKEN=⟦{hex:64}⟧"]),
    Rule::value("vultr-api-key", VULTR, "API key", &["vultr"], "[0-9A-Z]{36}",
        &["VULTR_API_KEY=⟦{B36:36}⟧"]).check(Check::Mixed),
    Rule::value("ovh-secret", OVH, "application secret or consumer key", &["ovh"], "[0-9A-Za-z]{32}",
        &["OVH_APPLICATION_SECRET=⟦{b62:32}⟧"]).check(Check::Mixed),
    Rule::value("fastly-token", FASTLY, "API token", &["fastly"], "[0-9A-Za-z_-]{32}",
        &["FASTLY_API_TOKEN=⟦{url:31}z⟧"]),
    Rule::token("yandex-api-key", YANDEX, "API key", &["AQVN"],
        "AQVN[0-9A-Za-z_-]{35,38}", &["AQVN{url:34}z"]).bits(4.2),
    Rule::token("yandex-secret-key", YANDEX, "static secret key", &["YCM", "YCN", "YCO"
        , "YCP"], "YC[MNOP][0-9A-Za-z_-]{37}", &["YCP{url:36}z"]).bits(4.4),
    Rule::token("exoscale-api-key", EXOSCALE, "API key id", &["EXO"], "EXO[0-9a-f]{24}", &["EXO{hex:24}"]).bits(3.2),
    Rule::value("exoscale-secret", EXOSCALE, "API secret", &["exoscale"], "[0-9A-Za-z_-]{43}", &["EXOSCALE_API_SECRET=⟦{url:42}z⟧"]),
];
