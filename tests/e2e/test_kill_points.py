# SPDX-License-Identifier: Apache-2.0
"""kill -9 at every persisted step of onboarding, enumerated: each story is told again and again, and the cloud dies
before its first commit, before its second and so on, until a telling has no such commit any more; then the same behind
each commit. The cloud comes back, everybody asks again, and every story must end as if nothing had happened."""
import concurrent.futures
import contextlib
import copy
import http.client
import itertools
import json
import mmap
import os
import pathlib
import re
import shutil
import sqlite3
import struct
import tempfile
import threading

from aws_model import credentials_of
from harness import BIN, BUILD, PATIENCE, Cloud, Device, EndToEnd, Module, Vendor, eventually, policy_of, run
from test_claims import Claiming, Onboarder
from test_elsewhere import Speaker

MODULES = 60  # more than any story has commits
NOT_AUTHORIZED = 5
FREE, OWNED = 0, 2
DORMANT = 5  # a certificate
# docs/onboarding.md "The saga"; the same state again: it was told once more, or refused for another reason.
FOLLOWS = {"RESERVED": {"PREPARED", "FAILED_CONFIGURATION", "EXPIRED", "CANCELLED"},
           "PREPARED": {"NOTIFYING", "CONFIRMED", "CANCELLED", "ROLLED_BACK"},
           "NOTIFYING": {"NOTIFYING", "CONFIRMED", "STALLED", "CANCELLED"},
           "STALLED": {"NOTIFYING", "STALLED", "CONFIRMED", "CANCELLED"}, "CONFIRMED": {"COMPLETED"}}


class Control:
    """Of tests/e2e/kill_at.hpp: four counters in a file."""
    STEPS, BEFORE, AFTER, KILLS = range(4)

    def __init__(self, file, library):
        self.file = pathlib.Path(file)
        self.environment = {**os.environ, "XL_KILL_AT": str(file), "LD_PRELOAD": str(BUILD / "preload" / library)}
        self.file.write_bytes(bytes(32))
        with open(self.file, "r+b") as opened:
            self.memory = mmap.mmap(opened.fileno(), 32)

    def __getitem__(self, index):
        return struct.unpack_from("<q", self.memory, index * 8)[0]

    def __setitem__(self, index, value):
        struct.pack_into("<q", self.memory, index * 8, value)

    def arm(self, moment, number):
        """Death comes with the number-th step from now."""
        self[self.BEFORE if moment == "before" else self.AFTER] = self[self.STEPS] + number

    def disarm(self):
        self[self.BEFORE] = self[self.AFTER] = 0


class MortalCloud(Cloud):
    """Comes back whenever it is killed, as under a supervisor; its registry is looked at in between."""

    def __init__(self, folder, *extra):
        super().__init__(folder, "--backup-every", "0h", *extra)
        self.control = Control(f"{folder}.control", "kill_at_commit.so")
        self.stopping, self.findings = False, []
        self.passing = "^$"  # what fsck finds, and a story mends as it goes on
        self.keeper = threading.Thread(target=self.keep, daemon=True)

    def environment(self):
        return self.control.environment

    def serve(self):
        self.start()
        self.keeper.start()

    def keep(self):
        while True:
            self.process.child.wait()
            if self.stopping:
                return
            done = self.fsck()
            self.findings += [line for line in done.stderr.splitlines() + done.stdout.splitlines()
                              if not re.search(f"^clean: |^\\d+ findings$|{self.passing}", line)]
            self.start()

    def end(self):
        self.stopping = True
        self.process.end()
        if self.keeper.is_alive():
            self.keeper.join()

    def is_up(self):
        with contextlib.suppress(OSError, http.client.HTTPException):
            return self.get("/healthz")[0] == 200
        return False


