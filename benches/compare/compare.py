"""git-seal beside plain git and its peers: medians and ratios from one run, as Markdown.

Everything happens in throw-away repositories below one temporary directory, each with its own HOME. Peers that are not
on PATH (git-crypt, git-xcrypt) are left out. Quote ratios, not seconds: they survive a busy machine better.
"""

import argparse
import os
import random
import shutil
import tempfile
from pathlib import Path
from statistics import median

from bench import Cost, Place, env_file, in_turn, medians, source_file
from contenders import GitCrypt, GitSeal, GitXcrypt, NoFilter, ReadyMade, all_present
from synthetic import long_history

ROOT = Path(__file__).resolve().parents[2]


class Comparison:
    """What all parts share: where they work and how often each thing is run."""

    def __init__(self, work: Path, times: int, tree: Path):
        self.work, self.times, self.tree = work, times, tree
        self.programs = work / "bin"

    def place(self, name) -> Place:
        """A new, empty repository."""
        place = Place(self.work / name / "repository", self.programs)
        place.git("init", "--quiet")
        return place

    def sealed(self, name) -> Place:
        """A new repository that git-seal protects."""
        place = self.place(name)
        GitSeal().set_up(place)
        place.commit("Set up")
        return place


def table(title, columns, rows):
    """Prints a table, row by row as `rows` yields them."""
    print(f"\n## {title}\n\n| | {' | '.join(columns)} |\n|---{'|---:' * len(columns)}|", flush=True)
    for name, *cells in rows:
        print(f"| {name} | {' | '.join(cells)} |", flush=True)


def against(cost: Cost, base: Cost) -> str:
    """Wall clock, its ratio, and the ratio of CPU, which a busy machine disturbs less."""
    return f"{cost.wall:.3f} s ({cost.wall / base.wall:.1f}×, CPU {cost.cpu / base.cpu:.1f}×)"


def milliseconds(cost: Cost, base: Cost) -> str:
    wall, cpu = cost.wall * 1000, cost.cpu * 1000
    return f"{wall:.1f} ms ({cost.wall / base.wall:.1f}×); CPU {cpu:.1f} ms ({cost.cpu / base.cpu:.1f}×)"


class Trial:
    """One contender's repository in a comparison that takes turns."""

    def __init__(self, run: Comparison, part, one, files):
        self.run, self.one, self.names = run, one, list(files)
        self.place = run.place(f"{part}-{one.name}")
        one.set_up(self.place)
        self.place.commit("Set up")
        self.saved = self.place.root.parent / "saved"
        shutil.copytree(self.place.root / ".git", self.saved, symlinks=True)
        for name, content in files.items():
            self.place.write(name, content)
        self.moment = 1_700_000_000

    def forget(self):
        self.place.reset_store(self.saved)

    def add(self):
        return self.place.git("add", "--all")

    def touch(self):
        self.moment += 1
        for name in self.names:
            os.utime(self.place.root / name, (self.moment, self.moment))

    def status(self):
        return self.place.git("status")

    def remove(self):
        for name in self.names:
            (self.place.root / name).unlink()

    def checkout(self):
        return self.place.git("checkout", "--quiet", ".")

    def forget_clones(self):
        shutil.rmtree(self.run.work / "clones", ignore_errors=True)

    def clone(self):
        clone = Place(self.run.work / "clones" / "repository", self.run.programs)
        cloned = clone.git("clone", "--quiet", *self.one.clone_options, self.place.root, ".")
        return cloned.plus(self.one.unlock(clone, self.place))


def compare(title, run: Comparison, trials, steps):
    """A table with a column for each trial and a row for each step: its name, what goes before, what is measured."""

    def rows():
        for name, before, action in steps:
            costs = in_turn(run.times, [(lambda t=t: before(t), lambda t=t: action(t)) for t in trials])
            yield (name, *(against(cost, costs[0]) for cost in costs))
            if action is Trial.add:
                for trial in trials:
                    trial.place.commit()

    table(title, [trial.one.name for trial in trials], rows())


ADD = ("add", Trial.forget, Trial.add)
STATUS = ("status, all touched", Trial.touch, Trial.status)
CHECKOUT = ("checkout", Trial.remove, Trial.checkout)
CLONE = ("clone + unlock", Trial.forget_clones, Trial.clone)


