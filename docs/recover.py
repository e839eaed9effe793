#!/usr/bin/env python3
"""Opens a sealed file without git-seal, and seals one, so that nobody is locked in. Needs nothing but
Python 3.9, PyPI's `cryptography` (42 or later) and the key. See docs/FORMAT.md.

    git show HEAD:.env | recover.py open --key-env SECRETS_MASTER_KEY -o .env.recovered
    recover.py open --key-file app.key --ledger .seal/ledger.jsonl .env
    recover.py seal [--opaque] --key-file app.key .env

Reads a file, or standard input. Writes standard output, or with -o a new file that its owner alone can
read. With --ledger, retired keys are unwrapped from the ledger. Keys are never taken from the command
line, where other users could read them. The first key given seals; all of them open. Values that a
policy keeps readable stay as they are when opening; when sealing, everything is sealed.

Exit codes: 0 all is well, 2 usage, 3 a key is missing, 4 something does not authenticate. With 3 and 4,
`open` still gives what opens and leaves the rest sealed.
"""

import argparse
import base64
import json
import os
import re
import sys

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESSIV
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

HEADER = b'# git-seal v1: values are sealed; run "git seal unlock" to read them'
MAGIC = b"\x00git-seal\x01"
BOM = b"\xef\xbb\xbf"
PREFIX = b"seal1:"
HEAD = 1 + 8 + 16  # version, key id, synthetic IV

ASSIGNMENT = re.compile(rb"[ \t]*(?:export[ \t]+)?([A-Za-z0-9_][A-Za-z0-9_.-]*)[ \t]*=")
QUOTED = re.compile(rb"[ \t]*(?:\"[^\"\\]*(?:\\.[^\"\\]*)*\"|'[^']*'|`[^`]*`)", re.DOTALL)
MARKER = re.compile(rb"(?:<{7}|\|{7}|>{7})(?: .*)?|={7}", re.DOTALL)


class Refused(Exception):
    """Something that must not be sealed."""


class Key:
    def __init__(self, master):
        self.master = master
        self.id = self.derive("key id", 8)
        self.siv = AESSIV(self.derive("aes-256-siv", 64))

    @classmethod
    def parse(cls, text):
        text = text.strip().replace("+", "-").replace("/", "_").rstrip("=")
        if not re.fullmatch("[A-Za-z0-9_-]{43}", text):
            raise ValueError
        return cls(base64.urlsafe_b64decode(text + "="))

    def derive(self, purpose, size):
        return HKDF(SHA256(), size, None, b"git-seal/v1 " + purpose.encode()).derive(self.master)

    def seal(self, kind, name, body):
        return b"\x01" + self.id + self.siv.encrypt(body, [b"git-seal/v1", kind, name])

    def open(self, kind, name, raw):
        return self.siv.decrypt(raw[9:], [b"git-seal/v1", kind, name])


