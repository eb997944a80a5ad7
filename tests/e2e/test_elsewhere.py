# SPDX-License-Identifier: Apache-2.0
"""Late binding to a customer's account in another installation: the vendor's cloud and the customer's are two, each with
a registry, a server root and keys of its own. The vendor's reaches the customer's by the API that AWS has too."""
import json
import re
import socket
import threading

import botocore.credentials

from aws_model import Client, credentials_of
from harness import BIN, Cloud, Vendor, eventually, run
from test_claims import Claiming, Onboarder


class Speaker(Onboarder):
    """An Onboarder that does not ask the AWS CLI first who it is, which takes longer than most tests here."""

    def __init__(self, cloud, profile, account=None):
        self.client = object.__new__(Client)
        self.client.credentials = botocore.credentials.Credentials(*credentials_of(cloud, profile))
        self.client.cloud = cloud
        self.account = account

    def listed(self, path, what):
        return self.send("GET", path)[1][what]


class Passage:
    """A TCP proxy before the customer's control plane that can swallow the answer to a request."""

    def __init__(self, port):
        self.port_behind = port
        self.swallow = b""  # answers to requests that begin so are lost
        self.swallowed = 0
        self.requests = []
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        threading.Thread(target=self.serve, daemon=True).start()

    def serve(self):
        while True:
            try:
                client, _ = self.listener.accept()
            except OSError:
                return
            threading.Thread(target=self.carry, args=(client,), daemon=True).start()

    def carry(self, client):
        """One connection is one request: the vendor's cloud makes no second on it."""
        with client:
            try:
                request = self.message(client)
                self.requests.append(request.split(b"\r\n")[0].decode())
                with socket.create_connection(("127.0.0.1", self.port_behind), timeout=10) as behind:
                    behind.sendall(request)
                    answer = self.message(behind)
                if self.swallow and request.startswith(self.swallow):
                    self.swallowed += 1
                    self.swallow = b""
                    return
                client.sendall(answer)
            except OSError:
                pass

    @staticmethod
    def message(peer):
        data = b""
        while b"\r\n\r\n" not in data:
            part = peer.recv(65536)
            if not part:
                return data
            data += part
        head, _, body = data.partition(b"\r\n\r\n")
        length = next((int(line.split(b":")[1]) for line in head.split(b"\r\n")
                       if line.lower().startswith(b"content-length:")), 0)
        while len(body) < length:
            part = peer.recv(65536)
            if not part:
                break
            body += part
        return head + b"\r\n\r\n" + body

    def end(self):
        self.listener.close()


class Elsewhere(Claiming):
    """self.here is the vendor's installation, self.there the customer's."""

    def installations(self):
        self.here = self.cloud()
        self.there = Cloud(self.folder / "there")
        self.started.append(self.there)
        self.there.start()
        self.endpoint = self.there.create_account("acme", "customer")
        self.passage = Passage(self.there.http)
        self.started.append(self.passage)
        self.oem = Speaker(self.here, "oem", re.search(r"account +(\d{12})", self.stand_in()).group(1))
        self.acme = Speaker(self.there, "acme")
        self.staging = Speaker(self.here, "staging")
        self.vendor = Vendor(self.folder / "vendor").create_ca().enroll(self.here)
        self.grant(self.oem)

    def stand_in(self):
        key, secret = credentials_of(self.there, "acme")
        file = self.folder / "secret"
        file.write_text(secret)
        return run(BIN / "expresslink-cloud", "account", "create", "oem", "--kind", "customer", "--data-dir",
                   self.here.folder, "--elsewhere", f"http://127.0.0.1:{self.passage.port}", "--region", "us-east-1",
                   "--access-key", key, "--secret-file", file, "--root-ca", self.there.root_ca,
                   "--endpoint", f"{self.endpoint}:{self.there.mqtt}").stdout

    def change(self, *words):
        return run(BIN / "expresslink-cloud", "account", "elsewhere", "oem", "--data-dir", self.here.folder, *words).stdout

    def travelling(self, identity):
        """A module that knows both roots, staged here."""
        bundle = identity / "root-ca.pem"
        bundle.write_text(bundle.read_text() + self.there.root_ca.read_text())
        return self.staged(self.here, identity)

    def things_there(self):
        return [thing["thingName"] for thing in self.acme.listed("/things", "things")]

    def certificates_there(self):
        return self.acme.listed("/certificates", "certificates")

    def moves(self, module):
        """Told its endpoint; its host then connects it to the other cloud's port."""
        module.eventually_event("3 0 CONLOST")
        module.power_off()
        module.port = self.there.mqtt
        module.power_up()
        module.connect()
        self.assertEqual(module.at("AT+CONNECT?"), "OK 1 1 CONNECTED CUSTOMER")

    def assert_both_clean(self):
        for cloud in (self.here, self.there):
            self.assert_clean(cloud)


