"""Throw-away repositories, and how long a command takes in them."""

import os
import random
import shutil
import subprocess
import time
from pathlib import Path
from statistics import median
from typing import NamedTuple


class Cost(NamedTuple):
    """One run of a command: seconds of wall clock, and of CPU, that of the children it waited for included."""

    wall: float
    cpu: float

    def plus(self, other):
        return Cost(self.wall + other.wall, self.cpu + other.cpu)


class Place:
    """A directory with its own HOME, in which commands run with a fixed author and no configuration of yours."""

    def __init__(self, root: Path, programs: Path):
        self.root = root
        home = root.parent / (root.name + ".home")
        home.mkdir(parents=True, exist_ok=True)
        root.mkdir(parents=True, exist_ok=True)
        (home / ".gitconfig").write_text(
            "[user]\nname = Ada\nemail = ada@example.org\n[init]\ndefaultBranch = main\n"
            "[gc]\nauto = 0\n[maintenance]\nauto = false\n[core]\npager = cat\n[advice]\ndetachedHead = false\n"
        )
        self.environment = {
            "HOME": str(home),
            "PATH": f"{programs}:{os.environ['PATH']}",
            "GIT_CONFIG_NOSYSTEM": "1",
            "LC_ALL": "C",
        }

    def run(self, *command, stdin=None, also=None, fine=(0,)):
        """Runs a command to its end and answers its `Cost`; any other exit code than `fine` ends the comparison."""
        with open(stdin or os.devnull, "rb") as source, open(self.root.parent / "complaints", "w+b") as complaints:
            start = time.perf_counter()
            child = subprocess.Popen(
                [str(word) for word in command],
                cwd=self.root,
                env=self.environment | (also or {}),
                stdin=source,
                stdout=subprocess.DEVNULL,
                stderr=complaints,
            )
            _, status, usage = os.wait4(child.pid, 0)
            wall = time.perf_counter() - start
            child.returncode = os.waitstatus_to_exitcode(status)
            if child.returncode not in fine:
                complaints.seek(0)
                raise SystemExit(f"{command}: exit {child.returncode}\n{complaints.read().decode()}")
        return Cost(wall, usage.ru_utime + usage.ru_stime)

    def peak(self, *command, **how):
        """The most memory that a command and its children took, in MB, by GNU time."""
        # Not by wait4: what it says includes the memory of this very script, from before the exec.
        note = self.root.parent / "peak"
        self.run("env", "time", "-q", "-o", note, "-f", "%M", *command, **how)
        return megabytes(note)

    def git(self, *words, **how):
        return self.run("git", *words, **how)

    def output(self, *command):
        """What a command says."""
        return subprocess.run(
            command, cwd=self.root, env=self.environment, stdout=subprocess.PIPE, check=True
        ).stdout

    def commit(self, message="Change"):
        self.git("add", "--all")
        self.git("commit", "--quiet", "--no-verify", "--allow-empty", "-m", message)

    def config(self, name):
        """A value of git's configuration here, or None."""
        asked = subprocess.run(
            ["git", "config", name], cwd=self.root, env=self.environment, capture_output=True, text=True, check=False
        )
        return asked.stdout.strip() or None

    def staged(self, path) -> bytes:
        """What the index holds at a path."""
        words = ["git", "cat-file", "blob", f":{path}"]
        return subprocess.run(words, cwd=self.root, env=self.environment, capture_output=True, check=True).stdout

    def write(self, path, text):
        file = self.root / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(text if isinstance(text, bytes) else text.encode())

    def reset_store(self, saved: Path):
        """Puts `.git` back as it was saved."""
        shutil.rmtree(self.root / ".git")
        shutil.copytree(saved, self.root / ".git", symlinks=True)


def megabytes(note: Path):
    """What GNU time's %M (KiB) left in a file, in MB."""
    return int(note.read_text().split()[-1]) * 1024 / 1e6


def in_turn(times, trials):
    """The median `Cost` of each trial, a pair of what goes before, uncounted, and what is measured.

    One run of each, then the next of each: what else the machine does disturbs all alike."""
    costs = [[] for _ in trials]
    for _ in range(times):
        for mine, (before, action) in zip(costs, trials):
            before()
            mine.append(action())
    return [Cost(*(median(column) for column in zip(*mine))) for mine in costs]


def medians(times, action, before=lambda: None):
    """The median `Cost` of one thing alone."""
    return in_turn(times, [(before, action)])[0]


def env_file(rng: random.Random, variables: int) -> str:
    """A dotenv file as people have them: short and long values, comments, quotes."""
    lines = []
    for number in range(variables):
        secret = "".join(rng.choices("abcdefghijklmnopqrstuvwxyzABCDEFGH0123456789", k=rng.randint(12, 44)))
        lines.append(
            [
                f"SERVICE_{number}_TOKEN={secret}",
                f'DB_{number}_PASSWORD="{secret}"',
                f"URL_{number}=postgres://app:{secret}@db{number}.internal:5432/app",
                f"# Settings of part {number}\nPART_{number}_HOST=host{number}.internal",
            ][number % 4]
        )
    return "\n".join(lines) + "\n"


def source_file(rng: random.Random, lines: int = 200) -> str:
    """Something like source code, without secrets."""
    words = ["index", "parse", "total", "buffer", "render", "line", "offset", "find", "next", "width"]
    return "".join(
        f"    let {rng.choice(words)}_{number} = {rng.choice(words)}({rng.choice(words)}, {rng.randint(0, 999)});\n"
        for number in range(lines)
    )