class Insistent(Onboarder):
    """Asks again until it is answered."""

    def __init__(self, known, cloud):
        self.client, self.account = copy.copy(known.client), known.account
        self.client.cloud = cloud

    def ask(self, method, path, *words, **more):
        """The answer's status."""
        def answer():
            with contextlib.suppress(OSError, http.client.HTTPException):
                return self.client.send(method, path, *words, **more)
            return None
        return eventually(answer, f"an answer to {method} {path}")

    def send(self, method, path, body=None):
        answer = self.ask(method, path, body=body)
        return answer.status, json.loads(answer.body)

    def insist(self, accepted, method, path, *words, **more):
        """Until it is done; `accepted`: what it may answer when an earlier call has done it already."""
        answer = self.ask(method, path, *words, **more)
        if answer.status != 200 and answer.error not in accepted:
            raise AssertionError(f"{method} {path}: {answer}")


class Installation:
    """Made once: a staging account, two customers who may claim, modules that nobody has seen yet."""

    def __init__(self, folder):
        self.folder = folder
        cloud = Cloud(self.folder / "cloud")
        self.endpoints = {name: cloud.create_account(name, "customer") for name in ("oem", "rival")}
        cloud.start()
        try:
            self.identities = Vendor(self.folder / "vendor").create_ca().enroll(cloud).issue(MODULES)
            self.people = {name: Onboarder(cloud, name) for name in ("staging", *self.endpoints)}
            for name in self.endpoints:
                answer = self.people["staging"].send("PUT", f"/claim-grants/{self.people[name].account}", {})
                assert answer[0] == 200, answer
                answer = self.people[name].send("POST", "/policies/any", {"policyDocument": policy_of(("*", "*"))})
                assert answer[0] == 200, answer
        finally:
            cloud.process.stop()