class LateBindingElsewhere(Elsewhere):
    def test_a_module_moves_to_the_other_installation_which_says_that_it_has_arrived(self):
        self.installations()
        identity = self.identity()
        module = self.travelling(identity)
        claim = self.claimed(identity)
        self.assertEqual((claim["state"], claim["endpoint"]), ("RESERVED", self.endpoint))
        self.moves(module)
        done = self.oem.eventually(claim, "COMPLETED")
        self.assertEqual([entry["state"] for entry in done["history"]],
                         ["RESERVED", "PREPARED", "NOTIFYING", "CONFIRMED", "COMPLETED"])
        self.assertEqual(self.things_there(), [module.thing])
        module.at(f"AT+CONF Topic1={module.thing}/hello")
        self.assertEqual(module.at("AT+SEND1 from its new home"), "OK")
        status, data = self.acme.send("POST", f"/things/{module.thing}/connectivity-data", {})
        self.assertEqual(status, 200, data)
        self.assertEqual((data["thingName"], data["connected"], data["disconnectReason"]), (module.thing, True, "NONE"))
        self.assertEqual(self.here.metric("elsewhere_prepared_total"), 1)
        self.assertEqual(self.here.metric("elsewhere_arrived_total"), 1)
        self.assertNotIn(credentials_of(self.there, "acme")[1], self.here.process.log())
        self.assert_both_clean()

    def test_the_customers_own_word_confirms_an_arrival(self):
        self.installations()
        identity = self.identity()
        module = self.travelling(identity)
        answer = self.oem.send("POST", "/claims/clm-0/confirm")
        self.assertEqual(answer[0], 404, answer)
        self.assertEqual(module.at("AT+DISCONNECT"), "OK 0 DISCONNECTED")
        claim = self.claimed(identity)
        self.oem.eventually(claim, "PREPARED")
        module.connect()
        module.eventually_event("3 0 CONLOST")
        self.oem.eventually(claim, "NOTIFYING")
        path = f"/claims/{claim['claimId']}/confirm"
        self.assertEqual(self.staging.send("POST", path)[0], 404, "it is the customer's to say")
        # As long as staging has not seen the module's session end, 409 says that it is still there.
        status, done = eventually(lambda: (answer := self.oem.send("POST", path))[0] != 409 and answer, "it has left")
        self.assertEqual((status, done.get("state")), (200, "COMPLETED"), done)
        self.assertEqual(self.oem.send("POST", path)[1]["state"], "COMPLETED", "once more changes nothing")
        self.assert_both_clean()

    def test_a_module_that_is_in_staging_has_not_arrived_whatever_is_said(self):
        self.installations()
        identity = self.identity()
        device = self.device(self.here, identity)  # it connects and never listens to its configuration
        self.assertEqual(device.connect(), 0)
        claim = self.claimed(identity)
        path = f"/claims/{claim['claimId']}/confirm"
        self.oem.eventually(claim, "PREPARED")
        status, answer = self.oem.send("POST", path)
        self.assertEqual(status, 409, answer)
        self.assertIn("staging", answer["message"])
        self.assertEqual(self.oem.send("POST", f"/claims/{claim['claimId']}/cancel")[0], 200)
        status, answer = self.oem.send("POST", path)
        self.assertEqual(status, 409, answer)
        eventually(lambda: not self.certificates_there(), "it is withdrawn")

    def test_nobodys_word_confirms_a_claim_of_an_account_that_is_here(self):
        cloud = self.served()
        identity = self.identity()
        self.assertEqual(self.device(cloud, identity).connect(), 0)
        claim = self.claimed(identity)
        status, answer = self.oem.send("POST", f"/claims/{claim['claimId']}/confirm")
        self.assertEqual(status, 409, answer)

    def test_after_a_reset_another_customer_may_have_it_and_the_other_installation_loses_it(self):
        self.installations()
        identity = self.identity()
        module = self.travelling(identity)
        claim = self.claimed(identity)
        self.moves(module)
        self.oem.eventually(claim, "COMPLETED")
        self.comes_home(module)
        rival = self.rival(self.here)
        status, second = rival.claim(identity)
        self.assertEqual(status, 200, second)
        module.eventually_event("3 0 CONLOST")
        module.connect()
        rival.eventually(second, "COMPLETED")
        eventually(lambda: not self.certificates_there() and not self.things_there(), "it is withdrawn there")
        self.assertIn("withdrawn", self.oem.state(claim)["history"][-1]["reason"])
        self.assert_both_clean()

    def test_its_owner_calls_it_back_after_a_reset(self):
        self.installations()
        identity = self.identity()
        module = self.travelling(identity)
        first = self.claimed(identity)
        self.moves(module)
        self.oem.eventually(first, "COMPLETED")
        self.comes_home(module)
        again = self.claimed(identity)
        self.assertNotEqual(again["claimId"], first["claimId"])
        self.moves(module)
        self.oem.eventually(again, "COMPLETED")
        self.assertEqual(len(self.certificates_there()), 1)
        self.assert_both_clean()

    def comes_home(self, module):
        self.assertEqual(module.at("AT+FACTORY_RESET"), "OK")
        module.power_off()
        module.port = self.here.mqtt
        module.power_up()
        module.connect()
        self.assertEqual(module.at("AT+CONNECT?"), "OK 1 0 CONNECTED STAGING")
        module.events()


