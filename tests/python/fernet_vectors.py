"""Makes tests/vectors/fernet-python.json with PyPI's `cryptography`: an independent Fernet."""
import base64
import hashlib
import hmac
import json

from cryptography.fernet import Fernet
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

KEYS = [base64.urlsafe_b64encode(bytes(range(n, n + 32))).decode() for n in (0, 100)]
PLAIN = [b"", b"hunter2", b"x" * 15, b"x" * 16, b"x" * 17, "é\n€".encode(), bytes(range(256))]
ADDRESSES = [("value", "DB_PASSWORD"), ("comment", ""), ("line", ""), ("file", "")]


def derived_iv(key: str, kind: str, name: str, plain: bytes) -> bytes:
    """docs/FORMAT.md: HMAC-SHA256(fernet iv key, kind 0x00 name 0x00 plain)[..16]."""
    hkdf = HKDF(algorithm=SHA256(), length=32, salt=None, info=b"git-seal/v1 fernet iv")
    mac_key = hkdf.derive(base64.urlsafe_b64decode(key))
    message = kind.encode() + b"\0" + name.encode() + b"\0" + plain
    return hmac.new(mac_key, message, hashlib.sha256).digest()[:16]


def case(key, plain, iv, time, /, **more):
    token = Fernet(key)._encrypt_from_parts(plain, time, iv).decode()
    assert Fernet(key).decrypt(token) == plain
    return {"key": key, "plain": base64.b64encode(plain).decode(), "token": token, **more}


deterministic = [
    case(key, plain, derived_iv(key, kind, name, plain), 0, kind=kind, name=name)
    for key in KEYS
    for plain in PLAIN
    for kind, name in ADDRESSES
]
standard = [
    case(key, plain, bytes([at]) * 16, 1_700_000_000 + at, iv=[at] * 16, time=1_700_000_000 + at)
    for key in KEYS
    for at, plain in enumerate(PLAIN)
]
print(json.dumps({"deterministic": deterministic, "standard": standard}, indent=1))