class Series:
    """A copy of the installation, in which a story is told once per commit."""

    def __init__(self, test, moment, *extra):
        self.test, self.moment = test, moment
        self.endpoints, self.identities = test.installation.endpoints, iter(test.installation.identities)
        folder = test.folder / moment
        shutil.copytree(test.installation.folder / "cloud", folder)
        self.cloud = MortalCloud(folder, "--connects-per-certificate", "1000", *extra)
        self.oem, self.rival = (Insistent(test.installation.people[name], self.cloud) for name in ("oem", "rival"))
        self.settled = {"oem": {}, "rival": {}}  # whose each module is to be in the end: thing -> certificate
        self.claims, self.open = [], contextlib.ExitStack()
        test.started.append(self)
        self.serve()

    def serve(self):
        self.cloud.serve()

    def end(self):
        self.open.close()
        self.cloud.end()

    def tell(self, story):
        """Until there is no commit left to die at. How many there were."""
        control = self.cloud.control
        for number in itertools.count(1):
            self.point, self.claims, identity = f"{self.moment} commit {number}", [], next(self.identities)
            self.cloud.passing = story.passing
            seen, kills = story.begin(self, identity), control[Control.KILLS]
            control.arm(self.moment, number)
            owner = story.go_on(self, identity, seen)
            control.disarm()
            eventually(self.cloud.is_up, "the cloud is up again")
            self.check(identity, owner)
            self.open.close()
            if control[Control.KILLS] == kills:
                return number - 1

    def connected(self, identity, account="staging"):
        device = Device(self.cloud, identity)
        device.endpoint = self.endpoints.get(account, device.endpoint)
        self.open.callback(device.close)
        eventually(lambda: device.connect() == 0, f"{device.thing} is connected to {account}")
        return device

    def claim(self, identity, who, is_done=lambda claim: True, meanwhile=lambda: None):
        def ask():
            meanwhile()
            status, claim = who.claim(identity)
            return claim if status == 200 and is_done(claim) else None
        claim = eventually(ask, f"{self.point}: a claim of {identity.name}")
        self.claims.append((who, claim))
        return claim

    def told(self, device, claim):
        """It listens in staging until it hears where to go."""
        topic = f"{device.thing}/expresslink_config".encode()
        subscribe = b"\x00\x01" + len(topic).to_bytes(2, "big") + topic + b"\x01"

        def hear():
            if device.connect() != 0:
                return False
            heard = b""
            with contextlib.suppress(OSError):
                device.tls.settimeout(5)
                device.tls.sendall(b"\x82" + bytes([len(subscribe)]) + subscribe)
                while part := device.tls.recv(4096):
                    heard += part
                    if claim["endpoint"].encode() in heard:
                        return True
            return False
        eventually(hear, f"{self.point}: {device.thing} is told; {claim}")

    def arrives(self, identity, name, claim):
        """It calls its customer's endpoint until the claim is completed."""
        there, who = self.connected(identity, name), getattr(self, name)

        def has_arrived():
            is_completed = who.state(claim)["state"] == "COMPLETED"
            return there.connect() == 0 and is_completed
        eventually(has_arrived, f"{self.point}: {claim} is completed")

    def owned(self, identity):
        """A module that its host has sent to `oem`."""
        self.connected(identity).close()
        self.arrives(identity, "oem", claim := self.claim(identity, self.oem))
        return claim

    def rows(self, query, *values):
        with contextlib.closing(sqlite3.connect(f"file:{self.cloud.folder}/registry.sqlite?mode=ro", uri=True)) as file:
            return file.execute(query, values).fetchall()

    def check(self, identity, owner):
        """`owner`: "oem", "rival" or None, who is to have the module now."""
        test = self.test
        test.assertEqual(self.cloud.findings, [], self.point)
        done = self.cloud.fsck()
        test.assertEqual((done.returncode, done.stdout[:7]), (0, "clean: "), self.point + done.stdout + done.stderr)
        (certificate, status, account), = self.rows(
            "select fingerprint, status, owner_account from custody where thing_name = ?", identity.name)
        for name, settled in self.settled.items():
            settled.pop(identity.name, None)
            if name == owner:
                settled[identity.name] = certificate
            self.check_account(name, settled)
        wanted = (OWNED, getattr(self, owner).account) if owner else (FREE, None)
        test.assertEqual((status, account), wanted, self.point)
        for name in self.settled.keys() - {owner}:
            device = Device(self.cloud, identity)
            device.endpoint = self.endpoints[name]
            with contextlib.closing(device):
                test.assertEqual(device.connect(), NOT_AUTHORIZED, f"{self.point}: {name}")
        for who, claim in self.claims:
            states = self.history(who, claim)
            test.assertEqual(states[0], "RESERVED")
            test.assertEqual([(a, b) for a, b in zip(states, states[1:]) if b not in FOLLOWS[a]], [], self.point)

    def history(self, who, claim):
        return [entry["state"] for entry in who.state(claim)["history"]]

    def check_account(self, name, settled):
        """Each of its modules is there once and whole, and nothing else."""
        account = getattr(self, name).account
        things = self.rows("select name from thing where account_id = ? order by name", account)
        held = self.rows("select thing_name, certificate_id from thing_principal where account_id = ? order by 1",
                         account)
        certificates = self.rows("select id from certificate where account_id = ? order by id", account)
        wanted = sorted(settled.items())
        self.test.assertEqual((things, held, certificates),
                              ([(thing,) for thing, _ in wanted], wanted, sorted((held,) for _, held in wanted)),
                              f"{self.point}: {name}")


class SeriesElsewhere(Series):
    """And `acme`, a customer whose account is in a second installation, which lives on. Both moments have modules of
    their own: there they are in one account."""

    def serve(self):
        there = self.test.there
        key, secret = credentials_of(there, "acme")
        file = self.test.folder / f"{self.moment}.secret"
        file.write_text(secret)
        said = run(BIN / "expresslink-cloud", "account", "create", "acme", "--kind", "customer", "--data-dir",
                   self.cloud.folder, "--elsewhere", there.url, "--region", "us-east-1", "--access-key", key,
                   "--secret-file", file, "--root-ca", there.root_ca, "--endpoint",
                   f"{self.test.endpoint_there}:{there.mqtt}").stdout
        account = re.search(r"account +(\d{12})", said).group(1)
        self.identities = itertools.islice(self.test.installation.identities, self.moment == "after", None, 2)
        super().serve()
        staging = Insistent(self.test.installation.people["staging"], self.cloud)
        staging.insist((), "PUT", f"/claim-grants/{account}", body={})
        self.acme = Insistent(Speaker(self.cloud, "acme", account), self.cloud)
        self.things = set()  # that acme is to have in the end

    def arrives_there(self, identity, claim):
        there = Device(self.test.there, identity)
        there.endpoint = self.test.endpoint_there
        self.open.callback(there.close)
        eventually(lambda: there.connect() == 0, f"{self.point}: {there.thing} is let in there")
        eventually(lambda: self.acme.state(claim)["state"] == "COMPLETED", f"{self.point}: {claim} is completed")

    def check(self, identity, owner):
        super().check(identity, owner)
        self.things |= {identity.name} if owner == "acme" else set()
        mine = {folder.name for folder in self.test.installation.identities[self.moment == "after"::2]}
        there = Speaker(self.test.there, "acme")
        self.test.assertEqual(set(thing["thingName"] for thing in there.listed("/things", "things")) & mine,
                              self.things, self.point)
        for thing in self.things:
            self.test.assertEqual(len(there.listed(f"/things/{thing}/principals", "principals")), 1, self.point)

    def history(self, who, claim):
        """What the other installation has answered is a line of its own in the state that there was."""
        return [state for state, _ in itertools.groupby(super().history(who, claim))]


