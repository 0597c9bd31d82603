#!/usr/bin/env python3
"""Checks which folder of the sources uses which, and that no files use each other in a circle.

usage: check-layers.py [--self-test] [root]

Reads the paths of `use` declarations and of expressions (`crate::...`, `super::...`) in engine/src
and, once src/runtime exists, in src. Code of tests is left out. Prints each fault as
`file:line: rule` and ends with 1 if there is any.
"""

import pathlib
import re
import sys
import tempfile

# For each folder or file of the crate: what it may use besides itself. lib.rs may use everything.
ENGINE = {
    "error": set(),
    "packed": set(),
    "code": {"error"},
    "url": {"error"},
    "visitor": {"error"},
    "stats": {"packed"},
    "settings": {"stats", "code", "url", "visitor", "error"},
    "shard": {"stats", "code", "url", "visitor", "packed", "error"},
    "effect": {"shard", "stats", "code", "visitor", "packed", "error"},
    "commands": {
        "effect", "shard", "settings", "stats", "code", "url", "visitor", "packed", "error",
    },
}
MODULE = {
    "server": set(),
    "runtime": {"server"},
    "commands": {"runtime", "server"},
}
# Other crates that a folder may not name.
FORBIDDEN_CRATES = {"server": {"shorten_engine"}}


class Crate:
    """The files of one crate, and which of its files each one uses."""

    def __init__(self, root, allowed, forbidden):
        self.root = root
        self.allowed = allowed
        self.forbidden = forbidden
        self.faults = []
        # Module path, such as ("shard", "codec", "read"), to its file.
        self.modules = {}
        for file in sorted(root.rglob("*.rs")):
            path = file.relative_to(root).with_suffix("").parts
            if path[-1] in ("mod", "lib"):
                path = path[:-1]
            if "tests" not in path:
                self.modules[path] = file
        self.texts = {path: source(file) for path, file in self.modules.items()}
        self.exports = {path: exports(text) for path, text in self.texts.items()}

    def check(self):
        edges = {}
        for path, text in self.texts.items():
            for line, used in self.uses(path, text):
                self.check_layer(path, line, used)
                target = self.file_of(used)
                # The order of layers excludes cycles between folders.
                if target and target != path and target[:1] == path[:1] and not is_facade(text):
                    edges.setdefault(path, {}).setdefault(target, line)
            for line, crate in crates(text):
                if path and crate in self.forbidden.get(path[0], ()):
                    self.fault(path, line, f"{path[0]} may not name the crate {crate}")
        self.check_circles(edges)
        return self.faults

    def uses(self, path, text):
        """Lines and the paths within the crate that a file names there."""
        for number, tree in trees(text):
            for used in expand(tree):
                if used[0] == "crate":
                    yield number, used[1:]
                elif used[0] in ("super", "self"):
                    at = list(path)
                    while used and used[0] in ("super", "self"):
                        if used[0] == "super":
                            at = at[:-1]
                        used = used[1:]
                    yield number, tuple(at) + used

    def check_layer(self, path, line, used):
        if not path or not used:
            return
        own, other = path[0], used[0]
        if other == own:
            return
        if own not in self.allowed:
            self.fault(path, line, f"{own} has no place in the order of layers")
        elif (other,) not in self.modules and not any(module[0] == other for module in self.modules if module):
            self.fault(path, line, f"{own} uses crate::{other}, which lib.rs has; name its file")
        elif other not in self.allowed[own]:
            rule = ", ".join(sorted(self.allowed[own])) or "nothing"
            self.fault(path, line, f"{own} may not use {other}; it may use {rule}")

    def file_of(self, used):
        """The module path of the file that has what a path names."""
        for end in range(len(used), 0, -1):
            module = used[:end]
            if module in self.modules:
                rest = used[end:]
                exported = self.exports[module].get(rest[0]) if rest else None
                if exported and exported != rest:
                    return self.file_of(module + exported)
                return module
        return None

    def check_circles(self, edges):
        for circle in circles(edges):
            first, second = circle[0], circle[1]
            names = " -> ".join(str(self.modules[path].relative_to(self.root)) for path in circle)
            self.fault(first, edges[first][second], f"files use each other in a circle: {names}")

    def fault(self, path, line, rule):
        self.faults.append(f"{self.modules[path]}:{line}: {rule}")


