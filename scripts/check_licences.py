"""Refuse packages whose licence the project may not carry: `python -m scripts.check_licences`.

A GPL or AGPL package, and one whose licence nobody can name, is refused. A package that offers a choice
or words its licence in its own way is let in by a reviewed entry below, which must match word for word:
when the package changes its licence, or goes, the entry is refused too.
"""

import json
import re
import subprocess
import sys
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

# Permissive, or (MPL) copyleft per file: we ship those files unchanged.
ALLOWED = frozenset(
    {
        "0BSD",
        "Apache License 2.0",
        "Apache Software License",
        "Apache-2.0",
        "BSD License",
        "BSD-2-Clause",
        "BSD-3-Clause",
        "CNRI-Python",
        "ISC",
        "ISC License (ISCL)",
        "MIT",
        "MIT License",
        "MIT-0",
        "MPL-2.0",
        "Mozilla Public License 2.0 (MPL 2.0)",
        "PSF-2.0",
        "Python Software Foundation License",
        "The Unlicense (Unlicense)",
        "Unlicense",
    }
)


@dataclass(frozen=True, slots=True)
class Review:
    """A person read this package's licence: the words as published, and why they are acceptable."""

    licence: str
    reason: str


REVIEWED: Mapping[str, Review] = {
    "axe-playwright-python": Review(
        "UNKNOWN", "MIT by the licence file in its wheel; its metadata names none; the axe-core in it is MPL-2.0"
    ),
    "pytest-timeout": Review("DFSG approved; MIT License", "MIT; 'DFSG approved' is Debian's judgement, not a licence"),
    "resvg_py": Review(
        "UNKNOWN", "MIT by the licence file in its wheel; its metadata names none; resvg itself is Apache-2.0 OR MIT"
    ),
    "text-unidecode": Review(
        "Artistic License; GNU General Public License (GPL); GNU General Public License v2 or later (GPLv2+)",
        "offered under either; used under the Artistic License, unchanged (Prefect asks for it through python-slugify)",
    ),
}


@dataclass(frozen=True, slots=True)
class Package:
    """An installed package and the licence it declares."""

    name: str
    licence: str


def refusals(packages: Iterable[Package], reviewed: Mapping[str, Review] = REVIEWED) -> list[str]:
    """Return one sentence for every package, and every review, that cannot stand; none means all is well."""
    packages = sorted(packages, key=lambda package: package.name)
    installed = {package.name for package in packages}
    found = []
    for package in packages:
        review = reviewed.get(package.name)
        if review and review.licence != package.licence:
            found.append(
                f"{package.name}: reviewed as '{review.licence}', now says '{package.licence}'; review it again"
            )
        elif not review and not is_allowed(package.licence):
            found.append(f"{package.name}: licence '{package.licence}' is neither allowed nor reviewed")
    found += [f"{name}: reviewed but not installed; remove the review" for name in reviewed if name not in installed]
    return found


def is_allowed(licence: str) -> bool:
    """Return whether an SPDX expression or a list of classifiers can be met with allowed licences only.

    `OR` is the user's choice; `AND` binds by all its parts, and so does `;` between classifiers, which
    says nothing about choice. Parentheses are read where they enclose a choice, as in `A AND (B OR C)`.
    """
    if licence in ALLOWED:
        return True
    parts = re.split(r" AND (?![^(]*\))|; ", licence)
    if len(parts) > 1:
        return all(is_allowed(part) for part in parts)
    choices = licence.removeprefix("(").removesuffix(")").split(" OR ")
    return any(choice in ALLOWED for choice in choices)


def installed_packages() -> list[Package]:
    """Return what is installed beside this interpreter, with declared licences."""
    command = [sys.executable, "-m", "piplicenses", "--python", sys.executable, "--format=json", "--from=mixed"]
    listed = subprocess.run(command, capture_output=True, text=True, check=True)
    return [Package(row["Name"], row["License"]) for row in json.loads(listed.stdout)]


def main() -> int:
    packages = installed_packages()
    problems = refusals(packages)
    for problem in problems:
        print(problem, file=sys.stderr)
    print(f"licences: {len(packages)} packages, {len(problems)} refused")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
