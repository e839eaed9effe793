#!/usr/bin/env python3
"""Checks a git-seal ledger without git-seal: canonical form, ids, graph and, with keys, MACs and
wrapped keys. Needs nothing but Python 3.9 and PyPI's `cryptography`. See docs/FORMAT.md.

    ledger-verify.py [--key-env VARIABLE]... [--key-file FILE]... .seal/ledger.jsonl

Keys are never taken from the command line, where other users could read them. Prints one finding a
line. Exit codes: 0 all is well, 1 the entries don't fit together, 2 usage, 4 something does not
authenticate (a bad line included).
"""

import argparse
import base64
import hashlib
import hmac
import json
import os
import re
import sys
from datetime import date, datetime

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESSIV
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

MAX_EXACT = 2**53 - 1
FIELDS = {
    "v", "id", "parents", "time", "environment", "event", "key_id", "commitment", "previous",
    "reason", "who", "files", "values", "compromised", "wrapped", "macs",
}
STRINGS = {'"': '\\"', "\\": "\\\\", "\b": "\\b", "\t": "\\t", "\n": "\\n", "\f": "\\f", "\r": "\\r"}


def canonical(value):
    """RFC 8785, restricted to exact integers."""
    if value is None or isinstance(value, bool):
        return {None: "null", True: "true", False: "false"}[value]
    if isinstance(value, int):
        if abs(value) > MAX_EXACT:
            raise ValueError("a number beyond 2^53 - 1")
        return str(value)
    if isinstance(value, str):
        return '"' + "".join(
            STRINGS.get(c) or (f"\\u{ord(c):04x}" if c < " " else c) for c in value
        ) + '"'
    if isinstance(value, list):
        return "[" + ",".join(map(canonical, value)) + "]"
    if isinstance(value, dict):
        names = sorted(value, key=lambda name: name.encode("utf-16-be"))
        return "{" + ",".join(f"{canonical(name)}:{canonical(value[name])}" for name in names) + "}"
    raise ValueError("a number that is no integer")


class Key:
    def __init__(self, text):
        self.master = base64.urlsafe_b64decode(text.strip().replace("+", "-").replace("/", "_"))
        if len(self.master) != 32:
            raise ValueError("a key has 32 bytes")
        self.id = self.derive("key id", 8).hex()
        self.commitment = self.derive("key commitment", 32).hex()
        self.siv = AESSIV(self.derive("aes-256-siv", 64))
        self.mac = self.derive("ledger mac", 32)

    def derive(self, purpose, size):
        return HKDF(SHA256(), size, None, b"git-seal/v1 " + purpose.encode()).derive(self.master)

    def unwrap(self, key_id, token):
        """The key in a token, or None."""
        if not token.startswith("seal1:"):
            return None
        text = token[6:]
        try:
            raw = base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
            if base64.urlsafe_b64encode(raw).rstrip(b"=").decode() != text:
                return None
            if raw[0] != 1 or raw[1:9].hex() != self.id:
                return None
            data = [b"git-seal/v1", b"key", key_id.encode()]
            plain = self.siv.decrypt(raw[9:], data)
            # Padding: 0x80, then zeros up to 64 bytes (32 + 1 in buckets of 32).
            if len(plain) != 64 or plain[32:] != b"\x80" + bytes(31):
                return None
            inner = Key(base64.urlsafe_b64encode(plain[:32]).decode())
        except (ValueError, IndexError, InvalidTag):
            return None
        return inner if inner.id == key_id else None


