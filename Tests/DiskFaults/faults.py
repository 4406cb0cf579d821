"""Records while the disk fails, and looks at what is in the archive. Called by scripts/disk-fault-test; see there."""

import glob
import json
import os
import pathlib
import selectors
import signal
import socket
import struct
import subprocess
import sys
import tempfile
import threading
import time

PROGRAM, LIBRARY = sys.argv[1], sys.argv[2]
FAULT_SECONDS = float(os.environ.get("CONVENE_FAULT_SECONDS", 15))
# The relay's latency may move by this much while the disk hangs, and the server's memory grow by so much.
LATENCY_MILLISECONDS, MEMORY_MEGABYTES = 5, 100
# A participant's recording goes on so long after the disk is good again: the time between two tries, and one to the keyframe.
RECOVERY_SECONDS = 2.0 + 1.0
RATE = 30
# The program refuses variables of its own that it does not know.
ENVIRONMENT = {name: value for name, value in os.environ.items() if not name.startswith("CONVENE_")}
failures = []


def check(holds, text):
    print(("ok      " if holds else "FAILED  ") + text)
    if not holds:
        failures.append(text)


class Server:
    """A server on loopback that records into a folder of its own, whose disk fails while `fault` is set."""

    def __init__(self):
        self.folder = tempfile.TemporaryDirectory(prefix="convene-faults-")
        self.archive = self.folder.name + "/archive"
        self.control = self.folder.name + "/control"
        self.log = self.folder.name + "/log"
        settings = {"LD_PRELOAD": LIBRARY, "FAULT_ROOT": self.archive, "FAULT_CONTROL": self.control,
                    "CONVENE_ARCHIVE_STOP_BELOW": "0"}
        self.process = subprocess.Popen(
            [PROGRAM, "serve", "--listen", "127.0.0.1:0", "--archive", self.archive], stdout=subprocess.PIPE,
            stderr=open(self.log, "w"), text=True, env={**ENVIRONMENT, **settings})
        line = self.process.stdout.readline()
        if not line:
            raise SystemExit("the server did not start: " + open(self.log).read())
        self.port = int(line.rsplit(":", 1)[1])
        self.url = f"convene://127.0.0.1:{self.port}/room"

    def fail(self, how):
        pathlib.Path(self.control).write_text(how)

    def mend(self):
        os.unlink(self.control)

    def megabytes(self):
        for line in open(f"/proc/{self.process.pid}/status"):
            if line.startswith("RssAnon"):
                return int(line.split()[1]) / 1024

    def stop(self):
        """Ends the server, and gives its exit status and how long that took."""
        begun = time.monotonic()
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(60), time.monotonic() - begun

    def journal(self):
        events = []
        for file in glob.glob(self.archive + "/room/*/journal.jsonl"):
            events += [json.loads(line) for line in open(file)]
        return events


class Chatters(threading.Thread):
    """People who write a line a second each, and read what comes."""

    def __init__(self, port, count):
        super().__init__(daemon=True)
        self.sockets, self.said, self.ends = [], 0, False
        for number in range(count):
            one = socket.create_connection(("127.0.0.1", port))
            self.say(one, type="hello", protocol=1, room="room", name=f"Chatter {number}")
            one.setblocking(False)
            self.sockets.append(one)

    @staticmethod
    def say(one, **message):
        body = json.dumps(message).encode()
        one.sendall(struct.pack(">IB", 1 + len(body), 1) + body)

    def run(self):
        selector = selectors.DefaultSelector()
        for one in self.sockets:
            selector.register(one, selectors.EVENT_READ)
        due, turn = time.monotonic(), 0
        while not self.ends:
            for key, _ in selector.select(0.005):
                if not key.fileobj.recv(1 << 20):
                    raise SystemExit("the server closed the connection of somebody who chats")
            while time.monotonic() >= due:
                self.say(self.sockets[turn % len(self.sockets)], type="chat", text=f"line {turn} " + "x" * 200)
                turn, due = turn + 1, due + 1 / len(self.sockets)
                self.said += 1


def relayed(server, seconds):
    """p99 of the relay's latency in milliseconds, of three who publish and watch each other."""
    run = subprocess.run(
        [PROGRAM, "load", server.url, "--publishers", "3", "--subscribers", "0", "--publishers-watch", "--audio", "--size",
         "640x360", "--duration", str(seconds), "--json"], capture_output=True, text=True, env=ENVIRONMENT)
    if run.returncode != 0:
        raise SystemExit(f"load: {run.stderr}{run.stdout}")
    return json.loads(run.stdout)


