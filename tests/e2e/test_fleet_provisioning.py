# SPDX-License-Identifier: Apache-2.0
"""Fleet provisioning over MQTT: devices that were made with nothing but a claim certificate get their own."""
import contextlib
import json
import queue
import ssl

import paho.mqtt.client as mqtt

from harness import EndToEnd, PATIENCE, policy_of, run
from test_access import Browser, credentials_of

CREATE, FROM_CSR = "$aws/certificates/create/json", "$aws/certificates/create-from-csr/json"
OWN = "${iot:Connection.Thing.ThingName}"
ROLE = "arn:aws:iam::000000000000:role/any"
DEVICES = policy_of(("Connect", f"client/{OWN}"), ("Publish", f"topic/{OWN}/*"), ("Receive", f"topic/{OWN}/*"),
                    ("Subscribe", f"topicfilter/{OWN}/*"))
TEMPLATE = {
    "Parameters": {"Number": {"Type": "String"}, "Colour": {"Type": "String", "Default": "red"},
                   "AWS::IoT::Certificate::Id": {"Type": "String"}},
    "Resources": {
        "thing": {"Type": "AWS::IoT::Thing", "OverrideSettings": {"AttributePayload": "FAIL"}, "Properties": {
            "ThingName": {"Fn::Join": ["", ["lamp-", {"Ref": "Number"}]]},
            "AttributePayload": {"colour": {"Ref": "Colour"}}}},
        "certificate": {"Type": "AWS::IoT::Certificate", "Properties": {
            "CertificateId": {"Ref": "AWS::IoT::Certificate::Id"}, "Status": "Active"}},
        "policy": {"Type": "AWS::IoT::Policy", "Properties": {"PolicyDocument": DEVICES}}},
    "DeviceConfiguration": {"greeting": {"Fn::Join": [" ", ["I am", {"Ref": "Number"}]]}}}


def provision(template):
    return f"$aws/provisioning-templates/{template}/provision/json"


class Device:
    """Debian's MQTT client with a certificate and a key."""

    def __init__(self, cloud, endpoint, folder, client_id):
        self.results, self.ends, self.messages, self.done = (queue.Queue() for _ in range(4))
        self.client = mqtt.Client(client_id)
        self.client.tls_set(str(cloud.root_ca), str(folder / "certificate.pem"), str(folder / "key.pem"),
                            tls_version=ssl.PROTOCOL_TLS_CLIENT)
        self.client.on_connect = lambda _, __, ___, code: self.results.put(code)
        self.client.on_disconnect = lambda _, __, code: self.ends.put(code)
        self.client.on_message = lambda _, __, message: self.messages.put((message.topic, message.payload))
        self.client.on_subscribe = lambda _, __, ___, granted: self.done.put(granted)
        self.client.connect(endpoint, cloud.mqtt)
        self.client.loop_start()
        self.code = self.results.get(timeout=PATIENCE)

    def subscribe(self, topic):
        self.client.subscribe(topic, 1)
        return self.done.get(timeout=PATIENCE)

    def message(self):
        return self.messages.get(timeout=PATIENCE)

    def ask(self, topic, request=None):
        """The answer: accepted or rejected, and what it says."""
        for end in ("accepted", "rejected"):
            self.subscribe(f"{topic}/{end}")
        self.client.publish(topic, "" if request is None else json.dumps(request), 1)
        heard, payload = self.message()
        return heard.removeprefix(topic + "/"), json.loads(payload)

    def close(self):
        self.client.disconnect()
        self.client.loop_stop()


def new_key_and_csr(folder):
    folder.mkdir()
    run("/usr/bin/openssl", "req", "-new", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes",
        "-subj", "/CN=lamp", "-keyout", folder / "key.pem", "-out", folder / "request.pem")
    return (folder / "request.pem").read_text()


