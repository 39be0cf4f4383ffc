#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""Who may include whom, where stdatomic.h may be included, licence lines, lengths of files.

usage: check_includes.py source-folder
"""
import pathlib
import re
import sys

MAX_LINES = 600

# From the leaf up: each folder sees itself and those before it.
LAYERS = ["lib/base", "lib/io", "lib/packet", "lib/decode", "lib/meta", "lib/trace", "lib/parallel"]

# The contract of the backends, part of the layer of packets.
CONTRACT = "formats/format.h"

FOLDERS = ["include", "lib", "formats", "combiners", "packetdump", "tools", "examples", "tests", "scripts"]
C_SUFFIXES = {".c", ".h", ".cc", ".cpp"}
SCRIPT_SUFFIXES = {".py", ".sh"}
NOT_SOURCE = ("tests/data/", "tests/fuzz/corpus/")

INCLUDE = re.compile(r'^\s*#\s*include\s*(<[^>]*>|"[^"]*")')
PUBLIC = re.compile(r"libtrace(_\w+)?\.h|libpacketdump\.h|libtrace/.*")


def is_below(path, folder):
    return path.startswith(folder + "/")


def unit_of_format(path):
    """The backend that a file in formats/ belongs to: its folder, or its own name without suffix."""
    return path.split("/")[1].rsplit(".", 1)[0]


def layer_of(path):
    for layer in LAYERS:
        if is_below(path, layer):
            return layer
    return None


def may_see(path, target):
    """Whether `path` may include the project's file `target`; both from the project's root."""
    layer = layer_of(path)
    if layer == "lib/base":
        return is_below(target, "lib/base")
    if layer:
        allowed = LAYERS[: LAYERS.index(layer) + 1]
        if LAYERS.index(layer) >= LAYERS.index("lib/packet") and target == CONTRACT:
            return True
        return layer_of(target) in allowed or is_below(target, "include")
    if is_below(path, "formats"):
        if is_below(target, "formats"):
            return path == "formats/registry.c" or target == CONTRACT or (
                unit_of_format(path) == unit_of_format(target))
        return layer_of(target) in LAYERS[:3] or (
            is_below(target, "include") and target != "include/libtrace_parallel.h")
    if is_below(path, "combiners"):
        return is_below(target, "combiners") or is_below(target, "lib/base") or (
            target == "include/libtrace/combiner.h")
    if is_below(path, "packetdump"):
        return is_below(target, "packetdump") or is_below(target, "lib/base") or is_below(target, "include")
    if is_below(path, "tools") or is_below(path, "examples"):
        return is_below(target, "include") or path.split("/")[0] == target.split("/")[0]
    if is_below(path, "include"):
        return is_below(target, "include")
    return True  # tests see everything


def resolve(root, path, name):
    """The project's file that an include names, from the root, or None for one of the system's.

    In quotes: from the root, in public headers from include/, in programs from the file's own folder too.
    In angle brackets: public headers.
    """
    spelled = name[1:-1]
    if name[0] == "<":
        return "include/" + spelled if PUBLIC.fullmatch(spelled) else None
    if is_below(path, "include"):
        return "include/" + spelled
    own = pathlib.PurePosixPath(path).parent / spelled
    if path.split("/")[0] in ("tools", "examples", "tests") and (root / own).is_file():
        return str(own)
    return spelled


def check_includes(root, path, lines):
    top = path.split("/")[0]
    for number, line in enumerate(lines, 1):
        match = INCLUDE.match(line)
        if not match:
            continue
        name = match.group(1)
        if name in ("<stdatomic.h>", '"stdatomic.h"'):
            # Programs see include/ only, so they have it from the compiler.
            is_program = top in ("tools", "examples") or any(
                is_below(path, folder) for folder in ("tests/compat", "tests/stress")
            )
            if path != "lib/base/atomics.h" and not is_program:
                yield number, "stdatomic.h is for lib/base/atomics.h only"
            continue
        target = resolve(root, path, name)
        if target is None:
            continue
        if name[0] == '"' and not (root / target).is_file():
            yield number, f"{name} is no file of the project, seen from its root"
        elif not may_see(path, target):
            yield number, f"{path.rsplit('/', 1)[0]} may not include {target}"


def check_licence(lines, is_c):
    wanted = "SPDX-License-Identifier: BSD-2-Clause"
    if is_c and (not lines or lines[0] != f"/* {wanted} */"):
        yield 1, f"the first line is not /* {wanted} */"
    if not is_c and f"# {wanted}" not in lines[:3]:
        yield 1, f"none of the first lines is # {wanted}"


def check_file(root, path):
    lines = (root / path).read_text(errors="replace").splitlines()
    is_c = pathlib.PurePosixPath(path).suffix in C_SUFFIXES
    yield from check_licence(lines, is_c)
    if is_c:
        yield from check_includes(root, path, lines)
    if len(lines) > MAX_LINES:
        yield len(lines), f"more than {MAX_LINES} lines: does it still tell one story?"


def source_files(root):
    for folder in FOLDERS:
        for file in sorted((root / folder).rglob("*")):
            path = file.relative_to(root).as_posix()
            if file.suffix in C_SUFFIXES | SCRIPT_SUFFIXES and not path.startswith(NOT_SOURCE):
                yield path


def main():
    root = pathlib.Path(sys.argv[1])
    n_files = n_problems = 0
    for path in source_files(root):
        n_files += 1
        for number, problem in check_file(root, path):
            print(f"{path}:{number}: {problem}")
            n_problems += 1
    print(f"{n_files} files, {n_problems} problems")
    return 1 if n_problems or not n_files else 0


if __name__ == "__main__":
    sys.exit(main())
