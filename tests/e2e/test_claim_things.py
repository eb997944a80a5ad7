# SPDX-License-Identifier: Apache-2.0
"""Guide 11.3.1 the classic way: a claim-thing of the OEM's publishes a module's new endpoint in the staging account. And
what vendors and owners are told and may say: events, findings, rules for resets."""
import contextlib
import json
import sqlite3
import ssl
import threading
import time

import paho.mqtt.client as mqtt

from harness import BIN, eventually, jitp_template, policy_of, run
from test_access import Browser, credentials_of
from test_claims import Claiming


class ClaimThing:
    """The OEM's registration application: an unmodified MQTT client with a certificate that the OEM made itself."""

    def __init__(self, test, cloud, profile="oem", name="oem"):
        self.cloud, self.folder = cloud, test.folder
        made = cloud.aws("iot", "create-keys-and-certificate", profile=profile)
        self.certificate_id, self.pem = made["certificateId"], made["certificatePem"]
        (test.folder / f"{name}.pem").write_text(self.pem)
        (test.folder / f"{name}.key").write_text(made["keyPair"]["PrivateKey"])
        self.files = test.folder / f"{name}.pem", test.folder / f"{name}.key"
        self.acknowledged, self.left = threading.Event(), threading.Event()

    def connect(self, told):
        self.client = mqtt.Client(client_id=told["thingName"])
        context = ssl.create_default_context(cafile=str(self.cloud.root_ca))
        context.load_cert_chain(*self.files)
        context.check_hostname = False  # paho dials by address; the account is in SNI
        wrap = context.wrap_socket
        context.wrap_socket = lambda sock, **more: wrap(sock, **{**more, "server_hostname": told["endpoint"]})
        self.client.tls_set_context(context)
        self.client.reconnect_delay_set(min_delay=300)
        joined = threading.Event()
        self.client.on_connect = lambda *_: joined.set()
        self.client.on_publish = lambda *_: self.acknowledged.set()
        self.client.on_disconnect = lambda *_: self.left.set()
        self.client.connect("127.0.0.1", self.cloud.mqtt)
        self.client.loop_start()
        assert joined.wait(30), "no CONNACK"
        return self

    def claim(self, thing, endpoint, topic="{}/expresslink_config", **more):
        self.acknowledged.clear()
        self.client.publish(topic.format(thing), json.dumps({"Endpoint": endpoint}), qos=1, **more)

    def close(self):
        self.client.disconnect()
        self.client.loop_stop()


class Listening(Claiming):
    def listener(self, cloud, profile, topic):
        browser = Browser(cloud, credentials_of(cloud, profile), f"listener-of-{profile}")
        self.assertEqual(browser.connect(), 0)
        self.addCleanup(browser.close)
        browser.subscribe(topic)
        return browser


