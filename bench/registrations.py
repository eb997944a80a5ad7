# SPDX-License-Identifier: Apache-2.0
"""Calls that are whole transactions of many statements: RegisterThing, and a certificate's way to another account."""
import contextlib
import hashlib

import bulk
from aws_model import credentials_of
from control_plane import CLIENTS, ROUNDS, Site
from measures import Row, Table
from stage import median, ratio

REQUESTS = {"RegisterThing": 2000, "TransferCertificate": 1500}


class Workshop(Site):
    """Two accounts."""

    def __init__(self, stage):
        super().__init__(stage, 0)
        self.cloud.create_account("oem", "customer")
        self.other = self.cloud.aws("sts", "get-caller-identity", profile="oem")["Account"]
        key, secret = credentials_of(self.cloud, "oem")
        self.environment = {"TEMPLATE": bulk.TEMPLATE, "SIGNING_REQUEST": bulk.signing_request(),
                            "OTHER_ACCOUNT": self.other, "OTHER_ACCESS_KEY_ID": key, "OTHER_SECRET_ACCESS_KEY": secret}
        self.alone = bulk.Bare(self.account, self.registry, stage.folder / "bare-registrations.sqlite")
        self.bare, self.bare_transfers = self.alone.database, 0

    def bare_provision(self, _):
        self.alone.device()

    def bare_transfer(self, _):
        """Both calls; the certificate is registered before."""
        self.bare_transfers += 1
        run, here, there = self.bare.execute, self.account, self.other
        identity = hashlib.sha256(f"transfer {self.bare_transfers}".encode()).hexdigest()
        select = "select * from certificate where account_id = ? and id = ?"
        insert = ("insert into certificate(account_id, id, pem, status, mode, ca_certificate_id, not_before, not_after, "
                  "created, modified) values(?, ?, ?, 3, 1, null, 0, 0, 0, 0)")
        update = "update certificate set status = ?, version = version + 1 where account_id = ? and id = ?"
        log = ("insert into change_log(number, certificate_id) select coalesce(max(number), 0) + 1, ? from change_log",
               (identity,))
        run(insert, (here, identity, "x" * 700))
        run(select, (here, identity)).fetchall()
        run(update, (3, here, identity))
        run(insert, (there, identity, "x" * 700))
        run("insert into certificate_transfer values(?, ?, ?, 0, '', '', 0, null)", (here, identity, there))
        run(*log)
        run("commit")
        run("begin immediate")
        run("select * from certificate_transfer where source_account = ? and certificate_id = ?",
            (here, identity)).fetchall()
        run("delete from certificate where account_id = ? and id = ?", (here, identity))
        run(update, (0, there, identity))
        run("delete from tombstone where account_id = ? and certificate_id = ?", (there, identity))
        run("update certificate_transfer set state = 1 where source_account = ? and certificate_id = ?", (here, identity))
        run("select * from custody where fingerprint = ?", (identity,)).fetchall()
        run(*log)


def registrations(stage):
    rows = []
    with contextlib.closing(Workshop(stage)) as site:
        for operation, name in (("RegisterThing", "RegisterThing with a CSR"),
                                ("TransferCertificate", "TransferCertificate and AcceptCertificateTransfer")):
            ours, alone = [], []
            for _ in range(ROUNDS):
                ours.append(site.run(operation, REQUESTS[operation]))
                alone.append(site.run_bare(operation, REQUESTS[operation]))
            found = median(ours, "rate")
            rows.append(Row(name, f"{found:.0f}/s, {median(ours, 'per_cpu'):.0f} per CPU-second",
                            f"{median(alone, 'rate'):.0f}/s", ratio(ours, alone, "rate"), "≥ 1000/s", found >= 1000))
    return Table("Registrations and transfers", f"{CLIENTS} clients, as above; every call is a durable transaction when it is "
                 f"answered. Baseline: SQLite alone with the same statements, each transaction by itself; no certificate is "
                 f"made, no template is filled. {ROUNDS} rounds.", rows)
