"""A `process` filter that hands back what it is given: the least that such a filter can cost.

git's long-running filter protocol, version 2 (gitattributes(5), Documentation/technical/long-running-process-protocol).
Python starts slowly (some 10 ms), so at small sizes this floor is a little high.
"""

import sys

PACKET = 65516  # the most that one packet may carry


def packets():
    """The payloads up to the next flush packet; None at the end of input."""
    payloads = []
    while size := sys.stdin.buffer.read(4):
        if size == b"0000":
            return payloads
        payloads.append(sys.stdin.buffer.read(int(size, 16) - 4))
    return None


def answer(*lines):
    for line in lines:
        send(line + b"\n")
    sys.stdout.buffer.write(b"0000")


def send(payload):
    sys.stdout.buffer.write(b"%04x" % (len(payload) + 4))
    sys.stdout.buffer.write(payload)


packets()
answer(b"git-filter-server", b"version=2")
sys.stdout.buffer.flush()
packets()
answer(b"capability=clean", b"capability=smudge")
sys.stdout.buffer.flush()
while packets() is not None:
    content = packets()
    answer(b"status=success")
    for payload in content:
        send(payload)
    sys.stdout.buffer.write(b"0000")
    answer()
    sys.stdout.buffer.flush()
