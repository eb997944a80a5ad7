# SPDX-License-Identifier: Apache-2.0
"""The AT conversations of tests/transcript, played with the real module over its pseudo-terminal, and a real cloud."""
import collections
import json
import pathlib
import re
import signal
import sys
import time

from harness import BIN, PATIENCE, EndToEnd, Vendor, eventually, run

TRANSCRIPTS = pathlib.Path(__file__).resolve().parents[1] / "transcript"
PLAYED_MIN = 38
LONGEST_WAIT_MS = 5000
NOT_PLAYED = {
    "who may follow a signer": "the factory's signer of firmware has signed none of the certificates that the simulator believes",
    "which certificates can be typed in, and what a bad one answers": "as who may follow a signer",
    "resets forget that a CONNECT has just failed": "a server that is away comes back only when the cloud starts again",
    "back-off": "nobody counts the attempts at a server that is away, and its waits fit the simulator's clock",
}
MARKS = (">>", ">", "<*", "<", "!")

# What the simulated identity holds; stand_ins() says what takes its place.
SIMULATED_THING = "5f0e1d2c3b4a59687766554433221100ffeeddcc"
BIRTH_CERTIFICATE = ("QklSVEgx", "QklSVEgy", "QklSVEgz")
FACTORY_ROOT = ("Uk9PVA==",)
# What hosts write there. The simulator believes any certificate, the real module only real ones.
TWO_LINES, ONE_LINE, SERVER_ROOT = ("TkVXMQ==", "TkVXMg=="), ("TkVXMQ==",), ("TkVX",)
MANY_BYTES = ("MIIDQTCCAimgAwIBAgITBmyfz5m/jAo54vB4ikPmljZbyjANBgkqhkiG9w0BAQsFADA5MQswCQYDVQQGEwJVUzEPMA0GA1UEChMG"
              "QW1hem9uMRkwFwYDVQQDExBBbWF6b24gUm9vdCBDQSAx",)

# Onboarded modules need more than the factory's policy gives: the jobs topics.
CUSTOMER_TEMPLATE = {
    "Parameters": {f"AWS::IoT::Certificate::{name}": {"Type": "String"} for name in ("SerialNumber", "Id")},
    "Resources": {
        "thing": {"Type": "AWS::IoT::Thing",
                  "Properties": {"ThingName": {"Ref": "AWS::IoT::Certificate::SerialNumber"}}},
        "certificate": {"Type": "AWS::IoT::Certificate",
                        "Properties": {"CertificateId": {"Ref": "AWS::IoT::Certificate::Id"}, "Status": "ACTIVE"}},
        "policy": {"Type": "AWS::IoT::Policy", "Properties": {"PolicyDocument": json.dumps(
            {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "iot:*", "Resource": "*"}]})}},
    },
}

Conversation = collections.namedtuple("Conversation", "name text")


def conversations():
    for path in sorted(TRANSCRIPTS.glob("*.at")):
        text = re.sub(r"^(#.*)?\n", "", path.read_text(), flags=re.M)
        for part in re.split(r"^== ", text, flags=re.M)[1:]:
            name, body = part.split("\n", 1)
            yield Conversation(name, "\n" + body)


def steps(text):
    for line in text.split("\n")[1:-1]:
        mark, _, rest = line.partition(" ")
        assert mark in MARKS, line
        yield mark, rest


def without_c_escapes(text):
    letters = {"r": b"\r", "n": b"\n"}

    def byte(match):
        escape = match[1].decode()
        return bytes.fromhex(escape[1:]) if len(escape) == 3 else letters.get(escape, match[1])
    return re.sub(rb"\\(x[0-9A-Fa-f]{2}|.)", byte, text.encode())


def body_of(pem_file):
    """The lines of a file's first certificate between BEGIN and END."""
    return re.search(r"BEGIN CERTIFICATE-----\n(.*?)\n-----END", pem_file.read_text(), re.S).group(1).split("\n")


def with_certificate(text, simulated, real):
    """Certificates are written line by line, by the host and by the module, or on one line."""
    for separator in ("\n> ", "\n< ", "\\A"):
        there, here = (separator + separator.join(lines) + separator for lines in (simulated, real))
        text = text.replace(there, here)
    return text


