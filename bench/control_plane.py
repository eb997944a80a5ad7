# SPDX-License-Identifier: Apache-2.0
"""The control plane against bare SQLite: the same statements in durable transactions of one program, alone."""
import contextlib
import json
import os
import pathlib
import shutil
import sqlite3
import subprocess
import time

import harness
from aws_model import credentials_of
from measures import Row, Table
from stage import cpu_seconds, median, ratio

CLIENTS = 64
THINGS = [int(size) for size in os.environ.get("XL_API_THINGS", "0,100000").split(",")]
ROUNDS = int(os.environ.get("XL_API_ROUNDS", "3"))
# operation: calls in a round
CALLS = {"CreateThing": 2000, "RegisterCertificateWithoutCA": 2000, "DescribeThing": 4000, "ListThings": 1000}
WRITES = {"CreateThing", "RegisterCertificateWithoutCA", "RegisterThing", "TransferCertificate"}
WORDS = {"CreateThing": "create", "RegisterCertificateWithoutCA": "register", "DescribeThing": "describe",
         "ListThings": "list", "RegisterThing": "provision", "TransferCertificate": "transfer"}
INSERT_THING = ("insert into thing(account_id, name, id, attributes, version, created, type_name) "
                "values(?, ?, '11111111-2222-4333-8444-555555555555', '{}', 1, 0, null)")


def thing_name(number):
    return f"t{number:08}"


def bare(registry):
    """As the product opens it."""
    database = sqlite3.connect(registry, isolation_level=None)
    for pragma in ("foreign_keys = ON", "synchronous = FULL", "temp_store = MEMORY", "journal_mode = WAL",
                   "wal_autocheckpoint = 4000"):
        database.execute(f"pragma {pragma}")
    return database


class Site:
    """A cloud with so many things, and a copy of its registry for SQLite alone."""
    environment = {}  # of bench_api, beside the keys

    def __init__(self, stage, things):
        self.build, self.things, self.certificates = stage.build, things, 0
        self.cloud = harness.Cloud(stage.folder / f"api-{things}", "--log-level", "warn", "--backup-every", "0h").start()
        self.account = self.cloud.aws("sts", "get-caller-identity")["Account"]
        self.key, self.secret = credentials_of(self.cloud, "staging")
        self.cloud.process.stop()
        with contextlib.closing(bare(self.registry)) as database:
            database.execute("begin")
            database.executemany(INSERT_THING, ((self.account, thing_name(n)) for n in range(things)))
            database.execute("commit")
            database.execute("pragma wal_checkpoint(truncate)")
        copy = stage.folder / f"bare-{things}.sqlite"
        shutil.copy(self.registry, copy)
        self.bare, self.bare_things = bare(copy), things
        self.cloud.start()

    @property
    def registry(self):
        return pathlib.Path(self.cloud.folder) / "registry.sqlite"

    def close(self):
        self.bare.close()
        self.cloud.process.end()

    def run(self, operation, calls):
        """Calls a second, and a second of the server's CPU."""
        pid = [self.cloud.process.child.pid]
        before = cpu_seconds(pid)
        done = subprocess.run([str(word) for word in (self.build / "bin/bench_api", self.cloud.http, WORDS[operation],
                                                      calls, CLIENTS, self.things)],
                              env={"AWS_ACCESS_KEY_ID": self.key, "AWS_SECRET_ACCESS_KEY": self.secret, **self.environment},
                              capture_output=True, text=True, timeout=300)
        if done.returncode:
            raise SystemExit(f"{operation}: {done.stdout}{done.stderr}{self.cloud.process.log()[-1000:]}")
        if operation in ("CreateThing", "RegisterThing"):
            self.things += calls
        return {"rate": calls / json.loads(done.stdout)["seconds"], "per_cpu": calls / (cpu_seconds(pid) - before)}

    def run_bare(self, operation, calls, at_once=1):
        """`at_once`: so many of them in one transaction."""
        act, writes = getattr(self, f"bare_{WORDS[operation]}"), operation in WRITES
        began = time.perf_counter()
        for number in range(0, calls, at_once):
            if writes:
                self.bare.execute("begin immediate")
            for one in range(number, min(number + at_once, calls)):
                act(one)
            if writes:
                self.bare.execute("commit")
        return {"rate": calls / (time.perf_counter() - began)}

    def bare_create(self, _):
        self.bare.execute(INSERT_THING, (self.account, thing_name(self.bare_things)))
        self.bare_things += 1

    def bare_register(self, _):
        self.certificates += 1
        identity = f"{self.certificates:064x}"
        self.bare.execute("insert into certificate(account_id, id, pem, status, mode, ca_certificate_id, not_before, "
                          "not_after, created, modified) values(?, ?, ?, 0, 1, null, 0, 0, 0, 0)",
                          (self.account, identity, "x" * 700))
        self.bare.execute("insert into change_log(number, certificate_id) select coalesce(max(number), 0) + 1, ? from "
                          "change_log", (identity,))

    def bare_describe(self, number):
        self.bare.execute("select * from thing where account_id = ? and name = ?",
                          (self.account, thing_name(number * 7919 % self.bare_things))).fetchall()

    def bare_list(self, number):
        self.bare.execute("select * from thing where account_id = ? and name > ? order by name limit 26",
                          (self.account, thing_name(number * 7919 % self.bare_things))).fetchall()


def rows_of(site, operation, calls, label):
    """The rows, and the calls in a second of the server's CPU."""
    ours, alone, together = [], [], []
    for _ in range(ROUNDS):
        ours.append(site.run(operation, calls))
        alone.append(site.run_bare(operation, calls))
        if operation in WRITES:
            together.append(site.run_bare(operation, calls, CLIENTS))
    value = f"{median(ours, 'rate'):.0f}/s, {median(ours, 'per_cpu'):.0f} per CPU-second"
    found = ratio(ours, alone, "rate")
    target = ("ratio ≥ 0.5", found >= 0.5) if operation in WRITES else ("", None)
    rows = [Row(f"{operation}, {label}", value, f"{median(alone, 'rate'):.0f}/s", found, *target)]
    if together:
        rows.append(Row(f"the same ÷ {CLIENTS} to a transaction", "", f"{median(together, 'rate'):.0f}/s",
                        ratio(ours, together, "rate")))
    return rows, median(ours, "per_cpu")


def api(stage):
    rows, speeds = [], {operation: [] for operation in CALLS}
    for things in THINGS:
        with contextlib.closing(Site(stage, things)) as site:
            for operation, calls in CALLS.items():
                more, speed = rows_of(site, operation, calls, f"{things:,} things")
                rows += more
                speeds[operation].append(speed)
    for operation, (small, *_, large) in speeds.items() if len(THINGS) > 1 else ():
        rows.append(Row(f"{operation}, {THINGS[-1]:,} ÷ {THINGS[0]:,} things", f"{large:.0f} per CPU-second",
                        f"{small:.0f} per CPU-second", large / small, "flat: ≥ 0.8", large / small >= 0.8))
    return Table("Control plane", f"{CLIENTS} clients with signed calls over connections that stay, the load on the same "
                 f"cores; pages of 25. Baseline: SQLite alone with the same statements and pragmas, in Python, each write a "
                 f"durable transaction of its own; no HTTP, no signature. {ROUNDS} rounds.", rows)
