#!/usr/bin/env python3
"""Checks what documents point at: links and their headings, files and folders by name, documents that sources name.

A name in backticks counts where it ends in .rs or .py, or begins with a folder of this repository; the first may be the
end of a path (`run/rules.rs`). Exit status 1 if anything is not there.
"""

import os
import re
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
LINK = re.compile(r"\]\(([^)\s]+)\)")
NAME = re.compile(r"`([\w.-]+(?:/[\w.-]+)*/?)`")
# What builds and tests leave, as .gitignore says; a machine may have no git to ask.
LEFT = {".git", "target", ".cache", "node_modules", "__pycache__"}
DOCUMENT = re.compile(r"\bdocs/[\w/-]+\.md\b")


def main() -> int:
    files = set(listed())
    folders = {folder for file in files for folder in parents(file)}
    documents = {file: (ROOT / file).read_text() for file in sorted(files) if file.endswith(".md")}
    faults = []
    for document, text in documents.items():
        for line, link in found(LINK, prose(text)):
            faults += broken(document, line, link, documents, files | folders)
        for line, name in found(NAME, prose(text)):
            if missing(document, name.rstrip("/"), files, folders):
                faults.append(f"{document}:{line}: there is no `{name}`")
    for source in sorted(file for file in files if file.endswith((".rs", ".py"))):
        for line, name in found(DOCUMENT, (ROOT / source).read_text()):
            if name not in files:
                faults.append(f"{source}:{line}: there is no {name}")
    for fault in faults:
        print(f"documents: {fault}")
    print(f"documents: {len(documents)} documents, {len(faults)} faults")
    return 1 if faults else 0


def listed():
    """The files of the repository."""
    found = []
    for folder, folders, files in os.walk(ROOT):
        folders[:] = [name for name in folders if name not in LEFT]
        found += [str((Path(folder) / name).relative_to(ROOT)) for name in files]
    return found


def parents(file):
    return [str(parent) for parent in Path(file).parents if parent != Path(".")]


def prose(text):
    """The text without its blocks of code, line for line."""
    lines, block = [], False
    for line in text.splitlines():
        fence = line.lstrip().startswith("```")
        lines.append("" if block or fence else line)
        block ^= fence
    return "\n".join(lines)


def found(pattern, text):
    for number, line in enumerate(text.splitlines(), 1):
        for match in pattern.finditer(line):
            yield number, match.group(match.lastindex or 0)


def broken(document, line, link, documents, known):
    if "://" in link or link.startswith("mailto:"):
        return
    path, _, heading = link.partition("#")
    target = os.path.normpath(os.path.join(os.path.dirname(document), path)) if path else document
    if target not in known:
        yield f"{document}:{line}: {link} leads nowhere"
    elif heading and heading not in headings(documents.get(target, "")):
        yield f"{document}:{line}: {target} has no heading #{heading}"


def headings(text):
    """The anchors of a document, as GitHub makes them."""
    anchors = set()
    for line in prose(text).splitlines():
        title = re.fullmatch(r"#{1,6} +(.*?)(?: +#+)?", line)
        if title is None:
            continue
        words = re.sub(r"\[([^]]*)\]\([^)]*\)", r"\1", title.group(1)).lower()
        anchor = re.sub(r"[^\w\- ]", "", words).replace(" ", "-")
        again = sum(known == anchor or re.fullmatch(re.escape(anchor) + r"-\d+", known) is not None for known in anchors)
        anchors.add(f"{anchor}-{again}" if again else anchor)
    return anchors


def missing(document, name, files, folders):
    beside = os.path.normpath(os.path.join(os.path.dirname(document), name))
    if {name, beside} & (files | folders):
        return False
    if name.endswith((".rs", ".py")):
        return not any(f"/{file}".endswith(f"/{name}") for file in files)
    first, inner, _ = name.partition("/")
    return bool(inner) and first in folders


if __name__ == "__main__":
    sys.exit(main())
