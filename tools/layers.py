#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Checks every #include of src/ and apps/ against tools/layers.txt. Prints each forbidden edge; exit 1 if there is one."""
import pathlib
import re
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent
INCLUDE = re.compile(r'^\s*#\s*include\s+[<"]([^>"]+)[>"]', re.M)
PORTABLE_FORBIDDEN = re.compile(
    r"^(iostream|fstream|filesystem|thread|mutex|future|string|vector|map|set|unordered_.*|memory|functional|"
    r"unistd\.h|sys/.*|pthread\.h|stdexcept|exception|new)$")


def read_table():
    rooms, portable, libraries = {}, set(), []
    for line in (ROOT / "tools/layers.txt").read_text().splitlines():
        line = line.split("#")[0].strip()
        if not line:
            continue
        name, _, users = line.partition(":")
        if name.startswith("lib "):
            libraries.append((name[4:].strip(), users.split()))
            continue
        if name.startswith("!"):
            name = name[1:]
            portable.add(name)
        rooms[name] = set(users.split()) | {name}
    return rooms, portable, libraries


def main():
    rooms, portable, libraries = read_table()
    problems = []
    for source in sorted([*ROOT.glob("src/**/*.[ch]pp"), *ROOT.glob("apps/**/*.[ch]pp")]):
        path = source.relative_to(ROOT).as_posix()
        in_src = path.startswith("src/")
        room = path.split("/")[1] if in_src else "apps"
        if in_src and room not in rooms:
            problems.append(f"{path}: room {room} is not in tools/layers.txt")
            continue
        for include in INCLUDE.findall(source.read_text()):
            target = include.split("/")[0]
            if in_src and target in rooms and target not in rooms[room]:
                problems.append(f"{path}: {room} may not include {include}")
            if in_src and target == "apps":
                problems.append(f"{path}: nobody includes apps")
            for prefix, users in libraries:
                inside = path[4:] if in_src else path
                if include.startswith(prefix) and room not in users and inside not in users:
                    problems.append(f"{path}: {include} belongs to {' '.join(users)} only")
            if room in portable and PORTABLE_FORBIDDEN.match(include):
                problems.append(f"{path}: <{include}> is not for a portable room")
    print("\n".join(problems) if problems else f"layers: {len(rooms)} rooms, every include allowed")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