class Transcripts(EndToEnd):
    def setUp(self):
        super().setUp()
        self.real_cloud = self.cloud()
        self.customer = self.real_cloud.create_account("customer", "customer")
        self.vendor = Vendor(self.folder / "vendor", "Open", "Sim-1").create_ca().enroll(self.real_cloud)
        self.staging = self.real_cloud.staging_endpoint()
        self.version = run(BIN / "expresslink-module", "--version").stdout.strip()
        self.enroll_at_customer()

    def enroll_at_customer(self):
        def aws(*words):
            self.real_cloud.aws("iot", *words, profile="customer")
        aws("create-provisioning-template", "--type", "JITP", "--template-name", "customer", "--enabled",
            "--provisioning-role-arn", "arn:aws:iam::123456789012:role/provisioning",
            "--template-body", json.dumps(CUSTOMER_TEMPLATE))
        aws("register-ca-certificate", "--ca-certificate", f"file://{self.vendor.ca}/issuing.pem",
            "--certificate-mode", "SNI_ONLY", "--set-as-active", "--allow-auto-registration",
            "--registration-config", "templateName=customer")

    def stand_ins(self, text):
        birth, other = body_of(self.real_module.identity / "certificate.pem"), body_of(self.vendor.ca / "root.pem")
        words = {SIMULATED_THING: self.real_module.thing,
                 "OK 1.2.3": f"OK {self.version}",
                 "staging-ats.iot.localhost": self.staging,
                 "customer-ats.iot.localhost": self.customer,
                 "OK5 pem": f"OK{len(birth) + 2} pem",
                 "OK4 pem": f"OK{len(other) + 2} pem"}
        certificates = {BIRTH_CERTIFICATE: birth, TWO_LINES: other, ONE_LINE: other,
                        FACTORY_ROOT: body_of(self.real_module.identity / "root-ca.pem"),
                        SERVER_ROOT: body_of(self.real_cloud.root_ca),
                        MANY_BYTES: body_of(self.vendor.ca / "issuing.pem")}
        for simulated, real in words.items():
            text = text.replace(simulated, real)
        for simulated, real in certificates.items():
            text = with_certificate(text, simulated, real)
        return text

    # What `!` means in the real world. A directive that is not here has no counterpart there.

    def connect(self):
        self.drain()
        self.assertEqual(self.real_module.at("AT+CONNECT"), "OK 1 CONNECTED")

    def drain(self):
        self.real_module.events()

    def power_cycle(self):
        self.assertEqual(self.real_module.power_off(), 0)
        self.real_module.power_up()

    def pull(self, pin):
        """Returns when the module has noticed: what is typed before would be lost to a UART that is off."""
        slept = self.real_module.process.log().count("asleep")
        self.real_module.process.child.send_signal(pin)
        eventually(lambda: self.real_module.process.log().count("awake") == slept, "the module is awake")
        time.sleep(0.1)

    def wake_pin(self):
        self.pull(signal.SIGUSR1)

    def reset_pin(self):
        self.pull(signal.SIGUSR2)

    def wait(self, milliseconds):
        time.sleep(int(milliseconds) / 1000)

    def fault(self, kind):
        {"unreachable": self.drop, "not_authenticated": self.believe_another_root}[kind]()

    def believe_another_root(self):
        self.real_module.extra = ("--factory-root-ca", self.vendor.ca / "root.pem")
        self.power_cycle()

    def drop(self):
        self.real_cloud.process.stop()

    def expect_attempts(self, count):
        self.assertEqual(self.real_cloud.metric("gateway_connections_total") - self.connections_before, int(count))

    def expect_host(self, endpoint):
        """Connecting there is the only way into the registry of that account."""
        profile = {self.staging: "staging", self.customer: "customer"}[endpoint]
        self.real_cloud.aws("iot", "describe-thing", "--thing-name", self.real_module.thing, profile=profile)

    DIRECTIVES = {"connect": connect, "drain": drain, "power-cycle": power_cycle, "wake-pin": wake_pin,
                  "reset-pin": reset_pin, "wait": wait, "fault": fault,
                  "drop": drop, "expect-attempts": expect_attempts, "expect-host": expect_host}

    def is_playable(self, conversation):
        directives = [rest.split() for mark, rest in steps(conversation.text) if mark == "!"]
        is_patient = all(int(words[1]) <= LONGEST_WAIT_MS for words in directives if words[0] == "wait")
        return is_patient and {words[0] for words in directives} <= set(self.DIRECTIVES)

    def await_event(self):
        """In the real world an event takes its time: asks until there is one, and leaves the answer to be read."""
        def ask():
            self.real_module.write(b"AT+EVENT?\r\n")
            line = self.real_module.line(PATIENCE)
            return None if line == b"OK" else line
        self.real_module.pending = eventually(ask, "an event") + b"\r\n" + self.real_module.pending

    def play_step(self, mark, text, following):
        if mark in (">", ">>"):
            self.assertTrue(self.real_module.silent(0), "the module wrote what the transcript does not expect")
        if mark == ">" and text == "AT+EVENT?" and following != [("<", "OK")]:
            self.await_event()
        elif mark in (">", ">>"):
            self.real_module.write(text.encode() + b"\r\n" if mark == ">" else without_c_escapes(text))
        elif mark == "!":
            name, *arguments = text.split()
            self.DIRECTIVES[name](self, *arguments)
        else:
            line = self.real_module.line(PATIENCE)
            self.assertEqual(line if mark == "<" else line[:len(text.encode())], text.encode(), line)

    def play(self, conversation, identity):
        self.connections_before = self.real_cloud.metric("gateway_connections_total")
        self.real_module = self.module(identity, self.real_cloud)
        try:
            told = list(steps(self.stand_ins(conversation.text)))
            for number, (mark, text) in enumerate(told):
                try:
                    self.play_step(mark, text, told[number + 1:number + 2])
                except AssertionError as failure:
                    raise AssertionError(f"at step {number + 1}, {mark} {text}\n{failure}") from None
            self.assertTrue(self.real_module.silent(0.1), "the module wrote more")
        finally:
            self.real_module.end()
            if self.real_cloud.process.child.poll() is not None:
                self.real_cloud.start()

    def test_conversations_run_as_written_over_a_pseudo_terminal(self):
        known = list(conversations())
        playable = [conversation for conversation in known if self.is_playable(conversation)]
        self.assertLessEqual(set(NOT_PLAYED), {conversation.name for conversation in playable})
        played = [conversation for conversation in playable if conversation.name not in NOT_PLAYED]
        for conversation, identity in zip(played, self.vendor.issue(len(played)), strict=True):
            with self.subTest(conversation.name):
                self.play(conversation, identity)
        print(f"{len(played)} of {len(known)} conversations played", file=sys.stderr)
        self.assertGreaterEqual(len(played), PLAYED_MIN)
