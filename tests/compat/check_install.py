#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""Installs the library into an empty folder, builds a libtrace program against it as users do, and runs it.

usage: check_install.py build-folder source-folder capture

Builds with pkg-config's flags, as C99, C11 and C++17, and as old builds do, with -ltrace. The counts are compared
with tcpdump's. A program that prints packets is built the same ways, with -lpacketdump.
"""
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile

SKIPPED = 77


def run(*command, **options):
    return subprocess.run(command, check=True, capture_output=True, text=True, **options).stdout


def pkg_config(prefix, *what, name="weir"):
    folders = [str(path.parent) for path in prefix.rglob("weir.pc")]
    environment = dict(os.environ, PKG_CONFIG_PATH=":".join(folders))
    return run("pkg-config", *what, name, env=environment).split()


def count_with_tcpdump(capture, expression):
    output = subprocess.run(
        ["tcpdump", "--count", "-r", capture, expression], capture_output=True, text=True, check=True
    )
    return int(re.search(r"(\d+) packet", output.stdout + output.stderr).group(1))


def build_and_run(compiler, flags, libraries, library_folder, program, capture):
    run(*compiler, *flags, "-o", str(program), *libraries)
    environment = dict(os.environ, LD_LIBRARY_PATH=library_folder)
    return run(str(program), "pcapfile:" + capture, env=environment)


def print_packets(prefix, source, library_folder, compat):
    """What a program prints that uses libpacketdump, for each way to build it."""
    flags = pkg_config(prefix, "--cflags", name="weir-packetdump")
    libraries = pkg_config(prefix, "--libs", name="weir-packetdump")
    path = str(pathlib.Path(source) / "tests/compat/packetdump_functions.c")
    builds = [(["cc", "-std=gnu99", path], libraries),
              (["cc", "-std=gnu11", path], ["-L" + compat, "-lpacketdump", "-ltrace"])]
    if shutil.which("c++"):
        # the same, declared once by the header
        builds.append((["c++", "-std=gnu++17", "-fpermissive", "-x", "c++", path], libraries))
    return [build_and_run(compiler, flags, link, library_folder, prefix / f"printer{i}", "")
            for i, (compiler, link) in enumerate(builds)]


def counts(text):
    protocols = {int(n): int(packets) for n, packets in re.findall(r"protocol (\d+): (\d+)", text)}
    return protocols, int(re.search(r"other: (\d+)", text).group(1))


def main():
    build, source, capture = sys.argv[1:]
    for tool in ("pkg-config", "tcpdump", "meson"):
        if not shutil.which(tool):
            print(f"skipped: {tool} is not installed")
            return SKIPPED
    program_source = str(pathlib.Path(source) / "tests/compat/protocol_count.c")
    with tempfile.TemporaryDirectory() as folder:
        prefix = pathlib.Path(folder)
        run("meson", "install", "-C", build, "--no-rebuild", "--destdir", folder)
        # pkg-config's own idea of the root puts the folder in front of what weir.pc says
        os.environ["PKG_CONFIG_SYSROOT_DIR"] = folder
        flags, libraries = pkg_config(prefix, "--cflags"), pkg_config(prefix, "--libs")
        library_folder = str(next(prefix.rglob("libweir.so")).parent)
        compat = str(next(prefix.rglob("compat")))
        pages = sorted(path.name.removesuffix(".gz") for path in prefix.rglob("man/man*/*"))
        builds = [
            (["cc", "-std=gnu99", "-Wall", "-Wextra", "-Werror", program_source], libraries),
            (["cc", "-std=gnu11", program_source], ["-L" + compat, "-ltrace"]),
        ]
        if shutil.which("c++"):
            builds.append((["c++", "-std=gnu++17", "-x", "c++", program_source], libraries))
        outputs = [
            build_and_run(compiler, flags, link, library_folder, prefix / f"program{i}", capture)
            for i, (compiler, link) in enumerate(builds)
        ]
        printed = print_packets(prefix, source, library_folder, compat)
    without_time = {re.sub(r"^20.*$", "", text, flags=re.M) for text in printed}
    if len(without_time) != 1 or printed[0].count(" IPv4: destination: 10.0.0.2\n") != 2:
        print("the builds print differently:", *printed, sep="\n")
        return 1
    wanted = sorted(path.name for path in (pathlib.Path(source) / "docs/man").iterdir())
    if pages != wanted:
        print(f"manual pages installed: {pages}, not {wanted}")
        return 1
    if len(set(outputs)) != 1:
        print("the builds count differently:", *outputs, sep="\n")
        return 1
    protocols, other = counts(outputs[0])
    total = sum(protocols.values()) + other
    failures = 0
    expected_total = count_with_tcpdump(capture, "")
    if total != expected_total:
        failures += 1
        print(f"{total} packets counted, tcpdump counts {expected_total}")
    for number in (6, 17, 1):
        # later fragments have no transport header
        whole = f"ip proto {number} and ip[6:2] & 0x1fff = 0"
        expected = count_with_tcpdump(capture, f"({whole}) or (vlan and {whole})")
        first_fragment = f"ip6[6] = 44 and ip6[40] = {number} and ip6[42:2] & 0xfff8 = 0"
        expected += count_with_tcpdump(capture, f"ip6[6] = {number} or ({first_fragment})")
        if protocols.get(number, 0) != expected:
            failures += 1
            print(f"protocol {number}: {protocols.get(number, 0)}, tcpdump counts {expected}")
    print(outputs[0])
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
