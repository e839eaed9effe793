//! The calls of git-seal in a line for a shell.

/// The words of each `git seal …`, as git-seal gets them: what is before it, behind it and beside it in
/// a pipe is other programs' business. None where the line is not for a shell.
pub fn calls(line: &str) -> Option<Vec<Vec<String>>> {
    let mut calls = Vec::new();
    let mut call: Option<Vec<String>> = None;
    let mut before = [String::new(), String::new()];
    for word in shlex::split(line)? {
        if word.starts_with('#') {
            break;
        }
        let ends = matches!(word.as_str(), "|" | "&&" | "||" | ">" | ">>" | "<" | ";")
            || word.starts_with("<(")
            || word.starts_with("2>");
        match &mut call {
            Some(_) if ends => calls.extend(call.take()),
            Some(call) => call.push(word.clone()),
            None if before[1] == "git" && word == "seal" => {
                call = Some(vec!["git-seal".to_owned()]);
            }
            // `git -C DIR seal`.
            None if before[0] == "-C" && word == "seal" => call = Some(vec!["git-seal".to_owned()]),
            None => {}
        }
        before = [std::mem::take(&mut before[1]), word];
    }
    calls.extend(call);
    Some(calls)
}
