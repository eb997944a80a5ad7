# SPDX-License-Identifier: Apache-2.0
"""Vendors' accounts are kept clean (guide 11.5): what nobody uses is put away, and whatever comes again is there again."""
from harness import eventually
from test_claims import Claiming


class Sweeps(Claiming):
    def things(self, cloud):
        return {thing["thingName"] for thing in cloud.aws("iot", "list-things", profile="staging")["things"]}

    def dormant(self, cloud):
        return int(cloud.metric("staging_dormant"))

    def test_a_module_that_has_moved_leaves_its_vendors_things_and_comes_home_as_a_guest(self):
        cloud = self.served("--sweep-moved", "1s")
        identity = self.identity()
        module = self.staged(cloud, identity)
        self.assertEqual(self.things(cloud), {identity.name})
        claim = self.claimed(identity)
        self.arrives(module, claim)
        eventually(lambda: self.things(cloud) == set(), "its vendor's account has no thing of it")
        self.assertEqual(self.dormant(cloud), 1)
        module.at("AT+FACTORY_RESET")
        module.eventually_event("2 0 STARTUP")
        module.connect()
        self.assertEqual(module.at("AT+CONNECT?"), "OK 1 0 CONNECTED STAGING")
        self.assertEqual(self.things(cloud), set(), "it is a guest")
        self.arrives(module, self.claimed(identity))
        self.assert_clean(cloud)

    def test_a_module_that_is_not_seen_for_long_can_be_claimed_meanwhile_and_is_there_again_when_it_comes(self):
        cloud = self.served("--sweep-stale", "1s")
        identity, other = self.identity(), self.identity()
        self.assertEqual(self.device(cloud, other).connect(), 0)
        module = self.staged(cloud, identity)
        module.at("AT+DISCONNECT")
        eventually(lambda: self.things(cloud) == {other.name}, "one is put away, the connected one is not")
        claim = self.claimed(identity)
        self.assertEqual(claim["state"], "PREPARED")
        module.connect()
        self.assertIn(identity.name, self.things(cloud))
        self.arrives(module, claim)
        self.assert_clean(cloud)

    def test_what_somebody_has_added_to_is_kept(self):
        cloud = self.served("--sweep-stale", "1s")
        kept, swept = self.identity(), self.identity()
        for identity in (kept, swept):
            device = self.device(cloud, identity)
            self.assertEqual(device.connect(), 0)
            if identity is kept:
                cloud.aws("iot", "update-thing", "--thing-name", kept.name, "--attribute-payload",
                          '{"attributes": {"shelf": "7"}, "merge": true}', profile="staging")
            device.close()
        eventually(lambda: self.things(cloud) == {kept.name}, "the other one is put away")
        self.assert_clean(cloud)

    def test_an_operator_who_switches_it_off_has_it_back_as_it_was(self):
        cloud = self.served("--sweep-stale", "1s")
        identity = self.identity()
        device = self.device(cloud, identity)
        self.assertEqual(device.connect(), 0)
        device.close()
        eventually(lambda: self.things(cloud) == set(), "it is put away")
        certificate, = (one for one in cloud.aws("iot", "list-certificates", profile="staging")["certificates"]
                        if one["status"] == "PENDING_ACTIVATION")
        refused = cloud.aws("iot", "transfer-certificate", "--certificate-id", certificate["certificateId"],
                            "--target-aws-account", self.oem.account, profile="staging", check=False)
        self.assertIn("put away", refused.stderr)
        cloud.aws("iot", "update-certificate", "--certificate-id", certificate["certificateId"], "--new-status", "INACTIVE",
                  profile="staging")
        self.assertEqual(self.things(cloud), {identity.name})
        self.assertNotEqual(device.connect(), 0)
        cloud.aws("iot", "update-certificate", "--certificate-id", certificate["certificateId"], "--new-status", "ACTIVE",
                  profile="staging")
        eventually(lambda: device.connect() == 0, "it is let in again")
        self.assert_clean(cloud)
