# SPDX-License-Identifier: Apache-2.0
"""Guide 11.3.1 while everything breaks: network, engine, module, customer account. Whatever happens to a claim, its
module is accepted somewhere, and ends at its customer's. The cloud itself dies in test_kill_points.py."""
import contextlib
import json
import os
import signal
import sqlite3
import threading

from harness import Module, eventually, jitp_template, policy_of
from test_claims import Claiming, Onboarder
from test_customer import ASKS_FOR_JOBS, HEARS_JOBS, ORDINARY
from unreliable_network import Network

AT_ITS_CUSTOMERS = "OK 1 1 CONNECTED CUSTOMER"
DENIED = policy_of(("Publish", "*"))


class Faults(Claiming):
    def networked(self, *extra, **how):
        cloud = self.served("--connects-per-certificate", "1000", *extra, **how)
        self.network = Network(cloud.mqtt)
        self.started.append(self.network)
        return cloud

    def staged(self, cloud, identity):
        """Connected to staging through the bad network; it listens there."""
        state = self.folder / f"module-{len(self.started)}"
        state.mkdir()
        module = Module(identity, self.network.port, state=state)
        self.started.append(module)
        module.power_up().connect()
        module.events()
        return module

    def ends_at_its_customers(self, module, claim, who=None):
        """The host connects until it is there and the claim is completed; nothing else is left to do."""
        who = who or self.oem

        def has_moved():
            if module.at("AT+CONNECT?") == AT_ITS_CUSTOMERS and who.state(claim)["state"] == "COMPLETED":
                return True
            module.at("AT+CONNECT")
            return False
        eventually(has_moved, f"the module is its customer's; its claim: {who.state(claim)}", 120)
        return who.state(claim)

    def things(self, cloud, profile):
        return [thing["thingName"] for thing in cloud.aws("iot", "list-things", profile=profile)["things"]]

    def told(self, claim):
        return self.oem.eventually(claim, "NOTIFYING")

    def power_cut(self, module):
        module.close()
        module.process.kill()
        module.power_up()

    def reset(self, module):
        self.assertEqual(module.at("AT+RESET"), "OK")
        module.eventually_event("2 0 STARTUP")


class BadNetwork(Faults):
    def test_the_endpoint_message_is_lost(self):
        cloud = self.networked()
        module = self.staged(cloud, identity := self.identity())
        self.network.lost.add("down")
        claim = self.claimed(identity)
        self.told(claim)
        self.network.cut()
        module.eventually_event("3 0 CONLOST")
        self.assertEqual(module.at("AT+CONNECT?"), "OK 0 0 DISCONNECTED STAGING")
        self.network.heal()
        self.assertEqual(self.ends_at_its_customers(module, claim)["notifyAttempts"], 2)

    def test_the_modules_acknowledgement_is_lost(self):
        cloud = self.networked()
        module = self.staged(cloud, identity := self.identity())
        self.network.lost.add("up")
        claim = self.claimed(identity)
        module.eventually_event("3 0 CONLOST")
        self.network.heal()
        self.assertEqual(self.ends_at_its_customers(module, claim)["notifyAttempts"], 1)
        self.assertNotIn("endpoint acknowledged", cloud.process.log())

    def test_the_customers_endpoint_cannot_be_reached_for_a_while(self):
        cloud = self.networked("--claim-arrival", "1s")
        self.network.closed.add(self.oem_endpoint)
        module = self.staged(cloud, identity := self.identity())
        claim = self.claimed(identity)
        module.eventually_event("3 0 CONLOST")
        module.connect_fails_with(4)
        self.assertEqual(self.oem.eventually(claim, "STALLED")["stall"], "unreachable")
        self.network.heal()
        self.ends_at_its_customers(module, claim)

    def test_the_network_breaks_while_the_module_arrives(self):
        """Its CONNECT comes through, the answer does not: it is its customer's, and learns that when it asks again."""
        cloud = self.networked()
        device = self.device(cloud, identity := self.identity())
        self.assertEqual(device.connect(), 0)
        claim = self.claimed(identity)
        there = self.device(cloud, identity, self.oem_endpoint)
        there.greet()
        there.close()
        self.oem.eventually(claim, "COMPLETED")
        self.assertEqual(there.connect(), 0)
        self.assert_clean(cloud)

    def test_the_network_breaks_after_it_has_arrived(self):
        cloud = self.networked()
        module = self.staged(cloud, identity := self.identity())
        claim = self.claimed(identity)
        self.ends_at_its_customers(module, claim)
        module.events()
        self.network.cut()
        module.eventually_event("3 0 CONLOST")
        module.connect()
        self.assertEqual(module.at("AT+CONNECT?"), AT_ITS_CUSTOMERS)
        self.assertEqual(self.oem.state(claim)["notifyAttempts"], 1)