def source(file):
    """A file's text with strings, comments and test code blanked out, line numbers kept."""
    text = file.read_text()
    pattern = r'//[^\n]*|/\*.*?\*/|b?r(#*)".*?"\1|b?"(?:\\.|[^"\\])*"|b?\'(?:\\.[^\']*|[^\'\\])\''
    text = re.sub(pattern, lambda found: blank(found.group()), text, flags=re.S)
    while found := re.search(r"#\[cfg\(test\)\](?:\s*#\[[^\]]*\])*\s*(?:pub\S*\s+)?(mod|use|fn|impl|&)[^{;]*[{;,]", text):
        end = found.end()
        if text[end - 1] == "{":
            depth = 1
            while depth:
                depth += {"{": 1, "}": -1}.get(text[end], 0)
                end += 1
        text = text[: found.start()] + blank(text[found.start() : end]) + text[end:]
    return text


def blank(text):
    return re.sub(r"[^\n]", " ", text)


def trees(text):
    """Every path that begins with crate, super or self: its line and its text, braces included."""
    for found in re.finditer(r"\b(?:crate|super|self)::", text):
        if text[: found.start()].endswith("::") or text[: found.start()].rstrip().endswith("in"):
            continue
        end = found.end()
        depth = 0
        while end < len(text):
            rest = re.match(r"\s*(?:\w+|::|,|\*)\s*" if depth else r"\w+|::(?=[\w{*])|\*", text[end:])
            if text[end] == "{" and text[:end].endswith("::") or depth and text[end] == "{":
                depth += 1
                end += 1
            elif text[end] == "}" and depth:
                depth -= 1
                end += 1
                if not depth:
                    break
            elif rest and rest.end():
                end += rest.end()
            elif depth and text[end].isspace():
                end += 1
            else:
                break
        line = text.count("\n", 0, found.start()) + 1
        yield line, re.sub(r"\bas\s+\w+|\s+", "", text[found.start() : end])


def expand(tree):
    """`a::{b, c::d}` as (a, b) and (a, c, d)."""
    head, brace, rest = tree.partition("{")
    names = tuple(name for name in head.split("::") if name)
    if not brace:
        yield names
        return
    depth, begin = 0, 0
    body = rest.rstrip("}") if rest.count("}") <= 1 else rest[:-1]
    for at, sign in enumerate(body + ","):
        depth += {"{": 1, "}": -1}.get(sign, 0)
        if sign == "," and not depth:
            if part := body[begin:at]:
                for names_behind in expand(part):
                    yield names + tuple(name for name in names_behind if name != "self")
            begin = at + 1


def exports(text):
    """What a file hands on from its own modules: name to path."""
    names = {}
    for found in re.finditer(r"\bpub(?:\([^)]*\))?\s+use\s+([^;]+);", text):
        tree = re.sub(r"\bas\s+\w+|\s+", "", found.group(1))
        if tree.startswith(("crate::", "super::", "::")):
            continue
        for path in expand(tree.removeprefix("self::")):
            names[path[-1]] = path
    return names


def is_facade(text):
    """Whether a file only declares modules and hands on what is in them."""
    public = r"\bpub(?:\([^)]*\))?\s+"
    rest = re.sub(rf"#!?\[[^\]]*\]|(?:{public})?\bmod\b[^;]*;|{public}use\b[^;]*;", "", text)
    return not rest.strip()


def crates(text):
    for found in re.finditer(r"\b([a-z]\w*)::", text):
        yield text.count("\n", 0, found.start()) + 1, found.group(1)


def circles(edges):
    """A circle for each group of files that use each other (Tarjan)."""
    index, low, stack, found = {}, {}, [], []

    def visit(node):
        index[node] = low[node] = len(index)
        stack.append(node)
        for other in edges.get(node, {}):
            if other not in index:
                visit(other)
                low[node] = min(low[node], low[other])
            elif other in stack:
                low[node] = min(low[node], index[other])
        if low[node] == index[node]:
            group = stack[stack.index(node) :]
            del stack[stack.index(node) :]
            if len(group) > 1:
                found.append(one_circle(group, edges))

    for node in sorted(edges):
        if node not in index:
            visit(node)
    return found


def one_circle(group, edges):
    """The shortest way from the group's first file back to it."""
    start = min(group)
    ways = [[start]]
    seen = set()
    for way in ways:
        for other in sorted(edges.get(way[-1], {})):
            if other == start:
                return way + [start]
            if other in group and other not in seen:
                seen.add(other)
                ways.append(way + [other])
    return group + [group[0]]


