# SPDX-License-Identifier: Apache-2.0
"""The measurements: each function is one table of docs/performance.md."""
import contextlib
import dataclasses
import os
import signal
import statistics
import time

from stage import Load, MODULES, cpu_seconds, median, pss_bytes, ratio


@dataclasses.dataclass
class Row:
    name: str
    value: str
    baseline: str = ""
    ratio: float | None = None
    target: str = ""
    met: bool | None = None


@dataclasses.dataclass
class Table:
    title: str
    how: str
    rows: list


def ratio_row(name, runs, baseline_runs, key, text, at_most=None, at_least=None):
    found = ratio(runs, baseline_runs, key)
    target, met = "", None
    if at_most is not None:
        target, met = f"ratio ≤ {at_most}", found <= at_most
    if at_least is not None:
        target, met = f"ratio ≥ {at_least}", found >= at_least
    return Row(name, text.format(median(runs, key)), text.format(median(baseline_runs, key)), found, target, met)


def limit_row(name, runs, key, text, below, baseline_runs=None):
    found = median(runs, key)
    baseline = text.format(median(baseline_runs, key)) if baseline_runs else ""
    return Row(name, text.format(found), baseline, None, f"< {text.format(below)}", found < below)


def connects(stage, rounds=5, count=500):
    least_server, mosquitto, ours = stage.least_server(), stage.mosquitto(), stage.ours()
    known = stage.some_new(count)
    stage.connects(ours, known)
    least, theirs, first, again = [], [], [], []
    for _ in range(rounds):
        least.append(stage.connects(least_server, known))
        theirs.append(stage.connects(mosquitto, known))
        first.append(stage.connects(ours, stage.some_new(count)))
        again.append(stage.connects(ours, known))
    cpu, rate = "{:.0f} us CPU", "{:.0f}/s"
    return Table(
        "Connects",
        f"TLS 1.3, P-256 certificates, CONNECT to CONNACK, 32 attempts under way at once; {rounds} rounds of {count}.",
        [ratio_row("known module ÷ Mosquitto", again, theirs, "cpu_us", cpu, at_most=0.6),
         ratio_row("first connect, durable provisioning ÷ Mosquitto", first, theirs, "cpu_us", cpu, at_most=0.75),
         ratio_row("known module ÷ least server", again, least, "cpu_us", cpu),
         ratio_row("Mosquitto ÷ least server", theirs, least, "cpu_us", cpu),
         ratio_row("first connects ÷ handshakes of the least server", first, least, "connects_per_second", rate,
                   at_least=0.70),
         ratio_row("known connects ÷ handshakes of the least server", again, least, "connects_per_second", rate),
         limit_row("first connect under saturation, median", first, "connect_p50_ms", "{:.1f} ms", 60, theirs)])


def resumption(stage, rounds=5, count=200, again=8):
    """Every module connects once in full in both runs: what is more in the second is the price of tickets."""
    ours = stage.ours()
    full, ticket = [], []
    for _ in range(rounds):
        some = stage.some_new(count)
        stage.connects(ours, some)
        full.append(stage.connects(ours, some, "--tls12", "--reconnects", again))
        mixed = stage.connects(ours, some, "--tls12", "--resume", "--reconnects", again)
        if mixed["resumed"] != count * again:
            raise SystemExit(f"only {mixed['resumed']} of {count * again} sessions resumed")
        resumed = (mixed["cpu_us"] * (again + 1) - full[-1]["cpu_us"]) / again
        ticket.append({"cpu_us": resumed})
    return Table("Reconnects with a ticket", f"TLS 1.2; {rounds} rounds of {count * again}.",
                 [ratio_row("ticket ÷ full handshake", ticket, full, "cpu_us", "{:.0f} us CPU", at_most=0.45)])


