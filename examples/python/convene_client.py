#!/usr/bin/env python3
"""A client for Convene meetings, written from PROTOCOL.md, with Python's standard library alone.

It publishes an H.264 Annex B file and Opus sound (an Ogg file or silence) in real time, or watches a room,
counting and storing what comes. Section numbers in comments are those of PROTOCOL.md.
"""

import argparse
import hashlib
import json
import pathlib
import socket
import struct
import sys
import threading
import time
import urllib.parse
from collections import deque, namedtuple

CONTROL, MEDIA = 1, 2  # kinds of frame, section 1
MAX_FRAME = 4_194_304  # length field: kind and body
HEADER = struct.Struct(">IIqiIB3x")  # track, sequence, dts, pts - dts, duration, flags; section 1.1
KEYFRAME = 1
VIDEO_RATE, OPUS_RATE = 90_000, 48_000
OPUS_SILENCE = b"\xf8\xff\xfe"  # 20 ms, mono

Packet = namedtuple("Packet", "track sequence dts pts duration flags payload")


def now():
    """Own monotonic clock in microseconds."""
    return time.monotonic_ns() // 1000


class Refused(Exception):
    """The server refused something, or ended the session."""


class Connection:
    """One participant in one room.

    A thread of its own reads: it calls `on_message(dict)` and `on_packet(Packet)` there, and answers nothing by
    itself. Any thread may send. A connection that breaks is made again for `reconnect` seconds (section 4.1), also to a
    server that restarts: published tracks and the subscription go on, packets in between are left out.
    """

    PASSING = ("server_full", "room_full", "idle_timeout", "hello_timeout", "too_many_connections", "too_many_rooms")

    def __init__(self, url, name, on_message=None, on_packet=None, reconnect=30):
        address = urllib.parse.urlsplit(url)
        if address.scheme != "convene" or not address.hostname or len(address.path) < 2:
            raise Refused(f"{url} is no address of a room; write convene://HOST[:PORT]/ROOM")
        self.on_message = on_message or (lambda message: None)
        self.on_packet = on_packet or (lambda packet: None)
        self._sending, self._changed = threading.Lock(), threading.Condition()
        self._answers, self._samples, self._references = {}, deque(maxlen=8), 0
        self.end = None  # why the session ended, None while it goes on
        self.welcome = {}
        self._room, self._name, self._reconnect = address.path[1:], name, reconnect
        self._address = address.hostname, address.port or 7650
        self._tracks = {}  # own tracks by their first number: description, number on this connection, origin
        self._subscription = None  # fields of the last `subscribe`
        self._leaving, self._away, self._break = False, False, None  # the last is why the connection broke
        self._retry = 0  # seconds after which the server wants to be tried again
        self._open()
        threading.Thread(target=self._read, daemon=True).start()
        self.welcome = self._answer("welcome")
        threading.Thread(target=self._ping, daemon=True).start()

    def _open(self):
        """Connects and says hello, with the secret of the last `welcome` if there is one."""
        self.socket = socket.create_connection(self._address, timeout=10)
        self.socket.settimeout(None)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._stream = self.socket.makefile("rb", buffering=1 << 16)
        resume = {"resume": self.welcome.get("resume", "")} if self._reconnect else {}
        self.send("hello", protocol=1, room=self._room, name=self._name, **resume)

    # Sending

    def send(self, type, **fields):
        """Sends one control message."""
        body = json.dumps({"type": type, **fields}, ensure_ascii=False, separators=(",", ":")).encode()
        self._send(CONTROL, body)

    def send_packet(self, packet):
        """Sends one media frame. `packet.payload` is one access unit or one packet of sound.

        While the connection is broken it is left out.
        """
        number = self._tracks[packet.track]["number"]
        if number is None or self._away:
            return
        header = HEADER.pack(number, packet.sequence & 0xFFFFFFFF, packet.dts, packet.pts - packet.dts,
                             packet.duration, packet.flags)
        self._send(MEDIA, header + packet.payload)

    def _send(self, kind, body):
        if 1 + len(body) > MAX_FRAME:
            raise Refused(f"a frame of {1 + len(body)} bytes is beyond the limit of {MAX_FRAME}")
        try:
            with self._sending:
                self.socket.sendall(struct.pack(">IB", 1 + len(body), kind) + body)
        except OSError as error:
            if self._reconnect and self.welcome and not self._leaving:
                return  # the reading thread finds out, and makes the connection again
            self._finish(f"connection lost: {error}")
            raise Refused(self.end) from None

    def publish(self, description):
        """Offers a track and waits for its number, which it keeps here whatever becomes of the connection."""
        number = self._offer(description)
        self._tracks[number] = {"description": description, "number": number, "origin": None}
        return number

    def _offer(self, description):
        with self._changed:
            self._references += 1
            reference = self._references
        self.send("publish", ref=reference, track=description)
        return self._answer(reference)["track"]

    def clock(self, track, origin):
        """Says that PTS 0 of an own track was at `origin`, on this machine's clock."""
        self._tracks[track]["origin"] = origin
        number = self._tracks[track]["number"]
        if number is not None and not self._away:
            self.send("clock", track=number, pts=0, time=origin + self._offset())

    def unpublish(self, track):
        """Ends an own track."""
        number = self._tracks.pop(track)["number"]
        if number is not None and not self._away:
            self.send("unpublish", track=number)

    def subscribe(self, **fields):
        """Asks for media of others, now and after a connection that had to be made again."""
        self._subscription = fields
        self.send("subscribe", **fields)

    def bye(self):
        """Leaves, waits until the server has taken everything that was sent (section 4), and closes."""
        self._leaving = True
        try:
            self.send("bye")
        except Refused:
            pass
        with self._changed:
            self._changed.wait_for(lambda: self.end, timeout=5)
        try:
            self.socket.shutdown(socket.SHUT_RDWR)
        except OSError:
            pass
        self.socket.close()

    # Time, section 5

    def _offset(self):
        """What the server's clock is ahead of ours, in microseconds."""
        with self._changed:
            if not self._changed.wait_for(lambda: self._samples or self.end, timeout=5) or not self._samples:
                raise Refused(self.end or "the server answers no ping")
            return min(self._samples)[1]

    def server_time(self):
        """The server's clock now, in microseconds."""
        return now() + self._offset()

    def _ping(self):
        count = 0
        try:
            while not self.end:
                if not self._away:
                    self.send("ping", time=now())
                count += 1
                time.sleep(0.04 if count < 5 or not self._samples else 2)
        except Refused:
            pass

    # Receiving

    def _answer(self, key):
        with self._changed:
            self._changed.wait_for(lambda: key in self._answers or self.end, timeout=10)
            answer = self._answers.pop(key, None)
        if answer is None:
            raise Refused(self.end or f"the server did not answer ({key})")
        if answer["type"] == "error":
            raise Refused(f"{answer['code']}: {answer['message']}")
        return answer

    def _read(self):
        while not self.end:
            try:
                reason = self._read_frames()
            except OSError as error:
                reason = f"connection lost: {error}"
            if self.end or self._leaving or not self._reconnect or not self.welcome:
                return self._finish(self._break or reason)
            self._come_back(self._break or reason)

    def _read_frames(self):
        """Reads until the connection ends, and returns why."""
        while True:
            head = self._stream.read(5)
            if len(head) < 5:
                return "closed"
            length, kind = struct.unpack(">IB", head)
            if not 1 <= length <= MAX_FRAME:
                return f"the server sent a frame of {length} bytes"
            body = self._stream.read(length - 1)
            if len(body) < length - 1:
                return "closed in the middle of a frame"
            if kind == MEDIA:
                track, sequence, dts, delta, duration, flags = HEADER.unpack_from(body)
                self.on_packet(Packet(track, sequence, dts, dts + delta, duration, flags, body[HEADER.size:]))
            elif kind == CONTROL:
                self._handle(json.loads(body))

    def _come_back(self, reason):
        """Makes the connection again; `end` is set where that takes too long."""
        self._away, self._break = True, None
        self.on_message({"type": "away from the server", "reason": reason})
        until, pause = time.monotonic() + self._reconnect, max(0.2, self._retry)
        while not self.end and time.monotonic() < until:
            time.sleep(pause)
            pause = 0.25 if time.monotonic() < until - self._reconnect / 2 else 1
            try:
                self.socket.close()
                self._samples.clear()
                return self._open()
            except OSError as error:
                reason = f"connection lost: {error}"
        self._finish(reason)

    def _restore(self, welcome):
        """Goes on with the tracks that the server kept, and offers it the others again."""
        kept = welcome.get("tracks", [])
        try:
            for own, track in list(self._tracks.items()):
                if track["number"] not in kept:
                    track["number"] = None
            self._away = False
            if self._subscription is not None:
                self.send("subscribe", **self._subscription)
            for own, track in list(self._tracks.items()):
                number = track["number"] or self._offer(track["description"])
                if track["origin"] is not None:
                    self.send("clock", track=number, pts=0, time=track["origin"] + self._offset())
                track["number"] = number
        except Refused:
            pass  # the connection broke once more, or a track is refused and stays away

    def _handle(self, message):
        type = message["type"]
        with self._changed:
            if type == "welcome" and self.welcome:
                self.welcome, self._retry = message, 0
                threading.Thread(target=self._restore, args=(message,), daemon=True).start()
            elif type == "welcome":
                self._answers[type] = message
            elif type == "published" or type == "error" and "ref" in message:
                self._answers[message["ref"]] = message
            elif type == "pong":
                trip = now() - message["time"]
                self._samples.append((trip, message["server"] - message["time"] - trip // 2))
            elif type == "error" and message["fatal"] and self._reconnect and message["code"] in self.PASSING:
                self._break = f"{message['code']}: {message['message']}"
            elif type == "error" and message["fatal"]:
                self.end = f"{message['code']}: {message['message']}"
            elif type == "bye" and self._reconnect and message["reason"] in ("restarting", "slow_consumer"):
                self._break = f"the server said bye: {message['reason']}"
                self._retry = message.get("retryAfterMilliseconds", 0) / 1000
            elif type == "bye":
                self.end = f"the server said bye: {message['reason']}"
            self._changed.notify_all()
        self.on_message(message)

    def _finish(self, reason):
        with self._changed:
            self.end = self.end or reason
            self._changed.notify_all()


def access_units(stream):
    """Splits an Annex B byte stream into access units (ITU-T H.264 §7.4.1.2.3); yields (bytes, is IDR)."""
    starts, at = [], stream.find(b"\0\0\1")
    while at >= 0:
        starts.append(at - 1 if at and stream[at - 1] == 0 else at)
        at = stream.find(b"\0\0\1", at + 3)
    begin, picture, idr = 0, False, False
    for start in starts:
        unit = stream.index(b"\1", start) + 1
        kind, first = stream[unit] & 0x1F, stream[unit + 1 : unit + 2] >= b"\x80"  # first_mb_in_slice is 0
        if picture and (kind in (6, 7, 8, 9) or kind in (1, 5) and first):
            yield stream[begin:start], idr
            begin, picture, idr = start, False, False
        picture, idr = picture or kind in (1, 5), idr or kind == 5
    if picture:
        yield stream[begin:], idr


def ogg_packets(ogg):
    """The packets of an Ogg file with one stream of Opus (RFC 3533); the first two are headers (RFC 7845 §5).

    Raises ValueError where the file holds something else.
    """
    at, packet, serial = 0, b"", ogg[14:18]
    if ogg[:4] != b"OggS" or ogg[28:36] != b"OpusHead":
        raise ValueError("this is no Ogg file that begins with Opus; make one with: ffmpeg -i FILE -vn -c:a libopus talk.ogg")
    while ogg[at : at + 4] == b"OggS":
        if ogg[at + 14 : at + 18] != serial:
            raise ValueError("the Ogg file holds more than one stream, for instance pictures beside the sound; "
                             "leave out the others with: ffmpeg -i FILE -vn -c:a libopus talk.ogg")
        sizes = ogg[at + 27 : at + 27 + ogg[at + 26]]
        at += 27 + len(sizes)
        for size in sizes:
            packet += ogg[at : at + size]
            at += size
            if size < 255:
                yield packet
                packet = b""


def opus_duration(packet):
    """Length of an Opus packet in ticks of 1/48000 s (RFC 6716 §3.1); 0 of an empty one, which stands for a loss."""
    if not packet:
        return 0
    config, code = packet[0] >> 3, packet[0] & 3
    if config < 12:
        frame = (480, 960, 1920, 2880)[config & 3]
    else:
        frame = (480, 960)[config & 1] if config < 16 else (120, 240, 480, 960)[config & 3]
    return frame * (1, 2, 2, packet[1] & 63 if len(packet) > 1 else 0)[code]


def video_packets(path, rate):
    """The file's pictures as (seconds, Packet without track and sequence)."""
    for index, (unit, idr) in enumerate(access_units(path.read_bytes())):
        pts = round(index * VIDEO_RATE / rate)
        following = round((index + 1) * VIDEO_RATE / rate)
        yield pts / VIDEO_RATE, Packet(0, 0, pts, pts, following - pts, KEYFRAME if idr else 0, unit)


def audio_packets(payloads, delay=0):
    """Opus packets one after the other as (seconds, Packet without track and sequence).

    `delay` is the encoder's, in ticks of 1/48000 s: the first packet begins so much before 0 (section 3).
    """
    pts = -delay
    for payload in payloads:
        length = opus_duration(payload)
        yield pts / OPUS_RATE, Packet(0, 0, pts, pts, length, KEYFRAME, payload)
        pts += length


def silence(seconds):
    """As many packets of silence as last for this time, behind two that stand for the headers of a file."""
    return [b"", b""] + [OPUS_SILENCE] * int(seconds * 50)


def publish(options):
    """Sends files into a room in real time. They are read first: nobody sees somebody come and go for a wrong one."""
    tracks, schedule = {}, []
    if options.h264:
        width, height = (int(part) for part in options.size.split("x"))
        tracks["video"] = {"kind": "video", "codec": "h264", "timeBase": [1, VIDEO_RATE], "width": width,
                           "height": height, "frameRate": options.rate, "source": options.source}
        schedule += [(at, "video", packet) for at, packet in video_packets(options.h264, options.rate)]
    if options.opus or options.silence:
        tracks["audio"] = {"kind": "audio", "codec": "opus", "timeBase": [1, OPUS_RATE],
                           "sampleRate": OPUS_RATE, "channels": options.channels, "source": options.source}
        head, _, *sound = ogg_packets(options.opus.read_bytes()) if options.opus else silence(options.silence)
        delay = int.from_bytes(head[10:12], "little") if options.opus else 0  # pre-skip, RFC 7845 §5.1
        schedule += [(at, "audio", packet) for at, packet in audio_packets(sound, delay)]
    connection = Connection(options.url, options.name, on_message=report, reconnect=options.reconnect)
    numbers = {key: connection.publish(description) for key, description in tracks.items()}
    # Both tracks have the same source, so they share one origin: PTS 0 of either is this instant.
    origin, begin = now(), time.monotonic()
    for line in options.chat:
        connection.send("chat", text=line)
    sequences, clock_at = dict.fromkeys(tracks, 0), 0.0
    for at, key, packet in sorted(schedule, key=lambda entry: entry[0]):
        if at >= clock_at:
            clock_at += 5
            for number in numbers.values():
                connection.clock(number, origin)
        time.sleep(max(0.0, begin + at - time.monotonic()))
        connection.send_packet(packet._replace(track=numbers[key], sequence=sequences[key]))
        sequences[key] += 1
    for number in numbers.values():
        connection.unpublish(number)
    connection.bye()
    print(json.dumps({"participant": connection.welcome["participant"], "sent": sequences}))


class Store:
    """Counts the packets of every track; with a folder, stores them too.

    Video goes into FOLDER/TRACK.h264 as it came, sound into FOLDER/TRACK.opus with a length (u32) before each
    packet; FOLDER/TRACK.jsonl has one line for each packet.
    """

    def __init__(self, folder):
        self.folder, self.tracks, self.files = folder, {}, {}

    def message(self, message):
        """Follows the tracks that come and the packets that are left out."""
        if message["type"] == "track":
            self.tracks[message["track"]] = {"participant": message["participant"], "packets": 0, "bytes": 0,
                                             "missing": 0, "dropped": 0, **message["description"]}
        elif message["type"] == "dropped" and message["track"] in self.tracks:
            self.tracks[message["track"]]["dropped"] += message["count"]
        report(message)

    def packet(self, packet):
        """Takes one packet. A gap in `sequence` is what the publisher or the server left out."""
        track = self.tracks[packet.track]
        expected = track.get("next", packet.sequence)
        track["missing"] += (packet.sequence - expected) & 0xFFFFFFFF
        track["next"] = (packet.sequence + 1) & 0xFFFFFFFF
        track["packets"] += 1
        track["bytes"] += len(packet.payload)
        if self.folder:
            self.write(packet, track["codec"])

    def write(self, packet, codec):
        """Appends the packet to its track's files."""
        for ending in (codec, "jsonl"):
            if (packet.track, ending) not in self.files:
                self.files[packet.track, ending] = open(self.folder / f"{packet.track}.{ending}", "wb")
        length = b"" if codec == "h264" else struct.pack(">I", len(packet.payload))
        self.files[packet.track, codec].write(length + packet.payload)
        line = {**packet._asdict(), "payload": hashlib.sha256(packet.payload).hexdigest()}
        self.files[packet.track, "jsonl"].write(json.dumps(line).encode() + b"\n")


def watch(options):
    """Receives everything in a room for some time."""
    if options.store:
        options.store.mkdir(parents=True, exist_ok=True)
    store = Store(options.store)
    connection = Connection(options.url, options.name, store.message, store.packet, options.reconnect)
    connection.subscribe()
    until = time.monotonic() + options.duration
    while not connection.end and time.monotonic() < until:
        time.sleep(0.05)
    ended = connection.end
    connection.bye()
    for file in store.files.values():
        file.close()
    print(json.dumps(store.tracks, indent=2))
    if ended:
        raise Refused(ended)


def report(message):
    """Writes what people want to know to standard error."""
    if message["type"] not in ("pong", "clock", "keyframe"):
        print(json.dumps(message, ensure_ascii=False), file=sys.stderr, flush=True)


def main():
    parser = argparse.ArgumentParser(description="Publish files into a Convene room, or watch one.")
    commands = parser.add_subparsers(required=True, metavar="publish|watch")
    sender = commands.add_parser("publish", help="send an H.264 file and Opus sound in real time")
    sender.add_argument("--h264", type=pathlib.Path, metavar="FILE", help="Annex B file, SPS and PPS before each IDR")
    sender.add_argument("--size", default="640x360", metavar="WxH", help="its picture size (default: %(default)s)")
    sender.add_argument("--rate", type=float, default=30, metavar="FPS", help="its rate (default: %(default)s)")
    sender.add_argument("--opus", type=pathlib.Path, metavar="FILE", help="Ogg file with Opus")
    sender.add_argument("--channels", type=int, default=1, help="of the Ogg file (default: %(default)s)")
    sender.add_argument("--silence", type=float, metavar="SECONDS", help="send silence instead of --opus")
    sender.add_argument("--source", default="camera", help="what the tracks belong to (default: %(default)s)")
    sender.add_argument("--chat", action="append", default=[], metavar="TEXT", help="say this; may be repeated")
    sender.set_defaults(run=publish)
    viewer = commands.add_parser("watch", help="receive everything in a room")
    viewer.add_argument("--duration", type=float, default=10, metavar="SECONDS", help="(default: %(default)s)")
    viewer.add_argument("--store", type=pathlib.Path, metavar="FOLDER", help="store the packets here")
    viewer.set_defaults(run=watch)
    for command in (sender, viewer):
        command.add_argument("url", help="convene://HOST[:PORT]/ROOM")
        command.add_argument("--name", required=True, help="your name, as the others see it")
        command.add_argument("--reconnect", type=float, default=30, metavar="SECONDS",
                             help="how long a connection that broke is made again (default: %(default)s)")
    options = parser.parse_args()
    try:
        options.run(options)
    except (Refused, OSError, ValueError) as error:
        sys.exit(f"convene_client: {error}")
    except KeyboardInterrupt:
        sys.exit(130)


if __name__ == "__main__":
    main()