def check(root):
    faults = Crate(root / "engine/src", ENGINE, {}).check()
    if (root / "src/runtime").is_dir():
        faults += Crate(root / "src", MODULE, FORBIDDEN_CRATES).check()
    return faults


def self_test():
    """Each rule finds the fault that it is for, in sources made for it, and nothing else."""
    good = {
        "engine/src/lib.rs": "pub mod code; mod shard; mod stats;\npub use shard::Shard;\n",
        "engine/src/code/mod.rs": "mod code;\npub use code::Code;\n",
        "engine/src/code/code.rs": "use crate::error::Error;\n#[cfg(test)]\nmod tests { use crate::shard::Shard; }\n",
        "engine/src/error.rs": "//! `crate::shard`\npub struct Error;\n",
        "engine/src/shard/mod.rs": "mod page;\nmod shard;\npub use shard::Shard;\n",
        "engine/src/shard/page.rs": "use crate::code::{Code, slot::{self, Slot}};\nuse crate::stats;\n",
        "engine/src/shard/shard.rs": "use super::page::Page;\nfn f() { crate::stats::g(); }\n",
        "engine/src/stats/mod.rs": "pub fn g() { \"crate::shard\"; }\n",
        "src/lib.rs": "mod commands; mod runtime; mod server;\n",
        "src/commands/mod.rs": "use crate::runtime::Store;\nuse shorten_engine::Engine;\n",
        "src/runtime/mod.rs": "use crate::server::Key;\nuse shorten_engine::Engine;\npub struct Store;\n",
        "src/server/mod.rs": "pub struct Key;\n",
    }
    cases = [
        ({}, None),
        ({"engine/src/stats/mod.rs": "\nuse crate::shard::Shard;\n"}, "stats/mod.rs:2: stats may not use shard"),
        ({"engine/src/code/code.rs": "fn f() { crate::stats::g(); }\n"}, "code/code.rs:1: code may not use stats"),
        ({"engine/src/code/code.rs": "use super::super::shard::Shard;\n"}, "code/code.rs:1: code may not use shard"),
        ({"engine/src/code/code.rs": "use crate::{\n  shard::Shard,\n};\n"}, "code/code.rs:1: code may not use shard"),
        ({"engine/src/stats/mod.rs": "use crate::Shard;\n"}, "stats/mod.rs:1: stats uses crate::Shard"),
        ({"engine/src/other.rs": "use crate::error::Error;\n"}, "other.rs:1: other has no place"),
        (
            {"engine/src/shard/page.rs": "\n\nuse super::shard::Shard;\n"},
            "shard/page.rs:3: files use each other in a circle: shard/page.rs -> shard/shard.rs -> shard/page.rs",
        ),
        (
            {"engine/src/shard/page.rs": "use crate::shard::Shard;\n"},
            "shard/page.rs:1: files use each other in a circle: shard/page.rs -> shard/shard.rs -> shard/page.rs",
        ),
        ({"src/server/mod.rs": "use crate::runtime::Store;\n"}, "server/mod.rs:1: server may not use runtime"),
        ({"src/server/mod.rs": "use shorten_engine::Slot;\n"}, "server/mod.rs:1: server may not name the crate"),
        ({"src/runtime/mod.rs": "use crate::commands::ALL;\n"}, "runtime/mod.rs:1: runtime may not use commands"),
    ]
    for changes, expected in cases:
        with tempfile.TemporaryDirectory() as folder:
            root = pathlib.Path(folder)
            for name, text in {**good, **changes}.items():
                (root / name).parent.mkdir(parents=True, exist_ok=True)
                (root / name).write_text(text)
            faults = check(root)
            right = not faults if expected is None else len(faults) == 1 and expected in faults[0]
            if not right:
                sys.exit(f"self-test: expected {expected}, found {faults}, after {changes}")
    print(f"check-layers: {len(cases)} self-tests passed")


def main():
    arguments = sys.argv[1:]
    if "--self-test" in arguments:
        self_test()
        arguments.remove("--self-test")
    root = pathlib.Path(arguments[0] if arguments else pathlib.Path(__file__).parent.parent)
    faults = check(root)
    print("\n".join(faults), end="\n" if faults else "", file=sys.stderr)
    sys.exit(1 if faults else 0)


if __name__ == "__main__":
    main()
