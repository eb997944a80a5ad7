#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""What the module takes of a microcontroller, against its budget: tools/mcu_sizes.py IMAGE TEST_OUTPUT [--write].

IMAGE is what tools/mcu_build.sh links; TEST_OUTPUT is what test_mcu has said (stack). --write puts the table into
docs/performance.md; without it the table there must be near what is measured. Exit 1 when a budget is exceeded."""
import pathlib
import re
import subprocess
import sys

PAGE = pathlib.Path(__file__).resolve().parent.parent / "docs/performance.md"
BEGIN, END = "<!-- tools/mcu_sizes.py writes from here -->\n", "<!-- sizes end here -->\n"
LINE_BUFFER = 9 * 1024
NEAR = 0.05  # of what the page says


def sections(image):
    text = subprocess.run(["arm-none-eabi-size", "-A", image], capture_output=True, text=True, check=True).stdout
    return {name: int(size) for name, size in re.findall(r"^(\.\w+)\s+(\d+)\s", text, re.M)}


def symbol_bytes(image, name):
    text = subprocess.run(["arm-none-eabi-nm", "-CS", image], capture_output=True, text=True, check=True).stdout
    return int(re.search(rf"^\S+ (\S+) \S .*{name}$", text, re.M).group(1), 16)


def measure(image, output):
    """(what, bytes, budget or None) of each row."""
    size = sections(image)
    module = symbol_bytes(image, "powered_module")
    stack = max(int(bytes_) for bytes_ in re.findall(r"stack (\d+) bytes", output))
    return [
        ("flash: code and constants (`.text`, `.exidx`), startup and wire included",
         size[".text"] + size.get(".exidx", 0), None),
        ("flash: initial values of variables (`.data`)", size[".data"], None),
        ("**flash**", size[".text"] + size.get(".exidx", 0) + size[".data"], 64 * 1024),
        ("RAM: the module without its line buffer", module - LINE_BUFFER, None),
        ("RAM: the line buffer (guide 4.4.1)", LINE_BUFFER, None),
        ("RAM: other variables of the core (`.data`)", size[".data"], None),
        ("**RAM of the core**", module + size[".data"], 24 * 1024 + LINE_BUFFER),
        ("RAM: identity and wire buffers, which a product has elsewhere (rest of `.bss`)", size[".bss"] - module, None),
        ("stack, at most used in all conversations", stack, size[".stack"] - 512),
    ]


def table(rows):
    lines = ["| | bytes | budget | |", "|---|---|---|---|"]
    for what, size, budget in rows:
        verdict = "" if budget is None else "met" if size <= budget else "**missed**"
        lines.append(f"| {what} | {size} | {'' if budget is None else budget} | {verdict} |")
    return "\n".join(lines) + "\n"


def sizes_on_page(text):
    return [int(size) for size in re.findall(r"^\| [^|]+ \| (\d+) \|", text, re.M)]


def main():
    image, output = sys.argv[1], pathlib.Path(sys.argv[2]).read_text()
    rows = measure(image, output)
    problems = [f"{what}: {size} bytes, at most {budget}" for what, size, budget in rows if budget and size > budget]
    head, rest = PAGE.read_text().split(BEGIN)
    shown, tail = rest.split(END)
    if "--write" in sys.argv:
        PAGE.write_text(head + BEGIN + table(rows) + END + tail)
    else:
        said = sizes_on_page(shown)
        is_near = len(said) == len(rows) and all(abs(row[1] - size) <= NEAR * size for row, size in zip(rows, said))
        if not is_near:
            problems.append("docs/performance.md says something else; run: tools/mcu_check.sh --write")
    print(table(rows) + "\n".join(problems))
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
