# SPDX-License-Identifier: Apache-2.0
"""Just-in-time registration: an account that has a vendor's CA and no template hears of each new module over MQTT, decides
with the AWS CLI, and lets it in."""
import contextlib
import json
from datetime import datetime

from harness import EndToEnd, Vendor, policy_of
from test_access import Browser, credentials_of

OWN = "${iot:Connection.Thing.ThingName}"
REGISTERED = "$aws/events/certificates/registered"


class JustInTimeRegistration(EndToEnd):
    def setUp(self):
        super().setUp()
        self.vendor = Vendor(self.folder / "vendor").create_ca()
        self.served = self.cloud()
        self.oem = self.served.create_account("oem", "customer")

    def register_ca(self, profile):
        return self.served.aws("iot", "register-ca-certificate", "--ca-certificate",
                               f"file://{self.vendor.ca}/issuing.pem", "--certificate-mode", "SNI_ONLY",
                               "--set-as-active", "--allow-auto-registration", profile=profile)["certificateId"]

    def app(self, profile):
        """The customer's application, which waits for modules."""
        app = Browser(self.served, credentials_of(self.served, profile), f"app-of-{profile}")
        self.assertEqual(app.connect(), 0)
        self.assertEqual(app.subscribe(f"{REGISTERED}/+"), (1,))
        return contextlib.closing(app)

    def moved(self, identity):
        module = self.module(identity, self.served)
        self.assertEqual(module.at(f"AT+CONF Endpoint={self.oem}"), "OK")
        return module

    def activate(self, certificate, thing, profile):
        iot = lambda *words: self.served.aws("iot", *words, profile=profile)
        arn = iot("describe-certificate", "--certificate-id", certificate)["certificateDescription"]["certificateArn"]
        iot("create-thing", "--thing-name", thing)
        iot("attach-thing-principal", "--thing-name", thing, "--principal", arn)
        iot("create-policy", "--policy-name", "modules", "--policy-document",
            policy_of(("Connect", f"client/{OWN}"), ("Publish", f"topic/{OWN}/*", f"topic/$aws/things/{OWN}/jobs/*"),
                      ("Receive", f"topic/{OWN}/*", f"topic/$aws/things/{OWN}/jobs/*"),
                      ("Subscribe", f"topicfilter/{OWN}/*", f"topicfilter/$aws/things/{OWN}/jobs/*")))
        iot("attach-policy", "--policy-name", "modules", "--target", arn)
        iot("update-certificate", "--certificate-id", certificate, "--new-status", "ACTIVE")

    def certificates(self, profile="oem"):
        return self.served.aws("iot", "list-certificates", profile=profile)["certificates"]

    def test_a_customer_activates_a_module_that_it_has_heard_of(self):
        cloud, ca = self.served, self.register_ca("oem")
        self.vendor.enroll(cloud)
        with self.app("oem") as app:
            module = self.moved(self.vendor.issue()[0])
            module.connect_fails_with(5)
            topic, payload = app.message()
            event = json.loads(payload)
            self.assertEqual(topic, f"{REGISTERED}/{ca}")
            certificate, = self.certificates()
            self.assertEqual(certificate["status"], "PENDING_ACTIVATION")
            self.assertIsInstance(event.pop("timestamp"), int)
            account = cloud.aws("sts", "get-caller-identity", profile="oem")["Account"]
            self.assertEqual(event, {"certificateId": certificate["certificateId"], "caCertificateId": ca,
                                     "certificateStatus": "PENDING_ACTIVATION", "awsAccountId": account,
                                     "certificateRegistrationTimestamp": None})
            module.connect_fails_with(5)
            again = json.loads(app.message()[1])
            self.assertEqual(int(again["certificateRegistrationTimestamp"]) // 1000, int(self.created(certificate)))
            self.assertEqual(len(self.certificates()), 1)
            self.activate(event["certificateId"], module.thing, "oem")
            module.connect()
            app.subscribe(f"{module.thing}/up")
            module.at(f"AT+CONF Topic1={module.thing}/up")
            self.assertEqual(module.at("AT+SEND1 hello"), "OK")
            self.assertEqual(app.message(), (f"{module.thing}/up", b"hello"))
        self.assert_clean(cloud)

    def created(self, certificate):
        return datetime.fromisoformat(certificate["creationDate"]).timestamp()

    def test_from_then_on_it_is_that_customers(self):
        cloud = self.served
        self.register_ca("oem")
        self.vendor.enroll(cloud)
        other = cloud.create_account("other", "customer")
        self.register_ca("other")
        identity = self.vendor.issue()[0]
        with self.app("oem") as app:
            module = self.moved(identity)
            module.connect_fails_with(5)
            self.activate(json.loads(app.message()[1])["certificateId"], module.thing, "oem")
            module.connect()
        module.at("AT+DISCONNECT")
        self.assertEqual(module.at(f"AT+CONF Endpoint={other}"), "OK")
        module.connect_fails_with(5)
        cloud.eventually_logs("belongs to another account")
        self.assertEqual(self.certificates("other"), [])
        module.at("AT+FACTORY_RESET")
        module.connect()
        cloud.eventually_logs(f"connected.*{module.thing}")
        self.assert_clean(cloud)

    def test_a_vendor_lets_modules_into_its_staging_account_by_hand(self):
        cloud, ca = self.served, self.register_ca("staging")
        with self.app("staging") as app:
            module = self.module(self.vendor.issue_for(cloud)[0], cloud)
            module.connect_fails_with(5)
            topic, payload = app.message()
            self.assertEqual(topic, f"{REGISTERED}/{ca}")
            self.activate(json.loads(payload)["certificateId"], module.thing, "staging")
            module.connect()
            module.at("AT+DISCONNECT")
        self.vendor.enroll(cloud, "oem", "--customer")
        self.assertEqual(module.at(f"AT+CONF Endpoint={self.oem}"), "OK")
        module.connect()
        self.assert_clean(cloud)
