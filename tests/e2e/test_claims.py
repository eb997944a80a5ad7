# SPDX-License-Identifier: Apache-2.0
"""Guide 11.3.1: late binding. A module in its vendor's staging account is claimed by a customer and moves there."""
import contextlib
import json
import time

from aws_model import Client
from harness import Device, EndToEnd, Vendor, eventually, jitp_template, policy_of

BACK_IN_STAGING = "OK 1 0 CONNECTED STAGING"


class Onboarder:
    """What an OEM's application does with the claims API."""

    def __init__(self, cloud, profile):
        self.client = Client(cloud, profile)
        self.account = self.client.arn.rsplit(":", 1)[1]

    def send(self, method, path, body=None):
        answer = self.client.send(method, path, body=body)
        return answer.status, json.loads(answer.body)

    def claim(self, identity, **more):
        return self.send("POST", "/claims", {"label": (identity / "label").read_text().strip(), **more})

    def state(self, claim):
        return self.send("GET", f"/claims/{claim['claimId']}")[1]

    def eventually(self, claim, state):
        def look():
            found = self.state(claim)
            return found if found["state"] == state else None
        return eventually(look, f"the claim is {state}; it is {self.state(claim)}")


class Claiming(EndToEnd):
    def served(self, *extra, proof="voucher"):
        cloud = self.cloud(*extra)
        self.oem_endpoint = cloud.create_account("oem", "customer")
        self.vendor = Vendor(self.folder / "vendor").create_ca().enroll(cloud)
        self.oem = Onboarder(cloud, "oem")
        self.staging = Onboarder(cloud, "staging")
        self.grant(self.oem, proof)
        return cloud

    def grant(self, oem, proof="voucher"):
        status, answer = self.staging.send("PUT", f"/claim-grants/{oem.account}", {"proof": proof})
        self.assertEqual(status, 200, answer)

    def rival(self, cloud):
        cloud.create_account("rival", "customer")
        rival = Onboarder(cloud, "rival")
        self.grant(rival)
        return rival

    def identity(self):
        return self.vendor.issue()[0]

    def staged(self, cloud, identity):
        """Its first connection, after which staging knows it."""
        module = self.module(identity, cloud)
        module.connect()
        module.events()
        return module

    def claimed(self, identity, **more):
        status, claim = self.oem.claim(identity, **more)
        self.assertEqual(status, 200, claim)
        return claim

    def arrives(self, module, claim):
        module.eventually_event("3 0 CONLOST")
        module.connect()
        self.assertEqual(module.at("AT+CONNECT?"), "OK 1 1 CONNECTED CUSTOMER")
        return self.oem.eventually(claim, "COMPLETED")

    def device(self, cloud, identity, endpoint=None):
        device = Device(cloud, identity)
        device.endpoint = endpoint or device.endpoint
        self.started.append(contextlib.closing(device))
        self.started[-1].end = device.close
        return device

    def subscribe(self, device):
        topic = f"{device.thing}/expresslink_config".encode()
        body = b"\x00\x01" + len(topic).to_bytes(2, "big") + topic + b"\x01"
        device.tls.sendall(b"\x82" + bytes([len(body)]) + body)

    def listen(self, device):
        """Subscribes to its configuration; what it is sent before a second of silence."""
        self.subscribe(device)
        received = b""
        device.tls.settimeout(1)
        with contextlib.suppress(OSError):
            while part := device.tls.recv(4096):
                received += part
        self.assertTrue(received.startswith(b"\x90\x03\x00\x01\x01"), received)
        return received[5:]


