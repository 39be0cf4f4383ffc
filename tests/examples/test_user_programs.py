#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""A program outside builds against the library in the two ways that README.md tells, and runs.

usage: test_user_programs.py SOURCE BUILD_FOLDER CAPTURE COMPILER [ARGUMENT...]
"""
import os
import pathlib
import shutil
import sys
import tempfile

import captures


def ask_pkg_config(*words):
    return captures.run_good(["pkg-config", *words, "weir"]).split()


def main():
    source, build, capture, *compiler = sys.argv[1:]
    if not shutil.which("pkg-config"):
        captures.skip("pkg-config is not installed")
    os.environ["PKG_CONFIG_PATH"] = build + "/meson-uninstalled"
    os.environ["LD_LIBRARY_PATH"] = build
    compat = "-L" + ask_pkg_config("--variable=compatdir")[0]
    ways = {
        "pkg-config": ask_pkg_config("--cflags", "--libs"),
        "-ltrace": [*ask_pkg_config("--cflags"), compat, "-ltrace"],
    }
    with tempfile.TemporaryDirectory() as folder:
        for way, arguments in ways.items():
            program = pathlib.Path(folder) / "program"
            captures.run_good([*compiler, "-o", program, source, *arguments])
            output = captures.run_good([program, capture])
            if not output.endswith(" TCP packets\n") or output.startswith("0 "):
                sys.exit(f"built with {way}: {output}")


if __name__ == "__main__":
    main()
