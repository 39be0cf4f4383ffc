# SPDX-License-Identifier: BSD-2-Clause
"""Compiles each public header by itself, included first and twice, with all warnings as errors.

Usage: check_headers.py INCLUDE_DIR LANGUAGE STANDARD COMPILER [ARGUMENT...]

Also fails when a part of libtrace/ is reached by none of the umbrella headers.
"""
import os
import pathlib
import subprocess
import sys

WARNINGS = ["-Wall", "-Wextra", "-Wpedantic", "-Wshadow", "-Wconversion", "-Wundef", "-Werror"]
C_WARNINGS = ["-Wstrict-prototypes", "-Wmissing-prototypes"]


def compile_text(command, text, extra=()):
    return subprocess.run(
        [*command, *extra, "-"], input=text, capture_output=True, text=True, check=False
    )


def main():
    include = pathlib.Path(sys.argv[1])
    language, standard, compiler = sys.argv[2], sys.argv[3], sys.argv[4:]
    command = [*compiler, "-x", language, f"-std={standard}", f"-I{include}", *WARNINGS]
    if language == "c":
        command += C_WARNINGS
    headers = sorted(path.relative_to(include) for path in include.rglob("*.h"))
    umbrellas = [header for header in headers if header.parent == pathlib.Path(".")]
    if not umbrellas or len(headers) == len(umbrellas):
        sys.exit(f"{include}: no headers there")

    n_failed = 0
    for header in headers:
        text = f"#include <{header}>\n#include <{header}>\nint translation_unit_is_not_empty;\n"
        result = compile_text(command, text, ["-fsyntax-only"])
        if result.returncode != 0 or result.stderr:
            n_failed += 1
            print(f"{header}: does not compile alone as {standard}\n{result.stderr}")

    text = "".join(f"#include <{header}>\n" for header in umbrellas)
    result = compile_text(command, text, ["-M"])
    reached = {os.path.realpath(word) for word in result.stdout.split() if word.endswith(".h")}
    for header in headers:
        if os.path.realpath(include / header) not in reached:
            n_failed += 1
            print(f"{header}: no umbrella header includes it")

    print(f"{len(headers)} headers as {standard}: {n_failed} failures")
    sys.exit(1 if n_failed else 0)


main()
