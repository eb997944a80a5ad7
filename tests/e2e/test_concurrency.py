# SPDX-License-Identifier: Apache-2.0
"""64 clients at once on the same names: nothing is lost, nothing is half done, no answer is ours to blame (5xx), and
whoever pages through a listing meanwhile sees all that stays, once. XL_SECONDS: how long (20)."""
import collections
import os
import random
import subprocess
import threading
import time
import traceback

from harness import EndToEnd, policy_of
from swift_client import SwiftClient

CLIENTS = 64
SECONDS = float(os.environ.get("XL_SECONDS", "20"))
STABLE = [f"n-{number:03}" for number in range(120)]
CHURNING = [f"n-{number:03}-x" for number in range(0, 120, 10)]  # between those that stay
POLICIES = [f"p{number}" for number in range(6)]
GROUPS = [f"g{number}" for number in range(4)]
DOCUMENT = policy_of(("Connect", "*"))
# What may be answered when others are quicker. The rest, and any 5xx, is a fault.
EXPECTED = {"InvalidRequestException", "ResourceNotFoundException", "ResourceAlreadyExistsException",
            "DeleteConflictException", "VersionConflictException", "CertificateStateException",
            "LimitExceededException"}


class Client(threading.Thread):
    """Does one thing after the other until the time is over; remembers what succeeded."""

    def __init__(self, test, number):
        super().__init__(daemon=True)
        self.test, self.random = test, random.Random(number)
        self.api = SwiftClient(test.site)
        self.done, self.faults, self.answers = collections.Counter(), [], collections.Counter()
        self.pages = 0

    def run(self):
        acts = [self.things, self.certificates, self.policies, self.groups, self.links, self.links, self.counter,
                self.page_through]
        try:
            while time.monotonic() < self.test.until:
                self.random.choice(acts)()
        except Exception:
            self.faults.append(traceback.format_exc())
        self.api.close()

    def call(self, method, path, body=None, query=None, principal=None):
        status, answer, error = self.api.call(method, path, body, query, principal)
        self.answers[error or status] += 1
        if status != 200 and error not in EXPECTED:
            self.faults.append(f"{method} {path} {body}: {status} {error} {answer}")
        return status == 200, answer

    def count(self, what, succeeded):
        self.done[what] += succeeded

    def things(self):
        name = self.random.choice(CHURNING)
        if self.random.random() < 0.6:
            self.call("POST", f"/things/{name}", {})
        else:
            self.call("DELETE", f"/things/{name}")
        ok, thing = self.call("GET", f"/things/{name}")
        if ok and thing["thingName"] != name:
            self.faults.append(f"asked for {name}, got {thing}")

    def certificates(self):
        """Registering twice is refused, so what was registered and deleted adds up."""
        number = self.random.randrange(len(self.test.pems))
        if self.random.random() < 0.6:
            ok, _ = self.call("POST", "/certificate/register-no-ca",
                              {"certificatePem": self.test.pems[number], "status": "INACTIVE"})
            self.count(("certificate", number), ok)
        else:
            ok, _ = self.call("DELETE", f"/certificates/{self.test.ids[number]}", query={"forceDelete": "true"})
            self.done["certificate", number] -= ok

    def policies(self):
        name = self.random.choice(POLICIES)
        if self.random.random() < 0.6:
            self.count(name, self.call("POST", f"/policies/{name}", {"policyDocument": DOCUMENT})[0])
        else:
            self.done[name] -= self.call("DELETE", f"/policies/{name}")[0]

    def groups(self):
        name = self.random.choice(GROUPS)
        if self.random.random() < 0.7:
            self.call("POST", f"/thing-groups/{name}", {})
        else:
            self.call("DELETE", f"/thing-groups/{name}")
        self.call("PUT", "/thing-groups/addThingToThingGroup",
                  {"thingName": self.random.choice(CHURNING), "thingGroupName": name})

    def links(self):
        arn = self.test.arn(self.random.randrange(len(self.test.ids)))
        thing, policy = self.random.choice(CHURNING), self.random.choice(POLICIES)
        self.call(self.random.choice(("PUT", "DELETE")), f"/things/{thing}/principals", principal=arn)
        self.call(self.random.choice(("PUT", "POST")), f"/target-policies/{policy}", {"target": arn})
        self.call("GET", f"/things/{thing}/principals")

    def counter(self):
        """One more, unless somebody else was quicker: then the version says so."""
        _, thing = self.call("GET", "/things/counter")
        more = str(int(thing["attributes"]["n"]) + 1)
        ok, _ = self.call("PATCH", "/things/counter", {"expectedVersion": thing["version"],
                                                       "attributePayload": {"attributes": {"n": more}}})
        self.count("counter", ok)

    def page_through(self):
        names, query = [], {"maxResults": self.random.choice((7, 25, 50))}
        while True:
            ok, page = self.call("GET", "/things", query=query)
            if not ok:
                return self.faults.append(f"no page: {page}")
            names += [thing["thingName"] for thing in page["things"]]
            if "nextToken" not in page:
                break
            query["nextToken"] = page["nextToken"]
        self.pages += 1
        if names != sorted(set(names)):
            self.faults.append(f"not in order, or twice: {names}")
        if missing := set(STABLE) - set(names):
            self.faults.append(f"not seen: {missing}")


