"""What scripts/damage-test does."""

import argparse
import json
import os
import random
import re
import signal
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent
sys.dont_write_bytecode = True
sys.path.insert(0, str(ROOT / "examples/python"))
import convene_client as client  # noqa: E402

# Out of the environment: the server refuses variables that are no settings.
PROGRAM = os.environ.pop("CONVENE_PROGRAM", str(ROOT / ".build/release/convene"))
PATIENCE = 30
RATE = 30
# Bytes that are changed in each picture, and the slices of it.
CHANGES, SLICES = 200, 30
# Whatever is damaged, and for however long.
MAXIMUM_LINES = 200
# Memory that a process may gain after the first part of the run: allocators keep what threads gave back.
MAXIMUM_GROWTH = 24 << 20
WARM_UP, SHORTEST_WARM_UP = 0.2, 7
VIDEO = {"kind": "video", "codec": "h264", "timeBase": [1, 90000], "width": 640, "height": 360, "frameRate": RATE,
         "source": "camera"}


def intact_picture(folder):
    """One access unit with parameter sets and many slices."""
    path = folder / "picture.h264"
    subprocess.run(["ffmpeg", "-v", "error", "-f", "lavfi", "-i", "testsrc2=size=640x360", "-frames:v", "1", "-c:v", "libx264",
                    "-x264-params", f"slices={SLICES}", "-f", "h264", path], check=True, timeout=PATIENCE)
    return path.read_bytes()


def send_damage(url, picture, seconds, outcome):
    """Sends the picture RATE times a second, with other bytes changed each time."""
    try:
        connection = client.Connection(url, "Damaged")
        track = connection.publish(VIDEO)
        generator, began = random.Random(1), time.monotonic()
        for number in range(int(seconds * RATE)):
            damaged = bytearray(picture)
            for _ in range(CHANGES):
                damaged[generator.randrange(len(damaged))] = generator.randrange(256)
            pts = number * 90000 // RATE
            connection.send_packet(client.Packet(track, number, pts, pts, 90000 // RATE, client.KEYFRAME, bytes(damaged)))
            time.sleep(max(0, began + (number + 1) / RATE - time.monotonic()))
        connection.bye()
        outcome["sent"] = int(seconds * RATE)
    except client.Refused as refused:
        outcome["refused"] = str(refused)


def memory(process):
    """Bytes that a process has in memory."""
    text = Path(f"/proc/{process.pid}/status").read_text()
    return int(re.search(r"VmRSS:\s*(\d+)", text)[1]) * 1024


class Run:
    def __init__(self, folder):
        self.folder, self.processes = folder, {}

    def start(self, name, *arguments):
        log = open(self.folder / f"{name}.log", "w")
        process = subprocess.Popen([PROGRAM, *map(str, arguments)], stdout=subprocess.PIPE, stderr=log, text=True, cwd=self.folder)
        self.processes[name] = process
        return process

    def end(self, name):
        process = self.processes[name]
        if process.poll() is None:
            process.send_signal(signal.SIGINT)
        try:
            return process.wait(PATIENCE)
        except subprocess.TimeoutExpired:
            process.kill()
            return "hung"

    def lines(self, name):
        return len((self.folder / f"{name}.log").read_text(errors="replace").splitlines())

    def stop(self):
        for process in self.processes.values():
            if process.poll() is None:
                process.kill()
                process.wait()


def problems(run, seconds, outcome):
    """What is not as it should be, in words."""
    found = []
    picture = intact_picture(run.folder)
    server = run.start("server", "serve", "--listen", "127.0.0.1:0", "--archive", run.folder / "archive")
    port = re.search(r":(\d+)$", server.stdout.readline().strip())[1]
    url = f"convene://127.0.0.1:{port}/room"
    run.start("viewer", "view", url, "--name", "Viewer", "--headless", "--stats", run.folder / "report.json")
    run.start("publisher", "publish", url, "--name", "Ada", "--test-pattern", "--tone", "--size", "320x180", "--rate", "15")
    sender = threading.Thread(target=send_damage, args=(url, picture, seconds, outcome))
    sender.start()
    began, early, late = time.monotonic(), {}, {}
    while sender.is_alive():
        sender.join(1)
        for name in ["server", "viewer", "publisher"]:
            process = run.processes[name]
            if process.poll() is not None:
                sender.join()
                return [f"the {name} ended with {process.returncode} after {time.monotonic() - began:.0f} s"]
            series = early if time.monotonic() - began < max(seconds * WARM_UP, SHORTEST_WARM_UP) else late
            series[name] = max(series.get(name, 0), memory(process))
    if "sent" not in outcome:
        found.append(f"the damaged stream was refused: {outcome.get('refused')}")
    for name in ["publisher", "viewer", "server"]:
        status = run.end(name)
        if status != 0:
            found.append(f"the {name} ended with {status}")
        outcome[f"{name} lines"] = run.lines(name)
        outcome[f"{name} memory"] = f"{late.get(name, 0) >> 20} MiB"
        growth = late.get(name, 0) - early.get(name, 0)
        if early and growth > MAXIMUM_GROWTH:
            found.append(f"the {name}'s memory grows by {growth >> 20} MiB")
    lines = sum(run.lines(name) for name in run.processes)
    if lines > MAXIMUM_LINES:
        found.append(f"{lines} lines of log, at most {MAXIMUM_LINES} are right")
    return found + seen(run, seconds, outcome)


def seen(run, seconds, outcome):
    """Whether the other publisher was seen whole."""
    tracks = json.loads((run.folder / "report.json").read_text())["tracks"]
    ada = [track for track in tracks if track["name"] == "Ada" and track["kind"] == "video"]
    if len(ada) != 1:
        return [f"the other publisher has {len(ada)} video tracks"]
    outcome["other publisher"] = {key: ada[0].get(key) for key in ["framesDecoded", "framesMissing", "packetsMissing", "decodeErrors"]}
    # On a busy machine its encoder leaves out pictures, and says so: those were never sent.
    never = sum(int(count) for count in re.findall(
        r"(\d+) pictures dropped because the encoder", (run.folder / "publisher.log").read_text(errors="replace")))
    isWhole = ada[0]["framesDecoded"] > 15 * seconds * 0.9 and ada[0]["framesMissing"] <= never and not any(
        ada[0].get(key) for key in ["packetsMissing", "decodeErrors"])
    return [] if isWhole else ["the other publisher is not seen whole"]


def main():
    parser = argparse.ArgumentParser(prog="damage-test")
    parser.add_argument("seconds", nargs="?", type=float, default=600)
    parser.add_argument("--keep", type=Path)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as temporary:
        folder = (options.keep or Path(temporary)).resolve()
        folder.mkdir(parents=True, exist_ok=True)
        run, outcome = Run(folder), {}
        try:
            found = problems(run, options.seconds, outcome)
        finally:
            run.stop()
        for name, value in outcome.items():
            print(f"{name}: {value}")
        for problem in found:
            print(f"WRONG: {problem}")
            if not options.keep:
                for name in run.processes:
                    print(f"--- {name}", *(folder / f"{name}.log").read_text(errors="replace").splitlines()[-8:], sep="\n")
        return 1 if found else 0


sys.exit(main())
