# SPDX-License-Identifier: Apache-2.0
"""Guide 4.7.5: a person enters the network's credentials on the module's own page."""
import contextlib
import http.client
import os
import pathlib
import re
import socket
import subprocess
import threading
import urllib.parse

from harness import BIN, EndToEnd, Vendor, eventually, run

SSID = "Küche & Bad"
PASSPHRASE = 'pass "word" \\ 1'
FORM = {"Content-Type": "application/x-www-form-urlencoded"}


class Page:
    """The newest page that a module has announced, as a browser would use it."""

    def __init__(self, module):
        found = re.findall(r"^confmode: http://([^/]+)/ code (\S+)$", module.process.log(), re.M)
        self.count = len(found)
        self.address, self.code = found[-1] if found else (None, None)

    def ask(self, method, path, headers=None, **fields):
        """(status, body), None when nobody listens."""
        try:
            with contextlib.closing(http.client.HTTPConnection(self.address, timeout=30)) as connection:
                connection.request(method, path, urllib.parse.urlencode(fields) if fields else None,
                                   {**(FORM if fields else {}), **(headers or {})})
                answer = connection.getresponse()
                return answer.status, answer.read().decode()
        except ConnectionError:
            return None

    def enter(self, passphrase, **network):
        return self.ask("POST", "/join", code=self.code, passphrase=passphrase, **network)

    def wrong_code(self):
        return "00000000" if self.code != "0000-0000" else "11111111"


class Supplicant:
    """wpa_supplicant's end of a control socket: one network, and nobody joins it with another passphrase."""

    def __init__(self, path, ssid, passphrase):
        self.socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.socket.bind(str(path))
        self.network = {"ssid": ssid.encode().hex(), "psk": f'"{passphrase}"'}
        self.asked, self.commands, self.peer = {}, [], None
        threading.Thread(target=self.serve, daemon=True).start()

    def serve(self):
        with contextlib.suppress(OSError):  # the test has ended
            while True:
                datagram, self.peer = self.socket.recvfrom(4096)
                self.commands.append(datagram.decode())
                for text in self.answers(*self.commands[-1].split(" ", 3)):
                    with contextlib.suppress(ConnectionError):  # the module has gone
                        self.socket.sendto(text.encode(), self.peer)

    def answers(self, command, *words):
        if command == "ADD_NETWORK":
            return ["0\n"]
        if command == "SET_NETWORK":
            self.asked[words[1]] = words[2]
        if command == "SELECT_NETWORK":
            lets_in = all(self.asked[name] == value for name, value in self.network.items())
            event = ("CONNECTED - Connection to 02:00:00:00:00:01 completed [id=0 id_str=]" if lets_in else
                     'SSID-TEMP-DISABLED id=0 ssid="x" auth_failures=1 duration=10 reason=WRONG_KEY')
            return ["OK\n", f"<3>CTRL-EVENT-{event}"]
        if command == "STATUS":
            return ["wpa_state=COMPLETED\nip_address=192.0.2.5\n"]
        if command == "SCAN":
            return ["OK\n", "<3>CTRL-EVENT-SCAN-RESULTS "]
        if command == "SCAN_RESULTS":
            return ["bssid / frequency / signal level / flags / ssid\n"
                    "02:00:00:00:00:01\t2412\t-50\t[WPA2-PSK-CCMP][ESS]\tK\\xc3\\xbcche & Bad\n"]
        return ["OK\n"]

    def end(self):
        self.socket.close()


