#!/usr/bin/env python3
"""players.py FILE     seeks in a finished recording of the test pattern in Chromium, GStreamer and ffmpeg

Checks that each player shows the picture that belongs to the time. Used by scripts/player-test.
"""
import bisect, http.server, json, os, pathlib, re, shutil, signal, subprocess, sys, tempfile, threading, urllib.parse

import pattern

HERE = pathlib.Path(__file__).resolve().parent
PLACES = [0.1, 0.5, 0.9, 0.25]
SECONDS = 60
# A player rounds the time of a seek to its own ticks: on the edge of two pictures it may show either.
EDGE_SECONDS = 0.002


class Site(http.server.BaseHTTPRequestHandler):
    """The page, the file with range requests, and what the page found."""

    protocol_version = "HTTP/1.1"

    def log_message(self, *_):
        pass

    def answer(self, status, body, kind, headers=()):
        self.send_response(status)
        for name, value in [("Content-Type", kind), ("Content-Length", str(len(body))), *headers]:
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    def do_GET(self):
        path = urllib.parse.urlparse(self.path).path
        if path == "/":
            return self.answer(200, (HERE / "page.html").read_bytes(), "text/html; charset=utf-8")
        if path != "/file.mp4":
            return self.answer(404, b"", "text/plain")
        content, accepts = self.server.content, ("Accept-Ranges", "bytes")
        asked = re.fullmatch(r"bytes=(\d+)-(\d*)", self.headers.get("Range", ""))
        if not asked:
            return self.answer(200, content, "video/mp4", [accepts])
        first, last = int(asked[1]), min(int(asked[2] or len(content)), len(content) - 1)
        if first > last:
            return self.answer(416, b"", "video/mp4", [("Content-Range", f"bytes */{len(content)}")])
        self.server.ranges += 1
        self.answer(206, content[first:last + 1], "video/mp4",
                    [accepts, ("Content-Range", f"bytes {first}-{last}/{len(content)}")])

    def do_POST(self):
        self.server.result = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        self.answer(200, b"", "text/plain")
        self.server.done.set()


class Server(http.server.ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, *_):
        """A browser that has enough of a range closes the connection; that is no error."""


def chromium(path, pictures):
    """Problems of the file in `<video>`, and what was seen."""
    server = Server(("127.0.0.1", 0), Site)
    server.content, server.ranges, server.result, server.done = pathlib.Path(path).read_bytes(), 0, None, threading.Event()
    threading.Thread(target=server.serve_forever, daemon=True).start()
    url = f"http://127.0.0.1:{server.server_address[1]}/?places={','.join(map(str, PLACES))}"
    profile = tempfile.mkdtemp()
    program = shutil.which("chromium-headless-shell") or "chromium"
    browser = subprocess.Popen(
        [program, "--headless", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--mute-audio",
         "--autoplay-policy=no-user-gesture-required", f"--user-data-dir={profile}", "--remote-debugging-port=0", url],
        stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True, start_new_session=True)
    try:
        answered = server.done.wait(SECONDS)
    finally:
        # The program is a script that starts the browser: all of its session goes.
        os.killpg(browser.pid, signal.SIGKILL)
        complaints = browser.communicate()[1]
        server.shutdown()
        shutil.rmtree(profile, ignore_errors=True)
    if not answered:
        return [f"no answer within {SECONDS} s: {complaints[-500:]}"], ""
    result = server.result
    problems = [result["error"]] if "error" in result else []
    if not server.ranges:
        problems.append("it never asked for a range")
    for seek in result["seeks"]:
        if abs(seek["at"] - seek["asked"]) > EDGE_SECONDS or seek["state"] < 2:
            problems.append(f"asked for {seek['asked']:.3f} s, it is at {seek['at']:.3f} s in state {seek['state']}")
        problems += wrong(pictures, seek["at"], pattern.cells(seek["rows"], result["width"]))
    if not problems and (result["played"] < 1 or result["pictures"] < 2 or not result["soundBytes"]):
        problems.append(f"it does not play: {result['played']} s, {result['pictures']} pictures")
    return problems, f"{len(result['seeks'])} seeks, {server.ranges} range requests, then played"