def many_files(run: Comparison):
    """1,000 dotenv files of 5 to 60 variables."""
    rng = random.Random(1)
    files = {f"d{number % 10}/{number}.env": env_file(rng, rng.randint(5, 60)) for number in range(1000)}
    trials = [Trial(run, "many", one, files) for one in all_present()]
    if shutil.which("rustc"):
        trials.append(Trial(run, "many", ReadyMade(run.work, files, sealed_form(run, files)), files))
    compare("1,000 `.env` files of 5–60 variables", run, trials, (ADD, STATUS, CHECKOUT, CLONE))
    filters = [trial for trial in trials if trial.place.config(f"filter.{trial.one.filter}.process")]
    rows = ((trial.one.name, *filter_cpu(trial)) for trial in filters)
    table("The filter's own CPU for each of these 1,000 files", ["add", "checkout"], rows)


def sealed_form(run: Comparison, files):
    """What git-seal makes of files."""
    place = run.sealed("sealed-form")
    for name, content in files.items():
        place.write(name, content)
    place.git("add", "--all")
    unfiltered = ("-c", "filter.seal.process=", "-c", "filter.seal.smudge=", "-c", "filter.seal.required=false")
    place.git(*unfiltered, "checkout-index", "--all", "--prefix=sealed/")
    return {name: (place.root / "sealed" / name).read_bytes() for name in files}


def big_file(run: Comparison):
    """One file of random bytes, which do not compress, and what the filters take for it."""
    files = {"big.bin": random.Random(2).randbytes(100_000_000)}
    trials = [Trial(run, "big", one, files) for one in all_present()]
    compare("One opaque file of 100 MB", run, trials, (ADD, CHECKOUT))
    filters = [trial for trial in trials if trial.one.filter]
    rows = ((trial.one.name, *filter_peaks(trial)) for trial in filters)
    table("The filter's peak memory for these 100 MB", ["add", "checkout"], rows)


def filter_peaks(trial: Trial):
    """The memory of the filter in an `add` and a `checkout`, by GNU time put before its command."""
    return [f"{peak * 1024 / 1e6:.0f} MB" for (peak,) in filter_notes(trial, "%M")]


def filter_cpu(trial: Trial):
    """The CPU of the filter for a file in an `add` and a `checkout`: medians, as GNU time counts hundredths."""
    runs = [[sum(note) * 1000 / len(trial.names) for note in filter_notes(trial, "%U %S")] for _ in range(trial.run.times)]
    return [f"{median(column):.3f} ms" for column in zip(*runs)]


def filter_notes(trial: Trial, form):
    """What GNU time says of the filter in an `add` and in a `checkout` of all files, as numbers."""
    place, name = trial.place, trial.one.filter
    found = [(word, place.config(f"filter.{name}.{word}")) for word in ("process", "clean", "smudge")]
    trial.forget()
    note = place.root.parent / "note"
    for word, command in found:
        if command:
            place.git("config", f"filter.{name}.{word}", f"env time -o '{note}' -f '{form}' {command}")
    for before, action in ((lambda: None, trial.add), (trial.remove, trial.checkout)):
        before()
        action()
        yield [float(number) for number in note.read_text().split()]


def one_shot(run: Comparison):
    """A process for one file: what clients without the `process` filter get."""
    place = run.sealed("one-shot")
    place.write("fifty.env", env_file(random.Random(3), 50))
    file = place.root / "fifty.env"
    version = medians(50, lambda: place.run("git-seal", "--version"))
    clean = medians(50, lambda: place.run("git-seal", "clean", "fifty.env", stdin=file))
    rows = [
        (name, milliseconds(cost, version))
        for name, cost in (("`git-seal --version`", version), ("`git-seal clean`, 50 variables", clean))
    ]
    table("One process for one file", ["wall; CPU"], rows)


def hook(run: Comparison):
    """The hooks of a commit, with 200 known values."""
    rows = []
    for count in (1, 10, 100):
        rng, place = random.Random(4), run.sealed(f"hook-{count}")
        place.write("first.env", env_file(rng, 200))
        place.commit("Values")
        for number in range(count):
            place.write(f"src/{number}.rs", source_file(rng))
        place.git("add", "--all")
        floor = medians(20, lambda: place.run("sh", "-c", "git diff --cached | grep -cF no-such-secret", fine=(1,)))
        place.write(".git/COMMIT_EDITMSG", "Measure the hooks\n\nWith what a message has, and no secret in it.\n")
        hooks = (".git/hooks/pre-commit",), (".git/hooks/commit-msg", ".git/COMMIT_EDITMSG")
        costs = in_turn(20, [(lambda: None, lambda h=h: place.run(*h)) for h in hooks])
        rows.append((f"{count} files", *(milliseconds(c, floor) for c in (floor, *costs))))
    table("A commit, 200 known values", ["`git diff --cached \\| grep -F`", "pre-commit", "commit-msg"], rows)