class Classic(Listening):
    def served_with_claim_thing(self):
        cloud = self.served()
        status, answer = self.staging.send("PUT", f"/claim-grants/{self.oem.account}", {"classic": True})
        self.assertEqual((status, answer["classic"], answer["claimThing"]), (200, True, False), answer)
        self.thing = ClaimThing(self, cloud)
        status, told = self.oem.send("PUT", f"/claim-things/{self.staging.account}", {"certificatePem": self.thing.pem})
        self.assertEqual(status, 200, told)
        self.addCleanup(lambda: self.thing.close())
        self.thing.connect(told)
        return cloud

    def test_a_claim_thing_sends_a_module_to_its_customer(self):
        cloud = self.served_with_claim_thing()
        module = self.staged(cloud, self.identity())
        self.thing.claim(module.thing, self.oem_endpoint)
        self.assertTrue(self.thing.acknowledged.wait(30), "no PUBACK")
        status, listed = self.oem.send("GET", "/claims")
        self.assertEqual([claim["thingName"] for claim in listed["claims"]], [module.thing])
        self.arrives(module, listed["claims"][0])
        self.assert_clean(cloud)

    def test_the_message_itself_goes_no_further(self):
        """Only the service tells a module: what the claim-thing has published reaches nobody."""
        cloud = self.served_with_claim_thing()
        identity = self.identity()
        module = self.staged(cloud, identity)
        module.power_off()
        heard = self.listener(cloud, "staging", "+/expresslink_config")
        self.thing.claim(module.thing, self.oem_endpoint)
        self.assertTrue(self.thing.acknowledged.wait(30), "no PUBACK")
        time.sleep(1)
        self.assertTrue(heard.messages.empty(), "somebody else hears of the claim")
        self.assertEqual(self.oem.send("GET", "/claims")[1]["claims"][0]["state"], "PREPARED")

    def test_another_accounts_endpoint_is_refused_and_says_nothing(self):
        cloud = self.served_with_claim_thing()
        module = self.staged(cloud, self.identity())
        rival_endpoint = cloud.create_account("rival", "customer")
        self.thing.claim(module.thing, rival_endpoint)
        self.assertTrue(self.thing.left.wait(30), "the claim-thing is still connected")
        self.assertFalse(self.thing.acknowledged.is_set())
        cloud.eventually_logs("is not that of account")
        self.assertEqual(self.oem.send("GET", "/claims")[1]["claims"], [])
        self.assertEqual(module.at("AT+CONNECT?"), "OK 1 0 CONNECTED STAGING")

    def test_a_claim_thing_may_do_nothing_else(self):
        cloud = self.served_with_claim_thing()
        module = self.staged(cloud, self.identity())
        self.thing.claim(module.thing, self.oem_endpoint, topic="{}/data")
        self.assertTrue(self.thing.left.wait(30), "it published where it may not")
        for what, retain in (("a retained claim", True), ("an unknown module", False)):
            with self.subTest(what):
                again = ClaimThing.__new__(ClaimThing)
                again.__dict__.update(self.thing.__dict__, acknowledged=threading.Event(), left=threading.Event())
                again.connect(self.oem.send("GET", "/claim-things")[1]["claimThings"][0])
                again.claim("0" * 40 if not retain else module.thing, self.oem_endpoint, retain=retain)
                self.assertTrue(again.left.wait(30))
                self.assertFalse(again.acknowledged.is_set())
                again.close()
        self.assertEqual(self.oem.send("GET", "/claims")[1]["claims"], [])

    def test_whoever_has_no_classic_grant_gets_no_claim_thing_and_loses_the_one_it_had(self):
        cloud = self.served_with_claim_thing()
        rival = self.rival(cloud)
        status, answer = rival.send("PUT", f"/claim-things/{self.staging.account}", {"certificatePem": self.thing.pem})
        self.assertEqual((status, "classic" in answer["message"]), (403, True), answer)
        self.grant(self.oem)  # no longer a classic one
        self.assertTrue(self.thing.left.wait(30), "a claim-thing without a grant is still connected")
        self.assertEqual(self.oem.send("GET", "/claim-things")[1]["claimThings"], [])
        self.assert_clean(cloud)

    def test_a_modules_certificate_is_not_given_away_as_a_claim_thing(self):
        cloud = self.served_with_claim_thing()
        for what in ("one that was never here", "one that was"):
            with self.subTest(what):
                identity = self.identity()
                if what == "one that was":
                    self.staged(cloud, identity)
                pem = (identity / "certificate.pem").read_text()
                status, answer = self.oem.send("PUT", f"/claim-things/{self.staging.account}", {"certificatePem": pem})
                self.assertEqual(status, 409, answer)