def padded(length):
    bucket = max(32, 1 << max(0, (length + 1).bit_length() - 4))
    return -(-(length + 1) // bucket) * bucket


def seal_token(key, kind, name, plain):
    body = (plain + b"\x80").ljust(padded(len(plain)), b"\0")
    return PREFIX + base64.urlsafe_b64encode(key.seal(kind, name, body)).rstrip(b"=")


def open_token(keys, kind, name, raw):
    """The plain text; raises KeyError or InvalidTag."""
    body = keys[raw[1:9]].open(kind, name, raw)
    marked = body.rstrip(b"\0")
    if not marked.endswith(b"\x80") or padded(len(marked) - 1) != len(body):
        raise InvalidTag
    return marked[:-1]


def sight(text):
    """The bytes of a token, None for plain text; raises Refused for what is neither."""
    def decode(encoded):
        if not re.fullmatch(rb"[A-Za-z0-9_-]+", encoded) or len(encoded) % 4 == 1:
            return None
        raw = base64.urlsafe_b64decode(encoded + b"=" * (-len(encoded) % 4))
        sizes = len(raw) >= HEAD + 32 and (len(raw) - HEAD) % 32 == 0
        canonical = base64.urlsafe_b64encode(raw).rstrip(b"=") == encoded
        return raw if sizes and canonical and raw[0] == 1 else None

    if text.startswith(PREFIX):
        raw = decode(text[len(PREFIX):])
        if raw is None:
            raise Refused("a damaged token")
        return raw
    if any(decode(run) for run in re.findall(rb"seal1:(?=([A-Za-z0-9_-]*))", text)):
        raise Refused("a token with other text around it")
    return None


def end_of_line(text, at):
    """Where the text of the line ends, and where the next line starts."""
    feed = text.find(b"\n", at)
    if feed < 0:
        return len(text), len(text)
    return (feed - 1 if feed > at and text[feed - 1] == 13 else feed), feed + 1


def quoted(text, at):
    """Where a closed quoted value ends, which may be on a later line; None if there is none."""
    match = QUOTED.match(text, at)
    if match is None:
        return None
    end, _ = end_of_line(text, match.end())
    return end if text[match.end():end].lstrip(b" \t")[:1] in (b"", b"#") else None


def split(text):
    """The lines of a dotenv file: (kind, name, prefix, secret, ending), kind None where nothing is
    secret. Joining the pieces behind the byte order mark gives the text."""
    at = len(BOM) if text.startswith(BOM) else 0
    armour_until, after_other = 0, False
    while at < len(text):
        start = at
        end, _ = end_of_line(text, at)
        line = text[at:end]
        bare = line.lstrip(b" \t")
        kind, name, secret = b"line", b"", start
        assignment = ASSIGNMENT.match(line)
        if not bare or line == HEADER:
            kind, secret = None, end
        elif bare.startswith(b"#"):
            kind, secret = b"comment", end - len(bare) + 1
        elif MARKER.fullmatch(line):
            kind, secret = None, end
        elif start >= armour_until and assignment and not is_tail(assignment, line, after_other):
            kind, name, secret = b"value", assignment[1], start + assignment.end()
            end = quoted(text, secret) or end
        _, at = end_of_line(text, end)
        yield kind, name, text[start:secret], text[secret:end], text[end:at]
        after_other = kind == b"line"
        begin = text.find(b"-----BEGIN ", secret, end)
        plain_kind = after_other or (kind == b"value" and quoted(text, secret) is None)
        if plain_kind and begin >= 0 and at >= armour_until:
            if text.find(b"-----END ", begin, end) < 0:
                armour_until = text.find(b"-----END ", at) + 1 or armour_until


def is_tail(assignment, line, after_other):
    """Whether `NAME=` with nothing but `=` behind looks like the end of pasted data."""
    value, name = line[assignment.end():], assignment[1]
    pasted = len(name) >= 24 and all(re.search(p, name) for p in (b"[A-Z]", b"[a-z]", b"[0-9]"))
    return not value.strip(b"=") and bool(value or after_other or pasted)


def open_dotenv(text, keys, say):
    lines = list(split(text))
    out = [BOM if text.startswith(BOM) else b""]
    opened = stays_sealed = False
    for number, (kind, name, prefix, secret, ending) in enumerate(lines):
        if number == 0 and prefix == HEADER:
            continue
        try:
            raw = sight(secret)
            if kind and raw:
                secret = open_token(keys, kind, name, raw)
                opened = True
        except KeyError as error:
            stays_sealed = True
            say(3, out, name, f"no key with id {error.args[0].hex()}")
        except InvalidTag:
            stays_sealed = True
            say(4, out, name, "does not authenticate")
        except Refused as error:
            say(4, out, name, str(error))
        out += prefix, secret, ending
    return text if stays_sealed and not opened else b"".join(out)


def seal_dotenv(text, keys, say):
    key = next(iter(keys.values()))
    lines = list(split(text))
    if not lines:
        return text
    out = [BOM if text.startswith(BOM) else b""]
    if lines[0][2] != HEADER:
        end, following = end_of_line(text, 0)
        out += HEADER, text[end:following] or b"\n"
    for kind, name, prefix, secret, ending in lines:
        says_nothing = kind == b"comment" and not re.search(rb"[A-Za-z0-9\x80-\xff]", secret)
        try:
            raw = sight(secret) if kind else None
            if raw and raw[1:9] in keys:
                secret = seal_token(key, kind, name, open_token(keys, kind, name, raw))
            elif kind and not raw and not says_nothing:
                secret = seal_token(key, kind, name, secret)
        except (InvalidTag, Refused) as error:
            say(4, out, name, str(error) or "does not authenticate")
        out += prefix, secret, ending
    return b"".join(out)


def open_opaque(content, keys, say):
    raw = content[len(MAGIC):]
    if len(raw) < HEAD or raw[0] != 1:
        say(4, [], b"", "a damaged sealed file")
    elif raw[1:9] not in keys:
        say(3, [], b"", f"no key with id {raw[1:9].hex()}")
    else:
        try:
            return keys[raw[1:9]].open(b"file", b"", raw)
        except InvalidTag:
            say(4, [], b"", "does not authenticate")
    return content


def seal_opaque(content, keys, say):
    if content.startswith(MAGIC) or not content:
        return content
    return MAGIC + next(iter(keys.values())).seal(b"file", b"", content)


def unwrap(keys, ledger):
    """Adds the retired keys that the ledger wraps under the keys at hand."""
    wrapped = [entry for line in ledger.splitlines() if line.strip() for entry in [json.loads(line)]]
    before = -1
    while before != len(keys):
        before = len(keys)
        for entry in wrapped:
            for key_id, token in entry["wrapped"].items():
                try:
                    key = Key(open_token(keys, b"key", key_id.encode(), sight(token.encode())))
                except (KeyError, InvalidTag, Refused):
                    continue
                if key.id.hex() == key_id:
                    keys.setdefault(key.id, key)


class Say:
    """Complaints on standard error: line and name, never a value."""
    code = 0

    def __call__(self, code, before, name, text):
        self.code = max(self.code, code)
        line = b"".join(before).count(b"\n") + 1
        print(f"recover.py: output line {line} {name.decode()}: {text}", file=sys.stderr)


def main():
    parser = argparse.ArgumentParser(description="Opens or seals a file of git-seal without git-seal.")
    parser.add_argument("direction", choices=["open", "seal"])
    parser.add_argument("--opaque", action="store_true", help="seal as a whole")
    parser.add_argument("--key-env", action="append", default=[], metavar="VARIABLE")
    parser.add_argument("--key-file", action="append", default=[], metavar="FILE")
    parser.add_argument("--ledger", metavar="FILE")
    parser.add_argument("-o", "--output", metavar="FILE")
    parser.add_argument("file", nargs="?")
    args = parser.parse_intermixed_args()
    try:
        texts = [os.environ[name] for name in args.key_env]
        for path in args.key_file:
            with open(path, encoding="ascii") as file:
                texts.append(file.read())
        keys = {key.id: key for key in map(Key.parse, texts)}
        if not keys:
            parser.error("give a key with --key-env or --key-file")
        if args.ledger:
            with open(args.ledger, "rb") as file:
                unwrap(keys, file.read())
        content = open(args.file, "rb").read() if args.file else sys.stdin.buffer.read()
    except KeyError as error:
        parser.error(f"the variable {error} is not set")
    except OSError as error:
        parser.error(f"{error.filename}: {error.strerror}")
    except ValueError:
        parser.error("a key is not base64 of 32 bytes, or the ledger is no JSON")
    probe = next(iter(keys.values())).siv
    if probe.encrypt(b"x", [b"a", b""]) == probe.encrypt(b"x", [b"a"]):
        parser.error("this OpenSSL drops empty associated data (CVE-2023-2975): update `cryptography`")

    say = Say()
    if args.direction == "seal":
        result = (seal_opaque if args.opaque else seal_dotenv)(content, keys, say)
        if say.code:
            return say.code  # nothing is written: it could hold plain values
    else:
        opener = open_opaque if content.startswith(MAGIC) else open_dotenv
        result = opener(content, keys, say)
    if args.output:
        flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0)
        try:
            sink = os.fdopen(os.open(args.output, flags, 0o600), "wb")
        except OSError as error:
            parser.error(f"{args.output}: {error.strerror}")
    else:
        sink = sys.stdout.buffer
    with sink:
        sink.write(result)
    return say.code


if __name__ == "__main__":
    sys.exit(main())