def status_at_scale(run: Comparison):
    """100,000 files, of which 20 are protected."""
    place = run.sealed("scale")
    for number in range(100_000):
        place.write(f"d{number % 300}/{number}.txt", f"{number}\n")
    for number in range(20):
        place.write(f"d{number}/x.env", env_file(random.Random(number), 20))
    place.commit("Many")
    place.git("status")
    git = medians(run.times, lambda: place.git("status"))
    seal = medians(run.times, lambda: place.git("seal", "status", fine=(0, 1)))
    rows = [("`git status`", against(git, git)), ("`git seal status`", against(seal, git))]
    table("100,000 files, 20 of them protected", ["wall"], rows)


def rotation(run: Comparison):
    """1,000 files of 50 variables under a new key; beside it what git takes to write as many objects anew."""
    sealed, plain = run.sealed("rotate-seal"), run.place("rotate-plain")
    rng = random.Random(5)
    names = [f"d{number % 10}/{number}.env" for number in range(1000)]
    for name in names:
        sealed.write(name, env_file(rng, 50))
    sealed.commit()
    # The same sealed text without a filter, with line ends that an attribute changes: renormalizing writes every file.
    plain.write(".gitattributes", "* -text\n")
    for name in names:
        plain.write(name, sealed.staged(name).replace(b"\n", b"\r\n"))
    plain.commit()
    plain.write(".gitattributes", "* text\n")
    plain.git("add", ".gitattributes")
    saved = plain.root.parent / "saved"
    shutil.copytree(plain.root / ".git", saved, symlinks=True)
    renormalize, rotate = in_turn(
        run.times,
        [
            (lambda: plain.reset_store(saved), lambda: plain.git("add", "--renormalize", ".")),
            (sealed.commit, lambda: sealed.git("seal", "rotate", "--reason", "Measuring")),
        ],
    )
    again = medians(run.times, lambda: plain.git("add", "--renormalize", "."))
    rows = [
        ("`git add --renormalize`, no filter: 1,000 new objects", against(renormalize, renormalize)),
        ("`git seal rotate`: 1,000 new objects", against(rotate, renormalize)),
        ("`git add --renormalize`, no filter: nothing to write", against(again, renormalize)),
    ]
    table("Rotating 1,000 files × 50 variables", ["wall (× renormalize)"], rows)


def log(run: Comparison):
    """`git log -p` over 200 commits of one file."""
    rows, base = [], None
    for one in (NoFilter(), CatTextconv(), GitSeal(), GitXcrypt(), GitCrypt()):
        if not one.available():
            continue
        rng, place = random.Random(6), run.place(f"log-{one.name}")
        one.set_up(place)
        lines = env_file(rng, 30).splitlines()
        for number in range(200):
            lines[number % len(lines)] = f"CHANGED_{number}={rng.getrandbits(80):x}"
            place.write("first.env", "\n".join(lines) + "\n")
            place.commit()
        cost = medians(5, lambda p=place: p.git("log", "-p"))
        base = cost if one.name == CatTextconv.name else base or cost
        rows.append((one.name, cost))
    table("`git log -p`, 200 commits of one file", ["wall (× `cat`)"], [(n, against(c, base)) for n, c in rows])


class CatTextconv(NoFilter):
    name = "`cat` as textconv"

    def set_up(self, place):
        place.git("config", "diff.cat.textconv", "cat")
        place.write(".gitattributes", "*.env diff=cat\n")


def diff(run: Comparison):
    """`git seal diff` from end to end of 1,000 commits that change 100 sealed files."""
    rng, place = random.Random(7), run.sealed("diff")
    texts = [env_file(rng, 30) for _ in range(100)]
    for number, text in enumerate(texts):
        place.write(f"{number}.env", text)
    place.commit("Hundred")
    for number in range(1000):
        texts[number % 100] += f"ADDED_{number}={rng.getrandbits(80):x}\n"
        place.write(f"{number % 100}.env", texts[number % 100])
        place.commit()
    git = medians(run.times, lambda: place.git("diff", "--no-textconv", "HEAD~1000", "HEAD"))
    seal = medians(run.times, lambda: place.git("seal", "diff", "HEAD~1000", "HEAD"))
    rows = [("`git diff`, of tokens", against(git, git)), ("`git seal diff`", against(seal, git))]
    table("1,000 commits, 100 sealed files changed", ["wall"], rows)


