"""A server, with a meeting of two publishers and a viewer that must not notice anything of what strangers do."""

import json
import os
import pathlib
import re
import resource
import shutil
import signal
import subprocess
import threading
import time
import urllib.request

USER = 12345
ROOM = "reference"
PUBLISHERS = ("Ada", "Bob")
BUDGET = 128_000_000
# What the program itself takes, its code, threads and the archive's books included.
OVERHEAD_KIB = 64_000
# Threads that a server has at its start, beside one for each core.
OWN_THREADS = 8
# Threads that it may start afterwards.
SPARE_THREADS = 60
SECONDS_TO_END = 10.0
# Pictures and packets of sound a second of the publishers.
RATE, SOUND_RATE = 15, 50
# Microseconds: how late a recording may begin after joining and how early it may end before leaving, encoders being
# started and ended meanwhile; and what may lie between two files.
LATE, JOINT = 1_500_000, 150_000
# What the viewer's p99 may move, in milliseconds.
MAXIMUM_MOVE = 10.0


class Failure(Exception):
    """Something is not as it should be."""


def expect(condition, text):
    if not condition:
        raise Failure(text)


class Stage:
    def __init__(self, program, folder):
        self.program, self.folder = program, pathlib.Path(folder)
        self.log = self.folder / "server.log"
        self.archive = self.folder / "archive"
        self.peak = 0
        # Without the settings of whoever runs this.
        self.environment = {key: value for key, value in os.environ.items() if not key.startswith("CONVENE_")}
        self.processes = []

    # The server

    def start(self):
        resource.setrlimit(resource.RLIMIT_NOFILE, (resource.getrlimit(resource.RLIMIT_NOFILE)[1],) * 2)
        command = [
            self.program_of_server(), "serve", "--listen", "127.0.0.1:0", "--metrics", "127.0.0.1:0", "--archive", str(self.archive),
        ]
        settings = {"CONVENE_SERVER_MEMORY_BYTES": str(BUDGET)}
        self.server = subprocess.Popen(
            self.as_ordinary_user() + command, stdout=subprocess.PIPE, stderr=open(self.log, "wb"), env={**self.environment, **settings},
            cwd=self.folder, text=True)
        line = self.server.stdout.readline()
        expect(line.startswith("listening on "), f"the server does not start: {self.log_text()}")
        self.port = int(line.rsplit(":", 1)[1])
        self.metrics = self.server.stdout.readline().split()[-1].removesuffix("/metrics")
        expect(self.get("/readyz") == 200, "the server is not ready")
        self.first = self.memory()
        threading.Thread(target=self.watch, daemon=True).start()

    def program_of_server(self):
        """The program, where an ordinary user may run it: root's own folders are closed to others."""
        return shutil.copy(self.program, self.folder / "convene") if os.geteuid() == 0 else self.program

    def as_ordinary_user(self):
        """What goes before the server's command: root has no limit of processes, an ordinary user has."""
        if os.geteuid() != 0:
            return []
        os.chown(self.folder, USER, USER)
        present = sum(
            len(list((entry / "task").iterdir()))
            for entry in pathlib.Path("/proc").iterdir()
            if entry.name.isdigit() and entry.exists() and entry.stat().st_uid == USER)
        limit = present + OWN_THREADS + os.cpu_count() + SPARE_THREADS
        return ["setpriv", "--reuid", str(USER), "--clear-groups", "--inh-caps=-all", "prlimit", f"--nproc={limit}"]

    def get(self, path, timeout=2.0):
        try:
            return urllib.request.urlopen(self.metrics + path, timeout=timeout).status
        except urllib.error.HTTPError as error:
            return error.code
        except OSError:
            return None

    def value(self, name):
        text = urllib.request.urlopen(self.metrics + "/metrics", timeout=5).read().decode()
        found = re.search(rf"^{re.escape(name)} (\S+)$", text, re.MULTILINE)
        return float(found.group(1)) if found else None

    def memory(self, process=None):
        """Resident memory in KiB."""
        try:
            text = pathlib.Path(f"/proc/{(process or self.server).pid}/status").read_text()
            return int(re.search(r"VmRSS:\s+(\d+)", text).group(1))
        except (OSError, AttributeError):
            return 0

    def watch(self):
        while self.server.poll() is None:
            self.peak = max(self.peak, self.memory())
            time.sleep(0.05)

    def stop(self):
        began = time.monotonic()
        self.server.send_signal(signal.SIGTERM)
        try:
            status = self.server.wait(60)
        except subprocess.TimeoutExpired:
            self.server.kill()
            raise Failure("the server did not end within 60 s of SIGTERM") from None
        seconds = time.monotonic() - began
        expect(status == 0, f"the server ended with {status}: {self.log_text()[-2000:]}")
        expect(seconds <= SECONDS_TO_END, f"the server took {seconds:.1f} s to end")
        return seconds

    def log_text(self):
        return self.log.read_bytes().decode(errors="replace")

    def is_alive(self):
        return self.server.poll() is None

    # The meeting

    def run(self, *arguments):
        process = subprocess.Popen(
            [self.program, *arguments], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, cwd=self.folder, text=True,
            env=self.environment)
        self.processes.append(process)
        return process

    @property
    def url(self):
        return f"convene://127.0.0.1:{self.port}/{ROOM}"

    def publish(self):
        self.publishers = [
            self.run("publish", self.url, "--name", name, "--test-pattern", "--tone", "--size", "320x180", "--rate", str(RATE))
            for name in PUBLISHERS]

    def view(self, name):
        process = self.run(
            "view", self.url, "--name", name, "--headless", "--stats", str(self.folder / f"{name}.json"))
        self.viewer = process
        return process

    def end(self, process):
        process.send_signal(signal.SIGTERM)
        output = process.communicate(timeout=30)[0]
        expect(process.returncode == 0, f"{process.args[1]} ended with {process.returncode}: {output[-2000:]}")
        return output

    def report(self, name):
        """The tracks of the two publishers in a viewer's report."""
        report = json.loads((self.folder / f"{name}.json").read_text())
        tracks = [track for track in report["tracks"] if track["name"] in PUBLISHERS and track["kind"] == "video"]
        expect(len(tracks) == len(PUBLISHERS), f"{name} saw {len(tracks)} of the publishers")
        return tracks

    def p99(self, name):
        return max(track["latency"]["p99"] for track in self.report(name))

    def check_viewer(self, name, is_fast):
        """Pictures that came and were not shown are the viewer's machine's, where that has too little time for them."""
        for track in self.report(name):
            counts = ["packetsMissing", "packetsDroppedByServer", "decodeErrors"] + (["framesMissing"] if is_fast else [])
            for count in counts:
                expect(track[count] == 0, f"{name} has {count} = {track[count]} of {track['name']}")

    def check_archive(self):
        def archive(*arguments, statuses=(0,)):
            run = subprocess.run(
                [self.program, "archive", *arguments], capture_output=True, text=True,
                env=self.environment)
            text = f"archive {arguments[0]}: {run.returncode}, {run.stdout[-2000:]}{run.stderr[-2000:]}"
            expect(run.returncode in statuses, text)
            return run.stdout

        # An end within ten seconds leaves work for the next start, which does this first.
        archive("recover", str(self.archive))
        manifest = json.loads(archive("show", ROOM, "--json", "--archive", str(self.archive)))
        own = {person["id"]: person for person in manifest["participants"] if person["name"] in PUBLISHERS}
        expect(len(own) == len(PUBLISHERS), f"the archive knows {[person['name'] for person in own.values()]}")
        journal = self.archive / manifest["room"] / manifest["meeting"] / "journal.jsonl"
        events = [json.loads(line) for line in journal.read_text().splitlines()]
        gaps = [event for event in events if event["event"] == "gap" and event.get("participant") in own]
        expect(not gaps, f"the recording has gaps: {gaps[:3]}")
        # The journal is the truth; the manifest follows.
        left = {event["participant"]: event["time"] for event in events if event["event"] == "leave"}
        for person in own.values():
            person["left"] = left[person["id"]]
            self.check_recording(person, [part for part in manifest["segments"] if part["participant"] == person["id"]])
        # Of strangers' nonsense only what was made of it matters: that the server lives.
        findings = archive(
            "verify", f"{manifest['room']}/{manifest['meeting']}", "--archive", str(self.archive), statuses=(0, 1)).splitlines()
        own_files = tuple(f"/{person}-" for person in own)
        bad = [line for line in findings if any(name in line for name in own_files) and "(no problem)" not in line]
        expect(not bad, f"archive verify: {bad[:3]}")

    @staticmethod
    def check_recording(person, parts):
        """One file after the other until the participant left, each with as many packets as it is long."""
        name, time = person["name"], parts[0]["start"] if parts else 0
        expect(parts, f"there is no recording of {name}")
        expect(time - person["joined"] < LATE, f"the recording of {name} begins after {time - person['joined']} us")
        for part in parts:
            expect(abs(part["start"] - time) < JOINT, f"{part['file']} begins {part['start'] - time} us late")
            time = part["start"] + part["duration"]
            for track in part["tracks"]:
                wanted = part["duration"] / 1e6 * (RATE if track["kind"] == "video" else SOUND_RATE)
                expect(abs(track["packets"] - wanted) < max(3, 0.01 * wanted), f"{part['file']} has {track['packets']} of {wanted:.0f} packets")
        expect(person["left"] - time < LATE, f"the recording of {name} ends {person['left'] - time} us early")

    def clean_up(self):
        for process in [*self.processes, getattr(self, "server", None)]:
            if process and process.poll() is None:
                process.kill()
                process.wait()