class LostEngine(Faults):
    def test_the_engine_is_lost_before_and_after_the_module_is_told(self):
        cloud = self.networked()
        first, second = self.vendor.issue(2)
        modules = self.staged(cloud, first), self.staged(cloud, second)
        os.kill(cloud.engine_pid(), signal.SIGKILL)
        claims = [self.claimed(first)]
        for module in modules:
            module.connect()
        claims.append(self.claimed(second))
        self.told(claims[1])
        os.kill(eventually(cloud.engine_pid, "the engine runs"), signal.SIGKILL)
        for module, claim in zip(modules, claims):
            self.ends_at_its_customers(module, claim)
        self.assert_clean(cloud)


    def test_the_engine_is_slow_to_subscribe_the_module(self):
        """Told before its SUBACK, a module might take the message for somebody else's."""
        cloud = self.networked()
        device = self.device(cloud, identity := self.identity())
        self.assertEqual(device.connect(), 0)
        engine = cloud.engine_pid()
        os.kill(engine, signal.SIGSTOP)
        try:
            self.subscribe(device)
            claim = self.claimed(identity)
            device.tls.settimeout(2)
            with self.assertRaises(TimeoutError):
                device.tls.recv(4096)
            self.assertEqual(self.oem.state(claim)["state"], "PREPARED")
        finally:
            os.kill(engine, signal.SIGCONT)
        device.tls.settimeout(30)
        self.assertEqual(device.tls.recv(5), b"\x90\x03\x00\x01\x01")
        self.assertIn(self.oem_endpoint.encode(), device.tls.recv(4096))


class BusyRegistry(Faults):
    """Another program holds the registry for longer than the cloud has patience, and lets it go."""
    @contextlib.contextmanager
    def locked(self, cloud):
        with contextlib.closing(sqlite3.connect(cloud.folder / "registry.sqlite", isolation_level=None)) as other:
            other.execute("begin immediate")
            yield
            other.execute("rollback")

    def test_the_module_cannot_be_told_for_a_while(self):
        cloud = self.networked()
        device = self.device(cloud, identity := self.identity())
        self.assertEqual(device.connect(), 0)
        claim = self.claimed(identity)
        with self.locked(cloud):
            self.assertEqual(self.listen(device), b"", "nothing is sent before it is durable")
            cloud.eventually_logs("claim not updated.*Another program holds it")
        device.tls.settimeout(30)
        self.assertIn(self.oem_endpoint.encode(), device.tls.recv(4096), "the same session is told, once it can be")
        self.assertEqual(self.told(claim)["notifyAttempts"], 1)

    def test_the_arrival_cannot_be_noted_for_a_while(self):
        cloud = self.networked()
        device = self.device(cloud, identity := self.identity())
        self.assertEqual(device.connect(), 0)
        claim = self.claimed(identity)
        there = self.device(cloud, identity, self.oem_endpoint)
        with self.locked(cloud):
            self.assertEqual(there.connect(), 0)
            cloud.eventually_logs("custody not updated.*Another program holds it")
        self.oem.eventually(claim, "COMPLETED")
        self.assert_clean(cloud)


class Interrupted(Faults):
    """The module is reset, or loses its power, in each state of its claim."""

    def prepared(self, module, identity):
        module.at("AT+DISCONNECT")
        claim = self.claimed(identity)
        self.assertEqual(claim["state"], "PREPARED")
        return claim

    def notifying_and_not_heard(self, module, identity):
        self.network.lost.add("down")
        self.told(claim := self.claimed(identity))
        return claim

    def notifying_and_heard(self, module, identity):
        self.network.closed.add(self.oem_endpoint)
        claim = self.claimed(identity)
        module.eventually_event("3 0 CONLOST")
        return claim

    def stalled(self, module, identity):
        claim = self.notifying_and_heard(module, identity)
        self.oem.eventually(claim, "STALLED")
        return claim

    def completed(self, module, identity):
        claim = self.claimed(identity)
        self.ends_at_its_customers(module, claim)
        return claim

    def go_through_all(self, interrupt):
        cloud = self.networked("--claim-arrival", "1s")
        states = (self.prepared, self.notifying_and_not_heard, self.notifying_and_heard, self.stalled, self.completed)
        for state in states:
            with self.subTest(state.__name__):
                module = self.staged(cloud, identity := self.identity())
                claim = state(module, identity)
                interrupt(module)
                self.network.cut()
                self.network.heal()
                self.ends_at_its_customers(module, claim)
                module.end()
        self.assert_clean(cloud)
        self.assertEqual(len(self.things(cloud, "oem")), len(states))

    def test_by_a_reset(self):
        self.go_through_all(self.reset)

    def test_by_a_power_cut(self):
        self.go_through_all(self.power_cut)


