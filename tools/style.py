#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""House rules that clang-format and clang-tidy do not know. Prints each breach; exit 1 if there is one."""
import pathlib
import re
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent
FILE_LINES_MAX = 500
FUNCTION_LINES_MAX = 70
BANNED = {
    r"\bstrcpy\(|\bsprintf\(|\bstrcat\(|\bgets\(": "unbounded string function",
    r"\b(std::)?system\(": "shell call",
    r"\b(std::)?rand\(": "use crypto/random.hpp",
    r"#include <regex>": "std::regex is slow to compile and to run",
    r"\bTODO\b|\bFIXME\b|\bXXX\b": "finish it, or write it into an issue",
    r"GTEST_SKIP|DISABLED_": "a test that does not run",
    r"NOLINT(?!\w*\([a-z-]+\))": "NOLINT without the name of the check",
}


def tracked(*patterns):
    names = subprocess.run(["git", "ls-files", "-co", "--exclude-standard", *patterns], cwd=ROOT, capture_output=True,
                           text=True, check=True).stdout.split()
    return [ROOT / name for name in names if (ROOT / name).exists()]


def long_functions(lines):
    """Bodies that open at the left margin (after clang-format every free or member function outside a class does)."""
    start = None
    for number, line in enumerate(lines, 1):
        if re.match(r"^[A-Za-z].*\)( const| noexcept| override)*( :.*)? \{$|^    : .*\{$", line) and start is None:
            start = number
        elif line == "}" and start is not None:
            if number - start > FUNCTION_LINES_MAX:
                yield start, number - start
            start = None


def main():
    problems = []
    for path in tracked("*.cpp", "*.hpp"):
        name = path.relative_to(ROOT).as_posix()
        text = path.read_text()
        lines = text.splitlines()
        if not text.startswith("// SPDX-License-Identifier: Apache-2.0\n"):
            problems.append(f"{name}:1: the first line must be the SPDX line")
        if len(lines) > FILE_LINES_MAX and not name.startswith("tests/"):
            problems.append(f"{name}: {len(lines)} lines, at most {FILE_LINES_MAX}: split it by concept")
        if not name.startswith("tests/"):
            problems += [f"{name}:{at}: function of {length} lines, at most {FUNCTION_LINES_MAX}"
                         for at, length in long_functions(lines)]
        for pattern, reason in BANNED.items():
            problems += [f"{name}:{number}: {reason}" for number, line in enumerate(lines, 1) if re.search(pattern, line)]
    for path in tracked():
        name = path.relative_to(ROOT).as_posix()
        if path.suffix in {".png", ".ico"} or name == "tools/style.py":
            continue
        text = path.read_text(errors="replace")
        if re.search(r"/w[o]rk/|/t[m]p/[a-z]+/|\.\./shar[e]d", text):
            problems.append(f"{name}: names a path of somebody's machine")
        if name.endswith("package-lock.json") and '"resolved": "http' in text:
            problems.append(f"{name}: records download addresses; see web/.npmrc")
    guide = (ROOT / "docs/porting.md").read_text()
    problems += [f"docs/porting.md: says nothing of src/module/ports/{port.name}"
                 for port in sorted((ROOT / "src/module/ports").glob("*.hpp"))
                 if f"(../src/module/ports/{port.name})" not in guide]
    print("\n".join(problems) if problems else "style: no breach")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
