# SPDX-License-Identifier: Apache-2.0
"""The wall clock jumps by a year, forwards and back, while modules are connected and connect for the first time: dates are
judged by it, nothing else is (docs/security.md "Clocks"). Not for the tsan build: its runtime and libfaketime, both of which
stand in for libc, wait for each other."""
from harness import Clock, connect_once, eventually, s_client
from test_faults import Faults

YEAR = 365
NOT_AUTHORIZED, SERVER_UNAVAILABLE = 5, 3


class Jumps(Faults):
    def stage(self, count):
        self.clock = Clock(self.folder / "clock")
        return super().stage(count, clock=self.clock)

    def test_the_connected_stay_and_the_new_get_in_as_soon_as_the_dates_are_right(self):
        cloud, lot = self.stage(42)
        storm = self.storm(cloud, lot[2:12])
        here, there = self.chatting(lot[0], cloud), self.chatting(lot[1], cloud)
        eventually(storm.is_connected, "the first are connected")
        self.assertEqual(cloud.process.stop(), 0)  # then they are known, and nothing makes the cloud judge them again
        cloud.start()
        for module in (here, there):
            module.connect()
            module.subscribe(1, f"{module.thing}/echo")
        eventually(storm.is_connected, "the known are connected")
        said = len(cloud.process.log())

        self.clock.jump(YEAR)
        storm.join(lot[12:22])
        eventually(storm.is_connected, "those that come a year later are connected")
        self.assertEqual(cloud.metric("gateway_connect_refusals_total"), 0)
        self.assertEqual(cloud.metric("gateway_provisioned_total"), 10)

        self.clock.jump(-YEAR)
        storm.join(lot[22:32])
        eventually(lambda: list(storm.codes.values()).count(NOT_AUTHORIZED) >= 10, "who comes before its date is refused")
        cloud.eventually_logs("connect refused .*reason=.*not valid yet")
        self.assertEqual(connect_once(cloud, lot[32]), NOT_AUTHORIZED)
        self.assertEqual(len(self.registered(cloud)[0]), 22)
        self.assert_talks(here)
        self.assert_talks(there)

        self.clock.jump(0)
        storm.join(lot[32:])
        eventually(storm.is_connected, "all are connected")
        self.assert_talks(here)
        self.assert_talks(there)
        for identity in lot[:12]:
            self.assertNotIn(f'disconnected client="{identity.name} ', cloud.process.log()[said:])
        self.prove(cloud, lot)

    def test_the_cloud_starts_in_any_year_and_loses_nobody(self):
        cloud, lot = self.stage(18)
        storm = self.storm(cloud, [])
        for number, year in enumerate((YEAR, -YEAR, 0)):
            storm.join(lot[6 * number:6 * number + 6])
            self.assertEqual(cloud.process.stop(), 0)
            self.clock.jump(year)
            cloud.start()
            self.assert_whole(cloud)
        eventually(storm.is_connected, "all are connected")
        self.prove(cloud, lot)

    def test_a_module_judges_the_cloud_by_its_own_clock_and_recovers(self):
        cloud, lot = self.stage(1)
        wrong = Clock(self.folder / "module-clock")
        wrong.jump(-YEAR)
        module = self.module(lot[0], cloud, clock=wrong)
        module.connect_fails_with(4)
        wrong.jump(0)
        module.connect()
        module.subscribe(1, f"{module.thing}/echo")
        for days in (YEAR, -YEAR, 0):
            wrong.jump(days)
            self.assert_talks(module)
        wrong.jump(YEAR)
        self.assertEqual(module.at("AT+DISCONNECT"), "OK 0 DISCONNECTED")
        module.connect()
        self.assertEqual(module.power_off(), 0)
        self.prove(cloud, lot)

    def test_a_throttle_does_not_forgive_because_of_a_jump(self):
        cloud, lot = self.stage(1)
        eventually(lambda: connect_once(cloud, lot[0]) == SERVER_UNAVAILABLE, "the restless module is refused")
        for days in (YEAR, 0):
            self.clock.jump(days)
            again = [connect_once(cloud, lot[0]) for _ in range(30)]  # as many as a full bucket would let in
            self.assertIn(SERVER_UNAVAILABLE, again)
        eventually(lambda: connect_once(cloud, lot[0]) == 0, "it is let in again")
        self.assertEqual(cloud.process.stop(), 0)

    def test_tickets_and_signatures_of_another_year_are_of_no_use_until_it_is_theirs_again(self):
        cloud, lot = self.stage(1)
        session = self.folder / "session.pem"

        def handshake(*extra):
            return s_client(cloud, lot[0], cloud_name, "-tls1_2", *extra).stdout
        cloud_name = cloud.staging_endpoint()
        self.assertIn("New, TLSv1.2", handshake("-sess_out", session))
        self.assertIn("Reused, TLSv1.2", handshake("-sess_in", session))
        self.clock.jump(YEAR)
        self.assertIn("New, TLSv1.2", handshake("-sess_in", session))
        self.assertNotEqual(cloud.aws("iot", "list-things", check=False).returncode, 0)
        self.clock.jump(0)
        self.assertIn("Reused, TLSv1.2", handshake("-sess_in", session))
        self.assertEqual(cloud.aws("iot", "list-things"), {"things": []})
        self.assertEqual(cloud.process.stop(), 0)