def messages(stage, rounds=3, modules=20):
    """Fixed rate: does each message cost the same? Unthrottled: how many go through?"""
    ours, mosquitto, some = stage.ours(), stage.mosquitto(), stage.some(modules)
    rows = []
    for qos in (0, 1):
        for every, what in ((10, "2000/s"), (0, "unthrottled")):
            options = ["--hold", 4, "--publish-every", every, "--qos", qos, "--payload", 128]
            gateway, theirs = [], []
            for _ in range(rounds):
                gateway.append(stage.messages(ours, some, *options))
                theirs.append(stage.messages(mosquitto, some, *options))
            name = f"QoS {qos}, {what}"
            rows.append(ratio_row(f"{name}: CPU per message", gateway, theirs, "cpu_us", "{:.1f} us CPU", at_most=1.3))
            if every:
                more = statistics.median(a["message_p50_ms"] - b["message_p50_ms"] for a, b in zip(gateway, theirs))
                rows.append(Row(f"{name}: round trip, median", f"{median(gateway, 'message_p50_ms') * 1000:.0f} us",
                                f"{median(theirs, 'message_p50_ms') * 1000:.0f} us", None,
                                f"≤ 50 us more (measured {more * 1000:+.0f})", more <= 0.050))
            else:
                rows.append(ratio_row(f"{name}: messages", gateway, theirs, "messages_per_second", "{:.0f}/s"))
    return Table(
        "Messages",
        f"{modules} modules, 128 bytes, each hears its own topic over TLS; Mosquitto is its own TLS listener with the "
        f"same load; {rounds} rounds of 4 s. A message is one PUBLISH in and one out.", rows)


def storm(stage, rounds=3):
    """Fifty modules talk while a thousand others reconnect as fast as they can."""
    ours, mosquitto = stage.ours(), stage.mosquitto()
    talking, crowd = stage.some(50), stage.some(1000, 50)
    stage.connects(ours, crowd)
    rates = []

    @contextlib.contextmanager
    def crowd_at(server):
        load = Load(stage, server, crowd, "--concurrency", 64, "--reconnects", 20)
        yield
        load.interrupt()
        rates.append(load.result(may_fail=True)["connects_per_second"])

    options = ["--hold", 4, "--publish-every", 100, "--payload", 128]
    quiet, ours_runs, theirs = [], [], []
    for _ in range(rounds):
        quiet.append(stage.messages(ours, talking, *options))
        ours_runs.append(stage.messages(ours, talking, *options, meanwhile=lambda: crowd_at(ours)))
        theirs.append(stage.messages(mosquitto, talking, *options, meanwhile=lambda: crowd_at(mosquitto)))
    ms = "{:.2f} ms"
    return Table(
        "Messages during a connect storm",
        f"50 connected modules, ten messages a second each, QoS 0; meanwhile 64 connects of others are under way all the "
        f"time ({statistics.median(rates[::2]):.0f}/s got through). Baseline: the same at Mosquitto. {rounds} rounds of "
        f"4 s. Both loads and the servers share the cores.",
        [limit_row("round trip during the storm, p99", ours_runs, "message_p99_ms", ms, 10, theirs),
         Row("round trip during the storm, median", ms.format(median(ours_runs, "message_p50_ms")),
             ms.format(median(theirs, "message_p50_ms"))),
         Row("round trip without a storm, p99", ms.format(median(quiet, "message_p99_ms")))])


def memory(stage, rounds=2):
    """All modules connect and say nothing."""
    runs = {"ours": [], "theirs": []}
    everyone = stage.some(MODULES)
    for _ in range(rounds):
        for name, server in (("theirs", stage.mosquitto()), ("ours", stage.restarted())):
            before = pss_bytes(server.pids)
            load = Load(stage, server, everyone, "--hold", 3, "--concurrency", 64)
            if not load.until("holding"):
                load.result()
            held = (pss_bytes(server.pids) - before) / MODULES / 1024
            runs[name].append({"kib": held, **load.result()})
    return Table(
        "Memory",
        f"{MODULES} idle modules on one gateway; growth of the processes' PSS since they were started, kernel buffers not "
        f"counted; {rounds} rounds.",
        [ratio_row("an idle connection, gateway and engine ÷ Mosquitto", runs["ours"], runs["theirs"], "kib",
                   "{:.1f} KiB", at_most=1.1),
         Row("modules held at once", str(min(run["connects"] for run in runs["ours"])), "", None, f"{MODULES}", True)])


