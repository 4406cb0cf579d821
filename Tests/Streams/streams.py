"""What scripts/stream-test does."""

import argparse
import concurrent.futures
import fnmatch
import json
import os
import re
import subprocess
import sys
import tempfile
from pathlib import Path

import bitstream

ROOT = Path(__file__).resolve().parent.parent.parent

# Out of the environment: the server refuses variables that are no settings.
PROGRAM = os.environ.pop("CONVENE_PROGRAM", str(ROOT / ".build/release/convene"))
PATIENCE = 60
RATE = 25
USUAL = "testsrc2=size=176x144:rate=25:duration=2"

# Name, x264's parameters, FFmpeg's arguments beside them.
ENCODINGS = [
    ("cavlc", "cabac=0", []),
    ("cabac", "cabac=1:ref=4:bframes=3:b-pyramid=normal:weightp=2:8x8dct=1", []),
    ("slices", "slices=4:bframes=0", []),
    ("slices-max", "slice-max-mbs=7:bframes=2", []),
    ("slices-mb", "slice-max-mbs=1", []),
    ("slices-mb-cabac", "slice-max-mbs=1:cabac=1:bframes=3", ["-profile:v", "high"]),
    ("baseline", "", ["-profile:v", "baseline"]),
    ("mbaff-top", "tff=1:bframes=3", ["-flags", "+ildct+ilme"]),
    ("mbaff-bottom", "bff=1:cabac=0", ["-flags", "+ildct+ilme"]),
    ("fake-interlaced", "fake-interlaced=1", []),
    ("pulldown", "pic-struct=1:bframes=2", []),
    ("open-gop", "open-gop=1:keyint=12:bframes=3", []),
    ("refresh", "intra-refresh=1:keyint=20:bframes=0", []),
    ("references", "ref=16:bframes=0:keyint=250", []),
    ("b-frames-16", "bframes=16:b-adapt=0:b-pyramid=strict", []),
    ("constrained", "constrained-intra=1:aud=1", []),
    ("parameter-ids", "sps-id=7", []),
    ("gray", "", ["-pix_fmt", "gray"]),
    ("422", "", ["-pix_fmt", "yuv422p"]),
    ("444", "", ["-pix_fmt", "yuv444p"]),
    ("10-bit", "", ["-pix_fmt", "yuv420p10le"]),
    ("10-bit-422", "tff=1", ["-pix_fmt", "yuv422p10le", "-flags", "+ildct+ilme"]),
    ("lossless", "qp=0", ["-pix_fmt", "yuv444p"]),
    ("full-range", "", ["-pix_fmt", "yuvj420p"]),
    ("odd-size", "", ["-vf", "scale=170:146,crop=163:121:exact=1", "-pix_fmt", "yuv444p"]),
    ("cropped", "crop-rect=3,1,5,7", ["-pix_fmt", "yuv444p"]),
    ("422-low-delay", "bframes=0", ["-pix_fmt", "yuv422p"]),
    ("10-bit-low-delay", "bframes=0", ["-pix_fmt", "yuv420p10le"]),
    ("mbaff-low-delay", "bframes=0:tff=1", ["-flags", "+ildct+ilme"]),
    ("tiny", "", ["-vf", "scale=16:16"]),
    ("one-picture", "", ["-frames:v", "1"]),
    ("no-deblocking", "no-deblock=1:scenecut=0:keyint=1", []),
]

CONTAINERS = ["mp4", "ts", "mkv"]
CONTAINED = ["mbaff-low-delay", "422-low-delay", "cabac", "slices", "mbaff-top", "open-gop", "refresh", "422", "10-bit", "odd-size", "paff"]
EXTENSIONS = {"paff": "jsv", "cavlc": "jvt", "cabac": "26l", "slices": "avc", "baseline": "h264"}


def run(*command):
    return subprocess.run([str(part) for part in command], capture_output=True, text=True, timeout=PATIENCE)


