//! Continuous integration and package registries.

use crate::core::scan::checks::Check;
use crate::core::scan::rules::{Provider, Rule};

provider!(
    CIRCLECI,
    "CircleCI",
    "delete it at app.circleci.com/settings/user/tokens"
);
provider!(
    BUILDKITE,
    "Buildkite",
    "revoke it at buildkite.com/user/api-access-tokens"
);
provider!(
    TRAVIS,
    "Travis CI",
    "regenerate it in the account's settings"
);
provider!(
    CODECOV,
    "Codecov",
    "regenerate it in the repository's settings"
);
provider!(SONAR, "SonarQube", "revoke it under My account, Security");
provider!(SNYK, "Snyk", "revoke it at app.snyk.io/account");
provider!(
    JENKINS,
    "Jenkins",
    "revoke it in the user's configuration, API token"
);
provider!(
    OCTOPUS,
    "Octopus Deploy",
    "revoke it under Profile, My API keys"
);
provider!(
    HARNESS,
    "Harness",
    "delete it under My profile, My API keys"
);
provider!(
    ARTIFACTORY,
    "JFrog Artifactory",
    "revoke it under User management, Access tokens"
);
provider!(
    NPM,
    "npm",
    "revoke it with `npm token revoke`, and look through the package's versions"
);
provider!(
    PYPI,
    "PyPI",
    "delete it at pypi.org/manage/account/token, and look through the releases"
);
provider!(
    RUBYGEMS,
    "RubyGems",
    "delete it at rubygems.org/profile/api_keys"
);
provider!(
    CRATES,
    "crates.io",
    "revoke it at crates.io/settings/tokens"
);
provider!(NUGET, "NuGet", "delete it at nuget.org/account/apikeys");
provider!(
    DOCKER,
    "Docker Hub",
    "delete it at app.docker.com/settings/personal-access-tokens"
);
provider!(CLOJARS, "Clojars", "disable it at clojars.org/tokens");
provider!(
    PACKAGIST,
    "Packagist",
    "revoke it in the organization's settings"
);
provider!(HEX, "Hex", "revoke it with `mix hex.user key revoke`");
provider!(
    TEAMCITY,
    "TeamCity",
    "delete it under Your profile, Access tokens"
);
provider!(GEMFURY, "Gemfury", "revoke it at manage.fury.io");
provider!(
    CLOUDSMITH,
    "Cloudsmith",
    "refresh it at cloudsmith.io/user/settings/api"
);
provider!(SOCKET, "Socket", "revoke it under API tokens");
provider!(
    DEPENDENCYTRACK,
    "Dependency-Track",
    "delete it under Administration, Access management"
);
provider!(DRONE, "Drone", "rotate it in the user's account");

