#!/usr/bin/env python3
"""Checks the dependencies: licences, sources, versions in the workspace table only, unused ones, duplicates.

What is allowed stands in dependencies.toml beside this file. Exit status 1 if anything is not.
"""

import json
import re
import subprocess
import sys
import tomllib
from collections import defaultdict
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
ALLOWED = tomllib.loads((ROOT / ".ci/dependencies.toml").read_text())
REGISTRY = "registry+https://github.com/rust-lang/crates.io-index"


def main() -> int:
    metadata = json.loads(
        subprocess.run(
            ["cargo", "metadata", "--locked", "--format-version=1", "--all-features"],
            cwd=ROOT, check=True, capture_output=True, text=True,
        ).stdout
    )
    members = set(metadata["workspace_members"])
    own = [package for package in metadata["packages"] if package["id"] in members]
    others = [package for package in metadata["packages"] if package["id"] not in members]
    faults = [*licences(others), *sources(others), *versions(own), *unused(own), *duplicates(others)]
    for fault in faults:
        print(f"dependencies: {fault}")
    print(f"dependencies: {len(others)} packages, {len(faults)} faults")
    return 1 if faults else 0


def licences(packages):
    for package in packages:
        expression = package["license"]
        if not expression:
            yield f"{package['name']} {package['version']} names no licence"
        elif not Expression(expression).allowed():
            yield f"{package['name']} {package['version']}: no way through `{expression}` is in `licences`"


def sources(packages):
    for package in packages:
        if package["source"] != REGISTRY:
            yield f"{package['name']} comes from {package['source']}, not from the registry"


def versions(packages):
    for package in packages:
        manifest = tomllib.loads(Path(package["manifest_path"]).read_text())
        for table in ("dependencies", "dev-dependencies", "build-dependencies"):
            for name, wanted in manifest.get(table, {}).items():
                if not (isinstance(wanted, dict) and wanted.get("workspace")):
                    yield f"{package['name']}: `{name}` has its own version; write `{name}.workspace = true`"


def unused(packages):
    for package in packages:
        folder = Path(package["manifest_path"]).parent
        inner = [Path(p["manifest_path"]).parent for p in packages if p is not package]
        files = [
            file
            for file in folder.rglob("*.rs")
            if not any(other != folder and folder in other.parents and other in file.parents for other in inner)
            and "target" not in file.relative_to(folder).parts
        ]
        text = "\n".join(file.read_text() for file in files)
        for dependency in package["dependencies"]:
            name = (dependency["rename"] or dependency["name"]).replace("-", "_")
            if not re.search(rf"\b{name}\b", text) and dependency["name"] not in ALLOWED["unused"]:
                yield f"{package['name']} names `{dependency['name']}` in Cargo.toml, but no source uses it"


def duplicates(packages):
    found = defaultdict(set)
    for package in packages:
        found[package["name"]].add(package["version"])
    for name, several in sorted(found.items()):
        if len(several) > 1 and name not in ALLOWED["duplicates"]:
            yield f"{name} is there {len(several)} times ({', '.join(sorted(several))})"
    for name in ALLOWED["duplicates"]:
        if len(found[name]) < 2:
            yield f"`{name}` under `duplicates` is no duplicate (any more)"


class Expression:
    """An SPDX expression: OR binds least, then AND, then WITH. The old `/` means OR."""

    def __init__(self, text: str):
        self.words = re.findall(r"[()]|[^\s()]+", text.replace("/", " OR "))
        self.at = 0

    def allowed(self) -> bool:
        good = self.either()
        return good and self.at == len(self.words)

    def either(self) -> bool:
        good = self.both()
        while self.next_is("OR"):
            good = self.both() or good
        return good

    def both(self) -> bool:
        good = self.one()
        while self.next_is("AND"):
            good = self.one() and good
        return good

    def one(self) -> bool:
        if self.next_is("("):
            good = self.either()
            return self.next_is(")") and good
        name = self.words[self.at]
        self.at += 1
        if self.next_is("WITH"):
            name += f" WITH {self.words[self.at]}"
            self.at += 1
        return name in ALLOWED["licences"]

    def next_is(self, word: str) -> bool:
        if self.at < len(self.words) and self.words[self.at] == word:
            self.at += 1
            return True
        return False


if __name__ == "__main__":
    sys.exit(main())
