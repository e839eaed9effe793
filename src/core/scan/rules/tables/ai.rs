//! Machine learning.

use crate::core::scan::checks::Check;
use crate::core::scan::rules::{Provider, Rule, Shape, finders};

provider!(
    OPENAI,
    "OpenAI",
    "revoke it at platform.openai.com/api-keys, and look through the usage"
);
provider!(
    ANTHROPIC,
    "Anthropic",
    "disable it at console.anthropic.com/settings/keys"
);
provider!(
    HUGGINGFACE,
    "Hugging Face",
    "invalidate it at huggingface.co/settings/tokens"
);
provider!(
    REPLICATE,
    "Replicate",
    "disable it at replicate.com/account/api-tokens"
);
provider!(
    COHERE,
    "Cohere",
    "delete it at dashboard.cohere.com/api-keys"
);
provider!(GROQ, "Groq", "delete it at console.groq.com/keys");
provider!(
    PERPLEXITY,
    "Perplexity",
    "delete it at perplexity.ai/settings/api"
);
provider!(XAI, "xAI", "delete it at console.x.ai");
provider!(OPENROUTER, "OpenRouter", "delete it at openrouter.ai/keys");
provider!(
    DEEPSEEK,
    "DeepSeek",
    "delete it at platform.deepseek.com/api_keys"
);
provider!(
    MISTRAL,
    "Mistral",
    "delete it at console.mistral.ai/api-keys"
);
provider!(
    TOGETHER,
    "Together",
    "regenerate it at api.together.ai/settings/api-keys"
);
provider!(
    FIREWORKS,
    "Fireworks",
    "delete it at app.fireworks.ai/settings/users/api-keys"
);
provider!(
    PINECONE,
    "Pinecone",
    "delete it at app.pinecone.io, API keys"
);
provider!(
    ELEVENLABS,
    "ElevenLabs",
    "delete it under Developers, API keys"
);
provider!(
    STABILITY,
    "Stability AI",
    "delete it at platform.stability.ai/account/keys"
);
provider!(
    LANGSMITH,
    "LangSmith",
    "delete it at smith.langchain.com/settings"
);
provider!(
    LANGFUSE,
    "Langfuse",
    "delete it in the project's settings, API keys"
);
provider!(WANDB, "Weights & Biases", "delete it at wandb.ai/settings");
provider!(
    DEEPGRAM,
    "Deepgram or AssemblyAI",
    "delete it in the console, API keys"
);
provider!(
    VOYAGE,
    "Voyage AI",
    "delete it at dashboard.voyageai.com/api-keys"
);
provider!(JINA, "Jina AI", "delete it at jina.ai/api-dashboard");
provider!(TAVILY, "Tavily", "delete it at app.tavily.com");
provider!(CEREBRAS, "Cerebras", "delete it at cloud.cerebras.ai");
provider!(
    NVIDIA,
    "NVIDIA",
    "delete it at org.ngc.nvidia.com/setup/api-keys"
);
provider!(
    RUNPOD,
    "RunPod",
    "delete it at runpod.io/console/user/settings"
);
provider!(
    FIRECRAWL,
    "Firecrawl",
    "delete it at firecrawl.dev/app/api-keys"
);
provider!(
    SERPAPI,
    "SerpApi",
    "regenerate it at serpapi.com/manage-api-key"
);
provider!(KAGGLE, "Kaggle", "expire it at kaggle.com/settings, API");
provider!(
    DEEPL,
    "DeepL",
    "deactivate it at deepl.com/your-account/keys"
);
provider!(E2B, "E2B", "delete it at e2b.dev/dashboard, Keys");
provider!(
    APIFY,
    "Apify",
    "delete it at console.apify.com/settings/integrations"
);
provider!(
    WEAVIATE,
    "Qdrant or Weaviate",
    "delete it in the cluster's API keys"
);

provider!(
    LLAMA,
    "LlamaCloud",
    "delete it at cloud.llamaindex.ai/api-key"
);
provider!(
    BRAVE,
    "Brave Search",
    "delete it at api-dashboard.search.brave.com"
);