class Told(Listening):
    def test_customer_and_vendor_hear_what_becomes_of_a_claim(self):
        cloud = self.served()
        identity = self.identity()
        module = self.staged(cloud, identity)
        listeners = [self.listener(cloud, profile, "$expresslink/events/claims/#") for profile in ("oem", "staging")]
        claim = self.claimed(identity)
        self.arrives(module, claim)
        for listener in listeners:
            topics, events = zip(*[listener.message() for _ in range(5)])
            events = [json.loads(event) for event in events]
            states = ["RESERVED", "PREPARED", "NOTIFYING", "CONFIRMED", "COMPLETED"]
            self.assertEqual([event["state"] for event in events], states)
            self.assertEqual([event["version"] for event in events], [1, 2, 3, 4, 5])
            self.assertEqual(list(topics),
                             [f"$expresslink/events/claims/{module.thing}/{state.lower()}" for state in states])
            self.assertEqual({event["claimId"] for event in events}, {claim["claimId"]})

    def test_an_account_that_guesses_is_stopped_and_its_vendor_told(self):
        cloud = self.served("--claim-arrival", "1s")
        identity = self.identity()
        self.staged(cloud, identity)
        for number in range(30):
            status, answer = self.oem.send("POST", "/claims", {"thingName": f"{number:040x}"})
            self.assertEqual(status, 403, answer)
        status, answer = self.oem.claim(identity)
        self.assertEqual((status, "Too many" in answer["message"]), (429, True), answer)
        for onboarder in (self.oem, self.staging):
            found = eventually(lambda: onboarder.send("GET", "/findings")[1]["findings"], "a finding")
            self.assertEqual((found[0]["kind"], found[0]["subject"]), ("claim_enumeration", self.oem.account))
        status, closed = self.staging.send("POST", f"/findings/{found[0]['findingId']}/close", {})
        self.assertEqual((status, closed["status"]), (200, "CLOSED"))
        self.assertEqual(self.staging.send("GET", "/findings")[1]["findings"], [])

    def test_a_module_that_calls_an_account_that_gave_it_up_is_found(self):
        cloud = self.served()
        identity = self.identity()
        module = self.staged(cloud, identity)
        module.at("AT+DISCONNECT")
        claim = self.claimed(identity)
        self.assertEqual(module.at(f"AT+CONF Endpoint={self.oem_endpoint}"), "OK")
        self.listen(self.connected(cloud, identity))
        self.oem.eventually(claim, "NOTIFYING")
        status, _ = self.oem.send("POST", f"/claims/{claim['claimId']}/cancel", {"force": True})
        self.assertEqual(status, 200)
        module.at("AT+CONNECT")
        found = eventually(lambda: self.staging.send("GET", "/findings")[1]["findings"], "a finding")
        self.assertEqual((found[0]["kind"], found[0]["thingName"]), ("stranded", module.thing))

    def connected(self, cloud, identity):
        device = self.device(cloud, identity)
        eventually(lambda: device.connect() == 0, "the device connects")
        return device


class Resets(Claiming):
    """Guide 11.4."""

    def owned_then_reset(self, cloud, rule):
        identity = self.identity()
        module = self.staged(cloud, identity)
        self.arrives(module, self.claimed(identity))
        status, answer = self.oem.send("PUT", f"/reset-rules/{module.thing}", rule)
        self.assertEqual(status, 200, answer)
        module.at("AT+FACTORY_RESET")
        module.events()
        module.connect()
        self.assertEqual(module.at("AT+CONNECT?"), "OK 1 0 CONNECTED STAGING")
        return module, identity

    def test_a_locked_module_is_its_owners_alone(self):
        cloud = self.served()
        rival = self.rival(cloud)
        module, identity = self.owned_then_reset(cloud, {"onReset": "locked"})
        self.assertEqual(rival.claim(identity)[0], 403)
        cloud.eventually_logs("its owner has locked it")
        self.assertEqual(self.oem.claim(identity)[0], 200, "its owner may call it back")

    def test_a_module_is_kept_for_a_while(self):
        cloud = self.served()
        rival = self.rival(cloud)
        module, identity = self.owned_then_reset(cloud, {"onReset": "free_after", "holdHours": 2})
        self.assertEqual(rival.claim(identity)[0], 403)
        self.assertEqual(self.oem.send("GET", f"/reset-rules/{module.thing}")[1],
                         {"thingName": module.thing, "onReset": "free_after", "holdHours": 2})

    def test_it_is_too_late_to_lock_a_module_that_was_reset(self):
        cloud = self.served()
        rival = self.rival(cloud)
        module, identity = self.owned_then_reset(cloud, {"onReset": "free"})
        status, answer = self.oem.send("PUT", f"/reset-rules/{module.thing}", {"onReset": "locked"})
        self.assertEqual((status, "reset already" in answer["message"]), (409, True), answer)
        self.assertEqual(rival.claim(identity)[0], 200)

    def test_a_rule_is_checked(self):
        cloud = self.served()
        for body, member in (({"onReset": "never"}, "onReset"), ({}, "onReset"),
                             ({"onReset": "free_after", "holdHours": 0}, "holdHours"),
                             ({"onReset": "locked", "holdHours": 4}, "holdHours")):
            with self.subTest(body):
                status, answer = self.oem.send("PUT", "/reset-rules/lamp", body)
                self.assertEqual((status, member in answer["message"]), (400, True), answer)
        self.assertEqual(self.oem.send("GET", "/reset-rules/lamp")[0], 404)


