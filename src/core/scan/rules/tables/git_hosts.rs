//! Git hosts and what is around them.

use crate::core::scan::checks::Check;
use crate::core::scan::rules::{Lead, Provider, Rule};

provider!(
    GITHUB,
    "GitHub",
    "revoke it under Settings, Developer settings (github.com/settings/tokens), and look through the security log"
);
provider!(
    GITLAB,
    "GitLab",
    "revoke it where it was made (preferences, project or group settings, Access tokens)"
);
provider!(
    BITBUCKET,
    "Bitbucket",
    "revoke it under Personal settings, App passwords, or in the repository's access tokens"
);
provider!(
    ATLASSIAN,
    "Atlassian",
    "revoke it at id.atlassian.com/manage-profile/security/api-tokens"
);
provider!(
    SOURCEGRAPH,
    "Sourcegraph",
    "delete it under Settings, Access tokens"
);
provider!(
    GITEA,
    "Gitea or Forgejo",
    "delete it under Settings, Applications"
);

const GITHUB_FORMATS: &str =
    "https://github.blog/2021-04-05-behind-githubs-new-authentication-token-formats/";

/// The rules.
#[rustfmt::skip]
pub const RULES: &[Rule] = &[
    Rule::token(
        "github-pat",
        GITHUB,
        "personal access token (classic)",
        &["ghp_"],
        "ghp_[0-9A-Za-z]{36}",
        &["ghp_{b62:30}{crc}"],
    )
    .check(Check::Crc32Base62)
    .source(GITHUB_FORMATS)
    .not(&["ghp_{b62:30}000000", "ghp_{b62:20}"]),
    Rule::token(
        "github-oauth",
        GITHUB,
        "OAuth access token",
        &["gho_"],
        "gho_[0-9A-Za-z]{36}",
        &["gho_{b62:30}{crc}"],
    )
    .check(Check::Crc32Base62)
    .source(GITHUB_FORMATS),
    Rule::token(
        "github-app-token",
        GITHUB,
        "app token (user-to-server or server-to-server)",
        &["ghu_", "ghs_"],
        "gh[us]_[0-9A-Za-z]{36}",
        &["ghu_{b62:30}{crc}", "ghs_{b62:30}{crc}"],
    )
    .check(Check::Crc32Base62)
    .source(GITHUB_FORMATS),
    Rule::token(
        "github-stateless-app-token",
        GITHUB,
        "app token of the stateless form",
        &["ghs_"],
        r"ghs_[0-9]{1,12}_eyJ[0-9A-Za-z_-]{16,}\.eyJ[0-9A-Za-z_-]{16,}\.[0-9A-Za-z_-]{20,700}",
        &["ghs_{d:6}_{jwt}"],
    )
    .check(Check::Long),
    Rule::token(
        "github-refresh-token",
        GITHUB,
        "app refresh token",
        &["ghr_"],
        "ghr_[0-9A-Za-z]{36,76}",
        &["ghr_{b62:70}{crc}"],
    )
    .check(Check::Crc32Base62)
    .source(GITHUB_FORMATS),
    Rule::token(
        "github-fine-grained-pat",
        GITHUB,
        "fine-grained personal access token",
        &["github_pat_"],
        "github_pat_[0-9A-Za-z]{22}_[0-9A-Za-z]{59}",
        &["github_pat_{b62:22}_{b62:59}"],
    ),
    Rule::value(
        "github-legacy-token",
        GITHUB,
        "token of the old form",
        &["github", "gh_"],
        "[0-9a-f]{40}",
        &["GITHUB_TOKEN=⟦{hex:40}⟧", "GH_API_TOKEN: \"⟦{hex:40}⟧\""],
    )
    .not(&["GITHUB_SHA={hex:40}", "github_commit: {hex:40}"]),
    Rule::token(
        "gitlab-pat",
        GITLAB,
        "personal, project or group access token",
        &["glpat-"],
        "glpat-[0-9A-Za-z_-]{20}",
        &["glpat-{url:19}z"],
    )
    .source("https://docs.gitlab.com/security/tokens/#token-prefixes"),
    Rule::token(
        "gitlab-routable-token",
        GITLAB,
        "personal, project or group access token of the routable form",
        &["glpat-"],
        r"(?:[0-9A-Za-z]{1,20}-)?glpat-[0-9A-Za-z_-]{27,300}(?:\.[0-9a-z]{2})?\.[0-9a-z]{9}",
        &["glpat-{b62:27}.01.0r{crc36}", "glpat-{b62:32}.0w{crc36}", "acme-glpat-{b62:32}.01.0w{crc36}"],
    )
    .lead(Lead::Word)
    .check(Check::Crc32Base36)
    .source("https://docs.gitlab.com/security/tokens/#token-prefixes")
    .not(&["glpat-{b62:27}.01.0r0000000"]),
    Rule::token(
        "gitlab-deploy-token",
        GITLAB,
        "deploy token",
        &["gldt-"],
        "gldt-[0-9A-Za-z_.-]{20,300}",
        &["gldt-{b62:20}"],
    ),
    Rule::token(
        "gitlab-runner-token",
        GITLAB,
        "runner token",
        &["glrt-", "glrtr-", "GR1348941"],
        "(?:glrtr?-[0-9A-Za-z_.-]{20,320}|GR1348941[0-9A-Za-z_-]{20})",
        &["glrt-{b62:20}", "glrt-t1_{b62:32}.01.{b36:9}", "glrtr-{b62:20}", "GR1348941{b62:20}"],
    ),
    Rule::token(
        "gitlab-ci-job-token",
        GITLAB,
        "CI job token",
        &["glcbt-"],
        r"glcbt-(?:[0-9A-Za-z]{1,5}_[0-9A-Za-z_-]{20}|eyJ[0-9A-Za-z_-]{12,2000}\.eyJ[0-9A-Za-z_-]{8,4000}\.[0-9A-Za-z_-]{20,700})",
        &["glcbt-64_{b62:20}", "glcbt-{jwt}"],
    )
    .check(Check::Long)
    .source("https://docs.gitlab.com/security/tokens/#token-prefixes"),
    Rule::token(
        "gitlab-session-cookie",
        GITLAB,
        "session cookie",
        &["_gitlab_session="],
        "_gitlab_session=([0-9a-f]{32})",
        &["Cookie: _gitlab_session=⟦{hex:32}⟧"],
    )
    .source("https://docs.gitlab.com/security/tokens/#token-prefixes"),
    Rule::token(
        "gitlab-trigger-token",
        GITLAB,
        "pipeline trigger token",
        &["glptt-"],
        "glptt-[0-9a-f]{40}",
        &["glptt-{hex:40}"],
    ),
    Rule::token(
        "gitlab-other-token",
        GITLAB,
        "token for feeds, agents, workspaces, incoming mail, OAuth applications, SCIM or feature flags",
        &[
            "glft-", "glagent-", "glimt-", "gloas-", "glsoat-", "glffct-", "glwt-",
        ],
        "gl(?:ft|agent|imt|oas|soat|ffct|wt)-[0-9A-Za-z_.-]{20,300}",
        &[
            "glwt-{b62:20}",
            "glft-{b62:20}",
            "glagent-{b62:50}",
            "glimt-{b62:25}",
            "gloas-{hex:64}",
            "glsoat-{b62:20}",
            "glffct-{b62:20}",
        ],
    )
    .source("https://docs.gitlab.com/security/tokens/#token-prefixes"),
    Rule::token(
        "bitbucket-app-password",
        BITBUCKET,
        "app password",
        &["ATBB"],
        "ATBB[0-9A-Za-z]{24}[0-9A-F]{8}",
        &["ATBB{b62:24}{HEX:8}"],
    ),
    Rule::token(
        "bitbucket-data-center-token",
        BITBUCKET,
        "HTTP access token of Data Center",
        &["BBDC-"],
        "BBDC-[0-9A-Za-z+/]{40,48}={0,2}",
        &["BBDC-{b64:44}"],
    )
    .bits(4.2),
    Rule::value(
        "bitbucket-client-secret",
        BITBUCKET,
        "OAuth client secret",
        &["bitbucket"],
        "[0-9A-Za-z]{32}",
        &["BITBUCKET_CLIENT_SECRET=⟦{b62:32}⟧"],
    )
    .check(Check::Mixed),
    Rule::token(
        "atlassian-api-token",
        ATLASSIAN,
        "API or access token",
        &["ATATT3", "ATCTT3"],
        "AT[AC]TT3[0-9A-Za-z_=-]{100,300}",
        &["ATATT3{url:180}={HEX:8}", "ATCTT3{url:170}={HEX:8}"],
    ),
    Rule::value(
        "atlassian-legacy-token",
        ATLASSIAN,
        "API token of the old form",
        &["atlassian", "jira", "confluence"],
        "[0-9A-Za-z]{24}",
        &["JIRA_API_TOKEN=⟦{b62:24}⟧"],
    )
    .check(Check::MixedCase),
    Rule::token(
        "sourcegraph-token",
        SOURCEGRAPH,
        "access token",
        &["sgp_", "sgd_"],
        "(?:sgp_(?:[0-9a-f]{16}_|local_)?[0-9a-f]{40}|sgd_[0-9a-f]{64})",
        &["sgp_{hex:16}_{hex:40}", "sgp_{hex:40}", "sgd_{hex:64}"],
    ),
    Rule::value(
        "gitea-token",
        GITEA,
        "access token",
        &["gitea", "forgejo", "codeberg"],
        "[0-9a-f]{40}",
        &["GITEA_TOKEN=⟦{hex:40}⟧", "FORGEJO_API_TOKEN=⟦{hex:40}⟧"],
    ),
];
