"""A server, with a meeting of two publishers and a viewer that must not notice anything of what strangers do."""

import json
import os
import pathlib
import re
import resource
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
# Threads that the server may start after its start.
SPARE_THREADS = 60
SECONDS_TO_END = 10.0
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
        self.processes = []

    # The server

    def start(self):
        resource.setrlimit(resource.RLIMIT_NOFILE, (resource.getrlimit(resource.RLIMIT_NOFILE)[1],) * 2)
        command = [
            self.program, "serve", "--listen", "127.0.0.1:0", "--metrics", "127.0.0.1:0", "--archive", str(self.archive),
        ]
        if os.geteuid() == 0:
            os.chown(self.folder, USER, USER)
            command = ["setpriv", "--reuid", str(USER), "--clear-groups", "--inh-caps=-all"] + command
        settings = {"CONVENE_SERVER_MEMORY_BYTES": str(BUDGET), "CONVENE_ARCHIVE_ROOMS": ROOM}
        self.server = subprocess.Popen(
            command, stdout=subprocess.PIPE, stderr=open(self.log, "wb"), env={**os.environ, **settings},
            cwd=self.folder, text=True)
        self.port = int(self.server.stdout.readline().rsplit(":", 1)[1])
        self.metrics = self.server.stdout.readline().split()[-1].removesuffix("/metrics")
        expect(self.get("/readyz") == 200, "the server is not ready")
        self.limit_threads()
        self.first = self.memory()
        threading.Thread(target=self.watch, daemon=True).start()

    def limit_threads(self):
        """An ordinary user's limit of processes, which root has not."""
        if os.geteuid() != 0:
            return
        count = sum(
            len(list((entry / "task").iterdir()))
            for entry in pathlib.Path("/proc").iterdir()
            if entry.name.isdigit() and entry.exists() and entry.stat().st_uid == USER)
        subprocess.run(["prlimit", "--pid", str(self.server.pid), f"--nproc={count + SPARE_THREADS}"], check=True)

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
            [self.program, *arguments], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, cwd=self.folder, text=True)
        self.processes.append(process)
        return process

    @property
    def url(self):
        return f"convene://127.0.0.1:{self.port}/{ROOM}"

    def publish(self):
        self.publishers = [
            self.run("publish", self.url, "--name", name, "--test-pattern", "--tone", "--size", "320x180", "--rate", "15")
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

    def check_viewer(self, name):
        for track in self.report(name):
            for count in ("packetsMissing", "framesMissing", "decodeErrors"):
                expect(track[count] == 0, f"{name} has {count} = {track[count]} of {track['name']}")

    def check_archive(self):
        show = subprocess.run(
            [self.program, "archive", "show", "last", "--archive", str(self.archive), "--json"], capture_output=True,
            text=True, check=True)
        manifest = json.loads(show.stdout)
        folder = self.archive / manifest["room"] / manifest["meeting"]
        own = {person["id"]: person["name"] for person in manifest["participants"] if person["name"] in PUBLISHERS}
        expect(len(own) == len(PUBLISHERS), f"the archive has {sorted(own.values())}")
        gaps = []
        for line in (folder / "journal.jsonl").read_text().splitlines():
            entry = json.loads(line)
            if "gap" in json.dumps(entry.get("type", entry.get("event", ""))) and entry.get("participant") in own:
                gaps.append(entry)
        expect(not gaps, f"the recording has gaps: {gaps[:3]}")
        for person, name in own.items():
            files = [segment["file"] for segment in manifest["segments"] if segment.get("participant") == person]
            expect(files, f"there is no recording of {name}")
        return len(manifest["segments"])

    def clean_up(self):
        for process in [*self.processes, getattr(self, "server", None)]:
            if process and process.poll() is None:
                process.kill()
                process.wait()