class BadCustomer(Faults):
    def break_policy(self, cloud, claim):
        attached = cloud.aws("iot", "list-attached-policies", "--target", self.certificate(claim), profile="oem")
        name = attached["policies"][0]["policyName"]
        self.new_policy(cloud, name, DENIED)
        return name

    def new_policy(self, cloud, name, document):
        cloud.aws("iot", "create-policy-version", "--policy-name", name, "--policy-document", document,
                  "--set-as-default", profile="oem")

    def certificate(self, claim):
        return f"{self.oem.client.arn}:cert/{claim['certificateId']}"

    def test_policies_are_broken_while_the_module_moves_and_then_repaired(self):
        cloud = self.networked()
        module = self.staged(cloud, identity := self.identity())
        self.network.closed.add(self.oem_endpoint)
        claim = self.claimed(identity)
        module.eventually_event("3 0 CONLOST")
        name = self.break_policy(cloud, claim)
        self.network.heal()
        module.connect_fails_with(5)
        stalled = self.oem.eventually(claim, "STALLED")
        self.assertEqual(stalled["stall"], "configuration")
        self.assertIn("iot:Connect", stalled["reason"])
        self.new_policy(cloud, name, policy_of(("*", "*")))
        self.ends_at_its_customers(module, claim)

    def test_policies_let_it_connect_and_not_work_until_they_are_repaired(self):
        cloud = self.networked()
        body = jitp_template(policy_of(*ORDINARY))
        cloud.aws("iot", "create-provisioning-template", "--template-name", "jobless", "--enabled",
                  "--provisioning-role-arn", "arn:aws:iam::000000000000:role/any", "--template-body", json.dumps(body),
                  profile="oem")
        module = self.staged(cloud, identity := self.identity())
        claim = self.claimed(identity, templateName="jobless")
        module.eventually_event("3 0 CONLOST")
        module.connect_fails_with(6)
        name, = cloud.aws("iot", "list-policies", profile="oem")["policies"]
        self.new_policy(cloud, name["policyName"], policy_of(*ORDINARY, HEARS_JOBS, ASKS_FOR_JOBS))
        self.ends_at_its_customers(module, claim)

    def detach(self, cloud, claim):
        cloud.aws("iot", "detach-thing-principal", "--thing-name", claim["thingName"], "--principal",
                  self.certificate(claim), profile="oem")
        cloud.aws("iot", "update-certificate", "--certificate-id", claim["certificateId"], "--new-status", "INACTIVE",
                  profile="oem")

    def detach_all(self, cloud, claim):
        target = ("--target", self.certificate(claim))
        for policy in cloud.aws("iot", "list-attached-policies", *target, profile="oem")["policies"]:
            cloud.aws("iot", "detach-policy", "--policy-name", policy["policyName"], *target, profile="oem")
        self.detach(cloud, claim)

    def offer(self, source, claim, target):
        """What TransferCertificate answers."""
        return source.client.send("PATCH", f"/transfer-certificate/{claim['certificateId']}",
                                  [("targetAwsAccount", target.account)])

    def delete(self, cloud, claim):
        """The customer removes the certificate that its account was given."""
        self.detach(cloud, claim)
        cloud.aws("iot", "delete-certificate", "--certificate-id", claim["certificateId"], "--force-delete",
                  profile="oem")

    def claimed_anew(self, identity, claim):
        status, answer = self.oem.send("POST", f"/claims/{claim['claimId']}/cancel", {"force": True})
        self.assertEqual((status, answer["state"]), (200, "CANCELLED"), answer)
        again = self.claimed(identity)
        self.assertNotEqual(again["claimId"], claim["claimId"])
        return again

    def test_the_customer_deletes_the_certificate_before_the_module_is_told(self):
        cloud = self.networked()
        module = self.staged(cloud, identity := self.identity())
        module.at("AT+DISCONNECT")
        claim = self.claimed(identity)
        self.delete(cloud, claim)
        module.connect()
        self.assertEqual(module.at("AT+CONNECT?"), "OK 1 0 CONNECTED STAGING", "it is not sent where nobody knows it")
        self.assertEqual(self.oem.state(claim)["state"], "PREPARED")
        self.ends_at_its_customers(module, self.claimed_anew(identity, claim))
        self.assert_clean(cloud)

    def test_the_customer_deletes_the_certificate_while_the_module_moves(self):
        cloud = self.networked()
        module = self.staged(cloud, identity := self.identity())
        self.network.closed.add(self.oem_endpoint)
        claim = self.claimed(identity)
        module.eventually_event("3 0 CONLOST")
        self.delete(cloud, claim)
        self.network.heal()
        module.connect_fails_with(5)
        self.assertEqual(self.oem.eventually(claim, "STALLED")["stall"], "configuration")
        self.ends_at_its_customers(module, self.claimed_anew(identity, claim))
        self.assert_clean(cloud)

    def test_the_customer_deletes_the_certificate_and_the_module_is_brought_home(self):
        """A cancelled claim strands nobody for ever: a factory reset leads to staging, and anybody may claim it."""
        cloud = self.networked()
        module = self.staged(cloud, identity := self.identity())
        self.network.closed.add(self.oem_endpoint)
        claim = self.claimed(identity)
        module.eventually_event("3 0 CONLOST")
        self.delete(cloud, claim)
        self.oem.send("POST", f"/claims/{claim['claimId']}/cancel", {"force": True})
        self.network.heal()
        module.connect_fails_with(5)
        self.assertEqual(module.at("AT+FACTORY_RESET"), "OK")
        module.eventually_event("2 0 STARTUP")
        module.connect()
        rival = self.rival(cloud)
        status, claim = rival.claim(identity)
        self.assertEqual(status, 200, claim)
        self.ends_at_its_customers(module, claim, rival)
        self.assert_clean(cloud)


    def test_the_customer_gives_the_certificate_to_somebody_whom_the_vendor_has_granted_nothing(self):
        cloud = self.networked()
        module = self.staged(cloud, identity := self.identity())
        module.at("AT+DISCONNECT")
        claim = self.claimed(identity)
        cloud.create_account("fence", "customer")
        fence = Onboarder(cloud, "fence")
        self.assertEqual(fence.claim(identity)[0], 403)
        self.detach_all(cloud, claim)
        given = self.offer(self.oem, claim, fence)
        self.assertEqual((given.status, given.error), (406, "CertificateStateException"))
        self.assertIn(claim["claimId"], given.message)
        accepted = fence.client.send("PATCH", f"/accept-certificate-transfer/{claim['certificateId']}")
        self.assertEqual(accepted.status, 404)
        self.ends_at_its_customers(module, self.claimed_anew(identity, claim))
        self.assert_clean(cloud)

    def test_an_offer_of_the_certificate_blocks_no_claim(self):
        """Neither a stranger's, who knows the certificate, nor that of an owner whose module was reset and sold."""
        cloud = self.networked()
        module = self.staged(cloud, identity := self.identity())
        cloud.create_account("fence", "customer")
        fence, rival = Onboarder(cloud, "fence"), self.rival(cloud)
        _, known = fence.send("POST", "/certificate/register-no-ca", {
            "certificatePem": (identity / "certificate.pem").read_text(), "status": "INACTIVE"})
        self.assertEqual(self.offer(fence, known, self.oem).status, 200)
        claim = self.claimed(identity)
        self.ends_at_its_customers(module, claim)
        fence.client.send("DELETE", f"/certificates/{claim['certificateId']}")

        self.detach_all(cloud, claim)
        self.assertEqual(self.offer(self.oem, claim, fence).status, 200)
        self.assertEqual(module.at("AT+FACTORY_RESET"), "OK")
        module.eventually_event("2 0 STARTUP")
        module.connect()
        status, sold = rival.claim(identity)
        self.assertEqual(status, 200, sold)
        accepted = fence.client.send("PATCH", f"/accept-certificate-transfer/{claim['certificateId']}")
        self.assertEqual(accepted.status, 404)
        self.ends_at_its_customers(module, sold, rival)
        self.assert_clean(cloud)


