"""Runs a program on a pseudo-terminal: terminal.py '[["wait for", "then type"], ...]' PROGRAM ARGS...

Prints all that the terminal showed and exits with the program's code.
"""
import json
import os
import pty
import select
import sys
import time

dialogue = json.loads(sys.argv[1])
child, terminal = pty.fork()
if child == 0:
    os.execvp(sys.argv[2], sys.argv[2:])
shown, seen, until = b"", 0, time.time() + 30
while True:
    if time.time() > until:
        sys.exit("the program did not end; it showed " + repr(shown))
    if not select.select([terminal], [], [], 1)[0]:
        continue
    try:
        piece = os.read(terminal, 65536)
    except OSError:
        break
    if not piece:
        break
    shown += piece
    while dialogue and dialogue[0][0].encode() in shown[seen:]:
        wanted, typed = dialogue.pop(0)
        seen = shown.index(wanted.encode(), seen) + len(wanted)
        # The prompt stands before the terminal is told not to echo.
        time.sleep(0.3)
        os.write(terminal, typed.encode())
sys.stdout.buffer.write(shown)
sys.stdout.flush()
sys.exit(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))
