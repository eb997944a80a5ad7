# SPDX-License-Identifier: Apache-2.0
"""What a key in hardware costs a module that connects."""
import contextlib
import pathlib
import statistics
import tempfile

from elements import SoftHsm, SwTpm
from harness import BIN, Vendor, run
from measures import Row, Table


def handshakes_per_second(identity, seconds=2):
    return float(run(BIN / "bench_keystore", identity, str(seconds)).stdout)


def keystores(_stage, rounds=5):
    with tempfile.TemporaryDirectory() as name, contextlib.ExitStack() as ends:
        folder = pathlib.Path(name)
        vendor = Vendor(folder / "vendor").create_ca()
        place = ("--endpoint", "e.localhost", "--root-ca", vendor.ca / "root.pem")
        elements = {"SoftHSM": SoftHsm(folder / "token"), "swtpm": SwTpm(folder / "tpm")}
        for element in elements.values():
            ends.callback(element.end)
        plain, = vendor.issue(1, *place)
        rows = []
        for title, element in elements.items():
            identity, = vendor.issue(1, *place, *element.options)
            runs = [(handshakes_per_second(plain), handshakes_per_second(identity)) for _ in range(rounds)]
            of_file, of_element = (statistics.median(column) for column in zip(*runs))
            ratio = statistics.median(ours / file for file, ours in runs)
            rows.append(Row(f"{title} ÷ file", f"{of_element:.0f}/s", f"{of_file:.0f}/s", ratio))
    return Table("Keys in hardware",
                 f"TLS 1.3 handshakes in memory, both sides on one core, contexts and certificate made and the key "
                 f"opened anew for each; {rounds} rounds of 2 s. The elements are software: this is what our side costs, "
                 f"a real part adds its own time.", rows)
