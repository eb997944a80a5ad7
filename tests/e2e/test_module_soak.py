# SPDX-License-Identifier: Apache-2.0
"""bench/module_soak for a moment, and that its books notice what it is there to notice."""
import contextlib
import io
import pathlib
import re
import sys
import time
import unittest

from harness import BUILD, run

BENCH = pathlib.Path(__file__).resolve().parents[2] / "bench"
sys.path.append(str(BENCH))
from soak_ledger import Ledger, Promise  # noqa: E402, the path comes first


class ShortRun(unittest.TestCase):
    def test_three_modules_in_bad_weather_lose_nothing(self):
        done = run(BENCH / "module_soak", "--minutes", 0.33, "--modules", 3, "--flap-every", 12, "--settle", 5, "--seed", 3,
                   "--build", BUILD, check=False)
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        faults, promised = (int(re.search(pattern, done.stdout).group(1))
                            for pattern in (r"(\d+) network faults", r"(\d+) promised by QoS 1"))
        self.assertGreater(faults, 0)
        self.assertGreater(promised, 0)


class Books(unittest.TestCase):
    """One message to host 0, whose subscription stands all the time."""

    def setUp(self):
        self.ledger, self.promise = Ledger(settle=60), Promise()
        self.assertTrue(self.promise.opens(time.monotonic()))

    def sends(self, qos=1):
        self.ledger.sending("0.1", 0, qos, "0.1 hello")
        self.ledger.accepted("0.1")

    def failures(self):
        self.promise.ends(time.monotonic() + 120)
        with contextlib.redirect_stdout(io.StringIO()):
            self.ledger.judge([self.promise])
        return self.ledger.failures

    def receives(self, text, receiver=0):
        with contextlib.redirect_stdout(io.StringIO()):
            self.ledger.received(receiver, text)

    def test_what_arrives_once_is_well(self):
        self.sends()
        self.receives("0.1 hello")
        self.assertEqual(self.failures(), [])

    def test_what_is_missing_is_noticed(self):
        self.sends()
        self.assertIn("came 0 times", self.failures()[0])

    def test_qos_0_may_be_lost_but_not_doubled(self):
        self.sends(qos=0)
        self.assertEqual(self.failures(), [])
        self.receives("0.1 hello")
        self.receives("0.1 hello")
        self.assertIn("2 times", self.failures()[0])

    def test_what_was_changed_or_went_to_another_is_noticed(self):
        self.sends(qos=0)
        self.receives("0.1 hellO")
        self.receives("0.1 hello", receiver=1)
        self.assertEqual(len(self.failures()), 2)

    def test_a_fault_ends_the_promise(self):
        self.sends()
        self.promise.fault_begins()
        self.promise.fault_ends()
        self.assertEqual(self.failures(), [])

    def test_a_session_begun_before_the_end_of_a_fault_promises_nothing(self):
        self.promise.fault_begins()
        began = time.monotonic()
        self.assertFalse(self.promise.opens(began))
        self.promise.fault_ends()
        self.assertFalse(self.promise.opens(began))
        self.assertTrue(self.promise.opens(time.monotonic()))