/// The rules.
#[rustfmt::skip]
pub const RULES: &[Rule] = &[
    Rule::token("circleci-token", CIRCLECI, "personal or project token", &["CCIPAT_", "CCIPRJ_"],
        "CCIP(?:AT|RJ)_[0-9A-Za-z]{22}_[0-9a-f]{40}", &["CCIPAT_{b62:22}_{hex:40}", "CCIPRJ_{b62:22}_{hex:40}"]),
    Rule::value("circleci-legacy-token", CIRCLECI, "token of the old form", &["circle"], "[0-9a-f]{40}",
        &["CIRCLE_TOKEN=⟦{hex:40}⟧"]).not(&["CIRCLE_SHA1={hex:40}"]),
    Rule::token("buildkite-token", BUILDKITE, "user, agent or cluster token", &["bkua_", "bkaj_", "bkct_", "bkaa_", "bkar_", "bkpt_", "bkps_", "bkpat_"],
        "bk(?:ua|aj|ct|aa|ar|pt|ps|pat)_[0-9A-Za-z_-]{40,400}", &["bkua_{hex:40}", "bkct_{url:72}z"]),
    Rule::value("travis-token", TRAVIS, "API token", &["travis"], "[0-9A-Za-z_-]{20,22}",
        &["TRAVIS_API_TOKEN=⟦{b62:22}⟧"]).check(Check::Mixed),
    Rule::value("codecov-token", CODECOV, "upload token", &["codecov"],
        "[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}", &["CODECOV_TOKEN=⟦{uuid}⟧"]),
    Rule::token("sonar-token", SONAR, "user, project or global token", &["squ_", "sqp_", "sqa_"],
        "sq[upa]_[0-9a-f]{40}", &["squ_{hex:40}", "sqp_{hex:40}", "sqa_{hex:40}"]),
    Rule::value("sonar-legacy-token", SONAR, "token of the old form", &["sonar"], "[0-9a-f]{40}",
        &["SONAR_TOKEN=⟦{hex:40}⟧"]),
    Rule::value("snyk-token", SNYK, "API token", &["snyk"],
        r"(?:[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}|snyk_[a-z]{3}\.[0-9A-Za-z_.-]{30,120})",
        &["SNYK_TOKEN=⟦{uuid}⟧"]),
    Rule::value("jenkins-token", JENKINS, "API token", &["jenkins"], "11[0-9a-f]{32}",
        &["JENKINS_API_TOKEN=⟦11{hex:32}⟧"]),
    Rule::token("octopus-api-key", OCTOPUS, "API key", &["API-"],
        "API-[0-9A-Z]{25,32}", &["API-{B36:26}"]).check(Check::Mixed).bits(4.4),
    Rule::token("harness-token", HARNESS, "access token", &["pat.", "sat."],
        r"[ps]at\.[0-9A-Za-z_-]{22}\.[0-9a-f]{24}\.[0-9A-Za-z]{20}",
        &["pat.{url:22}.{hex:24}.{b62:20}", "sat.{url:22}.{hex:24}.{b62:20}"]),
    Rule::token("artifactory-api-key", ARTIFACTORY, "API key", &["AKCp"],
        "AKCp[0-9A-Za-z]{68,70}", &["AKCp{b62:69}"]),
    Rule::token("artifactory-reference-token", ARTIFACTORY, "reference token", &["cmVmdGtuOj"],
        "cmVmdGtuOj[0-9A-Za-z]{54}", &["cmVmdGtuOj{b62:54}"]),
    Rule::token("npm-token", NPM, "access token", &["npm_"],
        "npm_[0-9A-Za-z]{36}", &["npm_{b62:30}{crc}"]).check(Check::Crc32Base62)
        .not(&["npm_{b62:30}000000"]),
    Rule::token("npm-legacy-token", NPM, "registry token in .npmrc", &["_authToken="],
        "_authToken=\"?([0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}|[0-9A-Za-z+/=_.-]{20,600})",
        &["//registry.example.org/:_authToken=⟦{uuid}⟧", "//npm.example.org/:_authToken=⟦{b62:40}⟧"]).check(Check::Mixed).bits(3.2)
        .not(&["//registry.example.org/:_authToken=${NPM_TOKEN}", "//registry.example.org/:_authToken=theTokenOfThisRegistry"]),
    Rule::token("npm-basic-auth", NPM, "user and password in .npmrc", &["_auth="],
        "_auth=\"?([0-9A-Za-z+/]{12,200}={0,2})", &["_auth=⟦{basic}⟧", "//r.example.org/:_auth=\"⟦{basic}⟧\""])
        .check(Check::BasicPair),
    Rule::token("pypi-token", PYPI, "upload token", &["pypi-AgE"],
        "pypi-AgE[NI][0-9A-Za-z_-]{60,1000}", &["pypi-AgEIcHlwaS5vcmc{url:150}"]).check(Check::Long),
    Rule::token("rubygems-api-key", RUBYGEMS, "API key", &["rubygems_"],
        "rubygems_[0-9a-f]{48}", &["rubygems_{hex:48}"]),
    Rule::token("crates-io-token", CRATES, "API token", &["cio"],
        "cio[0-9A-Za-z]{32}", &["cio{b62:32}"]).check(Check::MixedCase).bits(4.6),
    Rule::token("nuget-api-key", NUGET, "API key", &["oy2"],
        "oy2[a-z2-7]{43}", &["oy2{l:20}4{l:22}"]).bits(4.4).source("https://github.com/microsoft/security-utilities"),
    Rule::token("docker-hub-token", DOCKER, "access token", &["dckr_pat_", "dckr_oat_"],
        "dckr_[po]at_[0-9A-Za-z_-]{27,32}", &["dckr_pat_{url:26}z", "dckr_oat_{b62:32}"]),
    Rule::token("clojars-token", CLOJARS, "deploy token", &["CLOJARS_"],
        "CLOJARS_[0-9a-z]{60}", &["CLOJARS_{b36:60}"]),
    Rule::token("packagist-token", PACKAGIST, "token", &["packagist_"],
        "packagist_(?:[ou][ru]t|acs)_[0-9a-f]{64,96}", &["packagist_ort_{hex:68}", "packagist_uut_{hex:68}", "packagist_acs_{hex:68}"]),
    Rule::token("composer-github-token", PACKAGIST, "GitHub token in Composer's auth.json", &["\"github.com\""],
        "\"github\\.com\"\\s{0,4}:\\s{0,4}\"([0-9a-f]{40})\"", &["{\"github-oauth\": {\"github.com\": \"⟦{hex:40}⟧\"}}"]),
    Rule::value("hex-api-key", HEX, "API key", &["hex_"], "[0-9a-f]{32}", &["HEX_API_KEY=⟦{hex:32}⟧"]),
    Rule::token("teamcity-token", TEAMCITY, "access token", &["eyJ0eXAiOiAiVENWMiJ9"],
        r"eyJ0eXAiOiAiVENWMiJ9\.[0-9A-Za-z_-]{36}\.[0-9A-Za-z_-]{48}",
        &["eyJ0eXAiOiAiVENWMiJ9.{url:36}.{url:47}z"]),
    Rule::value("gemfury-token", GEMFURY, "token", &["gemfury", "fury_"], "[0-9A-Za-z-]{20,30}",
        &["GEMFURY_TOKEN=⟦{b62:20}⟧"]).check(Check::Mixed),
    Rule::token("cloudsmith-token", CLOUDSMITH, "API key", &["csa_"], "csa_[0-9a-f]{30}[0-9A-Za-z]{6}", &["csa_{hex:30}{b62:6}"]).bits(3.4),
    Rule::value("cloudsmith-api-key", CLOUDSMITH, "API key", &["cloudsmith"], "[0-9a-f]{40}",
        &["CLOUDSMITH_API_KEY=⟦{hex:40}⟧"]),
    Rule::token("socket-token", SOCKET, "API token", &["sktsec_"],
        "sktsec_[0-9A-Za-z_-]{40,60}", &["sktsec_{b62:43}"]),
    Rule::token("dependency-track-key", DEPENDENCYTRACK, "API key", &["odt_"],
        "odt_(?:[0-9A-Za-z]{8}_)?[0-9A-Za-z]{32}", &["odt_{b62:32}", "odt_{b62:8}_{b62:32}"]).check(Check::Mixed),
    Rule::value("drone-token", DRONE, "user token", &["drone"], "[0-9A-Za-z]{32}",
        &["DRONE_TOKEN=⟦{b62:32}⟧"]).check(Check::Mixed),
];
