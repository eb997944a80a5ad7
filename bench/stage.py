# SPDX-License-Identifier: Apache-2.0
"""What is measured against what: the cloud, Mosquitto with its own TLS listener, the least server, and the load."""
import contextlib
import dataclasses
import json
import os
import pathlib
import signal
import statistics
import subprocess
import sys
import tempfile

import harness

MODULES = 9000  # on one gateway process
# Mosquitto has no such limits; the questions they ask are asked all the same.
NO_LIMITS = ["--publishes-per-second", "0", "--bytes-per-second", "0", "--connects-per-certificate", "1000000"]


def cpu_seconds(pids):
    total = 0
    for pid in pids:
        fields = pathlib.Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
        total += int(fields[11]) + int(fields[12])
    return total / os.sysconf("SC_CLK_TCK")


def pss_bytes(pids):
    total = 0
    for pid in pids:
        lines = pathlib.Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
        total += next(int(line.split()[1]) for line in lines if line.startswith("Pss:")) * 1024
    return total


@dataclasses.dataclass
class Server:
    """Something modules can connect to, and the processes whose CPU and memory count."""
    port: int
    pids: list


class Load:
    """One run of expresslink-storm. on_part(name) is called when it says `holding` and `leaving`."""

    def __init__(self, stage, server, identities, *options):
        self.server = server
        self.child = subprocess.Popen(
            [str(word) for word in [stage.build / "bin/expresslink-storm", "--identities", identities, "--root-ca",
                                    stage.cloud.root_ca, "--connect-to", f"127.0.0.1:{server.port}", "--json", *options]],
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)

    def until(self, word):
        """Reads progress until a line says word; False when the run ended before."""
        return any(line.strip() == word for line in self.child.stderr)

    def line(self, beginning):
        """Reads progress until a line begins so; None when the run ended before."""
        return next((line for line in self.child.stderr if line.startswith(beginning)), None)

    def interrupt(self):
        self.child.send_signal(signal.SIGINT)

    def result(self, may_fail=False):
        out, log = self.child.communicate(timeout=300)
        result = json.loads(out) if out else {"failed": 1, "failures": log}
        if result["failed"] and not may_fail:
            raise SystemExit(f"failures, so nothing was measured: {result['failures']}")
        return result


class Stage:
    def __init__(self, build):
        self.build = build
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="xl-bench-"))
        self.started = []
        self.slices = 0
        self.fresh_from = 0
        self.options = ("--log-level", "warn", *NO_LIMITS)
        self.cloud = harness.Cloud(self.folder / "cloud", *self.options)

    def open(self):
        self.cloud.start()
        vendor = harness.Vendor(self.folder / "vendor").create_ca().enroll(self.cloud)
        print(f"issuing {2 * MODULES} identities", flush=True)
        out = self.folder / "identities"
        harness.run(self.build / "bin/expresslink-factory", "issue", "--ca", vendor.ca, "--count", 2 * MODULES, "--out", out,
                    timeout=300)
        self.identities = sorted(path.parent for path in out.glob("*/thing-name"))
        self.client_ca = self.folder / "client-ca.pem"
        self.client_ca.write_text((vendor.ca / "issuing.pem").read_text() + (vendor.ca / "root.pem").read_text())

    def close(self):
        for process in reversed(self.started):
            process.end()
        if self.cloud.process:
            self.cloud.process.end()

    def some(self, count, first=0):
        """A folder with these identities."""
        folder = self.folder / f"slice-{self.slices}"
        self.slices += 1
        folder.mkdir()
        for identity in self.identities[first:first + count]:
            (folder / identity.name).symlink_to(identity)
        return folder

    def some_new(self, count):
        """Identities that have never connected."""
        self.fresh_from += count
        return self.some(count, self.fresh_from - count)

    def ours(self):
        return Server(self.cloud.mqtt, [self.cloud.process.child.pid, *self.cloud.workers(), self.cloud.engine_pid()])

    def restarted(self, workers=1):
        self.cloud.process.stop()
        self.cloud.extra = (*self.options, "--gateway-workers", workers)
        self.cloud.start()
        return self.ours()

    def _serve(self, command, name, port):
        process = harness.Process(command, self.folder / f"{name}.log")
        self.started.append(process)
        harness.eventually(lambda: subprocess.run(["bash", "-c", f": < /dev/tcp/127.0.0.1/{port}"],
                                                  capture_output=True).returncode == 0, f"{name} listens")
        return Server(port, [process.child.pid])

    def mosquitto(self):
        """A new one, with its own TLS listener: whoever shows a certificate of the vendor may do anything."""
        port = harness.free_port()
        conf = self.folder / "mosquitto.conf"
        conf.write_text(f"user root\nlistener {port} 127.0.0.1\nallow_anonymous true\nrequire_certificate true\n"
                        f"cafile {self.client_ca}\ncertfile {self.cloud.folder}/server.pem\n"
                        f"keyfile {self.cloud.folder}/server.key\nset_tcp_nodelay true\nmax_inflight_messages 100\n")
        return self._serve(["mosquitto", "-c", conf], "mosquitto", port)

    def least_server(self):
        port = harness.free_port()
        return self._serve([self.build / "bin/bench_baseline", port, self.cloud.folder / "server.pem",
                            self.cloud.folder / "server.key", self.client_ca], "least", port)

    def assault(self, server, attempts, per_second):
        """Attempts that are nobody's (tests/e2e/assault.py); finished() tells what became of them."""
        strangers = harness.Vendor(self.folder / "strangers", "Nobody")
        stranger = (strangers if strangers.ca.exists() else strangers.create_ca()).issue_for(self.cloud)[0]
        child = subprocess.Popen(
            [str(word) for word in [sys.executable, pathlib.Path(harness.__file__).with_name("assault.py"), "--port",
                                    server.port, "--endpoint", self.cloud.staging_endpoint(), "--root-ca",
                                    self.cloud.root_ca, "--stranger", stranger, "--attempts", attempts,
                                    "--per-second", per_second]], stdout=subprocess.PIPE, text=True)
        return child, lambda: json.loads(child.communicate(timeout=300)[0])

    def connects(self, server, identities, *options):
        """A run that only connects, with the server's CPU per connect."""
        before = cpu_seconds(server.pids)
        result = Load(self, server, identities, "--concurrency", 32, *options).result()
        result["cpu_us"] = (cpu_seconds(server.pids) - before) / result["connects"] * 1e6
        return result

    def messages(self, server, identities, *options, meanwhile=contextlib.nullcontext):
        """A run that publishes, with the server's CPU per message, connecting not counted."""
        load = Load(self, server, identities, "--subscribe", *options)
        load.until("holding")
        before = cpu_seconds(server.pids)
        with meanwhile():
            load.until("leaving")
            used = cpu_seconds(server.pids) - before
        result = load.result()
        result["cpu_us"] = used / result["received"] * 1e6
        return result


def median(runs, key):
    return statistics.median(run[key] for run in runs)


def ratio(runs, baseline_runs, key):
    """The median of the ratios of runs that followed each other."""
    return statistics.median(run[key] / base[key] for run, base in zip(runs, baseline_runs))
