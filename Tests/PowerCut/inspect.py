#!/usr/bin/env python3
"""inspect.py CONVENE ARCHIVE CUT NAME…     what a power cut at CUT, microseconds of the Unix epoch, left in an archive

Decodes every recording, before and after `convene archive recover`, and prints how much older its last picture is than the
cut, in milliseconds, one a line. Complaints go to standard error, and the exit status is 1 then.
"""
import pathlib, subprocess, sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "Players"))
import pattern

MAXIMUM_LOSS = 1000


def loss(path, cut):
    """Milliseconds by which the last picture is older than the cut, and what is wrong with the file."""
    decoding = subprocess.run(
        ["ffmpeg", "-v", "error", "-xerror", "-i", path, "-f", "null", "-"], capture_output=True, text=True)
    if decoding.returncode or decoding.stderr:
        return None, f"{path}: {decoding.stderr.strip() or decoding.returncode}"
    pictures = pattern.read(path)
    indices = [index for _, index, _ in pictures]
    if not indices or indices != list(range(indices[0], indices[0] + len(indices))):
        return None, f"{path}: pictures {indices}"
    late = (cut // 1000 - pictures[-1][2]) & 0xFFFFFFFF
    late -= (late >> 31) << 32
    return late, None if late <= MAXIMUM_LOSS else f"{path}: {late} ms are lost"


def main():
    convene, archive, cut, names = sys.argv[1], pathlib.Path(sys.argv[2]), int(sys.argv[3]), sys.argv[4:]
    problems = []
    for recovered in (False, True):
        if recovered:
            subprocess.run([convene, "archive", "recover", str(archive)], check=True, capture_output=True)
        for name in names:
            found = list(archive.glob(f"room/*/{name}-camera-1.mp4"))
            if len(found) != 1:
                problems.append(f"{name} has {found}")
                continue
            late, problem = loss(str(found[0]), cut)
            problems += [problem] if problem else []
            if late is not None and not recovered:
                print(late)
    for problem in problems:
        print(problem, file=sys.stderr)
    sys.exit(1 if problems else 0)


if __name__ == "__main__":
    main()
