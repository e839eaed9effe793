"""Measures what dotenv loaders read, for tests/data/loaders.json.

usage: measure_loaders.py NPM_DIRECTORY DOTENVY > tests/data/loaders.json

NPM_DIRECTORY is where `npm install dotenv` ran; DOTENVY a program that prints the variables of
the file named by its argument as JSON, or null where `dotenvy` refuses the file; with a second
argument, its own environment after `dotenvy::from_path`. PyPI's python-dotenv and a `node` that
knows --env-file are needed too.
"""
import json
import os
import subprocess
import sys
import tempfile

CASES = [
    ("plain", "T=x\n"), ("indent and blanks around =", "  T = 80\n"),
    ("inner blanks", "T=My App\n"), ("trailing blanks", "T=x   \n"),
    ("blanks inside quotes", "T=\" x \"\nU=' y '\n"), ("empty", "T=\nU=\"\"\nV=''\n"),
    ("name without =", "A=1\nT\n\nU=2\n"), ("comment after blank", "T=x # y\n"),
    ("comment after tab", "T=x\t# y\n"), ("# right after =", "T=#x\n"), ("# after = and blank", "T= #x\n"),
    ("# with no blank before", "T=x#y\n"), ("# in quotes", "T=\"x # y\"\nU='x # y'\n"),
    ("comment after quotes", "T=\"x\" # y\n"), ("comment right after quotes", "T=\"x\"#y\n"),
    ("comment lines", "# T=1\n  # U=2\nV=3\n"), ("the other quote", "T=\"it's\"\nU='say \"hi\"'\n"),
    ("quotes in the middle", "T=a\"b\"c\n"), ("backtick", "T=`x y`\n"),
    ("text after a closing quote", "T=\"x\"y\n"), ("two quoted words", "T=\"a\" \"b\"\n"),
    ("\\n in double quotes", "T=\"a\\nb\"\n"), ("\\r in double quotes", "T=\"a\\rb\"\n"),
    ("\\t in double quotes", "T=\"a\\tb\"\n"), ("\\\\ in double quotes", "T=\"a\\\\b\"\n"),
    ("\\\" in double quotes", "T=\"a\\\"b\"\n"), ("other escape in double quotes", "T=\"a\\qb\"\n"),
    ("backslash in single quotes", "T='a\\nb'\n"), ("\\' in single quotes", "T='a\\'b'\n"),
    ("backslash unquoted", "T=C:\\new\n"), ("backslash at line end", "T=x\\\nU=y\n"),
    ("export", "export T=x\n"), ("export with more blanks", "export   T=x\n"),
    ("multi-line double", "T=\"a\nb\"\nU=1\n"), ("multi-line single", "T='a\nb'\nU=1\n"),
    ("multi-line with # and NAME=", "T=\"a\n# b\nU=c\n\"\nV=1\n"),
    ("multi-line in CRLF", "T=\"a\r\nb\"\r\nU=1\r\n"), ("multi-line backtick", "T=`a\nb`\nU=1\n"),
    ("PEM in quotes", "T=\"-----BEGIN K-----\nab==\n-----END K-----\"\nU=1\n"),
    ("PEM without quotes", "T=-----BEGIN K-----\nab==\n-----END K-----\nU=1\n"),
    ("unterminated double", "T=\"x\nU=y\n"), ("unterminated single", "T='x\nU=y\n"),
    ("unterminated, a quote later", "T=\"x\nU=y\nV=\"z\"\n"),
    ("${A} unquoted", "A=1\nT=${A}/x\n"), ("${A} in double quotes", "A=1\nT=\"${A}/x\"\n"),
    ("${A} in single quotes", "A=1\nT='${A}/x'\n"), ("$A", "A=1\nT=$A/x\n"),
    ("$ and other characters", "T=a$$b$1c$\n"), ("bcrypt hash", "T=$2b$12$abcdefghijklmnopqrstuv\n"),
    ("${A:-d}", "T=${A:-d}\n"), ("${A:-d} of an empty name", "A=\nT=${A:-d}\n"), ("${A-d}", "T=${A-d}\n"), ("${A:+y}", "A=1\nT=${A:+y}\n"),
    ("unset ${A}", "T=${A}x\n"), ("${A} set later", "T=${A}x\nA=1\n"), ("\\${A} in double quotes", "A=1\nT=\"\\${A}\"\n"),
    ("\\$ in double quotes", "T=\"a\\$b\"\n"), ("$(cmd)", "T=$(id)\n"), ("value with command in quotes", "T=\"`id`\"\n"),
    ("duplicate name", "T=1\nT=2\n"), ("BOM", "\ufeffT=x\nU=y\n"), ("CRLF", "T=x\r\nU=y\r\n"),
    ("NAME: value", "T: x\nU=1\n"), ("dot and dash in names", "A.B=x\nA-B=y\n"), ("dot in a name", "A.B=x\n"),
    ("name starts with a digit", "2FA=x\n"), ("lower case name", "t=x\n"),
    ("= in a value", "T=a=b==\n"), ("a value of =", "T==\n"), ("empty after another line", "A=1\n\nT=\n"),
    ("spaces only value", "T=   \nU=1\n"), ("tab around =", "T\t=\tx\n"), ("no line end", "T=x"),
    ("JSON in single quotes", "T='{\"a\": [1, 2]}'\n"), ("JSON bare", "T={\"a\":1}\n"),
    ("URL", "T=postgres://u:p%40@h:5432/d?x=1&y=2\n"), ("Unicode", "T=é€😀 x\n"),
    ("not an assignment", "not an assignment\nT=1\n"), ("lone CR", "A=x\rB=y\n"),
]