class Confmode(EndToEnd):
    def setUp(self):
        super().setUp()
        self.air = self.folder / "air"
        self.air.write_text(f"{SSID}\t{PASSPHRASE}\t-40\nguests\t\t-70\n")
        self.real_cloud = self.cloud()
        vendor = Vendor(self.folder / "vendor").create_ca().enroll(self.real_cloud)
        self.kit = self.module(vendor.issue()[0], self.real_cloud, "--wifi", f"simulator:{self.air}",
                               "--confmode", "127.0.0.1:0")
        self.kit.events()

    def confmode(self, name=""):
        before = Page(self.kit).count
        self.assertEqual(self.kit.at(f"AT+CONFMODE {name}".strip()), "OK CONFMODE ENABLED")
        page = Page(self.kit)
        self.assertEqual(page.count, before + 1)
        return page

    # conformance: 60 83 86 89
    def test_credentials_entered_on_the_page_bring_the_module_to_the_cloud(self):
        self.assertTrue(self.kit.at("AT+CONNECT").startswith("ERR14 2 UNABLE TO CONNECT"), "no network is known yet")
        page = self.confmode("kitchen sensor")
        self.assertEqual(self.kit.at("AT+CONNECT"), "ERR25 NOT ALLOWED")
        self.assertTrue(self.kit.at("AT+CONF? Version").startswith("OK "))
        status, body = page.ask("GET", "/")
        self.assertEqual(status, 200)
        self.assertIn("kitchen sensor", body)
        status, body = page.ask("POST", "/networks", code=page.code)
        self.assertEqual(status, 200)
        self.assertIn("Küche &amp; Bad", body)
        network = re.search(r'name="network" value="([0-9a-f]+)"', body).group(1)
        self.assertEqual(bytes.fromhex(network).decode(), SSID, "the strongest comes first")
        self.assertEqual(self.kit.at("AT+EVENT?"), "OK")
        self.assertEqual(page.enter(PASSPHRASE, network=network)[0], 200)
        self.assertEqual(self.kit.at("AT+EVENT?"), "OK 7 0 CONFMODE")
        self.assertIsNone(page.ask("GET", "/"), "the page is closed")
        self.assertEqual(self.kit.at("AT+CONF? SSID"), f"OK {SSID}")
        self.assertEqual(self.kit.at("AT+CONF? Passphrase"), "ERR13 KEY WRITEONLY")
        self.assertEqual(self.kit.at("AT+CONNECT"), "OK 1 CONNECTED")
        self.assertEqual(self.kit.at("AT+CONFMODE"), "ERR18 ACTIVE CONNECTION")

        self.assertEqual(self.kit.power_off(), 0)
        self.kit.power_up()
        self.assertEqual(self.kit.at("AT+CONNECT"), "OK 1 CONNECTED", "the credentials outlive the power")
        self.assertNotIn(PASSPHRASE, self.kit.process.log())

        self.kit.events()
        self.air.write_text("guests\t\n")
        self.kit.eventually_event("3 0 CONLOST")
        self.kit.connect_fails_with(2)

    def test_a_wrong_passphrase_shows_in_connect_and_can_be_mended(self):
        self.assertEqual(self.confmode().enter("mistyped", ssid=SSID)[0], 200)
        self.kit.eventually_event("7 0 CONFMODE")
        self.assertTrue(self.kit.at("AT+CONNECT").startswith("ERR14 2 UNABLE TO CONNECT"))
        self.assertEqual(self.confmode().enter("", ssid="guests")[0], 200)
        self.kit.eventually_event("7 0 CONFMODE")
        self.assertEqual(self.kit.at("AT+CONNECT"), "OK 1 CONNECTED")

    def test_a_browser_shows_the_page_and_sends_its_forms(self):
        page = self.confmode("kitchen sensor")
        environment = {**os.environ, "BASE_URL": f"http://{page.address}/", "CODE": page.code, "SSID": SSID,
                       "PASSPHRASE": PASSPHRASE}
        done = subprocess.run(["node", "--test", "confmode.test.mjs"], capture_output=True, text=True, timeout=900,
                              cwd=pathlib.Path(__file__).resolve().parent / "browser", env=environment)
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        self.kit.eventually_event("7 0 CONFMODE")
        self.assertEqual(self.kit.at("AT+CONNECT"), "OK 1 CONNECTED")

    # conformance: 88
    def test_the_page_is_there_in_confmode_only(self):
        page = self.confmode()
        self.assertEqual(page.ask("GET", "/")[0], 200)
        self.assertEqual(self.kit.at("AT+CONFMODE"), "ERR25 NOT ALLOWED")
        self.assertEqual(self.kit.at("AT+RESET"), "OK")
        self.assertEqual(self.kit.at("AT+EVENT?"), "OK 2 0 STARTUP")
        self.assertIsNone(page.ask("GET", "/"))
        self.assertNotEqual(self.confmode().code, page.code)

    def test_wpa_supplicant_joins_what_was_entered(self):
        supplicant = Supplicant(self.folder / "wlan0", SSID, PASSPHRASE)
        self.started.append(supplicant)
        self.assertEqual(self.kit.power_off(), 0)
        self.kit.extra = ("--wifi", f"wpa:{self.folder}/wlan0", *self.kit.extra[2:])
        self.kit.power_up()
        self.kit.events()
        for passphrase, answer in (("mistyped", "ERR14 2 UNABLE TO CONNECT"), (PASSPHRASE, "OK 1 CONNECTED")):
            page = self.confmode()
            self.assertIn("Küche &amp; Bad", page.ask("POST", "/networks", code=page.code)[1])
            self.assertEqual(page.enter(passphrase, network=SSID.encode().hex())[0], 200)
            self.kit.eventually_event("7 0 CONFMODE")
            self.assertTrue(self.kit.at("AT+CONNECT").startswith(answer))
        self.assertEqual(self.kit.power_off(), 0)
        eventually(lambda: supplicant.commands[-2:] == ["REMOVE_NETWORK 0", "DETACH"], "no network is left behind")
        self.assertNotIn(PASSPHRASE, self.kit.process.log())

    def test_five_wrong_codes_close_the_page(self):
        page = self.confmode()
        for tries_left in (4, 3, 2, 1):
            status, body = page.ask("POST", "/networks", code=page.wrong_code())
            self.assertEqual(status, 403)
            self.assertIn(f"Tries left: {tries_left}", body)
        self.assertEqual(page.ask("POST", "/join", code=page.wrong_code(), ssid="guests")[0], 403)
        self.assertIsNone(page.ask("GET", "/"))
        self.assertEqual(self.kit.at("AT+EVENT?"), "OK")
        self.assertEqual(self.kit.at("AT+CONF? SSID"), "OK")
        self.assertEqual(self.confmode().ask("GET", "/")[0], 200, "the host may try again")

    def test_web_sites_cannot_use_the_page(self):
        page = self.confmode()
        port = page.address.split(":")[1]
        self.assertEqual(page.ask("GET", "/", {"Host": f"attacker.example:{port}"})[0], 421)
        for _ in range(6):
            self.assertEqual(page.ask("POST", "/networks", {"Origin": "http://attacker.example"},
                                      code=page.wrong_code())[0], 403)
        self.assertEqual(page.ask("POST", "/networks", code=page.code)[0], 200, "no try was used up")

    def test_options_that_cannot_work_are_explained(self):
        base = (BIN / "expresslink-module", "--identity", self.kit.identity, "--state", self.folder / "other", "--stdio")
        for extra, what in ((("--confmode", "localhost"), "is not ADDRESS:PORT"),
                            (("--confmode", "example.com:80"), "is not ADDRESS:PORT"),
                            (("--wifi", "radio"), "expected none"),
                            (("--wifi", f"wpa:{self.folder}/missing"), "Is it running"),
                            (("--wifi", f"simulator:{self.folder}/missing"), "cannot be read")):
            done = run(*base, *extra, check=False)
            self.assertNotEqual(done.returncode, 0)
            self.assertIn(what, done.stderr)

    def test_a_taken_port_is_mode_not_available(self):
        page = self.confmode()
        self.assertEqual(self.kit.power_off(), 0)
        self.kit.extra = (*self.kit.extra[:-1], f"127.0.0.1:{self.real_cloud.http}")
        self.kit.power_up()
        self.assertEqual(self.kit.at("AT+CONFMODE"), "ERR17 MODE NOT AVAILABLE")
        eventually(lambda: "the page cannot be served" in self.kit.process.log(), "the module logs why")
        self.assertIsNone(page.ask("GET", "/"))