def hang():
    """Nothing that syncs returns for ten seconds, while a hundred chat and three publish."""
    server = Server()
    chat = Chatters(server.port, 100)
    chat.start()
    before = relayed(server, 10)
    memory = server.megabytes()
    peak = [0]
    done = threading.Event()

    def watch():
        while not done.wait(0.2):
            peak[0] = max(peak[0], server.megabytes())

    threading.Thread(target=watch, daemon=True).start()
    threading.Timer(3, server.fail, ["hang"]).start()
    threading.Timer(13, server.mend).start()
    during = relayed(server, 15)
    time.sleep(2)
    done.set()
    chat.ends = True
    chat.join()
    status, _ = server.stop()
    print(json.dumps({"before": before.get("latency"), "during": during.get("latency"), "lines": chat.said}))
    moved = during["latency"]["p99"] - before["latency"]["p99"]
    check(status == 0, f"the server ends well: {status}")
    check(moved < LATENCY_MILLISECONDS, f"p99 of the relay moves by {moved:.1f} ms")
    check(peak[0] - memory < MEMORY_MEGABYTES, f"memory grows from {memory:.0f} to {peak[0]:.0f} MB")
    events = server.journal()
    lines = sum(event["event"] == "chat" for event in events)
    check(lines == chat.said, f"{lines} of {chat.said} lines of chat are in the journal")
    missing = sum(event.get("packets", 0) for event in events if event["event"] == "gap")
    written = sum(track["packets"] for file in glob.glob(server.archive + "/room/*/meeting.json")
                  for segment in json.load(open(file))["segments"] for track in segment["tracks"])
    sent = sum(run["packetsSent"] for run in (before, during))
    check(written + missing >= sent, f"{written} packets recorded and {missing} journalled as missing, of {sent} sent")
    verify(server)


def verify(server):
    run = subprocess.run([PROGRAM, "archive", "verify", "--deep", "--archive", server.archive], capture_output=True, text=True, env=ENVIRONMENT)
    check(run.returncode == 0, f"archive verify --deep: {run.returncode} {run.stdout[-500:] if run.returncode else ''}")


def pictures(server, name):
    """How many pictures of a participant can be decoded."""
    count = 0
    for file in glob.glob(f"{server.archive}/room/*/{name}-*.mp4"):
        run = subprocess.run(["ffprobe", "-v", "error", "-select_streams", "v", "-count_frames", "-show_entries",
                              "stream=nb_read_frames", "-of", "csv=p=0", file], capture_output=True, text=True, env=ENVIRONMENT)
        count += int(run.stdout.strip().strip(",") or 0)
    return count


def error(kind):
    """Whatever writes fails for a while, then the disk is good again."""
    server = Server()
    length = 10 + FAULT_SECONDS + 12
    people = [subprocess.Popen([PROGRAM, "publish", server.url, "--name", name, "--test-pattern", "--tone", "--size", "320x180",
                                "--rate", str(RATE), "--duration", str(length)], stdout=subprocess.DEVNULL,
                               stderr=subprocess.DEVNULL, env=ENVIRONMENT) for name in ("Ada", "Grace")]
    time.sleep(10)
    server.fail(kind)
    time.sleep(FAULT_SECONDS)
    server.mend()
    for one in people:
        check(one.wait(120) == 0, "a publisher ends well")
    status, _ = server.stop()
    check(status == 0, f"the server ends well: {status}")
    recover = subprocess.run([PROGRAM, "archive", "recover", server.archive], capture_output=True, text=True, env=ENVIRONMENT)
    check(recover.returncode == 0, f"archive recover: {recover.returncode} {recover.stderr.strip()}")
    for name in ("ada", "grace"):
        sent, got = int(length * RATE), pictures(server, name)
        least = sent - int((FAULT_SECONDS + RECOVERY_SECONDS) * RATE)
        check(got >= least, f"{name}: {got} of {sent} pictures recorded, at least {least}")
    gaps = [event for event in server.journal() if event["event"] == "gap"]
    check(bool(gaps), f"the journal tells of {sum(event.get('packets', 0) for event in gaps)} missing packets")
    lines = sum("archive" in line for line in open(server.log))
    check(lines <= 20, f"{lines} lines of log about the archive")
    verify(server)


if sys.argv[3] == "hang":
    hang()
else:
    error(sys.argv[3])
sys.exit(1 if failures else 0)
