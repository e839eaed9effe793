//! An audit for code scanning: SARIF 2.1.0 (OASIS).

use crate::core::scan::report::sarif::uri;
use serde_json::{Value, json};

use super::{Finding, Report, Rule};

pub(super) fn document(report: &Report) -> Value {
    let rules = Rule::ALL
        .map(|rule| json!({ "id": rule.as_str(), "shortDescription": { "text": rule.about() } }));
    // An answer without results is not always a good one.
    let untold = report.untold.iter();
    let untold: Vec<Value> = untold
        .map(|text| json!({ "level": "warning", "message": { "text": format!("{text}.") } }))
        .collect();
    json!({
        "$schema": "https://json.schemastore.org/sarif-2.1.0.json",
        "version": "2.1.0",
        "runs": [{
            "tool": { "driver": {
                "name": "git-seal",
                "version": env!("CARGO_PKG_VERSION"),
                "rules": rules,
            }},
            "invocations": [{
                "executionSuccessful": true,
                "toolExecutionNotifications": untold,
            }],
            "results": report.findings.iter().map(result).collect::<Vec<_>>(),
        }],
    })
}

fn result(finding: &Finding) -> Value {
    let name = if finding.name.is_empty() {
        String::new()
    } else {
        format!("{}: ", finding.name)
    };
    let uri = uri(&finding.path);
    json!({
        "ruleId": finding.rule.as_str(),
        "level": if finding.rule == Rule::ValueTooOld { "warning" } else { "error" },
        "message": { "text": format!("{name}{}. {}.", finding.what, finding.todo) },
        "locations": [{ "physicalLocation": {
            "artifactLocation": { "uri": uri },
            "region": { "startLine": finding.line.max(1) },
        }}],
        // The same finding in the next run is the same alert, wherever its line has moved.
        "partialFingerprints": {
            "gitSeal/v1": format!("{}:{uri}:{}", finding.rule.as_str(), finding.name),
        },
    })
}

#[cfg(test)]
mod tests {
    use crate::core::scan::report::sarif::uri;

    #[test]
    fn paths_become_uris() {
        assert_eq!(uri("a b/é.env".as_bytes()), "a%20b/%C3%A9.env");
    }
}
