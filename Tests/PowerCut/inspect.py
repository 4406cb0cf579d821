#!/usr/bin/env python3
"""inspect.py CONVENE ARCHIVE CUT NAME…     what a power cut at CUT, microseconds of the Unix epoch, left in an archive

Decodes every recording, before and after `convene archive recover`, and prints how much older its last picture is than the
cut, in milliseconds, one a line. Complaints go to standard error, and the exit status is 1 then.
"""
import pathlib, subprocess, sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "Players"))
import pattern

MAXIMUM_LOSS = 1000


def loss(paths, cut):
    """Milliseconds by which the last picture of some files is older than the cut, and what is wrong with them."""
    codes, problems = [], []
    for path in paths:
        decoding = subprocess.run(
            ["ffmpeg", "-v", "error", "-xerror", "-i", path, "-f", "null", "-"], capture_output=True, text=True)
        if decoding.returncode or decoding.stderr:
            problems.append(f"{path}: {decoding.stderr.strip() or decoding.returncode}")
            continue
        pictures = pattern.read(path)
        indices = [index for _, index, _ in pictures]
        if indices and indices != list(range(indices[0], indices[0] + len(indices))):
            problems.append(f"{path}: pictures {indices}")
        codes += [code for *_, code in pictures]
    if not codes:
        return None, problems + [f"no picture in {paths}"]
    late = (cut // 1000 - codes[-1]) & 0xFFFFFFFF
    late -= (late >> 31) << 32
    return late, problems + ([f"{paths}: {late} ms are lost"] if late > MAXIMUM_LOSS else [])


def main():
    convene, archive, cut, names = sys.argv[1], pathlib.Path(sys.argv[2]), int(sys.argv[3]), sys.argv[4:]
    problems = []
    for recovered in (False, True):
        if recovered:
            subprocess.run([convene, "archive", "recover", str(archive)], check=True, capture_output=True)
        for name in names:
            late, wrong = loss(sorted(map(str, archive.glob(f"room/*/{name}-camera-*.mp4"))), cut)
            problems += wrong
            if late is not None and not recovered:
                print(late)
    for problem in problems:
        print(problem, file=sys.stderr)
    sys.exit(1 if problems else 0)


if __name__ == "__main__":
    main()