def replaced_ms(stage):
    """From the death of a gateway worker until both work again."""
    victim = stage.cloud.workers()[0]
    began = time.monotonic()
    os.kill(victim, signal.SIGKILL)
    while victim in stage.cloud.workers() or len(stage.cloud.workers()) < 2 or not stage.cloud.is_healthy():
        time.sleep(0.005)
    return (time.monotonic() - began) * 1000


def workers(stage, rounds=3):
    """The same with two gateway processes: what they hold, and what sharing costs."""
    runs = {"one": [], "two": []}
    known = stage.some(1500)
    stage.connects(stage.ours(), known)
    for _ in range(rounds):
        for name, count in (("one", 1), ("two", 2)):
            runs[name].append(stage.connects(stage.restarted(count), known))
    everyone = stage.some(2 * MODULES)
    server = stage.restarted(2)
    before = pss_bytes(server.pids)
    load = Load(stage, server, everyone, "--hold", 3, "--concurrency", 64)
    if not load.until("holding"):
        load.result()
    held = (pss_bytes(server.pids) - before) / 2 / MODULES / 1024
    result = load.result()
    replacements = [replaced_ms(stage) for _ in range(5)]
    stage.restarted()
    return Table(
        "Two gateway workers",
        f"`--gateway-workers 2`; connects of known modules, {rounds} rounds of 1500, against one process in the same "
        "rounds. Load and servers share two cores, so two workers are not faster here: the ratio is what they cost.",
        [ratio_row("known module, two workers ÷ one process", runs["two"], runs["one"], "cpu_us", "{:.0f} us CPU"),
         Row("modules held at once", str(result["connects"]), "", None, f"{2 * MODULES}",
             result["connects"] == 2 * MODULES),
         Row("an idle connection, workers, supervisor and engine", f"{held:.1f} KiB"),
         Row("a worker killed with SIGKILL: until another has its place, longest of 5", f"{max(replacements):.0f} ms", "",
             None, "≤ 1000 ms", max(replacements) <= 1000)])




def fire(stage, rounds=4, count=500, per_second=334, connects_per_second=250):
    """While the address has not used up what it may owe: that is when an attacker costs most. Known modules come at a
    pace that leaves the attacker, who is on the same cores, enough of them."""
    pace_of_known = ("--rate", connects_per_second)
    ours, known = stage.restarted(), stage.some_new(count)
    stage.connects(ours, known)
    quiet = [stage.connects(ours, known, *pace_of_known) for _ in range(rounds)]
    before = cpu_seconds(ours.pids)
    alone = stage.assault(ours, 1500, per_second)[1]()
    attempt = {"cpu_us": (cpu_seconds(ours.pids) - before) / alone["attempts"] * 1e6}
    ours = stage.restarted()
    child, finished = stage.assault(ours, 4000, per_second)
    under = [stage.connects(ours, known, *pace_of_known) for _ in range(rounds)]
    if child.poll() is not None:
        raise SystemExit("the assault ended before the connects did")
    assault = finished()
    if stage.cloud.metric("gateway_connections_refused_total"):
        raise SystemExit("the assault was throttled")
    pace = assault["attempts"] / assault["seconds"] * 60
    return Table(
        "Under fire",
        f"One address makes {per_second * 60} connection attempts a minute without or with a stranger's certificate, with "
        f"garbage, or silent from some point of the handshake on; {count} known modules behind it connect meanwhile, "
        f"{connects_per_second} a second. Baseline: without the attacker; of an attempt: a known module's connect. "
        f"{rounds} rounds.",
        [Row("hostile attempts made", f"{pace:.0f}/min", target="≥ 19500/min", met=pace >= 19_500),
         Row("a hostile attempt", f"{attempt['cpu_us']:.0f} us CPU", f"{median(quiet, 'cpu_us'):.0f} us CPU",
             attempt["cpu_us"] / median(quiet, "cpu_us")),
         ratio_row("known connect", under, quiet, "cpu_us", "{:.0f} us CPU"),
         ratio_row("known connect, median", under, quiet, "connect_p50_ms", "{:.1f} ms"),
         ratio_row("known connect, p99", under, quiet, "connect_p99_ms", "{:.1f} ms")])


ALL = [connects, resumption, messages, storm, memory, fire, workers]