class LateBinding(Claiming):
    def test_a_module_is_claimed_before_it_has_ever_been_switched_on(self):
        cloud = self.served()
        identity, copied = self.identity(), self.identity()
        claim = self.claimed(identity)
        self.assertEqual(claim["state"], "AWAITING_MODULE")
        self.assertEqual(self.claimed(identity)["claimId"], claim["claimId"])
        name_alone = (copied / "label").read_text().strip().rsplit(":", 1)[0]
        self.assertEqual(self.oem.send("POST", "/claims", {"label": name_alone})[0], 403, "it does not say which certificate")
        module = self.module(identity, cloud)
        module.connect()
        module.eventually_event("1 0 MSG")
        self.assertIn(self.oem_endpoint, module.at("AT+GET0"))
        self.arrives(module, claim)
        states = [entry["state"] for entry in self.oem.state(claim)["history"]]
        self.assertEqual(states[:4], ["AWAITING_MODULE", "RESERVED", "PREPARED", "NOTIFYING"])

    def test_a_connected_module_is_claimed_and_moves_to_its_customer(self):
        cloud = self.served()
        identity = self.identity()
        module = self.staged(cloud, identity)
        claim = self.claimed(identity)
        self.assertEqual((claim["thingName"], claim["endpoint"]), (module.thing, self.oem_endpoint))
        module.eventually_event("1 0 MSG")
        self.assertIn(json.dumps({"Endpoint": self.oem_endpoint}, separators=(",", ":")), module.at("AT+GET0"))
        done = self.arrives(module, claim)
        self.assertEqual([entry["state"] for entry in done["history"]],
                         ["RESERVED", "PREPARED", "NOTIFYING", "CONFIRMED", "COMPLETED"])
        self.assertEqual(done["notifyAttempts"], 1)
        things = cloud.aws("iot", "list-things", profile="oem")["things"]
        self.assertEqual([thing["thingName"] for thing in things], [module.thing])
        module.at(f"AT+CONF Topic1={module.thing}/hello")
        self.assertEqual(module.at("AT+SEND1 from its new home"), "OK")
        self.assertEqual(self.oem.claim(identity)[1]["claimId"], claim["claimId"], "claiming again changes nothing")
        self.assert_clean(cloud)

    def test_a_module_that_is_off_is_told_when_it_comes(self):
        cloud = self.served()
        identity = self.identity()
        module = self.staged(cloud, identity)
        module.power_off()
        claim = self.claimed(identity)
        self.assertEqual(claim["state"], "PREPARED")
        module.power_up()
        module.connect()
        self.arrives(module, claim)

    def test_the_host_may_set_the_endpoint_itself(self):
        cloud = self.served()
        identity = self.identity()
        module = self.staged(cloud, identity)
        module.at("AT+DISCONNECT")
        claim = self.claimed(identity)
        self.assertEqual(module.at(f"AT+CONF Endpoint={self.oem_endpoint}"), "OK")
        module.connect()
        done = self.oem.eventually(claim, "COMPLETED")
        self.assertEqual(done["notifyAttempts"], 0)

    def test_a_factory_reset_brings_it_home_and_its_owner_may_call_it_back(self):
        cloud = self.served()
        identity = self.identity()
        module = self.staged(cloud, identity)
        self.arrives(module, self.claimed(identity))
        self.assertEqual(module.at("AT+FACTORY_RESET"), "OK")
        module.eventually_event("2 0 STARTUP")
        module.connect()
        self.assertEqual(module.at("AT+CONNECT?"), BACK_IN_STAGING)
        again = self.claimed(identity)
        self.arrives(module, again)
        self.assert_clean(cloud)

    def test_after_a_reset_somebody_else_may_claim_it_with_voucher_and_presence(self):
        cloud = self.served()
        identity = self.identity()
        module = self.staged(cloud, identity)
        self.arrives(module, self.claimed(identity))
        rival = self.rival(cloud)
        self.assertEqual(rival.claim(identity)[0], 403, "not while it is its owner's")
        module.at("AT+FACTORY_RESET")
        module.eventually_event("2 0 STARTUP")
        module.connect()
        module.events()
        status, claim = rival.claim(identity)
        self.assertEqual(status, 200, claim)
        module.eventually_event("3 0 CONLOST")
        module.connect()
        rival.eventually(claim, "COMPLETED")
        self.assertEqual(cloud.aws("iot", "list-things", profile="oem")["things"], [])
        self.assert_clean(cloud)


