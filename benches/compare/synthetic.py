"""A repository with a long history, written by `git fast-import`."""

import random
import subprocess

from bench import Place, source_file


def long_history(place: Place, commits: int, files: int = 100, lines: int = 800) -> int:
    """Puts `commits` commits on `main`, each with a new version of one of `files` files, packs them as `git gc`
    would, and answers how many bytes the versions have."""
    rng = random.Random(9)
    texts = [source_file(rng, lines).splitlines(keepends=True) for _ in range(files)]
    importer = subprocess.Popen(
        ["git", "fast-import", "--quiet"], cwd=place.root, env=place.environment, stdin=subprocess.PIPE
    )
    written = 0
    for number in range(commits):
        text = texts[number % files]
        for _ in range(5):
            text[rng.randrange(lines)] = f"    let changed_{number} = {rng.getrandbits(40)};\n"
        content = "".join(text).encode()
        written += len(content)
        head = f"commit refs/heads/main\ncommitter Ada <ada@example.org> {1_600_000_000 + 60 * number} +0000\n"
        start = "from refs/heads/main^0\n" if number == 0 else ""
        path = f"src/part{number % files % 10}/file{number % files}.rs"
        importer.stdin.write(
            f"{head}data 12\nChange files\n{start}M 100644 inline {path}\ndata {len(content)}\n".encode() + content + b"\n"
        )
    importer.stdin.close()
    if importer.wait():
        raise SystemExit("git fast-import failed")
    place.git("reset", "--quiet", "--hard")
    place.git("repack", "-a", "-d", "--quiet")
    return written
