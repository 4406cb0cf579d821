"""The protocol as an attacker speaks it: what is allowed, and what is not. PROTOCOL.md has the numbers."""

import base64
import json
import socket
import struct

CONTROL, MEDIA = 1, 2
HEADER = struct.Struct(">IIqiIB3x")
VIDEO = {"kind": "video", "codec": "h264", "timeBase": [1, 90000], "width": 640, "height": 360, "source": "camera"}
SOUND = {"kind": "audio", "codec": "opus", "timeBase": [1, 48000], "sampleRate": 48000, "channels": 1, "source": "a"}


class Peer:
    """One connection. Everything blocks for `patience` seconds at most."""

    def __init__(self, port, source="127.0.0.1", patience=20.0):
        self.socket = socket.create_connection(("127.0.0.1", port), timeout=patience, source_address=(source, 0))
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.buffer = b""
        self.reference = 0

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def close(self):
        self.socket.close()

    def raw(self, data):
        """Sends bytes; false where the server does not take them any more."""
        try:
            self.socket.sendall(data)
            return True
        except OSError:
            return False

    def tell(self, kind, **fields):
        text = json.dumps({"type": kind, **fields}).encode()
        return self.raw(struct.pack(">IB", len(text) + 1, CONTROL) + text)

    def messages(self):
        """The control messages, until the server closes or says nothing more."""
        while True:
            while len(self.buffer) >= 5:
                length = struct.unpack(">I", self.buffer[:4])[0]
                if len(self.buffer) < 4 + length:
                    break
                frame, self.buffer = self.buffer[4 : 4 + length], self.buffer[4 + length :]
                if frame[0] == CONTROL:
                    yield json.loads(frame[1:])
            try:
                data = self.socket.recv(1 << 16)
            except OSError:
                return
            if not data:
                return
            self.buffer += data

    def wait(self, *kinds):
        """The next message of these kinds; `None` where none comes."""
        return next((message for message in self.messages() if message["type"] in kinds), None)

    def hello(self, room, name, **more):
        self.tell("hello", protocol=1, room=room, name=name, **more)
        return self.wait("welcome", "error")

    def publish(self, description=VIDEO, **changes):
        """The number of a new track, or the code of the refusal."""
        self.reference += 1
        self.tell("publish", ref=self.reference, track={**description, **changes})
        answer = self.wait("published", "error")
        if answer is None:
            return None
        return answer["track"] if answer["type"] == "published" else answer["code"]

    def media(self, track, sequence, payload, keyframe=False):
        return self.raw(media_frame(track, sequence, payload, keyframe))

    def fatal(self):
        """The code with which the server closes; `None` where it gives none."""
        code = None
        for message in self.messages():
            if message["type"] == "error" and message.get("fatal"):
                code = message["code"]
        return code


def media_frame(track, sequence, payload, keyframe=False):
    header = HEADER.pack(track, sequence, sequence * 3000, 0, 3000, 1 if keyframe else 0)
    return struct.pack(">IB", 1 + len(header) + len(payload), MEDIA) + header + payload


def code(data):
    return base64.b64encode(bytes(data)).decode()


class Bits:
    """Writes bits of H.264's syntax."""

    def __init__(self):
        self.text = ""

    def u(self, count, value):
        self.text += format(value, f"0{count}b")
        return self

    def ue(self, *values):
        for value in values:
            digits = format(value + 1, "b")
            self.text += "0" * (len(digits) - 1) + digits
        return self

    def unit(self, header):
        text = self.text + "1"
        text += "0" * (-len(text) % 8)
        body = bytes(int(text[i : i + 8], 2) for i in range(0, len(text), 8))
        return b"\0\0\0\1" + bytes([header]) + body.replace(b"\0\0\0", b"\0\0\3\0")


def picture(width_in_blocks):
    """A keyframe of an H.264 stream whose size its parameter sets say; of the picture itself hardly anything."""
    sps = Bits().u(8, 66).u(8, 0xC0).u(8, 30).ue(0, 0, 2, 1).u(1, 0).ue(width_in_blocks - 1, 22).u(4, 0b1100)
    pps = Bits().ue(0, 0).u(2, 0).ue(0, 0, 0).u(3, 0).ue(0, 0, 0).u(3, 0)
    idr = Bits().ue(0, 7, 0).u(4, 0).ue(0, 0).u(24, 0xA5A5A5)
    return sps.unit(0x67) + pps.unit(0x68) + idr.unit(0x65)
