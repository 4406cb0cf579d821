"""Reads the test pattern (Sources/Capture/Pattern/TestPattern.swift) back from a media file, by ffmpeg."""
import json, subprocess

CELLS = 64


def cells(rows, width):
    """Index and time code from the rows of luma in the middle of the strip, or None where it cannot be read."""
    bits = 0
    for cell in range(CELLS):
        middle = (cell * width + width // 2) // CELLS
        values = [row[middle] for row in rows]
        mean = sum(values) / len(values)
        if 100 < mean < 150:
            return None
        bits = bits << 1 | (mean > 125)
    return bits >> 32, bits & 0xFFFFFFFF


def strip_rows(height):
    """The rows in the middle of the strip, which is a sixteenth of the height."""
    middle = height // 32
    return range(max(0, middle - 1), middle + 1)


def read(path):
    """What each picture of the file says: a list of (seconds, index, time code), in order of presentation; none without video."""
    probe = json.loads(subprocess.run(
        ["ffprobe", "-v", "error", "-select_streams", "v:0", "-show_entries", "stream=width,height:frame=pts_time",
         "-of", "json", path], check=True, capture_output=True).stdout)
    if not probe["streams"]:
        return []
    width, height = probe["streams"][0]["width"], probe["streams"][0]["height"]
    times = [float(frame["pts_time"]) for frame in probe["frames"]]
    raw = subprocess.run(
        ["ffmpeg", "-v", "error", "-i", path, "-map", "0:v:0", "-fps_mode", "passthrough", "-f", "rawvideo", "-pix_fmt",
         "gray", "-"], check=True, capture_output=True).stdout
    size = width * height
    if len(raw) != size * len(times):
        raise ValueError(f"{path}: {len(times)} pictures, but {len(raw) / size} decoded")
    pictures = []
    for number, seconds in enumerate(times):
        start = number * size
        rows = [raw[start + y * width:start + (y + 1) * width] for y in strip_rows(height)]
        reading = cells(rows, width)
        if reading is None:
            raise ValueError(f"{path}: picture {number} at {seconds} s cannot be read")
        pictures.append((seconds, *reading))
    return pictures