class WhoMayClaim(Claiming):
    def test_whatever_is_wrong_the_answer_is_the_same(self):
        cloud = self.served()
        mine, other = self.vendor.issue(2)
        for identity in (mine, other):
            self.assertEqual(self.device(cloud, identity).connect(), 0)
        label = (mine / "label").read_text().strip()
        name, key, signature, fingerprint = label.split(":")[1:]
        stranger = (other / "label").read_text().strip().split(":")[3]
        cloud.create_account("nobody", "customer")
        answers = [self.oem.send("POST", "/claims", body) for body in (
            {"label": f"XL1:{'0' * 40}:{key}:{signature}"},  # no such module
            {"label": f"XL1:{'0' * 40}:{key}:{signature}:{fingerprint}"},  # none that was ever announced so
            {"thingName": name.lower()}, {"label": f"XL1:{name}"},  # no voucher
            {"label": f"XL1:{name}:{key}:{stranger}"},  # another module's
            {"label": f"XL1:{name}:AAAA:{signature}"})]  # no such key
        answers.append(Onboarder(cloud, "nobody").claim(mine))  # no grant
        self.claimed(mine)
        answers.append(self.rival(cloud).claim(mine))  # taken
        self.staging.send("DELETE", f"/voucher-keys/{key}")
        answers.append(self.oem.claim(other))  # a revoked key
        gone = self.identity()
        self.grant(self.oem, "open")
        device = self.device(cloud, gone)
        self.assertEqual(device.connect(), 0)
        revoked = cloud.aws("iot", "list-thing-principals", "--thing-name", device.thing)["principals"][0]
        cloud.aws("iot", "update-certificate", "--certificate-id", revoked.rsplit("/", 1)[1], "--new-status", "REVOKED")
        answers.append(self.oem.claim(gone))  # its vendor has given it up
        self.assertEqual(len({(status, json.dumps(answer)) for status, answer in answers}), 1, answers)
        self.assertEqual(answers[0][0], 403)

    def test_a_grant_may_ask_for_presence_or_for_the_name_alone(self):
        cloud = self.served(proof="voucher+present")
        identity = self.identity()
        device = self.device(cloud, identity)
        self.assertEqual(device.connect(), 0)
        device.close()
        eventually(lambda: cloud.metric("gateway_sessions") == 0, "it is gone")
        self.assertEqual(self.oem.claim(identity)[0], 403)
        self.assertEqual(device.connect(), 0)
        self.assertEqual(self.oem.claim(identity)[0], 200)
        self.grant(self.oem, "open")
        second = self.identity()
        self.assertEqual(self.device(cloud, second).connect(), 0)
        status, claim = self.oem.send("POST", "/claims", {"thingName": (second / "thing-name").read_text().strip()})
        self.assertEqual((status, claim["state"]), (200, "PREPARED"))

    def test_a_grant_may_be_for_some_lots_only(self):
        cloud = self.served()
        first = self.vendor.issue(2)
        self.vendor.factory("ca", "new-lot", "--ca", self.vendor.ca)
        self.vendor.enroll(cloud)
        second, awaited = self.vendor.issue(2)
        lot = (second / "label").read_text().split(":")[2]
        grant = f"/claim-grants/{self.oem.account}"
        self.assertNotEqual((first[0] / "label").read_text().split(":")[2], lot)
        self.assertEqual(self.staging.send("PUT", grant, {"lots": [lot]})[0], 200)
        self.assertEqual(self.staging.send("GET", "/claim-grants")[1]["grants"][0]["lots"], [lot])
        for identity in (first[0], second):
            self.assertEqual(self.device(cloud, identity).connect(), 0)
        refused = [self.oem.claim(identity) for identity in first]
        self.assertEqual(refused[0][0], 403)
        self.assertEqual(refused[0], refused[1], "a module in staging and one that nobody has seen")
        label = (first[0] / "label").read_text().strip()
        rehearsed = self.staging.send("POST", "/claims/rehearsal", {"label": label, "accountId": self.oem.account})[1]
        self.assertIn("other lots", rehearsed["reason"])
        self.assertEqual(self.claimed(second)["state"], "PREPARED")
        self.assertEqual(self.claimed(awaited)["state"], "AWAITING_MODULE")
        for wrong in ({"lots": ["none!"]}, {"lots": [lot], "proof": "open"}, {"lots": [lot], "classic": True},
                      {"lots": lot}):
            self.assertEqual(self.staging.send("PUT", grant, wrong)[0], 400, wrong)
        self.assertEqual(self.staging.send("PUT", grant, {"lots": ["NOSUCH"]})[0], 404)
        self.grant(self.oem)
        self.assertEqual(self.claimed(first[0])["state"], "PREPARED", "no lots: every module of the vendor's")

    def test_bad_requests_say_what_was_expected(self):
        self.served()
        for body, expected in (({}, "label"), ({"label": "x", "thingName": "y"}, "label"),
                               ({"label": "hello"}, "XL1:"), ({"thingName": "a b"}, "thingName")):
            status, answer = self.oem.send("POST", "/claims", body)
            self.assertEqual(status, 400)
            self.assertIn(expected, answer["message"])
        self.assertEqual(self.staging.send("POST", "/claims", {"thingName": "lamp"})[0], 400)
        self.assertEqual(self.oem.send("PUT", f"/claim-grants/{self.oem.account}", {})[0], 400)
        self.assertEqual(self.oem.send("GET", "/claims/clm-none")[0], 404)


