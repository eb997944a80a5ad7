# SPDX-License-Identifier: Apache-2.0
"""Guide 11.5, its four failures in its order: what an OEM, its application and the owner of a module see, and how each
ends with a module that works."""
import json

from harness import eventually, jitp_template, policy_of
from test_kill_points import Control, MortalCloud
from test_onboarding_faults import AT_ITS_CUSTOMERS, Faults


class OnboardingFailures(Faults):
    def cloud(self, *extra, clock=None):
        cloud = MortalCloud(self.folder / "cloud", *extra)
        self.started.append(cloud)
        cloud.serve()
        return cloud

    def may_subscribe(self, device, topic):
        topic = topic.encode()
        device.tls.sendall(b"\x82" + bytes([len(topic) + 5]) + b"\0\1" + len(topic).to_bytes(2, "big") + topic + b"\1")
        device.tls.settimeout(30)
        return device.tls.recv(5) == b"\x90\x03\x00\x01\x01"

    def test_1_the_oem_has_misconfigured_its_account_policies(self):
        """The API reports it to the OEM's developers, and the module stays where it was."""
        cloud = self.networked()
        template = ("--template-name", "lamps", "--provisioning-role-arn", "arn:aws:iam::000000000000:role/any")
        cloud.aws("iot", "create-provisioning-template", *template, "--enabled", "--template-body",
                  json.dumps(jitp_template(policy_of(("Connect", "client/lamp-*")))), profile="oem")
        module = self.staged(cloud, identity := self.identity())
        failed = self.claimed(identity, templateName="lamps")
        self.assertEqual(failed["state"], "FAILED_CONFIGURATION")
        self.assertIn(f"iot:Connect on {self.oem.client.arn}:client/{module.thing}", failed["reason"])
        self.assertEqual(cloud.aws("iot", "list-certificates", profile="oem")["certificates"], [])
        self.assertEqual(module.at("AT+CONNECT?"), "OK 1 0 CONNECTED STAGING")

        cloud.aws("iot", "create-provisioning-template-version", "--template-name", "lamps", "--set-as-default",
                  "--template-body", json.dumps(jitp_template(policy_of(("*", "*")))), profile="oem")
        self.ends_at_its_customers(module, self.claimed(identity, templateName="lamps"))

    def test_2_the_removal_from_the_staging_account_fails(self):
        """A thing is in both accounts and the module calls the OEM's. The cloud dies before it can note the arrival:
        the anomaly is gone with the next connection, and what is left in staging is a guest."""
        cloud = self.networked()
        module = self.staged(cloud, identity := self.identity())
        self.network.closed.add(self.oem_endpoint)
        claim = self.claimed(identity)
        module.eventually_event("3 0 CONLOST")
        cloud.control.arm("before", 1)
        self.network.heal()
        module.at("AT+CONNECT")
        module.at("AT+DISCONNECT")
        eventually(lambda: cloud.control[Control.KILLS] == 1 and cloud.is_up(), "the cloud has died and is back")
        for account in ("staging", "oem"):
            self.assertEqual(self.things(cloud, account), [module.thing])
        self.assertEqual(self.oem.state(claim)["state"], "NOTIFYING")

        self.ends_at_its_customers(module, claim)
        guest = self.device(cloud, identity)
        self.assertEqual(guest.connect(), 0)
        self.assertFalse(self.may_subscribe(guest, f"{module.thing}/diary"))
        self.assertEqual(self.listen(guest), b"", "nobody sends it away again")
        self.assert_clean(cloud)

    def test_3_the_module_does_not_receive_its_new_endpoint(self):
        """It stays in staging, the binding times out, and the procedure is repeated until it succeeds."""
        cloud = self.networked("--claim-arrival", "1s")
        module = self.staged(cloud, identity := self.identity())
        self.network.lost.add("down")
        claim = self.claimed(identity)
        self.told(claim)
        self.network.cut()
        module.eventually_event("3 0 CONLOST")
        self.assertEqual(module.at("AT+CONNECT?"), "OK 0 0 DISCONNECTED STAGING")
        self.assertEqual(self.oem.eventually(claim, "STALLED")["stall"], "unreachable")

        self.network.heal()
        status, again = self.oem.claim(identity)
        self.assertEqual((status, again["claimId"]), (200, claim["claimId"]), "the user repeats: that claim goes on")
        self.assertEqual(self.oem.send("POST", f"/claims/{claim['claimId']}/retry")[0], 200)
        self.assertEqual(self.ends_at_its_customers(module, claim)["notifyAttempts"], 2)

    def test_4_the_product_is_reset_by_accident(self):
        """It is back in staging as soon as it has a network; its OEM knows it already, and its status is as it was."""
        cloud = self.networked()
        module = self.staged(cloud, identity := self.identity())
        self.ends_at_its_customers(module, self.claimed(identity))
        cloud.aws("iot", "update-thing", "--thing-name", module.thing, "--attribute-payload",
                  "attributes={toasts=4711}", profile="oem")
        before = cloud.aws("iot", "describe-thing", "--thing-name", module.thing, profile="oem")

        self.assertEqual(module.at("AT+FACTORY_RESET"), "OK")
        module.eventually_event("2 0 STARTUP")
        module.connect()
        self.assertEqual(module.at("AT+CONNECT?"), "OK 1 0 CONNECTED STAGING")
        self.assertEqual(self.rival(cloud).client.send("GET", f"/things/{module.thing}").status, 404)
        self.assertEqual(self.things(cloud, "oem"), [module.thing], "the application finds it registered already")
        self.ends_at_its_customers(module, self.claimed(identity))
        self.assertEqual(module.at("AT+CONNECT?"), AT_ITS_CUSTOMERS)
        after = cloud.aws("iot", "describe-thing", "--thing-name", module.thing, profile="oem")
        self.assertEqual((after["thingId"], after["attributes"]), (before["thingId"], {"toasts": "4711"}))
        self.assert_clean(cloud)
