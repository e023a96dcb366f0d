# SPDX-License-Identifier: GPL-2.0-only
"""The patches of the stack and what they touch."""

import pathlib
import re

PATCHES = pathlib.Path(__file__).resolve().parents[2] / "SOURCES" / "patches"
SOURCE = re.compile(r".*\.[cS]$")
# A declaration, a definition or a macro among the lines that a patch adds to a header.
NAMES = re.compile(r"^\+(?:#define\s+(\w{4,})\(|\w[\w ]*[ *](\w{4,})\()", re.MULTILINE)


def series():
    """The names of the patches, in order."""
    lines = (line.split("#")[0].strip() for line in (PATCHES / "series").read_text(encoding="utf-8").splitlines())
    return [line for line in lines if line]


def text(patch):
    """A patch."""
    return (PATCHES / patch).read_text(encoding="utf-8")


def touched(patch):
    """Paths of all files that a patch touches."""
    return re.findall(r"^\+\+\+ b/(\S+)", text(patch), re.MULTILINE)


def sources(patches):
    """Paths of the sources that patches touch."""
    return {path for patch in patches for path in touched(patch) if SOURCE.match(path)
            and not path.startswith(("tools/", "Documentation/", "samples/"))}


def header_names(patches):
    """Functions and macros that patches put into headers for everybody."""
    names = set()
    for patch in patches:
        for part in re.split(r"^diff --git ", text(patch), flags=re.MULTILINE)[1:]:
            if re.match(r"a/(include/(?!trace/)|arch/\w+/include/)\S+\.h ", part):
                names.update(name for pair in NAMES.findall(part) for name in pair if name)
    return names