# What is read into an environment that has variables already.
GIVEN = [
    ("set already", "T=file\nU=file\n", {"T": "mine"}),
    ("set already, and empty", "T=file\n", {"T": ""}),
    ("${A} of a name that is set already", "A=file\nT=${A}/x\n", {"A": "mine"}),
    ("${A} of a name that only the environment has", "T=${A}/x\n", {"A": "mine"}),
]

NODE = "const o={};for(const k of Object.keys(process.env))if(!/^(__CF|LC_|PATH$|NODE)/.test(k))o[k]=process.env[k];console.log(JSON.stringify(o))"
NPM_INTO = "require('dotenv').config({path:process.argv[1],quiet:true});" + NODE
PYTHON_INTO = "import dotenv,json,os,sys;dotenv.load_dotenv(sys.argv[1]);print(json.dumps(dict(os.environ)))"
NPM = "console.log(JSON.stringify(require('dotenv').parse(require('fs').readFileSync(process.argv[1]))))"


def output(*command, **more):
    done = subprocess.run(command, capture_output=True, text=True, **more)
    return json.loads(done.stdout) if done.returncode == 0 and done.stdout else None


def python(path):
    from dotenv import dotenv_values
    return {k: v for k, v in dotenv_values(path).items() if v is not None}


def measure(text, given=None):
    with tempfile.TemporaryDirectory() as directory:
        path = os.path.join(directory, ".env")
        with open(path, "w", encoding="utf-8", newline="") as file:
            file.write(text)
        bare = {"PATH": os.environ["PATH"], **(given or {})}
        node = output("node", f"--env-file={path}", "-e", NODE, env=bare)
        if given is None:
            return {
                "npm": output("node", "-e", NPM, path, cwd=sys.argv[1]),
                "node": node,
                "python": python(path),
                "dotenvy": output(sys.argv[2], path, env=bare),
            }
        read = {
            "npm": output("node", "-e", NPM_INTO, path, cwd=sys.argv[1], env=bare),
            "node": node,
            "python": output(sys.executable, "-c", PYTHON_INTO, path, env=bare),
            "dotenvy": output(sys.argv[2], path, "into", env=bare),
        }
        ours = lambda environment: {name: environment[name] for name in "ATU" if name in environment}
        return {loader: ours(environment) for loader, environment in read.items()}


import logging
logging.disable()
cases = [{"case": name, "text": text, "read": measure(text)} for name, text in CASES]
cases += [{"case": name, "text": text, "given": given, "read": measure(text, given)} for name, text, given in GIVEN]
print("[\n" + ",\n".join(json.dumps(case, ensure_ascii=True) for case in cases) + "\n]")