class Fleet(EndToEnd):
    def setUp(self):
        super().setUp()
        self.served = self.cloud()
        self.endpoint = self.served.create_account("lamps", "customer")
        self.add_template("lamps")
        self.claim = self.claim_certificate("claim", ("Connect", "*"), *[
            (action, *[f"{kind}/$aws/certificates/{topic}/*" for topic in ("create", "create-from-csr")],
             f"{kind}/$aws/provisioning-templates/lamps/provision/*", f"{kind}/$aws/provisioning-templates/off/provision/*")
            for action, kind in (("Publish", "topic"), ("Receive", "topic"), ("Subscribe", "topicfilter"))])

    def iot(self, *words):
        return self.served.aws("iot", *words, profile="lamps")

    def add_template(self, name, *more):
        self.iot("create-provisioning-template", "--template-name", name, "--provisioning-role-arn", ROLE,
                 "--template-body", json.dumps(TEMPLATE), *(more or ["--enabled"]))

    def kept(self, name, certificate, key=None):
        """As a device keeps them."""
        folder = self.folder / name
        folder.mkdir(exist_ok=True)
        (folder / "certificate.pem").write_text(certificate)
        if key:
            (folder / "key.pem").write_text(key)
        return folder

    def claim_certificate(self, name, *allowed):
        """A permanent one, which goes into every device of a batch."""
        made = self.iot("create-keys-and-certificate", "--set-as-active")
        self.iot("create-policy", "--policy-name", name, "--policy-document", policy_of(*allowed))
        self.iot("attach-policy", "--policy-name", name, "--target", made["certificateArn"])
        return self.kept(name, made["certificatePem"], made["keyPair"]["PrivateKey"])

    def device(self, folder, client_id):
        device = Device(self.served, self.endpoint, folder, client_id)
        self.assertEqual(device.code, 0)
        return contextlib.closing(device)

    def status(self, certificate):
        return self.iot("describe-certificate", "--certificate-id", certificate)["certificateDescription"]["status"]

    def assert_rejected(self, answer, status, code, text=""):
        kind, body = answer
        self.assertEqual((kind, sorted(body)), ("rejected", ["errorCode", "errorMessage", "statusCode"]))
        self.assertEqual((body["statusCode"], body["errorCode"]), (status, code), body)
        self.assertIn(text, body["errorMessage"])


class ByClaim(Fleet):
    def test_a_device_gets_keys_becomes_a_thing_and_works(self):
        with self.device(self.claim, "new-1") as new:
            kind, made = new.ask(CREATE)
            self.assertEqual((kind, sorted(made)), ("accepted", ["certificateId", "certificateOwnershipToken",
                                                                 "certificatePem", "privateKey"]))
            self.assertEqual(self.status(made["certificateId"]), "PENDING_ACTIVATION")
            own = self.kept("own", made["certificatePem"], made["privateKey"])
            with contextlib.closing(Device(self.served, self.endpoint, own, "lamp-1")) as too_early:
                self.assertEqual(too_early.code, 5)
            kind, done = new.ask(provision("lamps"), {"certificateOwnershipToken": made["certificateOwnershipToken"],
                                                      "parameters": {"Number": "1", "Colour": "blue"}})
            self.assertEqual((kind, done), ("accepted", {"thingName": "lamp-1",
                                                         "deviceConfiguration": {"greeting": "I am 1"}}))
        with self.device(own, "lamp-1") as lamp:
            self.assertEqual(lamp.subscribe("lamp-1/talk"), (1,))
            lamp.client.publish("lamp-1/talk", "hello", 1)
            self.assertEqual(lamp.message(), ("lamp-1/talk", b"hello"))
        self.assertEqual(self.status(made["certificateId"]), "ACTIVE")
        self.assertEqual(self.iot("describe-thing", "--thing-name", "lamp-1")["attributes"], {"colour": "blue"})
        self.served.eventually_logs("provisioned by claim.*lamp-1")
        for secret in (made["privateKey"].splitlines()[1], made["certificateOwnershipToken"]):
            self.assertNotIn(secret, self.served.process.log())
            for file in self.served.folder.glob("registry.sqlite*"):
                self.assertNotIn(secret.encode(), file.read_bytes())
        self.assert_clean(self.served)

    def test_a_device_keeps_its_own_key_and_sends_a_request(self):
        csr = new_key_and_csr(self.folder / "own")
        with self.device(self.claim, "new-2") as new:
            kind, made = new.ask(FROM_CSR, {"certificateSigningRequest": csr})
            self.assertEqual((kind, sorted(made)),
                             ("accepted", ["certificateId", "certificateOwnershipToken", "certificatePem"]))
            kind, done = new.ask(provision("lamps"), {"certificateOwnershipToken": made["certificateOwnershipToken"],
                                                      "parameters": {"Number": "2"}})
            self.assertEqual((kind, done["thingName"]), ("accepted", "lamp-2"))
        with self.device(self.kept("own", made["certificatePem"]), "lamp-2") as lamp:
            self.assertEqual(lamp.subscribe("lamp-2/talk"), (1,))

    def test_a_device_may_come_back_with_its_token(self):
        with self.device(self.claim, "new-3") as new:
            token = new.ask(CREATE)[1]["certificateOwnershipToken"]
        with self.device(self.claim, "new-3-again") as new:
            request = {"certificateOwnershipToken": token, "parameters": {"Number": "3"}}
            self.assertEqual(new.ask(provision("lamps"), request)[0], "accepted")
            self.assert_rejected(new.ask(provision("lamps"), request), 400, "InvalidCertificateOwnershipToken", "used")

    def test_a_claim_certificate_of_five_minutes_needs_no_policy(self):
        made = self.iot("create-provisioning-claim", "--template-name", "lamps")
        claim = self.kept("temporary", made["certificatePem"], made["keyPair"]["PrivateKey"])
        with self.device(claim, "new-4") as new:
            token = new.ask(CREATE, {})[1]["certificateOwnershipToken"]
            answer = new.ask(provision("lamps"), {"certificateOwnershipToken": token, "parameters": {"Number": "4"}})
            self.assertEqual(answer[0], "accepted")
            new.client.publish("anything", "else", 1)
            self.assertNotEqual(new.ends.get(timeout=PATIENCE), 0)

    def test_a_trusted_user_provisions_over_websocket(self):
        phone = Browser(self.served, credentials_of(self.served, "lamps"), "phone")
        with contextlib.closing(phone):
            self.assertEqual(phone.connect(), 0)
            phone.subscribe(f"{CREATE}/accepted")
            phone.subscribe(f"{provision('lamps')}/accepted")
            phone.publish(CREATE, "")
            token = json.loads(phone.message()[1])["certificateOwnershipToken"]
            phone.publish(provision("lamps"), json.dumps({"certificateOwnershipToken": token,
                                                          "parameters": {"Number": "5"}}))
            self.assertEqual(json.loads(phone.message()[1])["thingName"], "lamp-5")


