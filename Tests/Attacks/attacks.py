"""What strangers do to a server, one function each: what it does, and what has to come of it.

Each gets the stage and a scale: 1 for the whole attack, less for a short run.
"""

import concurrent.futures
import socket
import time

import wire
from stage import ROOM, expect
from wire import Peer

KIB = 1024
PICTURE = 2_000_000
GOP = 8_000_000


def addresses(count):
    """Different addresses of loopback, so that not the share of one address but the whole budget is tried."""
    return [f"127.0.{1 + index // 200}.{1 + index % 200}" for index in range(count)]


def everybody(body, arguments):
    """Runs `body` for all arguments at once."""
    with concurrent.futures.ThreadPoolExecutor(max(1, len(arguments))) as pool:
        return list(pool.map(body, arguments))


def large_gops(stage, scale):
    """Eight tracks of one large GOP each on ten connections; then they only ping. The caches stay within the budget and
    are freed by the clock."""
    size = int(GOP * scale)

    def attack(source):
        peer = Peer(stage.port, source)
        peer.hello(f"gops-{source}", "Mallory")
        tracks = [peer.publish() for _ in range(8)]
        filler = bytes(min(PICTURE, size // 4))
        for track in tracks:
            for sequence in range(size // len(filler)):
                if not peer.media(track, sequence, filler, keyframe=sequence == 0):
                    return peer
                time.sleep(len(filler) / 12e6)
        return peer

    peers = everybody(attack, addresses(10))
    limit = stage.value("convene_memory_limit_bytes")
    expect(stage.value('convene_memory_bytes{use="cache"}') <= limit, "the caches take more than the budget")
    deadline = time.monotonic() + 20
    while stage.value('convene_memory_bytes{use="cache"}') > 2e6:
        expect(time.monotonic() < deadline, "caches of silent peers are not freed")
        for peer in peers:
            peer.tell("ping", time=1)
        time.sleep(0.5)
    for peer in peers:
        peer.close()


def unfinished_frames(stage, scale):
    """Frames of 4 MiB of which the end never comes: bounded by address and in all, and cut."""

    def attack(source):
        peer = Peer(stage.port, source, patience=40)
        peer.hello(f"frames-{source}", "Mallory")
        peer.publish()
        peer.raw(wire.struct.pack(">IB", 4_194_304, wire.MEDIA) + bytes(4_100_000))
        return peer.fatal()

    codes = everybody(attack, addresses(int(60 * scale)) + ["127.0.0.1"] * int(20 * scale))
    expect(all(code in ("idle_timeout", "server_full", None) for code in codes), f"refused with {set(codes)}")
    expect("idle_timeout" in codes or "server_full" in codes, "nothing was refused")


def memory_is_given_back(stage, scale):
    """What the attacks took is the system's again."""
    deadline = time.monotonic() + 30
    while stage.memory() - stage.first > 64_000:
        expect(time.monotonic() < deadline, f"{stage.memory() - stage.first} KiB more than at the start are kept")
        time.sleep(0.5)


def parameter_set_churn(stage, scale):
    """Joins the meeting, changes its picture's size 32 times, leaves, again and again: everybody else is recorded."""
    end = time.monotonic() + 10 * scale
    while time.monotonic() < end:
        with Peer(stage.port) as peer:
            peer.hello(ROOM, "Churn")
            track = peer.publish()
            for index in range(32):
                if not isinstance(track, int) or not peer.media(track, index, wire.picture(10 + index), keyframe=True):
                    break
            peer.tell("bye")


def resume_flood(stage, scale):
    """Thousands who could come back and do not: there is still a place for everybody else."""
    for index in range(int(4093 * scale)):
        with Peer(stage.port) as peer:
            peer.tell("hello", protocol=1, room=f"resume-{index % 8}", name="Mallory", resume="")
    with Peer(stage.port, "127.0.0.9") as guest:
        answer = guest.hello("guests", "Guest")
        expect(answer and answer["type"] == "welcome", f"a guest is told {answer}")


def many_units(stage, scale):
    """One picture of a million one-byte units for the viewer of the meeting."""
    before = stage.memory(stage.viewer)
    with Peer(stage.port) as peer:
        peer.hello(ROOM, "Units")
        track = peer.publish()
        peer.media(track, 0, wire.picture(20), keyframe=True)
        for sequence in range(1, 4):
            peer.media(track, sequence, b"\0\0\1\x61" * 1_000_000, keyframe=True)
        time.sleep(2)
    after = stage.memory(stage.viewer)
    expect(stage.viewer.poll() is None, "the viewer died")
    expect(after - before < 400_000, f"the viewer grew by {after - before} KiB")


def many_tracks(stage, scale):
    """A thousand empty tracks in the meeting: the viewer lives, and there are not a thousand decoders."""
    peers = []
    for index in range(int(125 * scale)):
        peer = Peer(stage.port)
        peer.hello(ROOM, f"Tracks {index}")
        for number in range(8):
            peer.publish(source=f"s{number}")
        peers.append(peer)
    time.sleep(1)
    expect(stage.viewer.poll() is None, "the viewer died")
    grown = stage.memory(stage.viewer)
    expect(grown < 700_000, f"the viewer takes {grown} KiB")
    for peer in peers:
        peer.close()


def bad_descriptions(stage, scale):
    """Sound that no decoder could begin with is refused where it is published."""
    aac = {**wire.SOUND, "codec": "aac", "sampleRate": 44100, "channels": 2}
    head = list(b"OpusHead")
    with Peer(stage.port) as peer:
        peer.hello(ROOM, "Codec")
        for data in ([0xFF], [0xFF, 0xFF], [0xFF] * 64, [0, 0], [0x11, 0x90]):
            answer = peer.publish(aac, codecConfiguration=wire.code(data))
            expect(answer == "bad_track", f"AAC {data} is answered by {answer}")
        for data in ([1], head, head + [99, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0], head + [1, 9, 0, 0, 0, 0, 0, 0, 0, 0, 0]):
            answer = peer.publish(wire.SOUND, codecConfiguration=wire.code(data))
            expect(answer == "bad_track", f"Opus {data} is answered by {answer}")
        expect(isinstance(peer.publish(aac, codecConfiguration=wire.code([0x12, 0x10])), int), "good AAC is refused")


def forged_log(stage, scale):
    """Lines and escapes in everything that the server may log, and a flood of refusals: no line is forged, none fills
    the disk."""
    evil = "x\n2026-01-01T00:00:00.000Z info joined participant=forged\x1b[2J\u202e\r"
    began = stage.log.stat().st_size
    with Peer(stage.port) as peer:
        peer.hello("log", evil)
    with Peer(stage.port) as peer:
        peer.hello(evil, "Mallory")
    with Peer(stage.port) as peer:
        peer.hello("log", "Mallory")
        peer.publish(codec=evil)
        peer.publish(kind=evil)
        peer.publish(source=evil)
        peer.tell("chat", text=evil)
    with Peer(stage.port) as peer:
        peer.hello("log", "Mallory")
        peer.tell("record", action=evil)
        peer.fatal()
    with Peer(stage.port) as peer:
        peer.tell(evil, field=evil)
        peer.fatal()
    end, count = time.monotonic() + 6 * scale, 0
    while time.monotonic() < end:
        with Peer(stage.port) as peer:
            peer.hello("bad room", "Mallory")
            count += 1
    text = stage.log_text()
    expect("\x1b" not in text and "\u202e" not in text, "the log has control characters")
    expect(not any(line.startswith("2026-01-01T00:00:00.000Z") for line in text.splitlines()), "a line is forged")
    grown = stage.log.stat().st_size - began
    expect(grown < 200 * KIB, f"{count} refusals are {grown} bytes of log")


def metrics_places(stage, scale):
    """A hundred who say nothing to the metrics page: a liveness probe is answered all the same."""
    port = int(stage.metrics.rsplit(":", 1)[1])
    idle = []
    for _ in range(100):
        connection = socket.create_connection(("127.0.0.1", port), timeout=5)
        connection.sendall(b"GET /met")
        idle.append(connection)
    for path in ("/healthz", "/readyz") * 3:
        answer = stage.get(path, timeout=1.0)
        expect(answer == 200, f"{path} answers {answer}")
    for connection in idle:
        connection.close()


def rooms_in_turn(stage, scale):
    """Ten thousand rooms one after the other."""

    def attack(part):
        for index in range(part, int(10_000 * scale), 4):
            with Peer(stage.port) as peer:
                answer = peer.hello(f"turn-{index}", "Mallory")
                expect(answer, f"room {index} does not answer")
                peer.tell("bye")

    everybody(attack, range(4))


def rooms_at_a_time(stage, scale):
    """A thousand rooms at a time, under a limit of threads: those that cannot be had are refused with a code."""
    peers, codes = [], set()
    for index in range(int(1000 * scale)):
        peer = Peer(stage.port)
        answer = peer.hello(f"room-{index}", "Mallory")
        expect(answer, f"room {index} is not answered")
        if answer["type"] == "error":
            codes.add(answer["code"])
        peers.append(peer)
    expect(codes <= {"too_many_rooms", "server_full"}, f"refused with {codes}")
    expect(stage.get("/healthz") == 200, "the server is not healthy")
    for peer in peers:
        peer.close()


def chat_flood(stage, scale):
    """Forty who chat as fast as they may and never read."""
    peers = []

    def attack(index):
        peer = Peer(stage.port)
        peer.hello("chat", f"Mallory {index}")
        peers.append(peer)
        end = time.monotonic() + 5 * scale
        while time.monotonic() < end and peer.tell("chat", text="x" * 1000):
            time.sleep(0.02)

    everybody(attack, range(40))
    for peer in peers:
        peer.close()


ALL = [
    large_gops, unfinished_frames, memory_is_given_back, parameter_set_churn, resume_flood, many_units, many_tracks,
    bad_descriptions, forged_log, metrics_places, chat_flood, rooms_in_turn, rooms_at_a_time,
]