class Transfers(Claiming):
    def test_a_transfer_that_nobody_takes_comes_back(self):
        cloud = self.served("--transfer-expiry", "2s")
        made = cloud.aws("iot", "create-keys-and-certificate", profile="staging")
        cloud.aws("iot", "transfer-certificate", "--certificate-id", made["certificateId"],
                  "--target-aws-account", self.oem.account)
        found = eventually(lambda: self.staging.send("GET", "/findings")[1]["findings"], "a finding")
        self.assertEqual((found[0]["kind"], found[0]["subject"]), ("transfer_expired", made["certificateId"]))
        described = cloud.aws("iot", "describe-certificate", "--certificate-id", made["certificateId"])
        self.assertEqual(described["certificateDescription"]["status"], "INACTIVE")
        self.assertEqual(cloud.aws("iot", "list-certificates", profile="oem")["certificates"], [])
        self.assert_clean(cloud)


class WhyNot(Claiming):
    def rehearse(self, onboarder, identity, account):
        label = (identity / "label").read_text().strip()
        return onboarder.send("POST", "/claims/rehearsal", {"label": label, "accountId": account})

    def test_a_vendor_is_told_what_a_claim_would_come_to_and_nothing_changes(self):
        cloud = self.served()
        cloud.create_account("rival", "customer")
        rival = cloud.aws("sts", "get-caller-identity", profile="rival")["Account"]
        identity = self.identity()
        self.staged(cloud, identity)
        status, answer = self.rehearse(self.staging, identity, self.oem.account)
        self.assertEqual((status, answer["allowed"], answer["state"]), (200, True, "PREPARED"), answer)
        status, answer = self.rehearse(self.staging, identity, rival)
        self.assertEqual((answer["allowed"], answer["reason"]),
                         (False, "the vendor has given this account no claim grant"), answer)
        told = run(BIN / "expresslink-cloud", "claim", "rehearse", "rival", (identity / "label").read_text().strip(),
                   "--data-dir", cloud.folder).stdout
        self.assertIn("refused: the vendor has given this account no claim grant", told)
        self.assertEqual(self.staging.send("GET", "/claims")[1]["claims"], [])
        body = json.dumps(jitp_template(policy_of(("Publish", "topic/*"))))
        cloud.aws("iot", "create-provisioning-template", "--template-name", "deaf", "--type", "JITP", "--enabled",
                  "--provisioning-role-arn", f"arn:aws:iam::{self.oem.account}:role/p", "--template-body", body,
                  profile="oem")
        label = (identity / "label").read_text().strip()
        status, answer = self.staging.send("POST", "/claims/rehearsal",
                                           {"label": label, "accountId": self.oem.account, "templateName": "deaf"})
        self.assertEqual((answer["allowed"], answer["state"]), (False, "FAILED_CONFIGURATION"), answer)
        self.assertIn("iot:Connect", answer["reason"])
        self.assertEqual(self.rehearse(self.oem, identity, self.oem.account)[0], 400, "a customer would learn too much")

    def test_an_account_is_told_what_its_template_would_make_of_a_module_and_nothing_changes(self):
        cloud = self.served()
        identity = self.identity()
        certificate = (identity / "certificate.pem").read_text()
        client = '"arn:aws:iot:*:*:client/${iot:Connection.Thing.ThingName}"'
        polite = '{"Effect": "Allow", "Action": "iot:Connect", "Resource": %s}' % client
        strict = polite + ', {"Effect": "Deny", "Action": "iot:*", "Resource": "*"}'
        for name, statements in (("fit", polite), ("strict", strict), ("deaf", polite.replace("Connect", "Publish"))):
            policy = '{"Version": "2012-10-17", "Statement": [%s]}' % statements
            cloud.aws("iot", "create-provisioning-template", "--template-name", name, "--type", "JITP", "--enabled",
                      "--provisioning-role-arn", f"arn:aws:iam::{self.oem.account}:role/p", "--template-body",
                      json.dumps(jitp_template(policy)), profile="oem")

        def rehearse(name, pem=certificate):
            path = f"/expresslink/provisioning-templates/{name}/rehearsal"
            return self.oem.send("POST", path, {"certificatePem": pem})

        status, fit = rehearse("fit")
        self.assertEqual((status, fit["allowed"], fit["thingName"]), (200, True, identity.name), fit)
        self.assertRegex(fit["decidedBy"], "^policy .*, statement 1$")
        self.assertNotIn("reason", fit)
        denied = rehearse("strict")[1]
        self.assertFalse(denied["allowed"])
        self.assertRegex(denied["decidedBy"], "^policy .*, statement 2$")
        self.assertIn(f"denied by {denied['decidedBy']}", denied["reason"])
        self.assertIn("no statement of the module's policies allows it", rehearse("deaf")[1]["reason"])
        self.assertEqual(rehearse("missing")[0], 404)
        self.assertEqual(rehearse("fit", "no certificate")[0], 400)
        told = run(BIN / "expresslink-cloud", "template", "rehearse", "oem", "strict", "--certificate",
                   identity / "certificate.pem", "--data-dir", cloud.folder).stdout
        self.assertIn("the module would be refused: the module could not connect", told)
        self.assertIn(identity.name, told)
        self.claimed(identity)  # whoever has the certificate alone does not learn of it
        rival = self.rival(cloud)
        cloud.aws("iot", "create-provisioning-template", "--template-name", "fit", "--type", "JITP", "--enabled",
                  "--provisioning-role-arn", f"arn:aws:iam::{self.oem.account}:role/p", "--template-body",
                  json.dumps(jitp_template(policy_of(("Connect", "client/*")))), profile="rival")
        answer = rival.send("POST", "/expresslink/provisioning-templates/fit/rehearsal",
                                                {"certificatePem": certificate})[1]
        self.assertEqual((answer["allowed"], answer.get("reason")), (True, None))
        for operation, key in (("list-things", "things"), ("list-certificates", "certificates"),
                               ("list-policies", "policies")):
            self.assertEqual(cloud.aws("iot", operation, profile="oem")[key], [])
        self.assert_clean(cloud)