class WhatMayGoWrong(Claiming):
    def test_a_customer_whose_template_cannot_take_it_is_told_why_and_may_try_again(self):
        cloud = self.served()
        identity = self.identity()
        module = self.staged(cloud, identity)
        body = jitp_template(policy_of(("Publish", "topic/*")))
        cloud.aws("iot", "create-provisioning-template", "--template-name", "mute", "--enabled",
                  "--provisioning-role-arn", "arn:aws:iam::000000000000:role/any", "--template-body", json.dumps(body),
                  profile="oem")
        failed = self.claimed(identity, templateName="mute")
        self.assertEqual(failed["state"], "FAILED_CONFIGURATION")
        self.assertIn("iot:Connect", failed["reason"])
        self.assertEqual(cloud.aws("iot", "list-things", profile="oem")["things"], [])
        again = self.claimed(identity)
        self.assertNotEqual(again["claimId"], failed["claimId"])
        self.arrives(module, again)

    def test_a_lost_message_is_sent_again_and_a_module_that_always_comes_back_stalls_the_claim(self):
        cloud = self.served()
        identity = self.identity()
        device = self.device(cloud, identity)
        self.assertEqual(device.connect(), 0)
        claim = self.claimed(identity)
        for attempt in range(1, 6):
            self.assertEqual(device.connect(), 0)
            self.assertIn(self.oem_endpoint.encode(), self.listen(device))
            self.assertEqual(self.oem.state(claim)["notifyAttempts"], attempt)
        self.assertEqual(device.connect(), 0)
        self.assertEqual(self.listen(device), b"")
        stalled = self.oem.eventually(claim, "STALLED")
        self.assertEqual(stalled["stall"], "loop")
        self.assertEqual(self.oem.send("POST", f"/claims/{claim['claimId']}/retry")[0], 200)
        self.assertIn(self.oem_endpoint.encode(), device.tls.recv(4096), "the session that listens is told at once")

    def test_one_session_is_told_once(self):
        cloud = self.served()
        identity = self.identity()
        device = self.device(cloud, identity)
        self.assertEqual(device.connect(), 0)
        self.claimed(identity)
        self.assertIn(self.oem_endpoint.encode(), self.listen(device))
        self.assertEqual(self.listen(device), b"")

    def test_a_module_that_is_told_and_stays_stalls_the_claim_until_it_is_told_again_and_goes(self):
        cloud = self.served("--claim-arrival", "2s")
        device = self.device(cloud, identity := self.identity())
        self.assertEqual(device.connect(), 0)
        claim = self.claimed(identity)
        self.assertIn(self.oem_endpoint.encode(), self.listen(device))
        stalled = self.oem.eventually(claim, "STALLED")
        self.assertEqual(stalled["stall"], "loop")
        self.assertIn("does not act", stalled["reason"])
        self.assertEqual(self.staging.state(claim)["reason"], stalled["reason"], "its vendor sees it too")
        self.assertEqual(self.oem.send("POST", f"/claims/{claim['claimId']}/cancel")[0], 409, "it may still move")
        self.assertEqual(self.oem.send("POST", f"/claims/{claim['claimId']}/retry")[0], 200)
        self.assertIn(self.oem_endpoint.encode(), device.tls.recv(4096))
        self.assertEqual(self.oem.eventually(claim, "STALLED")["notifyAttempts"], 2)
        self.assertEqual(device.connect(), 0, "back in staging, it listens to nothing")
        self.oem.send("POST", f"/claims/{claim['claimId']}/retry")
        self.assertIn("has not subscribed", self.oem.eventually(claim, "STALLED")["reason"])
        self.assertEqual(self.device(cloud, identity, self.oem_endpoint).connect(), 0)
        self.oem.eventually(claim, "COMPLETED")
        self.assert_clean(cloud)

    def switch(self, claim, status):
        answer = self.oem.client.send("PUT", f"/certificates/{claim['certificateId']}", [("newStatus", status)])
        self.assertEqual(answer.status, 200, answer.body)

    def test_a_module_that_is_back_is_not_told_again_while_its_customer_would_refuse_it(self):
        cloud = self.served("--claim-arrival", "4s")
        device = self.device(cloud, identity := self.identity())
        self.assertEqual(device.connect(), 0)
        claim = self.claimed(identity)
        self.assertIn(self.oem_endpoint.encode(), self.listen(device))
        self.switch(claim, "INACTIVE")
        self.assertEqual(device.connect(), 0)
        self.assertEqual(self.listen(device), b"")
        stalled = self.oem.eventually(claim, "STALLED")
        self.assertEqual(stalled["stall"], "configuration")
        self.assertIn("not ACTIVE", stalled["reason"])
        self.switch(claim, "ACTIVE")
        self.assertIn(self.oem_endpoint.encode(), device.tls.recv(4096), "mended: it is told at once")

    def test_a_module_that_leaves_and_does_not_arrive_stalls_the_claim_until_it_does(self):
        cloud = self.served("--claim-arrival", "1s")
        identity = self.identity()
        device = self.device(cloud, identity)
        self.assertEqual(device.connect(), 0)
        claim = self.claimed(identity)
        self.listen(device)
        device.close()
        stalled = self.oem.eventually(claim, "STALLED")
        self.assertEqual(stalled["stall"], "unreachable")
        self.assertEqual(self.device(cloud, identity, self.oem_endpoint).connect(), 0)
        self.oem.eventually(claim, "COMPLETED")

    def test_a_customer_account_that_refuses_the_module_stalls_the_claim_with_the_reason(self):
        cloud = self.served()
        identity = self.identity()
        device = self.device(cloud, identity)
        self.assertEqual(device.connect(), 0)
        claim = self.claimed(identity)
        self.listen(device)
        cloud.aws("iot", "update-certificate", "--certificate-id", claim["certificateId"], "--new-status", "INACTIVE",
                  profile="oem")
        there = self.device(cloud, identity, self.oem_endpoint)
        self.assertEqual(there.connect(), 5)
        stalled = self.oem.eventually(claim, "STALLED")
        self.assertEqual(stalled["stall"], "configuration")
        self.assertIn("INACTIVE", stalled["reason"])
        cloud.aws("iot", "update-certificate", "--certificate-id", claim["certificateId"], "--new-status", "ACTIVE",
                  profile="oem")
        self.assertEqual(there.connect(), 0)
        self.oem.eventually(claim, "COMPLETED")

    def test_a_module_is_not_sent_where_it_would_be_refused(self):
        cloud = self.served()
        identity = self.identity()
        device = self.device(cloud, identity)
        self.assertEqual(device.connect(), 0)
        claim = self.claimed(identity)
        status, answer = self.oem.send("POST", f"/expresslink/things/{device.thing}/offboard")
        self.assertEqual(status, 406)
        self.assertIn(claim["claimId"], answer["message"])
        switch = ("iot", "update-certificate", "--certificate-id", claim["certificateId"], "--new-status")
        cloud.aws(*switch, "INACTIVE", profile="oem")
        self.assertEqual(self.listen(device), b"")
        self.assertEqual(self.oem.state(claim)["state"], "PREPARED")
        cloud.aws(*switch, "ACTIVE", profile="oem")
        device.tls.settimeout(30)
        self.assertIn(self.oem_endpoint.encode(), device.tls.recv(4096))

    def test_a_claim_may_be_cancelled_until_the_module_may_have_moved(self):
        cloud = self.served()
        identity = self.identity()
        device = self.device(cloud, identity)
        self.assertEqual(device.connect(), 0)
        first = self.claimed(identity)
        self.assertEqual(self.oem.send("POST", f"/claims/{first['claimId']}/cancel")[1]["state"], "CANCELLED")
        self.assertEqual(cloud.aws("iot", "list-certificates", profile="oem")["certificates"], [])
        second = self.claimed(identity)
        self.listen(device)
        cancel = f"/claims/{second['claimId']}/cancel"
        status, answer = self.oem.send("POST", cancel)
        self.assertEqual(status, 409)
        self.assertIn("force", answer["message"])
        self.assertEqual(device.connect(), 0)  # R5: it is back, on a session that was told nothing
        self.assertEqual(self.oem.send("POST", cancel)[1]["state"], "CANCELLED")
        self.assertEqual(self.device(cloud, identity, self.oem_endpoint).connect(), 5)

    def test_a_claim_that_waits_too_long_gives_the_module_back(self):
        cloud = self.served("--claim-hold", "1s")
        identity = self.identity()
        device = self.device(cloud, identity)
        self.assertEqual(device.connect(), 0)
        claim = self.claimed(identity)
        self.assertEqual(self.oem.eventually(claim, "ROLLED_BACK")["reason"], "its time was over")
        self.assertEqual(cloud.aws("iot", "list-certificates", profile="oem")["certificates"], [])
        self.assertEqual(self.rival(cloud).claim(identity)[0], 200, "anybody may claim it now")

    def test_a_cloud_killed_at_any_moment_finishes_every_claim(self):
        cloud = self.served()
        identities = self.vendor.issue(3)
        modules = [self.staged(cloud, identity) for identity in identities]
        claims = []
        for number, identity in enumerate(identities):
            claims.append(self.claimed(identity))
            time.sleep(0.02 * number)
            cloud.process.kill()
            cloud.start()
        for module, claim in zip(modules, claims):
            def connected_there(module=module):
                return module.at("AT+CONNECT") == "OK 1 CONNECTED" and \
                    module.at("AT+CONNECT?") == "OK 1 1 CONNECTED CUSTOMER"
            eventually(connected_there, "the module is at its customer's", 120)
            self.oem.eventually(claim, "COMPLETED")
        things = cloud.aws("iot", "list-things", profile="oem")["things"]
        self.assertEqual(sorted(t["thingName"] for t in things), sorted(m.thing for m in modules))
        self.assert_clean(cloud)