class Story:
    """begin() happens before death is near; go_on() while it is, and ends with whose the module must be then."""
    passing = "^$"

    def begin(self, series, identity):
        return series.connected(identity)


class Claimed(Story):
    """With the real module: first connection, claim, told, arrived, completed."""

    def begin(self, series, identity):
        module = Module(identity, series.cloud.mqtt, state=tempfile.mkdtemp(dir=series.test.folder)).power_up()
        series.open.callback(module.end)
        return module

    def go_on(self, series, identity, module):
        module.connect()
        claim = series.claim(identity, series.oem)

        def has_moved():
            if module.at("AT+CONNECT?") == "OK 1 1 CONNECTED CUSTOMER" and \
                    series.oem.state(claim)["state"] == "COMPLETED":
                return True
            module.at("AT+CONNECT")
            return False
        eventually(has_moved, f"{series.point}: the module is its customer's", 120)
        return "oem"


class CancelledBeforeItIsTold(Story):
    def go_on(self, series, identity, device):
        claim = series.claim(identity, series.oem)
        status, answer = series.oem.send("POST", f"/claims/{claim['claimId']}/cancel")
        series.test.assertEqual((status, answer["state"]), (200, "CANCELLED"), series.point)


class CancelledBackInStaging(Story):
    def go_on(self, series, identity, device):
        claim = series.claim(identity, series.oem)
        series.told(device, claim)

        def cancel():
            return device.connect() == 0 and series.oem.send("POST", f"/claims/{claim['claimId']}/cancel")[0] == 200
        eventually(cancel, f"{series.point}: it is cancelled")


class ResetAndRestored(Story):
    def begin(self, series, identity):
        return series.owned(identity)

    def go_on(self, series, identity, before):
        device = series.connected(identity)  # after a factory reset
        claim = series.claim(identity, series.oem, lambda claim: claim["claimId"] != before["claimId"], device.connect)
        series.told(device, claim)
        series.arrives(identity, "oem", claim)
        return "oem"


class ResetAndSold(ResetAndRestored):
    def go_on(self, series, identity, before):
        device = series.connected(identity)
        claim = series.claim(identity, series.rival, meanwhile=device.connect)
        series.told(device, claim)
        series.arrives(identity, "rival", claim)
        return "rival"