class CustodyLog(Claiming):
    def custody(self, cloud, *words):
        return run(BIN / "expresslink-cloud", "custody", *words, "--data-dir", cloud.folder, check=False)

    def sealed(self):
        """A cloud that has sealed the custody of one module, stopped."""
        cloud = self.served()
        module = self.staged(cloud, self.identity())
        module.power_off()
        cloud.process.stop()
        cloud.start()  # which seals at once what is there
        eventually(lambda: (cloud.folder / "custody-seals.jsonl").exists(), "a seal")
        cloud.process.stop()
        return cloud, module

    def test_the_log_is_exported_and_fits_its_seals(self):
        cloud, module = self.sealed()
        verified = self.custody(cloud, "verify")
        self.assertEqual(verified.returncode, 0, verified.stdout + verified.stderr)
        self.assertIn("1 seals, 1 entries sealed, 0 not yet sealed", verified.stdout)
        exported = [json.loads(line) for line in self.custody(cloud, "export").stdout.splitlines()]
        self.assertEqual([(entry["thingName"], entry["status"]) for entry in exported], [(module.thing, "FREE")])
        self.assertEqual(self.custody(cloud, "export", "--thing", "other").stdout, "")

    def test_a_registry_that_was_changed_behind_the_clouds_back_is_found(self):
        cloud, _ = self.sealed()
        with contextlib.closing(sqlite3.connect(cloud.folder / "registry.sqlite")) as registry:
            registry.execute("update custody_log set hash = ?", ("0" * 64,))
            registry.commit()
        verified = self.custody(cloud, "verify")
        self.assertEqual(verified.returncode, 1, verified.stdout + verified.stderr)
        self.assertIn("are not those that were sealed", verified.stdout)
        self.assertIn("custody of", verified.stdout)

    def test_without_seals_there_is_nothing_to_check(self):
        cloud = self.served()
        cloud.process.stop()
        verified = self.custody(cloud, "verify")
        self.assertEqual(verified.returncode, 2)
        self.assertIn("Nothing was sealed yet", verified.stderr)