class Refused(Fleet):
    def test_what_is_wrong_is_told_and_the_token_stays_good(self):
        self.add_template("off", "--no-enabled")
        with self.device(self.claim, "new") as new:
            token = new.ask(CREATE)[1]["certificateOwnershipToken"]
            ask = lambda template="lamps", **members: new.ask(provision(template), {
                "certificateOwnershipToken": token, "parameters": {"Number": "6"}, **members})
            bad_token = (400, "InvalidCertificateOwnershipToken")
            self.assert_rejected(ask(certificateOwnershipToken=""), *bad_token, "missing")
            self.assert_rejected(ask(certificateOwnershipToken="x" * 120), *bad_token)
            self.assert_rejected(ask(parameters={}), 400, "InvalidParameters", "Number")
            self.assert_rejected(ask(parameters={"Number": 6}), 400, "InvalidParameters", "string")
            self.assert_rejected(ask(parameters=["6"]), 400, "InvalidParameters", "object")
            self.assert_rejected(ask(parameters={"Number": "with a space"}), 400, "InvalidParameters")
            self.assert_rejected(ask("off"), 400, "InvalidRequest", "not enabled")
            self.assert_rejected(new.ask(FROM_CSR, {}), 400, "InvalidParameters", "certificateSigningRequest")
            self.assert_rejected(new.ask(FROM_CSR, {"certificateSigningRequest": "no"}), 400, "InvalidParameters")
            self.iot("delete-provisioning-template", "--template-name", "off")
            self.assert_rejected(ask("off"), 404, "ResourceNotFound", "off")
            new.client.publish(provision("lamps"), "{", 1)
            heard, payload = new.message()
            self.assert_rejected((heard.rpartition("/")[2], json.loads(payload)), 400, "InvalidPayload")
            self.assertEqual(self.iot("list-things")["things"], [])
            self.assertEqual(ask()[0], "accepted")

    def test_another_claims_token_is_refused(self):
        everything = [(action, "*") for action in ("Connect", "Publish", "Receive", "Subscribe")]
        with self.device(self.claim, "one") as one, \
                self.device(self.claim_certificate("other", *everything), "two") as two:
            token = one.ask(CREATE)[1]["certificateOwnershipToken"]
            request = {"certificateOwnershipToken": token, "parameters": {"Number": "7"}}
            self.assert_rejected(two.ask(provision("lamps"), request), 400, "InvalidCertificateOwnershipToken")
            self.assertEqual(one.ask(provision("lamps"), request)[0], "accepted")

    def test_a_thing_that_exists_is_not_taken_over(self):
        self.iot("create-thing", "--thing-name", "lamp-8")
        with self.device(self.claim, "new") as new:
            token = new.ask(CREATE)[1]["certificateOwnershipToken"]
            request = {"certificateOwnershipToken": token, "parameters": {"Number": "8"}}
            self.assert_rejected(new.ask(provision("lamps"), request), 400, "InvalidRequest", "FAIL")
        self.assertEqual(self.iot("list-thing-principals", "--thing-name", "lamp-8")["principals"], [])

    def test_a_policy_that_forbids_it_ends_the_connection(self):
        with self.device(self.claim, "new") as new:
            self.assertEqual(new.subscribe(provision("another") + "/accepted"), (128,))
            new.client.publish(provision("another"), "{}", 1)
            self.assertNotEqual(new.ends.get(timeout=PATIENCE), 0)
        self.served.eventually_logs("publish refused.*provisioning-templates/another.*no statement")

    def test_devices_that_share_a_claim_do_not_hear_each_other(self):
        with self.device(self.claim, "one") as one, self.device(self.claim, "two") as two:
            for end in ("accepted", "rejected"):
                self.assertEqual(two.subscribe(f"{CREATE}/{end}"), (1,))
            self.assertEqual(one.ask(CREATE)[0], "accepted")
            kind, mine = two.ask(CREATE)
            self.assertEqual(kind, "accepted")
            self.assertTrue(two.messages.empty())
            self.assertEqual(self.status(mine["certificateId"]), "PENDING_ACTIVATION")