class TwoCustomers(Faults):
    def test_two_accounts_claim_one_module_at_the_same_instant(self):
        cloud = self.networked()
        rival = self.rival(cloud)
        label = (self.identity() / "label").read_text().strip().rsplit(":", 1)[0]  # without the certificate's fingerprint
        unknown = self.oem.send("POST", "/claims", {"label": label})
        for identity in self.vendor.issue(8):
            device = self.device(cloud, identity)
            self.assertEqual(device.connect(), 0)
            device.close()
            gate, answers = threading.Barrier(2), {}

            def claim(who, identity=identity, gate=gate, answers=answers):
                gate.wait()
                answers[who] = who.claim(identity)
            claimants = [threading.Thread(target=claim, args=(who,)) for who in (self.oem, rival)]
            for claimant in claimants:
                claimant.start()
            for claimant in claimants:
                claimant.join()
            self.assertEqual(sorted(status for status, _ in answers.values()), [200, 403], answers)
            loser, = (answer for answer in answers.values() if answer[0] == 403)
            self.assertEqual(loser, unknown, "who comes second learns no more than about a module that is not there")
            winner, = (who for who, answer in answers.items() if answer[0] == 200)
            there = self.device(cloud, identity, answers[winner][1]["endpoint"])
            self.assertEqual(there.connect(), 0)
            winner.eventually(answers[winner][1], "COMPLETED")
        self.assert_clean(cloud)
