# SPDX-License-Identifier: Apache-2.0
"""Out of an account in one call: a connected module is cut, its own account's auto-registration does not bring it back,
an explicit registration does; and kill -9 leaves all of it or nothing."""
import http.client
import threading

from aws_model import Client
from harness import BIN, PATIENCE, policy_of, run
from test_customer import CustomerAccount


class Offboard(CustomerAccount):
    def offboard(self, cloud, thing):
        """As an OEM's program does it."""
        answer = Client(cloud, "oem").send("POST", f"/expresslink/things/{thing}/offboard")
        self.assertEqual(answer.status, 200, answer.body)

    def command(self, cloud, thing):
        return run(BIN / "expresslink-cloud", "thing", "offboard", "oem", thing, "--data-dir", cloud.folder).stdout

    def register(self, cloud, module):
        """By hand, with the policy that the factory's template has made."""
        certificate = cloud.aws("iot", "register-certificate-without-ca", "--status", "ACTIVE", "--certificate-pem",
                                f"file://{module.identity}/certificate.pem", profile="oem")
        policy, = cloud.aws("iot", "list-policies", profile="oem")["policies"]
        cloud.aws("iot", "create-thing", "--thing-name", module.thing, profile="oem")
        cloud.aws("iot", "attach-thing-principal", "--thing-name", module.thing, "--principal",
                  certificate["certificateArn"], profile="oem")
        cloud.aws("iot", "attach-policy", "--policy-name", policy["policyName"], "--target",
                  certificate["certificateArn"], profile="oem")

    def test_an_offboarded_module_is_cut_and_stays_out_until_it_is_registered_again(self):
        cloud = self.served()
        module = self.onboarded(cloud)
        self.offboard(cloud, module.thing)
        module.eventually_event("3 0 CONLOST")
        module.connect_fails_with(5)
        cloud.eventually_logs(r"connect refused.*offboarded: the account has given it up")
        self.assertEqual(self.things(cloud, "oem"), [])
        self.assertEqual(cloud.aws("iot", "list-certificates", profile="oem")["certificates"], [])
        self.assert_clean(cloud)
        self.register(cloud, module)
        module.connect()
        self.assertEqual(self.things(cloud, "oem"), [module.thing])
        self.assert_clean(cloud)

    def test_the_vendors_staging_account_and_then_another_customer_take_it_as_new(self):
        cloud = self.served()
        rival = cloud.create_account("rival", "customer")
        self.vendor.enroll(cloud, "rival", "--customer")
        module = self.onboarded(cloud)
        self.assertIn("deleted    certificate", self.command(cloud, module.thing))
        module.eventually_event("3 0 CONLOST")
        self.assertEqual(module.at("AT+FACTORY_RESET"), "OK")
        module.connect()
        self.assertEqual(self.things(cloud, "staging"), [module.thing])
        module.at("AT+DISCONNECT")
        self.move(module, rival)
        module.connect()
        self.assertEqual(self.things(cloud, "rival"), [module.thing])
        self.assertIn("nothing was left to do", self.command(cloud, module.thing))
        self.assertEqual(self.things(cloud, "rival"), [module.thing], "it is another account's by now")


class Killed(CustomerAccount):
    """The offboarding call is in flight when the cloud is killed; a thing in each round."""
    ROUNDS = 8

    def setUp(self):
        super().setUp()
        self.site = self.cloud()
        self.site.create_account("oem", "customer")
        self.client = Client(self.site, "oem")

    def call(self, method, path, body=None, headers=()):
        answer = self.client.send(method, path, body=body, headers=headers)
        self.assertEqual(answer.status, 200, answer.body)
        return answer

    def make(self, name):
        arn = self.site.aws("iot", "create-keys-and-certificate", "--set-as-active", profile="oem")["certificateArn"]
        self.call("POST", f"/things/{name}", {})
        self.call("PUT", f"/things/{name}/principals", headers={"x-amzn-principal": arn})
        self.call("PUT", "/target-policies/p", {"target": arn})
        self.call("PUT", "/thing-groups/addThingToThingGroup", {"thingName": name, "thingGroupName": "g"})
        return arn

    def parts(self, name, arn):
        """Whether thing, certificate and membership are there."""
        certificate = arn.split("/")[-1]
        members = self.client.send("GET", "/thing-groups/g/things").body.decode()
        return [self.client.send("GET", f"/things/{name}").status == 200,
                self.client.send("GET", f"/certificates/{certificate}").status == 200, f'"{name}"' in members]

    def test_all_or_nothing(self):
        self.call("POST", "/policies/p", {"policyDocument": policy_of(("Connect", "*"))})
        self.call("POST", "/thing-groups/g", {})
        done = []
        for number in range(self.ROUNDS):
            name = f"lamp-{number}"
            arn = self.make(name)
            caller = threading.Thread(target=self.call_until_the_end, args=(name,))
            caller.start()
            caller.join(0.002 * number)  # the kill comes before, during and after
            self.site.process.kill()
            caller.join(PATIENCE)
            self.assert_clean(self.site)
            self.site.start()
            parts = self.parts(name, arn)
            self.assertIn(parts, ([True] * 3, [False] * 3))
            done.append(not any(parts))
            self.call("POST", f"/expresslink/things/{name}/offboard")
            self.assertEqual(self.parts(name, arn), [False] * 3)
        print(f"done at the kill: {done}")
        self.assert_clean(self.site)

    def call_until_the_end(self, name):
        try:
            self.client.send("POST", f"/expresslink/things/{name}/offboard")
        except (OSError, http.client.HTTPException):
            pass
