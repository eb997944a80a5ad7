# SPDX-License-Identifier: Apache-2.0
"""Floods of connections: who is turned away, and who still gets through."""
import contextlib
import json
import pathlib
import socket
import sys
import threading
import time

from harness import Device, EndToEnd, Process, Vendor, connect_once, eventually
from test_faults import SERVER_UNAVAILABLE, Faults


class Flood(EndToEnd):
    def attack(self, cloud, seconds, per_second):
        """Garbage instead of TLS, as fast as asked."""
        until = time.monotonic() + seconds
        while time.monotonic() < until:
            try:
                with contextlib.closing(socket.create_connection(("127.0.0.1", cloud.mqtt), timeout=5)) as attempt:
                    attempt.sendall(b"\x16\x03\x01garbage")
            except OSError:
                pass
            time.sleep(1 / per_second)

    def test_an_address_that_only_tries_is_throttled_and_honest_modules_behind_it_get_through(self):
        cloud = self.cloud("--unproven-attempts", "20")
        vendor = Vendor(self.folder / "vendor").create_ca().enroll(cloud)
        lot = vendor.issue(30)
        attackers = [threading.Thread(target=self.attack, args=(cloud, 12, 120)) for _ in range(3)]
        for attacker in attackers:
            attacker.start()
        eventually(lambda: cloud.metric("gateway_connections_refused_total") > 100, "the attacker is turned away")
        waiting = list(lot)
        for attempt in range(1000):
            waiting = [identity for identity in waiting if connect_once(cloud, identity) != 0]
            if not waiting:
                break
        self.assertEqual(waiting, [])
        for attacker in attackers:
            attacker.join()
        cloud.eventually_logs("connections turned away .*too many failed attempts from 127.0.0.1")
        self.assertEqual(cloud.metric("gateway_provisioned_total"), 30)

    def test_a_lot_of_new_modules_behind_one_address_is_never_throttled(self):
        cloud = self.cloud("--unproven-attempts", "1")  # twenty unproven ones at once
        vendor = Vendor(self.folder / "vendor").create_ca().enroll(cloud)
        for identity in vendor.issue(60):
            self.assertEqual(connect_once(cloud, identity), 0)
        self.assertEqual(cloud.metric("gateway_connections_refused_total"), 0)

    def test_a_certificate_that_connects_over_and_over_is_slowed_down_alone(self):
        cloud = self.cloud()
        vendor = Vendor(self.folder / "vendor").create_ca().enroll(cloud)
        restless, calm = vendor.issue(2)
        eventually(lambda: connect_once(cloud, restless) != 0, "the restless module is refused")
        cloud.eventually_logs("connect refused .*connects more than once a second")
        self.assertEqual(connect_once(cloud, calm), 0)

    def test_a_key_that_connects_without_end_costs_its_address_the_door(self):
        cloud = self.cloud("--unproven-attempts", "1")  # twenty at once
        vendor = Vendor(self.folder / "vendor").create_ca().enroll(cloud)
        identity = vendor.issue()[0]

        def is_turned_away():
            connect_once(cloud, identity)
            return cloud.metric("gateway_connections_refused_total") > 0
        eventually(is_turned_away, "the door closes before TLS")

    def test_an_account_above_its_rate_is_refused_with_the_reason_and_gets_in_later(self):
        cloud = self.cloud("--account-connects-per-second", "3")
        vendor = Vendor(self.folder / "vendor").create_ca().enroll(cloud)
        waiting = vendor.issue(20)
        first = [connect_once(cloud, identity) for identity in waiting]
        self.assertIn(False, first)
        cloud.eventually_logs("connect refused .*too many connects of this account")

        def all_are_in():
            waiting[:] = [identity for identity in waiting if not connect_once(cloud, identity)]
            return not waiting
        eventually(all_are_in, "every module connects in the end")

    def test_a_full_account_takes_who_comes_back_and_nobody_else_until_somebody_leaves(self):
        cloud = self.cloud("--account-connections", "3")
        lot = Vendor(self.folder / "vendor").create_ca().enroll(cloud).issue(4)
        devices = [Device(cloud, identity) for identity in lot]
        for device in devices[:3]:
            self.assertEqual(device.connect(), 0)
        self.assertEqual(devices[3].connect(), SERVER_UNAVAILABLE)
        cloud.eventually_logs("connect refused .*too many devices of this account are connected")
        twin = Device(cloud, lot[0])
        self.assertEqual(twin.connect(), 0)  # takes its own place over
        self.assertEqual(devices[3].connect(), SERVER_UNAVAILABLE)
        devices[1].close()
        eventually(lambda: devices[3].connect() == 0, "the place that became free is taken")
        self.assertEqual(cloud.metric("gateway_sessions"), 3)
        for device in (twin, *devices):
            device.close()


class UnderFire(Faults):
    ATTEMPTS, PER_SECOND, PROGRAMS = 20_000, 500, 2

    def assault(self, cloud, stranger):
        """20,000 attempts that are nobody's, 30,000 a minute where the machine can."""
        command = [sys.executable, pathlib.Path(__file__).with_name("assault.py"), "--port", cloud.mqtt, "--endpoint",
                   cloud.staging_endpoint(), "--root-ca", cloud.root_ca, "--stranger", stranger, "--attempts",
                   self.ATTEMPTS // self.PROGRAMS, "--per-second", self.PER_SECOND // self.PROGRAMS]
        programs = [Process(command, self.folder / f"assault-{number}.log") for number in range(self.PROGRAMS)]
        self.started += programs
        return programs

    def test_twenty_thousand_hostile_attempts_keep_no_module_of_a_lot_behind_the_same_address_out(self):
        cloud, lot = self.stage(201, "--unproven-attempts", "50")  # which a slow machine's attacker exceeds, too
        known = self.chatting(lot[0], cloud)
        stranger = Vendor(self.folder / "strangers", "Nobody").create_ca().issue_for(cloud)[0]
        programs = self.assault(cloud, stranger)
        eventually(lambda: cloud.metric("gateway_connections_refused_total") > 100, "the attacker is turned away", 120)
        storm = self.storm(cloud, lot[1:])
        eventually(storm.is_connected, "the lot is connected", 120)
        self.assertTrue(all(program.child.poll() is None for program in programs), "under fire still")
        self.assert_talks(known)
        done = [json.loads(program.log()) for program in programs if program.child.wait(240) == 0]
        print(done, {name: cloud.metric(f"gateway_{name}_total") for name in (
            "connections", "connections_refused", "handshake_failures", "connect_refusals", "connects")})
        self.assertEqual(sum(program["attempts"] for program in done), self.ATTEMPTS)
        self.assertEqual([program["cut"] for program in done], [program["silent"] for program in done])
        self.assertGreater(cloud.metric("gateway_handshake_failures_total"), 300)
        self.assertGreater(cloud.metric("gateway_connect_refusals_total"), 50)
        eventually(lambda: cloud.metric("gateway_sessions") == 201, "only the honest are left")
        self.assertTrue(storm.is_connected())
        self.assert_talks(known)
        self.prove(cloud, lot)
