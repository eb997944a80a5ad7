# SPDX-License-Identifier: Apache-2.0
"""Late binding: modules that are claimed while they are in staging, until the customer's account has accepted them."""
import contextlib
import http.client
import json
import pathlib
import sqlite3
import statistics
import subprocess
import time

import harness
from aws_model import Client, credentials_of
from measures import Row, Table
from stage import Load, NO_LIMITS, Server

AT_ONCE = 500
ALONE = 100
CLIENTS = 16


class Town:
    """A cloud with a vendor, a customer who may claim, and modules that are claimed one time each."""

    def __init__(self, stage, modules):
        self.build, self.folder = stage.build, stage.folder / "claims"
        self.folder.mkdir()
        self.cloud = harness.Cloud(self.folder / "cloud", "--log-level", "warn", "--backup-every", "0h", *NO_LIMITS).start()
        self.endpoint = self.cloud.create_account("oem", "customer")
        vendor = harness.Vendor(self.folder / "vendor").create_ca().enroll(self.cloud)
        self.oem, staging = Client(self.cloud, "oem"), Client(self.cloud)
        account = self.oem.arn.rsplit(":", 1)[1]
        if staging.send("PUT", f"/claim-grants/{account}", body={"proof": "voucher"}).status != 200:
            raise SystemExit("no grant")
        self.identities = vendor.issue(modules)
        self.labels = [(identity / "label").read_text().strip() for identity in self.identities]
        (self.folder / "labels").write_text("\n".join(self.labels) + "\n")
        self.used = 0

    def close(self):
        self.cloud.process.end()

    def some_new(self, count):
        """The number of the first, and a folder with them."""
        first, self.used = self.used, self.used + count
        folder = self.folder / f"from-{first}"
        folder.mkdir()
        for identity in self.identities[first:self.used]:
            (folder / identity.name).symlink_to(identity)
        return first, folder

    def load(self, modules, *options):
        return Load(self, Server(self.cloud.mqtt, []), modules, *options)

    def claim(self, first, count):
        key, secret = credentials_of(self.cloud, "oem")
        done = subprocess.run([self.build / "bin/bench_api", str(self.cloud.http), "claim", str(count), str(CLIENTS), str(first)],
                              env={"AWS_ACCESS_KEY_ID": key, "AWS_SECRET_ACCESS_KEY": secret,
                                   "LABELS": str(self.folder / "labels")}, capture_output=True, text=True, timeout=120)
        if done.returncode:
            raise SystemExit(f"claims refused: {done.stdout}{done.stderr}{self.cloud.process.log()[-1000:]}")

    def completed(self):
        with contextlib.closing(sqlite3.connect(f"file:{pathlib.Path(self.cloud.folder)}/registry.sqlite?mode=ro", uri=True)) as it:
            return it.execute("select count(*) from custody where owner_account is not null").fetchone()[0]


def all_at_once(town):
    """Claims a second, and plain connects a second of the same modules afterwards."""
    first, modules = town.some_new(AT_ONCE)
    load = town.load(modules, "--follow", "--hold", 120)
    load.until("holding")
    began = time.monotonic()
    town.claim(first, AT_ONCE)
    harness.eventually(lambda: town.completed() == town.used, "all claims are completed", 120)
    seconds = time.monotonic() - began
    load.result()
    again = town.load(modules, "--endpoint", town.endpoint).result()
    return {"claims": AT_ONCE / seconds, "connects": again["connects_per_second"]}


def one_by_one(town):
    """Milliseconds from the request to the customer's CONNACK, each when the claim before it is completed; and of plain
    connects."""
    before = town.completed()
    first, modules = town.some_new(ALONE)
    load = town.load(modules, "--follow", "--hold", 120)
    load.until("holding")
    connection = http.client.HTTPConnection("127.0.0.1", town.cloud.http, timeout=30)
    times = []
    for number, label in enumerate(town.labels[first:town.used]):
        harness.eventually(lambda: town.completed() == before + number, "the claim before is completed")
        time.sleep(0.02)  # what follows it is written, too
        request = town.oem.prepared("POST", "/claims", body={"label": label})
        began = time.monotonic()
        connection.request("POST", "/claims", request.body, dict(request.headers))
        answer = json.loads(connection.getresponse().read())
        arrived = load.line(f"arrived {answer['thingName']} at ")
        if not arrived:
            raise SystemExit(f"did not arrive: {load.result()}")
        times.append(int(arrived.split()[-1]) / 1000 - began * 1000)
    connection.close()
    load.result()
    again = town.load(modules, "--endpoint", town.endpoint, "--concurrency", 1, "--reconnects", 3).result()
    return {"claim": statistics.median(times), "connect": again["connect_p50_ms"]}


def claims(stage, rounds=3):
    with contextlib.closing(Town(stage, rounds * (AT_ONCE + ALONE))) as town:
        crowds = [all_at_once(town) for _ in range(rounds)]
        alone = [one_by_one(town) for _ in range(rounds)]
    rate = statistics.median(run["claims"] for run in crowds)
    plain = statistics.median(run["connects"] for run in crowds)
    arrival = statistics.median(run["claim"] for run in alone)
    connect = statistics.median(run["connect"] for run in alone)
    share = statistics.median(run["claims"] / run["connects"] for run in crowds)
    times = statistics.median(run["claim"] / run["connect"] for run in alone)
    return Table(
        "Claims",
        f"Modules wait in staging for their endpoint; each is claimed by its label, told, and connects to the customer's "
        f"account. {rounds} rounds: {AT_ONCE} claimed by {CLIENTS} clients as fast as they can until custody of all is the "
        f"customer's, then {ALONE} alone, each when the one before is completed. Baseline: plain connects of the same modules to the same account.",
        [Row("claims completed ÷ connects", f"{rate:.0f}/s", f"{plain:.0f}/s", share),
         Row("from the claim to the customer's CONNACK ÷ a connect, medians", f"{arrival:.1f} ms", f"{connect:.1f} ms", times,
             "ratio ≤ 3", times <= 3)])