def streams(run: Comparison):
    """`mask` over a log, and `scan` over a source tree, by all rules and for the 200 known values alone."""
    rng, place = random.Random(8), run.sealed("streams")
    place.write("first.env", env_file(rng, 200))
    place.commit("Values")
    noise = "".join(f"2026-11-01 request {n} took {rng.randint(1, 900)} ms for {n * 77:x}\n" for n in range(20_000))
    log = run.work / "app.log"
    log.write_text(noise * 80)
    rows, scan = [], ("git-seal", "scan", run.tree)
    for name, size, command, how, policy in (
        ("`git seal mask`", log.stat().st_size, ("git-seal", "mask"), {"stdin": log}, ""),
        ("`git seal scan`", size_of(run.tree), scan, {"fine": (0, 1)}, ""),
        ("`git seal scan`, known values alone", size_of(run.tree), scan, {"fine": (0, 1)}, '[scan]\nallow_paths = ["*"]\n'),
    ):
        place.write(".seal/config.toml", policy)
        cost = medians(run.times, lambda c=command, h=how: place.run(*c, **h))
        speeds = (f"{size / 1e6:.0f} MB", f"{size / 1e6 / cost.wall:.0f}", f"{size / 1e6 / cost.cpu:.0f}")
        rows.append((name, *speeds, f"{place.peak(*command, **how):.0f} MB"))
    table("Streams", ["size", "MB/s", "MB per CPU-second", "peak"], rows)


def history(run: Comparison):
    """`check --all-history` over 10,000 commits, with 200 known values."""
    place = run.sealed("history")
    place.write("first.env", env_file(random.Random(10), 200))
    place.commit("Values")
    size = long_history(place, 10_000)
    ids = run.work / "ids"
    ids.write_bytes(place.output("git", "log", "--reverse", "--no-abbrev", "--raw", "--format=", "--", "src"))
    ids.write_text("".join(line.split()[3] + "\n" for line in ids.read_text().splitlines()))
    floor = medians(run.times, lambda: place.git("cat-file", "--batch", "--buffer", stdin=ids))
    command = ("git-seal", "check", "--all-history")
    cost = medians(run.times, lambda: place.run(*command))
    rows = [
        (name, f"{c.wall:.2f} s", f"{c.cpu:.2f} s", f"{size / 1e6 / c.wall:.0f}", f"{size / 1e6 / c.cpu:.0f}", peak)
        for name, c, peak in (
            ("`git cat-file --batch`, nothing searched", floor, "–"),
            ("`git seal check --all-history`", cost, f"{place.peak(*command):.0f} MB"),
        )
    ]
    table(f"History: 10,000 commits, {size / 1e6:.0f} MB of unique blobs", ["wall", "CPU", "MB/s", "MB per CPU-second", "peak"], rows)


def size_of(tree: Path) -> int:
    return sum(file.stat().st_size for file in tree.rglob("*") if file.is_file() and not file.is_symlink())


PARTS = (many_files, big_file, one_shot, hook, status_at_scale, rotation, log, diff, streams, history)


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("binary", nargs="?", type=Path, default=ROOT / "target/release/git-seal")
    parser.add_argument("--only", action="append", choices=[part.__name__ for part in PARTS], metavar="PART")
    parser.add_argument("--times", type=int, default=5, help="runs of each thing; the median counts")
    parser.add_argument("--tree", type=Path, default=Path.home() / ".cargo/registry/src", help="sources for scan")
    chosen = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="git-seal-compare-") as work:
        run = Comparison(Path(work), chosen.times, chosen.tree)
        run.programs.mkdir()
        for program in (chosen.binary, chosen.binary.with_name("git-seal-textconv")):
            if program.exists():
                shutil.copy2(program, run.programs)
        print(f"{os.cpu_count()} cores, load average {os.getloadavg()[0]:.1f}, medians of {chosen.times} runs")
        for part in PARTS:
            if not chosen.only or part.__name__ in chosen.only:
                part(run)
        print(f"\nLoad average at the end: {os.getloadavg()[0]:.1f}")


if __name__ == "__main__":
    main()