class Transferred(Story):
    """Registered by hand, owned by its first connection, then given to another customer."""
    passing = "it is attached to no thing"

    def begin(self, series, identity):
        series.connected(identity).close()
        oem, arn = series.oem, series.oem.client.arn
        _, certificate = oem.send("POST", "/certificate/register-no-ca", {
            "certificatePem": (identity / "certificate.pem").read_text(), "status": "ACTIVE"})
        oem.insist((), "PUT", "/target-policies/any", body={"target": certificate["certificateArn"]})
        series.connected(identity, "oem").close()
        owned = ("select 1 from custody where fingerprint = ? and owner_account = ?", certificate["certificateId"],
                 arn.rsplit(":", 1)[1])
        eventually(lambda: series.rows(*owned), "it is oem's")
        oem.insist((), "POST", "/target-policies/any", body={"target": certificate["certificateArn"]})
        oem.insist((), "PUT", f"/certificates/{certificate['certificateId']}", [("newStatus", "INACTIVE")])
        return certificate["certificateId"]

    def go_on(self, series, identity, certificate):
        rival, principal = series.rival, f"{series.rival.client.arn}:cert/{certificate}"
        series.oem.insist({"CertificateStateException"}, "PATCH", f"/transfer-certificate/{certificate}",
                          [("targetAwsAccount", rival.account)])
        rival.insist({"TransferAlreadyCompletedException"}, "PATCH", f"/accept-certificate-transfer/{certificate}",
                     [("setAsActive", "true")])
        rival.insist((), "POST", f"/things/{identity.name}", body={})
        rival.insist((), "PUT", f"/things/{identity.name}/principals", headers={"x-amzn-principal": principal})
        rival.insist((), "PUT", "/target-policies/any", body={"target": principal})
        series.connected(identity, "rival")
        return "rival"


class TakesTooLong(Story):
    def go_on(self, series, identity, device):
        claim = series.claim(identity, series.oem)
        series.oem.eventually(claim, "ROLLED_BACK")


class PutAway(Story):
    """Nobody sees it for long, and then it comes again."""

    def go_on(self, series, identity, device):
        device.close()
        eventually(lambda: series.rows("select 1 from custody join certificate on id = fingerprint "
                                       "where thing_name = ? and certificate.status = ?", identity.name, DORMANT),
                   f"{series.point}: it is put away")
        series.connected(identity)
        eventually(lambda: series.rows("select 1 from thing where name = ?", identity.name),
                   f"{series.point}: it is back")


class MovesElsewhere(Story):
    def go_on(self, series, identity, device):
        claim = series.claim(identity, series.acme)
        series.told(device, claim)
        device.close()
        series.arrives_there(identity, claim)
        return "acme"


class GivenUpElsewhere(Story):
    def go_on(self, series, identity, device):
        claim = series.claim(identity, series.acme)
        device.close()
        series.acme.eventually(claim, "PREPARED")
        series.acme.insist((), "POST", f"/claims/{claim['claimId']}/cancel", body={})
        eventually(lambda: "withdrawn" in series.acme.state(claim).get("reason", ""), f"{series.point}: it is withdrawn")


class Offboarded(ResetAndRestored):
    def go_on(self, series, identity, before):
        series.oem.insist((), "POST", f"/expresslink/things/{identity.name}/offboard")
        series.connected(identity)


class KillPoints(EndToEnd):
    @classmethod
    def setUpClass(cls):
        cls.shared = pathlib.Path(tempfile.mkdtemp(prefix="xl-kill-"))
        cls.addClassCleanup(shutil.rmtree, cls.shared, ignore_errors=True)
        cls.installation = Installation(cls.shared)

    def tell(self, story, least, *extra, series=Series):
        """`least`: so many commits it has at least, else nothing was tried."""
        with concurrent.futures.ThreadPoolExecutor(2) as pool:
            tellings = [pool.submit(series(self, moment, *extra).tell, story) for moment in ("before", "after")]
            counts = [telling.result() for telling in tellings]
        print(f"died before {counts[0]} commits and after {counts[1]}")
        self.assertGreaterEqual(min(counts), least)

    def test_a_module_is_claimed_and_moves(self):
        self.tell(Claimed(), 3)

    def test_a_module_is_claimed_and_moves_through_two_gateway_processes(self):
        self.tell(Claimed(), 3, "--gateway-workers", "2")

    def test_a_claim_is_cancelled_before_the_module_is_told(self):
        self.tell(CancelledBeforeItIsTold(), 2)

    def test_a_claim_is_cancelled_when_the_module_is_back_in_staging(self):
        self.tell(CancelledBackInStaging(), 3)

    def test_a_module_is_reset_and_called_back(self):
        self.tell(ResetAndRestored(), 4)

    def test_a_module_is_reset_and_sold(self):
        self.tell(ResetAndSold(), 4)

    def test_a_certificate_is_transferred(self):
        self.tell(Transferred(), 5)

    def test_a_claim_waits_too_long(self):
        self.tell(TakesTooLong(), 2, "--claim-hold", "1s")

    def test_a_module_is_put_away_and_comes_again(self):
        self.tell(PutAway(), 2, "--sweep-stale", "1s")

    def test_a_module_is_offboarded(self):
        self.tell(Offboarded(), 1)

    def second_installation(self):
        self.there = Cloud(self.folder / "there")
        self.started.append(self.there)
        self.there.start()
        self.endpoint_there = self.there.create_account("acme", "customer")

    def test_a_module_moves_to_a_customer_elsewhere(self):
        self.second_installation()
        self.tell(MovesElsewhere(), 5, series=SeriesElsewhere)

    def test_a_claim_of_a_customer_elsewhere_is_cancelled(self):
        self.second_installation()
        self.tell(GivenUpElsewhere(), 4, series=SeriesElsewhere)


