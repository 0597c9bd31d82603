#!/usr/bin/env python3
"""Writes THIRD_PARTY.md: crates that are linked into the module, with their license texts.

third_party.py          writes the file
third_party.py --check  fails if the file is out of date, if a license is not allowed by deny.toml, or if a crate needs
                        a newer compiler than the module says

Needs the crates' sources, which cargo has after a build.
"""
import json
import re
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
FILE = ROOT / "THIRD_PARTY.md"
PACKAGE = "redis-shorten"


def metadata():
    command = ["cargo", "metadata", "--format-version", "1", "--locked", "--filter-platform", "x86_64-unknown-linux-gnu"]
    return json.loads(subprocess.run(command, cwd=ROOT, check=True, capture_output=True).stdout)


def linked(data):
    """Crates of other people that reach the module by normal dependencies: not for tests, builds or macros."""
    packages = {package["id"]: package for package in data["packages"]}
    nodes = {node["id"]: node for node in data["resolve"]["nodes"]}
    todo = [id for id, package in packages.items() if package["name"] == PACKAGE]
    seen, macros = set(), set()
    while todo:
        id = todo.pop()
        if id in seen:
            continue
        seen.add(id)
        is_macro = any("proc-macro" in target["kind"] for target in packages[id]["targets"])
        if is_macro:
            macros.add(id)
            continue
        for dependency in nodes[id]["deps"]:
            if any(kind["kind"] is None for kind in dependency["dep_kinds"]):
                todo.append(dependency["pkg"])
    ours = set(data["workspace_members"])
    crates = [packages[id] for id in seen - ours - macros]
    return sorted(crates, key=lambda crate: (crate["name"], crate["version"]))


def allowed():
    text = (ROOT / "deny.toml").read_text()
    block = re.search(r"^allow = \[(.*?)\]", text, re.S | re.M).group(1)
    return set(re.findall(r'"([^"]+)"', block))


def is_allowed(expression, names):
    """An SPDX expression of names, AND, OR and parentheses. The old form A/B means OR."""
    text = expression.replace("/", " OR ").replace("(", " ( ").replace(")", " ) ")
    text = re.sub(r"(\S+) WITH (\S+)", lambda match: "\0".join(match.groups()), text)
    words = []
    for word in text.split():
        if word in ("AND", "OR"):
            words.append(word.lower())
        elif word in "()":
            words.append(word)
        else:
            words.append(str(word.replace("\0", " WITH ") in names))
    return eval(" ".join(words), {"__builtins__": {}})  # words are and, or, parentheses, True and False only


def license_files(crate):
    folder = Path(crate["manifest_path"]).parent
    names = re.compile(r"(?i)^(licen[cs]e|copying|notice|unlicense)")
    files = sorted(path for path in folder.iterdir() if path.is_file() and names.match(path.name))
    # If a license choice includes MIT, MIT is used.
    is_choice = re.search(r"\bOR\b|/", crate["license"] or "") and "AND" not in crate["license"]
    mit = [path for path in files if "MIT" in path.name.upper()]
    return mit if is_choice and mit else files


def version(text):
    return [int(part) for part in text.split(".")] + [0] * (3 - len(text.split(".")))


def notice(crates):
    lines = [
        "# Third-party software",
        "",
        "`libredis_shorten.so` contains the crates below. `scripts/third_party.py` writes this file.",
        "",
        "| crate | version | license |",
        "|---|---|---|",
    ]
    lines += [f"| [{c['name']}](https://crates.io/crates/{c['name']}) | {c['version']} | {c['license']} |" for c in crates]
    texts = {}
    for crate in crates:
        for path in license_files(crate):
            text = path.read_text(errors="replace").strip()
            texts.setdefault(text, []).append(f"{crate['name']} {crate['version']} ({path.name})")
    for text, owners in texts.items():
        lines += ["", f"## {', '.join(owners)}", "", "```text"]
        lines += [line.rstrip() for line in text.splitlines()]
        lines += ["```"]
    return "\n".join(lines) + "\n"


def main():
    data = metadata()
    crates = linked(data)
    if "--check" not in sys.argv:
        FILE.write_text(notice(crates))
        print(f"{FILE.name}: {len(crates)} crates")
        return
    faults = []
    names = allowed()
    ours = next(package for package in data["packages"] if package["name"] == PACKAGE)
    for crate in crates:
        title = f"{crate['name']} {crate['version']}"
        if not is_allowed(crate["license"] or "none", names):
            faults.append(f"{title}: license {crate['license']} is not in deny.toml")
        needs = crate.get("rust_version")
        if needs and version(needs) > version(ours["rust_version"]):
            faults.append(f"{title}: needs Rust {needs}, Cargo.toml says {ours['rust_version']}")
    rows = "\n".join(line for line in notice(crates).splitlines() if line.startswith("| ["))
    seen = FILE.read_text() if FILE.exists() else ""
    if rows not in seen:
        faults.append(f"{FILE.name} is out of date: run scripts/third_party.py")
    if faults:
        sys.exit("\n".join(faults))
    print(f"{len(crates)} crates: licenses, compiler and {FILE.name} are right")


main()