/// The rules.
#[rustfmt::skip]
pub const RULES: &[Rule] = &[
    Rule::token("openai-api-key", OPENAI, "API key", &["sk-"],
        "sk-(?:(?:proj|svcacct|admin|service|None)-[0-9A-Za-z_-]{20,80}T3BlbkFJ[0-9A-Za-z_-]{20,80}|[0-9A-Za-z]{20}T3BlbkFJ[0-9A-Za-z]{20})",
        &["sk-{b62:20}T3BlbkFJ{b62:20}", "sk-proj-{url:74}T3BlbkFJ{url:73}z", "sk-svcacct-{url:58}T3BlbkFJ{url:57}z"]),
    Rule::token("anthropic-api-key", ANTHROPIC, "API key or OAuth token", &["sk-ant-"],
        "sk-ant-(?:api|admin|oat|ort)[0-9]{2}-[0-9A-Za-z_-]{80,120}", &["sk-ant-api03-{url:93}AA", "sk-ant-admin01-{url:93}AA", "sk-ant-oat01-{url:93}AA"]),
    Rule::token("huggingface-token", HUGGINGFACE, "user access token", &["hf_"],
        "hf_[0-9A-Za-z]{34,37}", &["hf_{b62:34}"]).bits(4.6),
    Rule::token("huggingface-org-token", HUGGINGFACE, "organization token", &["api_org_"],
        "api_org_[0-9A-Za-z]{34}", &["api_org_{b62:34}"]),
    Rule::token("replicate-token", REPLICATE, "API token", &["r8_"],
        "r8_[0-9A-Za-z_-]{37}", &["r8_{b62:37}"]).bits(4.4),
    Rule::value("cohere-api-key", COHERE, "API key", &["cohere", "co_api"], "[0-9A-Za-z]{40}",
        &["COHERE_API_KEY=⟦{b62:40}⟧", "CO_API_KEY=⟦{b62:40}⟧"]),
    Rule::token("groq-api-key", GROQ, "API key", &["gsk_"],
        "gsk_[0-9A-Za-z]{52}", &["gsk_{b62:52}"]),
    Rule::token("perplexity-api-key", PERPLEXITY, "API key", &["pplx-"],
        "pplx-[0-9A-Za-z]{48,56}", &["pplx-{b62:48}"]),
    Rule::token("xai-api-key", XAI, "API key", &["xai-"],
        "xai-[0-9A-Za-z_-]{70,120}", &["xai-{b62:80}"]),
    Rule::token("openrouter-api-key", OPENROUTER, "API key", &["sk-or-v1-"],
        "sk-or-v1-[0-9a-f]{64}", &["sk-or-v1-{hex:64}"]),
    Rule::token("deepseek-api-key", DEEPSEEK, "API key (or one of the same form: Qwen, Moonshot)", &["sk-"],
        r"(sk-(?:[0-9a-f]{32}|[0-9A-Za-z]{48}))(?:\.?$|\.?[^0-9A-Za-z._/-])", &["sk-{hex:32}", "sk-{b62:48}", "key ⟦sk-{hex:32}⟧."]).bits(3.4)
        .not(&["translations/sk-{hex:32}.json"]),
    Rule::value("mistral-api-key", MISTRAL, "API key", &["mistral"], "[0-9A-Za-z]{32}",
        &["MISTRAL_API_KEY=⟦{b62:32}⟧"]).check(Check::Mixed),
    Rule::value("together-api-key", TOGETHER, "API key of the old form", &["together"], "[0-9a-f]{64}",
        &["TOGETHER_API_KEY=⟦{hex:64}⟧"]),
    Rule::token("together-token", TOGETHER, "API key", &["tgp_v1_"], "tgp_v1_[0-9A-Za-z_-]{43}", &["tgp_v1_{url:42}z"]),
    Rule::token("fireworks-api-key", FIREWORKS, "API key", &["fw_"],
        "fw_[0-9A-Za-z]{22,24}", &["fw_{b62:24}"]).check(Check::MixedCase).bits(4.7),
    Rule::token("pinecone-api-key", PINECONE, "API key", &["pcsk_"],
        "pcsk_[0-9A-Za-z]{5,6}_[0-9A-Za-z]{60,66}", &["pcsk_{b62:6}_{b62:63}"]),
    Rule::token("elevenlabs-api-key", ELEVENLABS, "API key", &["sk_"],
        "sk_[0-9a-f]{48}", &["sk_{hex:48}"]),
    Rule::value("stability-api-key", STABILITY, "API key", &["stability", "dreamstudio"], "sk-[0-9A-Za-z]{48}",
        &["STABILITY_API_KEY=⟦sk-{b62:48}⟧"]),
    Rule::token("langsmith-api-key", LANGSMITH, "API key", &["lsv2_"],
        "lsv2_(?:pt|sk)_[0-9a-f]{32}_[0-9a-f]{10}", &["lsv2_pt_{hex:32}_{hex:10}", "lsv2_sk_{hex:32}_{hex:10}"]),
    Rule::token("langfuse-secret-key", LANGFUSE, "secret key", &["sk-lf-"],
        "sk-lf-[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}", &["sk-lf-{uuid}"]),
    Rule::value("wandb-api-key", WANDB, "API key of the old form", &["wandb"], "[0-9a-f]{40}", &["WANDB_API_KEY=⟦{hex:40}⟧"]),
    Rule::token("wandb-token", WANDB, "API key", &["wandb_v1_"], "wandb_v1_[0-9A-Za-z_]{77}", &["wandb_v1_{b62:77}"]),
    Rule::value("speech-api-key", DEEPGRAM, "API key", &["deepgram", "assemblyai", "assembly_ai"], "[0-9a-f]{32,40}",
        &["DEEPGRAM_API_KEY=⟦{hex:40}⟧", "ASSEMBLYAI_API_KEY=⟦{hex:32}⟧"]),
    Rule::token("voyage-api-key", VOYAGE, "API key", &["pa-"],
        "pa-[0-9A-Za-z_-]{43}", &["pa-{b62:43}"]).check(Check::MixedCase).bits(4.7),
    Rule::token("jina-api-key", JINA, "API key", &["jina_"],
        "jina_[0-9a-f]{32}[0-9A-Za-z_-]{28}", &["jina_{hex:32}{b62:28}"]),
    Rule::token("tavily-api-key", TAVILY, "API key", &["tvly-"],
        "tvly-(?:dev-|prod-)?[0-9A-Za-z_-]{32}", &["tvly-{b62:32}", "tvly-dev-{b62:32}"]),
    Rule::token("cerebras-api-key", CEREBRAS, "API key", &["csk-"],
        "csk-[0-9a-z]{48}", &["csk-{b36:48}"]),
    Rule::token("nvidia-api-key", NVIDIA, "API key", &["nvapi-"],
        "nvapi-[0-9A-Za-z_-]{60,70}", &["nvapi-{url:63}z"]),
    Rule::token("runpod-api-key", RUNPOD, "API key", &["rpa_"],
        "rpa_[0-9A-Z]{40}[0-9A-Za-z]{6}", &["rpa_{B36:40}{b62:6}"]).check(Check::Mixed).bits(4.2),
    Rule::token("firecrawl-api-key", FIRECRAWL, "API key", &["fc-"],
        "fc-[0-9a-f]{32}", &["fc-{hex:32}"]).bits(3.4),
    Rule::value("serpapi-key", SERPAPI, "API key", &["serpapi", "serp_api"], "[0-9a-f]{64}",
        &["SERPAPI_API_KEY=⟦{hex:64}⟧"]),
    Rule::value("kaggle-key", KAGGLE, "API key or token", &["kaggle"], "(?:KGAT_)?[0-9a-f]{32}",
        &["KAGGLE_KEY=⟦{hex:32}⟧", "KAGGLE_API_TOKEN=⟦KGAT_{hex:32}⟧"]),
    Rule::finder("kaggle-file-key", KAGGLE, "API key in kaggle.json", &[], Shape::File(&["kaggle.json"], finders::kaggle_key), &[]),
    Rule::value("deepl-auth-key", DEEPL, "authentication key", &["deepl"],
        "([0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12})(?::fx)?", &["DEEPL_AUTH_KEY=⟦{uuid}⟧:fx"]),
    Rule::token("e2b-api-key", E2B, "API key", &["e2b_"],
        "e2b_[0-9a-f]{40}", &["e2b_{hex:40}"]),
    Rule::token("apify-token", APIFY, "API token", &["apify_"],
        "apify_(?:api|proxy)_[0-9A-Za-z]{34,38}", &["apify_api_{b62:36}"]),
    Rule::value("vector-database-key", WEAVIATE, "API key", &["qdrant", "weaviate"], "[0-9A-Za-z_|=+/-]{32,120}",
        &["QDRANT_API_KEY=⟦{b62:54}⟧"]),
    Rule::token("llama-cloud-key", LLAMA, "API key", &["llx-"], "llx-[0-9A-Za-z]{44,52}", &["llx-{b62:48}"]),
    Rule::token("brave-search-key", BRAVE, "API key", &["BSA"], "BSA[0-9A-Za-z_-]{28}", &["BSA{url:27}z"]).check(Check::MixedCase).bits(4.6),
];
