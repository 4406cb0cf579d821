#!/usr/bin/env python3
"""Attacks a server while a meeting goes on in it, and looks at what became of both. See scripts/attack-test."""

import argparse
import os
import sys
import tempfile
import time

import attacks
import stage as stages
from stage import Stage, expect

# Seconds for which the viewer watches undisturbed, for comparison.
BASELINE = 20


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--program", required=True, help="the program convene")
    parser.add_argument("--scale", type=float, default=1.0, help="less than 1: smaller and shorter attacks")
    parser.add_argument("--only", default="", help="names of attacks, separated by commas")
    parser.add_argument("--skip", default="", help="names of attacks that are left out")
    parser.add_argument("--no-timing", action="store_true", help="do not judge how soon the viewer shows what comes")
    options = parser.parse_args()
    names = [attack.__name__ for attack in attacks.ALL]
    wanted = options.only.split(",") if options.only else names
    skipped = options.skip.split(",") if options.skip else []
    for name in wanted + skipped:
        if name not in names:
            parser.error(f"there is no attack {name}; there are {', '.join(names)}")
    chosen = [attack for attack in attacks.ALL if attack.__name__ in wanted and attack.__name__ not in skipped]
    with tempfile.TemporaryDirectory(prefix="convene-attack-") as folder:
        stage = Stage(options.program, folder)
        try:
            failures = run(stage, chosen, options)
        finally:
            stage.clean_up()
    for failure in failures:
        print(f"FAILED {failure}")
    print(f"{len(chosen)} attacks, {len(failures)} failures")
    return 1 if failures else 0


def run(stage, chosen, options):
    failures = []

    def check(name, body):
        began = time.monotonic()
        try:
            body()
            print(f"ok     {name} ({time.monotonic() - began:.1f} s)", flush=True)
        except Exception as error:  # whatever it is, it is a failure of this attack and not of the others
            print(f"FAILED {name}: {error!r}", flush=True)
            failures.append(f"{name}: {error!r}")

    stage.start()
    stage.publish()
    baseline = stage.view("baseline")
    time.sleep(max(5, BASELINE * options.scale))
    stage.end(baseline)
    viewer = stage.view("watcher")
    time.sleep(2)
    # Strangers have machines of their own: here they take what the meeting leaves.
    os.nice(19)
    for attack in chosen:
        check(attack.__name__, lambda: attack(stage, options.scale))
        if not stage.is_alive():
            failures.append(f"the server died of {attack.__name__}: {stage.log_text()[-3000:]}")
            return failures
    time.sleep(2)
    grown = stage.peak - stage.first
    limit = stages.BUDGET // 1024 + stages.OVERHEAD_KIB
    print(f"       memory {stage.first} KiB at the start, {stage.peak} at most, {stage.memory()} at the end")
    check("memory_within_budget", lambda: expect(grown <= limit, f"grew by {grown} KiB, {limit} are allowed"))
    check("viewer_ends", lambda: stage.end(viewer))
    for publisher in stage.publishers:
        check("publisher_ends", lambda: stage.end(publisher))
    check("viewer_missed_nothing", lambda: stage.check_viewer("watcher", not options.no_timing))
    if not options.no_timing:
        check("viewer_in_time", lambda: in_time(stage))
    check("server_ends", stage.stop)
    check("archive_is_whole", stage.check_archive)
    return failures


def in_time(stage):
    before, after = stage.p99("baseline"), stage.p99("watcher")
    print(f"       viewer's p99 {before:.1f} ms before, {after:.1f} ms under attack")
    expect(after - before < stages.MAXIMUM_MOVE, f"the viewer's p99 moved from {before:.1f} to {after:.1f} ms")


if __name__ == "__main__":
    sys.exit(main())