class Concurrency(EndToEnd):
    def setUp(self):
        super().setUp()
        self.site = self.cloud()
        self.api = SwiftClient(self.site)
        self.addCleanup(self.api.close)
        self.pems, self.ids = zip(*(self.make_certificate(number) for number in range(8)))
        self.account = self.site.aws("sts", "get-caller-identity")["Account"]

    def arn(self, number):
        return f"arn:aws:iot:us-east-1:{self.account}:cert/{self.ids[number]}"

    def make_certificate(self, number):
        """(PEM, id)"""
        made = subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes",
                               "-keyout", "/dev/null", "-subj", f"/CN={number}", "-days", "2"],
                              check=True, capture_output=True, text=True).stdout
        digest = subprocess.run(["openssl", "x509", "-noout", "-fingerprint", "-sha256"], input=made, check=True,
                                capture_output=True, text=True).stdout
        return made, digest.split("=")[1].strip().replace(":", "").lower()

    def get(self, path, **more):
        status, answer, _ = self.api.call("GET", path, **more)
        return answer if status == 200 else None

    def test_many_clients_on_the_same_names(self):
        for name in STABLE:
            self.assertEqual(self.api.call("POST", f"/things/{name}", {})[0], 200)
        self.api.call("POST", "/things/counter", {"attributePayload": {"attributes": {"n": "0"}}})
        self.until = time.monotonic() + SECONDS
        clients = [Client(self, number) for number in range(CLIENTS)]
        for client in clients:
            client.start()
        for client in clients:
            client.join()
        answers = sum((client.answers for client in clients), collections.Counter())
        print(f"{sum(answers.values())} calls: {dict(answers)}; {sum(client.pages for client in clients)} listings")
        self.assertEqual([fault for client in clients for fault in client.faults][:5], [])
        self.api.close()  # the server has closed what said nothing for so long; the next call opens it again
        done = collections.Counter()
        for client in clients:
            done.update(client.done)
        self.check_sums(done)
        self.check_links()
        self.assert_clean(self.site)

    def check_sums(self, done):
        """What is there is what was made less what was deleted."""
        counter = self.get("/things/counter")
        self.assertEqual((int(counter["attributes"]["n"]), counter["version"]), (done["counter"], done["counter"] + 1))
        self.assertGreater(done["counter"], 0)
        for name in POLICIES:
            self.assertEqual(done[name], int(self.get(f"/policies/{name}") is not None), name)
        for number, certificate in enumerate(self.ids):
            self.assertEqual(done["certificate", number], int(self.get(f"/certificates/{certificate}") is not None))

    def check_links(self):
        """Both sides tell the same of every attachment."""
        forth, back = set(), set()
        for name in CHURNING:
            for arn in (self.get(f"/things/{name}/principals") or {}).get("principals", ()):
                forth.add((name, arn))
        for number in range(len(self.ids)):
            for name in (self.get("/principals/things", principal=self.arn(number)) or {}).get("things", ()):
                back.add((name, self.arn(number)))
        self.assertEqual(forth, back)