class MortalModule(Module):
    """Its host switches it on again whenever it has died."""

    def __init__(self, identity, port, state):
        super().__init__(identity, port, state=state)
        self.control = Control(state / "control", "kill_at_write.so")

    def environment(self):
        return self.control.environment

    def ask(self, command):
        """None: it has died, and is on again."""
        with contextlib.suppress(OSError):
            return self.at(command)
        self.process.child.wait(PATIENCE)
        self.close()
        self.power_up()
        return None


class ModulePoints(Claiming):
    """The module dies at each step with which it stores what it has learned. (Behind one step is before the next.)"""

    def tell(self, story, least):
        self.site = self.served("--connects-per-certificate", "1000")
        number = 0
        while self.dies(story, "before", number + 1):
            number += 1
        self.assertTrue(self.dies(story, "after", number))
        print(f"died at {number} steps")
        self.assertGreaterEqual(number, least)
        self.assert_clean(self.site)

    def dies(self, story, moment, number):
        state = self.folder / f"{moment}-{number}"
        state.mkdir()
        module = MortalModule(identity := self.identity(), self.site.mqtt, state)
        self.started.append(module)
        module.power_up().connect()
        story(module, identity, lambda: module.control.arm(moment, number))
        module.end()
        return module.control[Control.KILLS] > 0

    def moves(self, module, identity, arm):
        arm()
        claim = self.claimed(identity)

        def has_moved():
            is_there = module.ask("AT+CONNECT?") == "OK 1 1 CONNECTED CUSTOMER"
            if is_there and self.oem.state(claim)["state"] == "COMPLETED":
                return True
            module.ask("AT+CONNECT")
            return False
        eventually(has_moved, f"the module is its customer's; {self.oem.state(claim)}", 120)

    def goes_home(self, module, identity, arm):
        module.at("AT+DISCONNECT")
        claim = self.claimed(identity)
        names = {"CustomName": "toaster", "Endpoint": self.oem_endpoint}
        for name, value in names.items():
            self.assertEqual(module.at(f"AT+CONF {name}={value}"), "OK")
        module.connect()
        self.oem.eventually(claim, "COMPLETED")
        factory = {"CustomName": "", "Endpoint": self.site.staging_endpoint()}
        arm()
        if module.ask("AT+FACTORY_RESET") is None:
            for name in names:
                self.assertIn(module.at(f"AT+CONF? {name}").removeprefix("OK").strip(), (names[name], factory[name]))
            module.connect()  # wherever it is at home now
            self.assertEqual(module.at("AT+FACTORY_RESET"), "OK")
        module.eventually_event("2 0 STARTUP")
        module.connect()
        self.assertEqual(module.at("AT+CONNECT?"), "OK 1 0 CONNECTED STAGING")
        for name in names:
            self.assertEqual(module.at(f"AT+CONF? {name}").removeprefix("OK").strip(), factory[name])

    def test_while_it_is_told_its_new_endpoint(self):
        self.tell(self.moves, 3)

    def test_in_a_factory_reset(self):
        self.tell(self.goes_home, 4)