def check_fields(entry):
    """Raises ValueError where a field is not what it should be."""
    def need(condition, name):
        if not condition:
            raise ValueError(f"the field `{name}` is missing or malformed")

    def matches(pattern, value):
        return isinstance(value, str) and re.fullmatch(pattern, value, re.ASCII) is not None

    for name in FIELDS:
        need(name in entry, name)
    need(type(entry["v"]) is int and entry["v"] == 1, "v")
    for name, digits in (("id", 64), ("commitment", 64), ("key_id", 16)):
        need(matches(f"[0-9a-f]{{{digits}}}", entry[name]), name)
    for name, digits in (("parents", 64), ("previous", 16)):
        ids = entry[name]
        need(isinstance(ids, list) and all(matches(f"[0-9a-f]{{{digits}}}", i) for i in ids), name)
        need(ids == sorted(set(ids)), name)
    for name, pattern in (("macs", "[0-9a-f]{64}"), ("wrapped", "(?s:.*)")):
        need(isinstance(entry[name], dict), name)
        for key_id, value in entry[name].items():
            need(matches("[0-9a-f]{16}", key_id) and matches(pattern, value), name)
    for name in ("files", "values"):
        need(type(entry[name]) is int and 0 <= entry[name] < 2**32, name)
    for name in ("event", "reason", "who", "environment"):
        need(isinstance(entry[name], str), name)
    need(matches("(?!(.*-)?(file|command)$)[a-z0-9][a-z0-9-]*", entry["environment"]), "environment")
    need(isinstance(entry["compromised"], bool), "compromised")
    need("suite" not in entry or isinstance(entry["suite"], str), "suite")
    need(matches(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", entry["time"]), "time")
    need(datetime.strptime(entry["time"], "%Y-%m-%dT%H:%M:%SZ").year >= 1970, "time")
    if "due" in entry:
        need(matches(r"\d{4}-\d\d-\d\d", entry["due"]), "due")
        need(date.fromisoformat(entry["due"]).year >= 1970, "due")


def parse(line):
    entry = json.loads(line.decode("utf-8"))
    if not isinstance(entry, dict):
        raise ValueError("not a JSON object")
    if canonical(entry).encode() != line:
        raise ValueError("not in canonical form")
    check_fields(entry)
    body = {name: value for name, value in entry.items() if name not in ("id", "macs")}
    if hashlib.sha256(canonical(body).encode()).hexdigest() != entry["id"]:
        raise ValueError("its content does not fit its id")
    return entry


class Ledger:
    def __init__(self, text):
        self.findings = []  # (line, exit code, text)
        self.entries = {}   # id: (line, entry), in the order of the lines
        for number, line in enumerate(text.split(b"\n"), 1):
            line = line[:-1] if line.endswith(b"\r") else line
            if not line.strip(b" \t\n\x0c\r"):
                continue
            try:
                entry = parse(line)
            except (ValueError, RecursionError) as error:
                self.say(number, 4, str(error))
                continue
            held = self.entries.setdefault(entry["id"], (number, entry))
            if held[1] != entry:
                self.say(number, 4, "it repeats an earlier entry with other MACs")

    def say(self, line, code, text):
        self.findings.append((line, code, text))

    def parents(self, entry):
        known = (self.entries[i][1] for i in entry["parents"] if i in self.entries)
        return [p for p in known if p["environment"] == entry["environment"]]

    def vouching(self, entry):
        return {entry["key_id"], *entry["previous"], *(p["key_id"] for p in self.parents(entry))}

    def check_graph(self):
        heads, commitments = {}, {}
        for line, entry in self.entries.values():
            for parent in entry["parents"]:
                if parent not in self.entries:
                    self.say(line, 1, f"its parent {parent[:12]} is missing")
                    continue
                above, other = self.entries[parent]
                if other["environment"] != entry["environment"]:
                    self.say(line, 1, f"its parent {parent[:12]} belongs to another environment")
                if above > line:
                    self.say(line, 1, f"its parent {parent[:12]} stands below it")
            event, parents = entry["event"], entry["parents"]
            keys = sorted({p["key_id"] for p in self.parents(entry)})
            if event == "create" and parents:
                self.say(line, 1, "it creates an environment, yet names parents")
            if event == "rotate" and not parents:
                self.say(line, 1, "it rotates, yet names no parents")
            if len(self.parents(entry)) == len(parents):
                if event in ("create", "rotate") and entry["previous"] != keys:
                    self.say(line, 1, "its previous keys are not those of its parents")
                if event not in ("create", "rotate") and entry["key_id"] not in keys:
                    self.say(line, 1, "it changes the key without being a rotation")
            if event == "rotate":
                for key_id in entry["previous"]:
                    if key_id not in entry["wrapped"]:
                        self.say(line, 1, f"it does not wrap the previous key {key_id}")
            for key_id in self.vouching(entry) - entry["macs"].keys():
                self.say(line, 4, f"the MAC of key {key_id} is missing")
            if commitments.setdefault(entry["key_id"], entry["commitment"]) != entry["commitment"]:
                self.say(line, 4, f"two commitments for key {entry['key_id']}")
            heads.setdefault(entry["environment"], {})[entry["id"]] = line
        for _, entry in self.entries.values():
            for parent in self.parents(entry):
                heads[entry["environment"]].pop(parent["id"], None)
        for environment, lines in heads.items():
            if len(lines) > 1:
                self.say(max(lines.values()), 1, f"fork: {environment} has {len(lines)} heads")

    def check_keys(self, keys):
        """`keys` by id; those that unwrap are added to it."""
        found = list(keys.values())
        while found:
            key = found.pop()
            for line, entry in self.entries.values():
                if entry["key_id"] != key.id:
                    continue
                if entry["commitment"] != key.commitment:
                    self.say(line, 4, f"the commitment is not that of key {key.id}")
                for key_id, token in entry["wrapped"].items():
                    inner = key.unwrap(key_id, token)
                    recorded = {
                        e["commitment"] for _, e in self.entries.values() if e["key_id"] == key_id
                    }
                    if inner is None or recorded - {inner.commitment}:
                        self.say(line, 4, f"the wrapped key {key_id} does not authenticate")
                    elif key_id not in keys:
                        keys[key_id] = inner
                        found.append(inner)
        for line, entry in self.entries.values():
            for key_id in entry["macs"].keys() & keys.keys():
                mac = hmac.new(keys[key_id].mac, bytes.fromhex(entry["id"]), hashlib.sha256)
                if not hmac.compare_digest(mac.hexdigest(), entry["macs"][key_id]):
                    self.say(line, 4, f"the MAC of key {key_id} is wrong")


def main():
    parser = argparse.ArgumentParser(description="Checks a git-seal ledger without git-seal.")
    parser.add_argument("--key-env", action="append", default=[], metavar="VARIABLE")
    parser.add_argument("--key-file", action="append", default=[], metavar="FILE")
    parser.add_argument("ledger")
    args = parser.parse_args()
    try:
        texts = [os.environ[name] for name in args.key_env]
        for path in args.key_file:
            with open(path, encoding="ascii") as file:
                texts.append(file.read())
        keys = {key.id: key for key in map(Key, texts)}
        with open(args.ledger, "rb") as file:
            ledger = Ledger(file.read())
    except KeyError as error:
        parser.error(f"the variable {error} is not set")
    except OSError as error:
        parser.error(f"{error.filename}: {error.strerror}")
    except ValueError:
        parser.error("a key is not base64 of 32 bytes")
    ledger.check_graph()
    ledger.check_keys(keys)
    for line, _, text in sorted(ledger.findings):
        print(f"line {line}: {text}")
    if not ledger.findings:
        print(f"{len(ledger.entries)} entries, {len(keys)} keys: all is well")
    return max((code for _, code, _ in ledger.findings), default=0)


if __name__ == "__main__":
    sys.exit(main())
