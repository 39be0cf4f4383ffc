#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""What the documents say about the project's files is so.

Links lead somewhere, files that are named exist, the first program of README.md is the example that
is compiled, and the manual pages are well-formed.

usage: test_documents.py SOURCE_FOLDER
"""
import pathlib
import re
import shutil
import subprocess
import sys

FIRST_PROGRAM = "examples/02_parallel_count.c"

LINK = re.compile(r"\[[^\]]*\]\(([^)#\s]+)(?:#[^)]*)?\)")
CODE = re.compile(r"`([^`\n]+)`")
FOLDERS = ("lib", "formats", "combiners", "include", "tools", "examples", "scripts", "tests", "docs")
PATH = re.compile(rf"(?<![\w/])(?:{'|'.join(FOLDERS)})/[\w./{{}},*-]*[\w/}}*]")


def documents(root):
    yield from sorted(root.glob("*.md"))
    yield from sorted((root / "docs").rglob("*.md"))
    yield root / "examples/README.md"


def expand(path):
    """a/{b,c}.d as a/b.d and a/c.d"""
    match = re.search(r"\{([^}]*)\}", path)
    if not match:
        return [path]
    return [one for part in match.group(1).split(",")
            for one in expand(path[:match.start()] + part + path[match.end():])]


def check_links(root, document, text):
    for target in LINK.findall(text):
        if not re.match(r"\w+:", target) and not (document.parent / target).exists():
            yield f"{document.relative_to(root)}: a link to {target}, which does not exist"


def check_paths(root, document, text):
    without_blocks = re.sub(r"^```.*?^```", "", text, flags=re.S | re.M)
    names = set(CODE.findall(without_blocks))
    # Pictures and listings name files too.
    names |= {word for block in re.findall(r"^```.*?^```", text, flags=re.S | re.M) for word in PATH.findall(block)}
    for name in sorted(names):
        if not PATH.fullmatch(name):
            continue
        for path in expand(name):
            if not list(root.glob(path.rstrip("/"))):
                yield f"{document.relative_to(root)}: names {path}, which does not exist"


def check_first_program(root):
    blocks = re.findall(r"^```c\n(.*?)^```", (root / "README.md").read_text(), flags=re.S | re.M)
    source = (root / FIRST_PROGRAM).read_text()
    if not blocks or blocks[0] != source[source.index("#include"):]:
        yield f"README.md: the first program is not {FIRST_PROGRAM} from its first #include on"


def check_formats_are_listed(root):
    documents = {"README.md": "`{}:`", "docs/formats.md": "| `{}:`", "docs/man/weir-formats.7": "{}:"}
    names = [name for source in sorted((root / "formats").rglob("*.c"))
             for name in re.findall(r'const struct format \w+ = {\s*\.name = "(\w+)"', source.read_text())]
    for document, shape in documents.items():
        text = (root / document).read_text()
        for name in names:
            if shape.format(name) not in text:
                yield f"{document}: the format {name}: is missing"


def check_examples_are_listed(root):
    text = (root / "examples/README.md").read_text()
    for source in sorted((root / "examples").glob("*.c")):
        if source.name not in text:
            yield f"examples/README.md: {source.name} is missing"


def check_manuals(root):
    if not shutil.which("groff"):
        print("groff is not installed: manual pages are not looked at")
        return
    for page in sorted((root / "docs/man").glob("*.[1-8]")):
        result = subprocess.run(["groff", "-man", "-ww", "-Tutf8", "-z", page], capture_output=True, text=True)
        for line in result.stderr.splitlines():
            yield f"docs/man/{page.name}: {line}"


def main():
    root = pathlib.Path(sys.argv[1])
    problems = [*check_first_program(root), *check_formats_are_listed(root), *check_examples_are_listed(root),
                *check_manuals(root)]
    for document in documents(root):
        text = document.read_text()
        problems += check_links(root, document, text)
        problems += check_paths(root, document, text)
    print(*problems, sep="\n")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
