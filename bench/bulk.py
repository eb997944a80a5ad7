# SPDX-License-Identifier: Apache-2.0
"""Bulk registration of a long file: devices a second, what one costs at the beginning and at the end, and memory, against
bare SQLite with the same statements, so many to a transaction as the product has."""
import contextlib
import hashlib
import json
import os
import pathlib
import subprocess
import time

import harness
from control_plane import bare
from measures import Row, Table
from stage import cpu_seconds, median, pss_bytes, ratio
from swift_client import SwiftClient

LINES = int(os.environ.get("XL_BULK_LINES", "100000"))
PART = 3000     # lines of the short files, and devices of SQLite's alone
TOGETHER = 100  # lines to a transaction
ROUNDS = 3
ALLOW = json.dumps({"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "iot:*", "Resource": "*"}]})
TEMPLATE = json.dumps({
    "Parameters": {"Name": {"Type": "String"}, "Request": {"Type": "String"}},
    "Resources": {
        "thing": {"Type": "AWS::IoT::Thing", "Properties": {"ThingName": {"Ref": "Name"}}},
        "certificate": {"Type": "AWS::IoT::Certificate",
                        "Properties": {"CertificateSigningRequest": {"Ref": "Request"}, "Status": "ACTIVE"}},
        "policy": {"Type": "AWS::IoT::Policy", "Properties": {"PolicyName": "all", "PolicyDocument": ALLOW}}}})


def signing_request():
    return subprocess.run(["openssl", "req", "-new", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes",
                           "-keyout", os.devnull, "-subj", "/CN=device"], check=True, capture_output=True, text=True).stdout


class Site:
    """A cloud of its own that registers what files say."""

    def __init__(self, stage, name):
        self.cloud = harness.Cloud(stage.folder / name, "--log-level", "warn", "--backup-every", "0h").start()
        stage.started.append(self.cloud.process)
        self.account = self.cloud.aws("sts", "get-caller-identity")["Account"]
        self.folder = pathlib.Path(self.cloud.folder) / "buckets" / self.account / "factory"
        self.folder.mkdir(parents=True)
        self.request, self.devices, self.most_bytes = signing_request(), 0, 0
        self.pid = [self.cloud.process.child.pid]
        self.client = SwiftClient(self.cloud)

    @property
    def registry(self):
        return pathlib.Path(self.cloud.folder) / "registry.sqlite"

    def write_file(self, lines):
        """One request for all lines: each gets a certificate of its own."""
        with (self.folder / "lot.json").open("w") as out:
            for number in range(self.devices, self.devices + lines):
                out.write(json.dumps({"Name": f"m{number:08}", "Request": self.request}) + "\n")
        self.devices += lines

    def run(self, lines):
        """Devices a second, and CPU seconds of one."""
        self.write_file(lines)
        before, began, idle = cpu_seconds(self.pid), time.monotonic(), pss_bytes(self.pid)
        status, answer, _ = self.client.call("POST", "/thing-registration-tasks", {
            "templateBody": TEMPLATE, "inputFileBucket": "factory", "inputFileKey": "lot.json",
            "roleArn": "arn:aws:iam::111122223333:role/provisioning"})
        if status != 200:
            raise SystemExit(f"the task does not start: {answer}")
        while True:
            _, task, _ = self.client.call("GET", f"/thing-registration-tasks/{answer['taskId']}")
            if task["status"] != "InProgress":
                break
            self.most_bytes = max(self.most_bytes, pss_bytes(self.pid) - idle)
            time.sleep(0.1)
        if (task["status"], task["successCount"]) != ("Completed", lines):
            raise SystemExit(f"the task ended as {task}\n{self.cloud.process.log()[-1000:]}")
        return {"rate": lines / (time.monotonic() - began), "cpu": (cpu_seconds(self.pid) - before) / lines}

    def close(self):
        self.client.close()
        self.cloud.process.end()


class Bare:
    """SQLite alone, with a registry of the product's."""

    def __init__(self, account, registry, at):
        self.account, self.number, self.database = account, 0, bare(at)
        with contextlib.closing(bare(registry)) as source:
            source.backup(self.database)
        self.database.execute("insert or ignore into policy(account_id, name, document, default_version, created, modified) "
                              "values(?, 'all', '{}', '1', 0, 0)", (account,))
        self.database.execute("insert into registration_task values(?, 'bare', '', '', '', '', 1, '', 0, 0, 0, 0, 0, '', 0, "
                              "0)", (account,))

    def rate(self):
        began = time.perf_counter()
        for _ in range(PART // TOGETHER):
            self.database.execute("begin immediate")
            for _ in range(TOGETHER):
                self.device()
            self.database.execute("insert into registration_report values(?, ?, 1, ?, ?)",
                                  (self.account, "bare", self.number, "x" * 1200 * TOGETHER))
            self.database.execute("commit")
        return PART / (time.perf_counter() - began)

    def device(self):
        """Looked up before it is made, as the product must."""
        self.number += 1
        run, account, name = self.database.execute, self.account, f"bare{self.number:08}"
        identity = hashlib.sha256(name.encode()).hexdigest()
        run("savepoint part")
        run("select 1 from certificate where account_id = ? and id = ?", (account, identity)).fetchall()
        run("insert into certificate(account_id, id, pem, status, mode, ca_certificate_id, not_before, not_after, created, "
            "modified) values(?, ?, ?, 1, 0, null, 0, 0, ?, 0)", (account, identity, "x" * 700, self.number))
        run("select 1 from thing where account_id = ? and name = ?", (account, name)).fetchall()
        run("insert into thing(account_id, name, id, attributes, version, created, type_name) "
            "values(?, ?, '11111111-2222-4333-8444-555555555555', '{}', 1, 0, null)", (account, name))
        run("insert into thing_principal(account_id, thing_name, certificate_id) values(?, ?, ?)",
            (account, name, identity))
        run("select document from policy where account_id = ? and name = 'all'", (account,)).fetchall()
        run("insert into policy_target(account_id, policy_name, certificate_id) values(?, 'all', ?)", (account, identity))
        run("update certificate set status = 0, version = version + 1 where account_id = ? and id = ?",
            (account, identity))
        run("insert into change_log(number, certificate_id) select coalesce(max(number), 0) + 1, ? from change_log",
            (identity,))
        run("release part")

    def close(self):
        self.database.close()


def bulk(stage):
    with contextlib.closing(Site(stage, "bulk-few")) as few, contextlib.closing(Site(stage, "bulk")) as many, \
            contextlib.closing(Bare(few.account, few.registry, stage.folder / "bulk-bare.sqlite")) as alone:
        before = alone.rate()
        whole = many.run(LINES)
        baseline = (before + alone.rate()) / 2
        few_runs, many_runs, alone_runs = [], [], []
        for _ in range(ROUNDS):
            few_runs.append(few.run(PART))
            many_runs.append(many.run(PART))
            alone_runs.append({"rate": alone.rate()})
        flat = ratio(many_runs, few_runs, "cpu")
        rows = [Row(f"{LINES:,} devices, one file", f"{whole['rate']:.0f}/s, {whole['cpu'] * 1e6:.0f} us CPU each",
                    f"{baseline:.0f}/s", whole["rate"] / baseline),
                Row(f"{PART:,} more", f"{median(many_runs, 'rate'):.0f}/s", f"{median(alone_runs, 'rate'):.0f}/s",
                    ratio(many_runs, alone_runs, "rate")),
                Row(f"a device, {LINES:,} ÷ none registered before", f"{median(many_runs, 'cpu') * 1e6:.0f} us CPU",
                    f"{median(few_runs, 'cpu') * 1e6:.0f} us CPU", flat, "flat: ≤ 1.25", flat <= 1.25),
                Row("memory, above that of the idle cloud, at most", f"{many.most_bytes / 2**20:.0f} MiB", "", None,
                    "≤ 64 MiB", many.most_bytes <= 64 << 20)]
    return Table("Bulk registration", f"StartThingRegistrationTask, a certificate request on every line, {TOGETHER} lines to "
                 f"a transaction. Baseline: SQLite alone with the same statements and pragmas, in Python, as many to a "
                 f"transaction; no certificates are made, no template is filled. Flatness by files of {PART:,} lines, at "
                 f"turns in a cloud with many devices and in one with few, {ROUNDS} rounds.", rows)