class WhatGoesWrong(Elsewhere):
    def staged_identity(self):
        identity = self.identity()
        device = self.device(self.here, identity)
        self.assertEqual(device.connect(), 0)
        device.close()
        return identity

    def told_reason(self, claim, words):
        eventually(lambda: words in self.oem.state(claim).get("reason", ""),
                   f"the claim says {words!r}; it is {self.oem.state(claim)}")

    def test_a_claim_waits_for_the_other_installation_and_goes_on_when_it_is_back(self):
        self.installations()
        identity = self.staged_identity()
        self.there.process.stop()
        claim = self.claimed(identity)
        self.told_reason(claim, "elsewhere: ")
        self.assertEqual(self.oem.state(claim)["state"], "RESERVED")
        self.here.process.kill()  # nor does it forget
        self.here.start()
        self.there.start()
        self.oem.eventually(claim, "PREPARED")
        self.assertEqual(len(self.certificates_there()), 1)
        self.assert_both_clean()

    def test_an_answer_that_is_lost_is_asked_for_again_and_nothing_is_made_twice(self):
        self.installations()
        for lost in (b"POST /certificate/register-no-ca", b"POST /things ", b"GET /endpoint"):
            with self.subTest(lost):
                identity = self.staged_identity()
                self.passage.swallow, before = lost, self.passage.swallowed
                claim = self.claimed(identity)
                self.oem.eventually(claim, "PREPARED")
                self.assertEqual(self.passage.swallowed, before + 1)
        self.assertEqual((len(self.certificates_there()), len(self.things_there())), (3, 3))
        for lost in (b"DELETE /things/", b"DELETE /certificates/"):
            with self.subTest(lost):
                self.passage.swallow, before = lost, self.passage.swallowed
                claim = next(c for c in self.oem.send("GET", "/claims")[1]["claims"] if c["state"] == "PREPARED")
                self.assertEqual(self.oem.send("POST", f"/claims/{claim['claimId']}/cancel")[0], 200)
                eventually(lambda: "withdrawn" in self.oem.state(claim).get("reason", ""), "it is withdrawn")
                self.assertEqual(self.passage.swallowed, before + 1)
        self.assertEqual((len(self.certificates_there()), len(self.things_there())), (1, 1))

    def test_either_installation_may_be_killed_at_any_call(self):
        self.installations()
        for victim in (self.here, self.there):
            for call in ("/certificate/register-no-ca", "/things"):
                with self.subTest(f"{victim.folder.name} {call}"):
                    identity = self.staged_identity()
                    struck = threading.Event()
                    whole = self.passage.message

                    def message(peer):
                        data = whole(peer)
                        if data.startswith(f"POST {call} ".encode()) and not struck.is_set():
                            struck.set()
                            victim.process.child.kill()
                        return data
                    self.passage.message = message
                    claim = self.claimed(identity)
                    self.assertTrue(struck.wait(30))
                    self.passage.message = whole
                    victim.process.child.wait()
                    victim.start()
                    self.oem.eventually(claim, "PREPARED")
        self.assertEqual((len(self.certificates_there()), len(self.things_there())), (4, 4))
        self.assert_both_clean()

    def test_what_is_cancelled_is_withdrawn_when_the_other_installation_is_back(self):
        self.installations()
        identity = self.staged_identity()
        claim = self.claimed(identity)
        self.oem.eventually(claim, "PREPARED")
        self.there.process.stop()
        self.assertEqual(self.oem.send("POST", f"/claims/{claim['claimId']}/cancel")[1]["state"], "CANCELLED")
        self.told_reason(claim, "elsewhere: ")
        self.here.process.kill()
        self.here.start()
        self.there.start()
        eventually(lambda: not self.certificates_there() and not self.things_there(), "it is withdrawn")
        self.told_reason(claim, "withdrawn")
        self.assertEqual({entry["state"] for entry in self.oem.state(claim)["history"][-3:]}, {"CANCELLED"})
        self.assertEqual(self.claimed(identity)["state"], "RESERVED", "and it may be claimed again")
        self.assert_both_clean()

    def test_wrong_credentials_fail_the_claim_and_right_ones_help(self):
        self.installations()
        identity = self.staged_identity()
        key, secret = credentials_of(self.there, "acme")
        wrong = self.folder / "wrong"
        wrong.write_text("x" * 40)
        self.change("--access-key", key, "--secret-file", wrong)
        claim = self.claimed(identity)
        failed = self.oem.eventually(claim, "FAILED_CONFIGURATION")
        self.assertIn("DescribeEndpoint", failed["reason"])
        self.assertEqual(self.here.metric("elsewhere_refused_total"), 1)
        self.assertEqual(self.passage.requests, ["GET /endpoint?endpointType=iot%3AData-ATS HTTP/1.1"],
                         "whoever is not let in has nothing to take back")
        right = self.folder / "right"
        right.write_text(secret)
        shown = self.change("--access-key", key, "--secret-file", right)
        self.assertNotIn(secret, shown)
        self.oem.eventually(self.claimed(identity), "PREPARED")

    def test_an_endpoint_that_modules_would_not_trust_fails_the_claim(self):
        self.installations()
        identity = self.staged_identity()
        for words, reason in ((["--endpoint", f"elsewhere.localhost:{self.there.mqtt}"], "does not know this name"),
                              (["--root-ca", self.here.root_ca, "--endpoint", f"{self.endpoint}:{self.there.mqtt}"],
                               "not to be trusted")):
            with self.subTest(reason):
                self.change(*words)
                claim = self.claimed(identity)
                self.assertIn(reason, self.oem.eventually(claim, "FAILED_CONFIGURATION")["reason"])
        self.assertEqual(self.certificates_there(), [])

    def test_a_policy_of_the_customers_is_given_to_its_modules_if_there_is_one(self):
        self.installations()
        identity = self.staged_identity()
        self.change("--policy", "lamps")
        claim = self.claimed(identity)
        self.assertIn("lamps", self.oem.eventually(claim, "FAILED_CONFIGURATION")["reason"])
        eventually(lambda: self.certificates_there() == [], "what the claim has brought is gone")
        document = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "iot:*", "Resource": "*"}]}
        self.acme.send("POST", "/policies/lamps", {"policyDocument": json.dumps(document)})
        eventually(lambda: "withdrawn" in self.oem.state(claim)["reason"], "the first claim has been undone")
        self.oem.eventually(self.claimed(identity), "PREPARED")
        targets = self.acme.send("POST", "/policy-targets/lamps", {})[1]["targets"]
        self.assertEqual(targets, [self.certificates_there()[0]["certificateArn"]])

    def test_policies_that_refuse_the_module_fail_the_claim_before_it_is_sent(self):
        self.installations()
        identity = self.staged_identity()
        self.new_policy("mute", "iot:Publish")
        self.change("--policy", "mute")
        failed = self.oem.eventually(self.claimed(identity), "FAILED_CONFIGURATION")
        self.assertIn("iot:Connect", failed["reason"])
        eventually(lambda: self.certificates_there() == [], "what the claim has brought is gone")

    def new_policy(self, name, action, version=""):
        document = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": action, "Resource": "*"}]}
        path = f"/policies/{name}/version?setAsDefault=true" if version else f"/policies/{name}"
        status, answer = self.acme.send("POST", path, {"policyDocument": json.dumps(document)})
        self.assertEqual(status, 200, answer)

    def test_policies_that_are_broken_while_the_module_moves_stall_the_claim_until_they_are_mended(self):
        self.installations()
        module = self.travelling(identity := self.identity())
        self.new_policy("lamps", "iot:*")
        self.change("--policy", "lamps")
        claim = self.claimed(identity)
        module.eventually_event("3 0 CONLOST")
        self.new_policy("lamps", "iot:Publish", version="next")
        stalled = self.oem.eventually(claim, "STALLED")
        self.assertEqual(stalled["stall"], "configuration")
        self.assertIn("TestAuthorization", stalled["reason"])
        self.assertEqual(self.staging.state(claim)["reason"], stalled["reason"])
        self.new_policy("lamps", "iot:*", version="next")
        module.power_off()
        module.port = self.there.mqtt
        module.power_up()
        module.connect()
        self.oem.eventually(claim, "COMPLETED")
        self.assert_both_clean()

    def test_a_thing_that_the_customer_had_before_stays_when_the_module_goes(self):
        self.installations()
        identity = self.staged_identity()
        name = (identity / "thing-name").read_text().strip()
        self.acme.send("POST", f"/things/{name}", {"attributePayload": {"attributes": {"room": "attic"}}})
        claim = self.claimed(identity)
        self.oem.eventually(claim, "PREPARED")
        self.assertEqual(self.oem.send("POST", f"/claims/{claim['claimId']}/cancel")[0], 200)
        self.told_reason(claim, "withdrawn")
        self.assertEqual(self.certificates_there(), [])
        self.assertEqual(self.acme.send("GET", f"/things/{name}")[1]["attributes"], {"room": "attic"})

    def test_a_name_that_another_certificate_has_there_is_not_taken_over(self):
        self.installations()
        identity = self.staged_identity()
        name = (identity / "thing-name").read_text().strip()
        self.acme.send("POST", f"/things/{name}", {})
        arn = self.acme.send("POST", "/keys-and-certificate")[1]["certificateArn"]
        attached = self.acme.client.send("PUT", f"/things/{name}/principals", headers={"x-amzn-principal": arn})
        self.assertEqual(attached.status, 200, attached.body)
        failed = self.oem.eventually(self.claimed(identity), "FAILED_CONFIGURATION")
        self.assertIn("DetachThingPrincipal", failed["reason"])
        self.assertEqual(self.things_there(), [name], "and what was there stays")
