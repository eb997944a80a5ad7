# SPDX-License-Identifier: Apache-2.0
"""Guide 11.3.1 for people: the claim wizard and the operators' pages in a real browser, over the real cloud."""
import contextlib
import json
import pathlib
import struct
import zlib

from aws_model import credentials_of
from browser_steps import run_browser
from harness import BIN, eventually, run
from test_claims import Claiming

DIST = pathlib.Path(__file__).resolve().parents[2] / "web/dist"


def read_gray_png(path):
    """(side, rows) of a square picture with one byte a pixel. source: PNG specification, 9.2"""
    data = path.read_bytes()
    side, = struct.unpack(">I", data[16:20])
    packed, at = b"", 8
    while at < len(data):
        length, = struct.unpack(">I", data[at:at + 4])
        if data[at + 4:at + 8] == b"IDAT":
            packed += data[at + 8:at + 8 + length]
        at += length + 12
    raw, rows, before = zlib.decompress(packed), [], bytearray(side)
    for y in range(side):
        kind, row = raw[y * (side + 1)], bytearray(raw[y * (side + 1) + 1:(y + 1) * (side + 1)])
        for x in range(side):
            left, up, corner = row[x - 1] if x else 0, before[x], before[x - 1] if x else 0
            guess = left + up - corner
            nearest = min((left, up, corner), key=lambda value: abs(guess - value))
            row[x] = (row[x] + (0, left, up, (left + up) // 2, nearest)[kind]) % 256
        rows.append(bytes(row))
        before = row
    return side, rows


def write_video(png, y4m):
    """What a camera sees that is held over the picture: it lies on a gray table."""
    side, rows = read_gray_png(png)
    width = height = side + 80 + side % 2
    table = bytes([110])
    frame = table * (40 * width) + b"".join(table * 40 + row + table * (width - side - 40) for row in rows)
    frame += table * (width * height - len(frame)) + b"\x80" * (width * height // 2)
    y4m.write_bytes(f"YUV4MPEG2 W{width} H{height} F10:1 Ip A1:1 C420jpeg\n".encode() + (b"FRAME\n" + frame) * 3)


class Pages(Claiming):
    def wizard(self, state):
        return run(BIN / "expresslink-cloud", "account", "wizard", "oem", state, "--data-dir", self.folder / "cloud").stdout

    def label(self, identity):
        return (identity / "label").read_text().strip()

    def listens_and_leaves(self, device):
        """A module that is told its endpoint and is not heard of again."""
        self.assertEqual(device.connect(), 0)
        self.assertIn(self.oem_endpoint.encode(), self.listen(device))
        device.close()

    def keys(self, cloud):
        return json.dumps({name: credentials_of(cloud, name) for name in ("oem", "staging")})


class Wizard(Pages):
    def test_is_off_until_it_is_switched_on(self):
        cloud = self.served("--web-root", DIST)
        self.assertEqual(cloud.get("/claim/oem")[0], 404)
        self.assertIn("on, at /claim/oem", self.wizard("on"))
        self.assertEqual(cloud.get("/claim/oem")[0], 200)
        self.wizard("off")
        self.assertEqual(cloud.get("/claim/oem")[0], 404)
        done = run(BIN / "expresslink-cloud", "account", "wizard", "staging", "on", "--data-dir", cloud.folder, check=False)
        self.assertEqual(done.returncode, 1)
        self.assertIn("vendor", done.stderr)

    def test_a_label_is_typed_photographed_and_filmed(self):
        cloud = self.served("--web-root", DIST, "--claim-arrival", "3s")
        self.wizard("on")
        typed, photographed, filmed, refused, stubborn = self.vendor.issue(5)
        module = self.staged(cloud, typed)
        module.at("AT+DISCONNECT")
        device = self.device(cloud, photographed)
        for identity in (photographed, filmed, refused, stubborn):
            with contextlib.closing(self.device(cloud, identity)) as first:
                self.assertEqual(first.connect(), 0)
        picture, filmed_picture, film = (self.folder / name for name in ("label.png", "filmed.png", "film.y4m"))
        self.vendor.factory("label", photographed, "--out", picture)
        self.vendor.factory("label", filmed, "--out", filmed_picture)
        write_video(filmed_picture, film)

        def comes_home():
            module.events()
            module.connect()
            module.eventually_event("3 0 CONLOST")
            module.connect()

        def sends_data():
            module.at(f"AT+CONF Topic1={module.thing}/data")
            for number in range(8):
                self.assertEqual(module.at(f'AT+SEND1 {{"temperature": {20 + number / 2}, "humidity": {40 + number}}}'), "OK")

        def is_reset():
            module.at("AT+FACTORY_RESET")
            module.eventually_event("2 0 STARTUP")
            module.connect()

        def arrives_after_all():
            self.listens_and_leaves(device)
            self.assertEqual(self.device(cloud, photographed, self.oem_endpoint).connect(), 0)

        turned_away = self.device(cloud, refused)

        def switch(status):
            principal, = cloud.aws("iot", "list-thing-principals", "--thing-name", turned_away.thing, profile="oem")["principals"]
            cloud.aws("iot", "update-certificate", "--certificate-id", principal.rsplit("/", 1)[1], "--new-status", status,
                      profile="oem")

        def is_turned_away():
            self.listens_and_leaves(turned_away)
            switch("INACTIVE")
            turned_away.endpoint = self.oem_endpoint
            self.assertEqual(turned_away.connect(), 5)

        def is_let_in():
            switch("ACTIVE")
            self.assertEqual(turned_away.connect(), 0)

        staying = self.device(cloud, stubborn)

        def is_told_and_stays():
            self.assertEqual(staying.connect(), 0)
            self.assertIn(self.oem_endpoint.encode(), self.listen(staying))

        def is_told_again_and_goes():
            self.assertIn(self.oem_endpoint.encode(), staying.tls.recv(4096))
            staying.endpoint = self.oem_endpoint
            self.assertEqual(staying.connect(), 0)

        problem = run_browser("claim_wizard.test.mjs", {
            "the module comes online": comes_home, "the module sends data": sends_data, "the module is reset": is_reset,
            "the second one is told and vanishes": lambda: self.listens_and_leaves(device),
            "the second one arrives": arrives_after_all, "the last one is turned away": is_turned_away,
            "the account lets it in": is_let_in, "the stubborn one is told and stays": is_told_and_stays,
            "the stubborn one is told again and goes": is_told_again_and_goes,
        }, 280, BASE_URL=cloud.url, TYPED=self.label(typed), REFUSED=self.label(refused), STUBBORN=self.label(stubborn),
                              PICTURE=str(picture), FILM=str(film))
        self.assertFalse(problem, f"{problem}\n{cloud.process.log()[-3000:]}")
        self.assert_clean(cloud)


class Console(Pages):
    def test_operators_see_their_fleet_and_help_claims_along(self):
        cloud = self.served("--web-root", DIST, "--claim-arrival", "1s")
        arrived, lost, waiting = self.vendor.issue(3)
        module = self.staged(cloud, arrived)
        self.arrives(module, self.claimed(arrived))
        for identity in (lost, waiting):
            self.assertEqual(self.device(cloud, identity).connect(), 0)
        claim = self.claimed(lost)
        self.listens_and_leaves(self.device(cloud, lost))
        self.oem.eventually(claim, "STALLED")
        self.claimed(waiting)

        def calls_all_the_same():
            self.assertEqual(self.device(cloud, lost, self.oem_endpoint).connect(), 5)

        steps = {"the lost one calls the account that has given it up": calls_all_the_same}
        problem = run_browser("console.test.mjs", steps, 200, BASE_URL=cloud.url, KEYS=self.keys(cloud), ARRIVED=module.thing,
                              LOST=claim["thingName"], WAITING=(waiting / "thing-name").read_text().strip())
        self.assertFalse(problem, problem)
        self.assertEqual(self.oem.state(claim)["state"], "CANCELLED")
        things = cloud.aws("iot", "list-things", profile="oem")["things"]
        self.assertEqual([thing["thingName"] for thing in things], [module.thing])
        eventually(lambda: "cancelled by force" in cloud.process.log(), "the log tells of force")
        self.assert_clean(cloud)