def must(*command):
    result = run(*command)
    if result.returncode != 0:
        sys.exit(f"stream-test: {' '.join(map(str, command))}: {result.stderr.strip()}")


def encode(path, parameters, arguments, source=USUAL):
    params = ":".join(part for part in ["threads=2", parameters] if part)
    must("ffmpeg", "-v", "error", "-y", "-f", "lavfi", "-i", source, "-c:v", "libx264", "-preset", "veryfast",
         *arguments, "-x264-params", params, *(["-f", "h264"] if path.suffix[1:] not in CONTAINERS else []), path)


def changed(made):
    """Streams that are made of others."""
    def data(name):
        return made[name].read_bytes()
    usual, slices, pyramid = data("cavlc"), data("slices"), data("cabac")
    yield "sizes", data("cavlc") + data("larger")
    yield "two-ids", data("cavlc") + data("parameter-ids")
    yield "no-idr", bitstream.without_kind(usual, bitstream.IDR)
    yield "lost-idr", bitstream.without_first(data("open-gop"), bitstream.IDR)
    yield "from-second", bitstream.from_second_picture(usual)
    yield "refresh-no-idr", bitstream.from_second_picture(data("refresh"))
    yield "open-gop-no-idr", bitstream.from_second_picture(data("open-gop"))
    yield "garbage-before", b"\x17\x2a\xff\x00\x03" * 13 + usual
    yield "zeros-between", usual.replace(b"\x00\x00\x00\x01", b"\x00" * 9 + b"\x01")
    yield "truncated", pyramid[: len(pyramid) * 3 // 5]
    yield "slice-order", bitstream.with_swapped_slices(slices)
    for seed in range(3):
        yield f"lost-slices-{seed}", bitstream.with_losses(slices, 0.1, seed)
        yield f"lost-pictures-{seed}", bitstream.with_losses(pyramid, 0.1, seed)
        yield f"turned-bits-{seed}", bitstream.with_turned_bits(pyramid, 30, seed)
        yield f"damaged-mbaff-{seed}", bitstream.with_turned_bits(data("mbaff-top"), 20, seed)
    yield "paff", bitstream.paff(50)
    yield "fields", bitstream.paff(50, only_fields=True)
    yield "lost-field", bitstream.paff(50, only_fields=True, lost_field=9)


def streams(folder):
    made = {}
    for name, parameters, arguments in ENCODINGS:
        made[name] = folder / f"{name}.{EXTENSIONS.get(name, '264')}"
        encode(made[name], parameters, arguments)
    made["larger"] = folder / "larger.264"
    encode(made["larger"], "", [], USUAL.replace("176x144", "320x240"))
    for name, content in list(changed(made)):
        made[name] = folder / f"{name}.{EXTENSIONS.get(name, '264')}"
        made[name].write_bytes(content)
    encodings = {name: rest for name, *rest in ENCODINGS}
    for name in CONTAINED:
        for container in CONTAINERS:
            path = folder / f"{name}.{container}"
            if name in encodings:
                encode(path, *encodings[name])
            else:
                must("ffmpeg", "-v", "error", "-y", "-i", made[name], "-c", "copy", "-bsf:v", "setts=pts=DTS", path)
            made[path.name] = path
    return made


def pictures(path):
    """How many the ffmpeg program decodes."""
    # Some sources yield nothing at all, which is a number too.
    result = run("ffmpeg", "-v", "quiet", "-i", path, "-map", "0:v:0", "-fps_mode", "passthrough", "-f", "framemd5", "-")
    return len([line for line in result.stdout.splitlines() if line and not line.startswith("#")])


def transcoded(path, folder):
    """Pictures and seconds, or the words of the refusal."""
    output = folder / "out.mkv"
    output.unlink(missing_ok=True)
    result = run(PROGRAM, "transcode", path, output, "--speed", "ultrafast", "--no-audio", "--json")
    if result.returncode != 0:
        lines = result.stderr.splitlines()
        isClear = result.returncode == 66 and lines and lines[-1].startswith("convene: ") and not output.exists()
        return (None, lines[-1] if isClear else f"status {result.returncode}: {result.stderr[-300:]}", isClear)
    report = json.loads(result.stdout)["outputs"][0]
    counted = pictures(output)
    if counted != report["framesOut"]:
        return (None, f"says {report['framesOut']}, has {counted}", False)
    return (counted, report["duration"], True)


def check_transcode(name, path, folder, expected):
    count, more, isClear = transcoded(path, folder)
    if count is None:
        return f"{more}", isClear and expected == 0
    isTimed = path.suffix[1:] in CONTAINERS
    isRight = count == expected and (isTimed or abs(more - count / RATE) < 0.1)
    return f"{count} in {more:.2f} s", isRight


def published(url, name, path):
    """Whether it was sent, or the words of the refusal and whether they are clear."""
    result = run(PROGRAM, "publish", f"{url}/{name.replace('.', '-')}", "--name", "Ada", "--file", path, "--no-audio")
    if result.returncode != 0:
        lines = [line for line in result.stderr.splitlines() if line.startswith("convene: ")]
        return False, lines[-1] if lines else result.stderr[-300:], bool(lines)
    return True, "", True


def recorded(archive, name):
    """Pictures in the archive."""
    return sum(pictures(file) for file in sorted((archive / name.replace(".", "-")).glob("*/*.mp4")))


class Server:
    def __init__(self, folder):
        self.archive = Path(tempfile.mkdtemp(prefix="archive-", dir=folder))
        self.process = subprocess.Popen(
            [PROGRAM, "serve", "--listen", "127.0.0.1:0", "--archive", self.archive], stdout=subprocess.PIPE,
            stderr=open(folder / "serve.err", "w"), text=True)
        line = self.process.stdout.readline()
        port = re.search(r":(\d+)$", line.strip())
        if not port:
            sys.exit(f"stream-test: the server did not start: {line}")
        self.url = f"convene://127.0.0.1:{port[1]}"

    def stop(self):
        self.process.terminate()
        return self.process.wait(PATIENCE)


def main():
    parser = argparse.ArgumentParser(prog="stream-test")
    parser.add_argument("--keep", type=Path)
    parser.add_argument("--no-publish", action="store_true")
    parser.add_argument("glob", nargs="?", default="*")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as temporary:
        folder = options.keep or Path(temporary)
        folder.mkdir(parents=True, exist_ok=True)
        made = {n: p for n, p in streams(folder).items() if fnmatch.fnmatch(n, options.glob)}
        expected = {name: pictures(path) for name, path in made.items()}
        rows = {name: check_transcode(name, path, folder, expected[name]) for name, path in made.items()}
        sent = {} if options.no_publish else publish_all(made, expected, folder)
        failed = 0
        print(f"{'STREAM':<22}{'FFMPEG':>7}  {'':<7}{'TRANSCODED':<24}{'PUBLISHED'}")
        for name in made:
            (text, isRight), (words, isSent) = rows[name], sent.get(name, ("", True))
            failed += not (isRight and isSent)
            print(f"{name:<22}{expected[name]:>7}  {'ok' if isRight and isSent else 'WRONG':<7}{text:<24}{words}")
        print(f"{len(made)} streams, {failed} wrong")
        return 1 if failed else 0


def publish_all(made, expected, folder):
    server = Server(folder)
    # They take as long as they play: several at once.
    with concurrent.futures.ThreadPoolExecutor(4) as pool:
        jobs = {n: pool.submit(published, server.url, n, p) for n, p in made.items()}
        ended = {name: job.result() for name, job in jobs.items()}
    if server.stop() != 0:
        sys.exit("stream-test: the server failed")
    results = {}
    for name, (isSent, words, isClear) in ended.items():
        if not isSent:
            results[name] = (words, isClear and expected[name] == 0)
        else:
            count = recorded(server.archive, name)
            results[name] = (str(count), count == expected[name])
    return results


sys.exit(main())