def gstreamer(path, pictures):
    """Problems of the file in GStreamer's playbin, and what was seen."""
    problems = []
    duration = pictures[-1][0]
    with tempfile.TemporaryDirectory() as folder:
        for place in PLACES:
            target, film = place * duration, f"{folder}/{place}.raw"
            sink = f"videoconvert ! video/x-raw,format=GRAY8,width={width(path)} ! filesink location={film}"
            subprocess.run(
                ["gst-play-1.0", "--quiet", "--no-interactive", f"--start-position={target}", f"--videosink={sink}",
                 "--audiosink=fakesink", path], check=True, timeout=SECONDS, stdout=subprocess.DEVNULL)
            problems += gray(film, path, pictures, target)
    return problems, f"{len(PLACES)} seeks, played to the end"


def gray(film, path, pictures, target):
    """Problems of what a player showed from a time on: raw luma, which must be the rest of the file."""
    columns, rows = size(path)
    stride = (columns + 3) & ~3
    raw = pathlib.Path(film).read_bytes()
    frame = stride * rows
    shown = []
    for start in range(0, len(raw) - frame + 1, frame):
        lines = [raw[start + y * stride:start + (y + 1) * stride] for y in pattern.strip_rows(rows)]
        shown.append(pattern.cells(lines, columns))
    if not shown:
        return [f"at {target:.3f} s it shows nothing"]
    wanted = [(index, code) for _, index, code in pictures]
    problems = wrong(pictures, target, next((one for one in shown if one), None))
    place = wanted.index(shown[-1]) if shown[-1] in wanted else -1
    if place != len(wanted) - 1:
        problems.append(f"from {target:.3f} s on, the last picture is {shown[-1]}, not {wanted[-1]}")
    return problems


def ffmpeg(path, pictures):
    """Problems of the file in ffmpeg, and what was seen."""
    problems = []
    for place in PLACES:
        number = max(1, int(place * len(pictures)))
        # ffmpeg begins with the first picture behind the time: here one that is not on the edge of two.
        target, following = (pictures[number - 1][0] + pictures[number][0]) / 2, pictures[number][0]
        with tempfile.TemporaryDirectory() as folder:
            film = f"{folder}/film.raw"
            subprocess.run(
                ["ffmpeg", "-v", "error", "-xerror", "-ss", f"{target}", "-i", path, "-map", "0:v", "-fps_mode",
                 "passthrough", "-f", "rawvideo", "-pix_fmt", "gray", film], check=True)
            problems += gray(film, path, pictures, following + EDGE_SECONDS * 2)
    return problems, f"{len(PLACES)} seeks, decoded to the end"


def wrong(pictures, seconds, reading):
    """What is wrong with the picture that is shown at a time."""
    times = [time for time, *_ in pictures]
    right = {pictures[max(0, bisect.bisect_right(times, seconds + edge) - 1)][1:] for edge in (-EDGE_SECONDS, EDGE_SECONDS)}
    return [] if reading in right else [f"at {seconds:.3f} s it shows {reading}, not one of {right}"]


def size(path):
    """Width and height."""
    text = subprocess.run(
        ["ffprobe", "-v", "error", "-select_streams", "v", "-show_entries", "stream=width,height", "-of", "csv=p=0", path],
        check=True, capture_output=True, text=True).stdout
    return [int(number) for number in re.findall(r"\d+", text)[:2]]


def width(path):
    return size(path)[0]


def main():
    path = sys.argv[1]
    pictures = pattern.read(path)
    status = 0
    for player in (ffmpeg, gstreamer, chromium):
        problems, seen = player(path, pictures)
        print(f"{player.__name__:10} {'FAILED' if problems else seen}")
        for problem in problems:
            print(f"    {problem}", file=sys.stderr)
        status = status or bool(problems)
    sys.exit(int(status))


if __name__ == "__main__":
    main()
