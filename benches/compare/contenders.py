"""What is compared: how each filter is set up in a repository, and how a clone of it is unlocked."""

import shutil
import subprocess
import sys
from pathlib import Path

from bench import Cost, Place

PASS_THROUGH = f"'{sys.executable}' -I -S '{Path(__file__).with_name('pass_through.py')}'"


class NoFilter:
    """git alone."""

    name = "no filter"
    filter = None
    clone_options = ()

    def available(self):
        return True

    def set_up(self, place: Place):
        """Prepares `place`, a new repository, so that `*.env` and `*.bin` are filtered."""

    def unlock(self, clone: Place, original: Place) -> Cost:
        """Makes the files of a clone plain, and answers what that cost."""
        return Cost(0, 0)


class PassThrough(NoFilter):
    """A `process` filter that changes nothing: the floor."""

    name = "pass-through"
    filter = "floor"
    clone_options = ("-c", f"filter.floor.process={PASS_THROUGH}")

    def set_up(self, place):
        place.git("config", "filter.floor.process", PASS_THROUGH)
        place.write(".gitattributes", "*.env filter=floor\n*.bin filter=floor -text\n")


class ReadyMade(NoFilter):
    """A filter that knows all its answers at its start, those that git-seal would give: what is left is git's own work."""

    name = "answers ready made"
    filter = "ready"

    def __init__(self, work: Path, plain, sealed):
        self.program, self.answers = work / "ready-made", work / "answers"
        source = Path(__file__).with_name("ready_made.rs")
        subprocess.run(["rustc", "-O", "--edition=2024", "-o", self.program, source], check=True)
        with open(self.answers, "wb") as answers:
            for name, text in plain.items():
                text = text.encode()
                answers.write(b"%s %d %d\n%s%s" % (name.encode(), len(text), len(sealed[name]), text, sealed[name]))

    @property
    def command(self):
        return f"'{self.program}' '{self.answers}'"

    @property
    def clone_options(self):
        return ("-c", f"filter.ready.process={self.command}")

    def set_up(self, place):
        place.git("config", "filter.ready.process", self.command)
        place.write(".gitattributes", "*.env filter=ready\n")


class GitSeal(NoFilter):
    name = "git-seal"
    filter = "seal"

    def set_up(self, place):
        place.write("first.env", "A=b\n")
        place.git("seal", "init", "--yes", also={"SECRETS_MASTER_KEY": key()})
        place.write("../seal.key", key() + "\n")
        place.git("seal", "unlock", "--key-file", "../seal.key")
        place.git("seal", "track", "--opaque", "*.bin")

    def unlock(self, clone, original):
        return clone.git("seal", "unlock", "--key-file", original.root.parent / "seal.key")


class GitCrypt(NoFilter):
    name = "git-crypt"
    filter = "git-crypt"

    def available(self):
        return shutil.which("git-crypt")

    def set_up(self, place):
        place.run("git-crypt", "init")
        place.run("git-crypt", "export-key", "../crypt.key")
        kind = "filter=git-crypt diff=git-crypt"
        place.write(".gitattributes", f"*.env {kind}\n*.bin {kind} -text\n")

    def unlock(self, clone, original):
        return clone.run("git-crypt", "unlock", original.root.parent / "crypt.key")


class GitXcrypt(NoFilter):
    name = "git-xcrypt"
    filter = "git-xcrypt"

    def available(self):
        return shutil.which("git-xcrypt")

    def set_up(self, place):
        place.run("git-xcrypt", "init")
        place.run("git-xcrypt", "export-key", "../xcrypt.key")
        place.write(".git-xcrypt", "*.env\n*.bin binary\n")

    def unlock(self, clone, original):
        return clone.run("git-xcrypt", "unlock", original.root.parent / "xcrypt.key")


def key():
    """A master key for measuring only."""
    return "c29tZS1ieXRlcy1mb3ItbWVhc3VyaW5nLW9ubHktMzI="


def all_present():
    return [one for one in (NoFilter(), PassThrough(), GitSeal(), GitXcrypt(), GitCrypt()) if one.available()]
