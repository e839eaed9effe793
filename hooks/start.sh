# What the hooks of git-seal share. Installing puts this in the place of the line that reads it, and
# the path of git-seal here: programs started from a desktop often have a short PATH.
recorded=''

# Runs the hook that was here before, which is kept beside this one.
earlier() {
    case $0 in */*) here=${0%/*} ;; *) here=. ;; esac
    [ -x "$here/$hook.before-git-seal" ] || return 0
    here=$(CDPATH='' cd -- "$here" && pwd) || return
    kept=$here/$hook.before-git-seal
    # Another hook manager may have put this very script behind the kept one: no endless round.
    [ "${GIT_SEAL_EARLIER-}" != "$kept" ] || return 0
    GIT_SEAL_EARLIER=$kept "$kept" "$@"
}

# Lets git-seal judge. What nobody could judge is refused.
judge() {
    # The kept hook was a link to the one whose place we took; who ran it judges.
    case $0 in *.before-git-seal) exit 0 ;; esac
    if command -v git-seal >/dev/null 2>&1; then
        exec git-seal hook "$hook" "$@"
    elif [ -x "$recorded" ]; then
        exec "$recorded" hook "$hook" "$@"
    fi
    if [ -e "$0.before-git-seal" ]; then
        undo="mv \"$0.before-git-seal\" \"$0\""
    else
        undo="rm \"$0\""
    fi
    cat >&2 <<END
git-seal: error: $hook: git-seal is not on PATH${recorded:+, nor at $recorded}: nothing was checked, so this is refused
git-seal: hint: install it with \`cargo install git-seal\`, or put it on PATH
git-seal: hint: to do without it, remove the hook: $undo
END
    exit 1
}
