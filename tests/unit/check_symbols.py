#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""The libraries export exactly what the public headers declare with DLLEXPORT.

usage: check_symbols.py include-folder libweir.so libweir-packetdump.so
"""
import pathlib
import re
import subprocess
import sys

# A name outside these families would clash with the names of the programs that use the library.
FAMILIES = re.compile(r"(trace|libtrace|combiner)_\w+|tv_to_usec|decode_next")

# The only header whose functions are in the second library.
PACKETDUMP = "libpacketdump.h"

# What linkers and sanitizers add.
NOT_OURS = re.compile(r"_init|_fini|_edata|_end|__bss_start|__(odr_)?[atlu]san\w*|__sancov\w*|__gcov\w*")


def declared_names(include):
    """Names of functions and objects declared DLLEXPORT, each with its header."""
    names = {}
    for header in sorted(include.rglob("*.h")):
        text = header.read_text()
        text = re.sub(r"/\*.*?\*/|//[^\n]*", " ", text, flags=re.S)
        text = re.sub(r"^[ \t]*#(?:\\\n|[^\n])*", "", text, flags=re.M)
        for declaration in re.findall(r"\bDLLEXPORT\b([^;{]*)[;{]", text):
            declaration = re.sub(r"__attribute__\s*\(\(.*?\)\)", " ", declaration)
            # A function's name stands before its parameters, an object's before the end.
            match = re.search(r"(\w+)\s*(?:\(|\[|=|$)", declaration.strip())
            if match:
                names[match.group(1)] = header.name
    return names


def exported_names(library):
    """Names in the library's dynamic symbol table."""
    listing = subprocess.run(
        ["nm", "-D", "--defined-only", "--format=posix", library],
        check=True, capture_output=True, text=True).stdout
    names = {line.split()[0].split("@")[0] for line in listing.splitlines() if line.strip()}
    return {name for name in names if not NOT_OURS.fullmatch(name)}


def check(declared, library):
    exported = exported_names(library)
    problems = []
    for name in sorted(exported - set(declared)):
        problems.append(f"{name}: exported, but no header declares it with DLLEXPORT")
    for name in sorted(set(declared) - exported):
        problems.append(f"{name}: declared in {declared[name]}, but not exported")
    for name in sorted(set(declared) | exported):
        if not FAMILIES.fullmatch(name):
            problems.append(f"{name}: a public name outside trace_, libtrace_ and combiner_")
    if not declared:
        problems.append(f"{library}: no declarations found")
    print(*problems, sep="\n")
    print(f"{library}: {len(declared)} declared, {len(exported)} exported, {len(problems)} problems")
    return not problems


def main():
    include, weir, packetdump = sys.argv[1:]
    declared = declared_names(pathlib.Path(include))
    parts = [
        ({name: header for name, header in declared.items() if (header == PACKETDUMP) == is_packetdump}, library)
        for library, is_packetdump in ((weir, False), (packetdump, True))
    ]
    return 0 if all([check(names, library) for names, library in parts]) else 1


if __name__ == "__main__":
    sys.exit(main())
