"""What the tools that load a worker share: photos of several sizes, and what a process holds."""

import os
import shutil
import subprocess
import tempfile
from pathlib import Path

WIDTHS = (120, 160, 200, 240, 320)
ENDINGS = (".jpg", ".jpeg", ".png")


def find_photos(places, generator):
    """The photos of files and folders as bytes: made small with ffmpeg (none without it), and as they are."""
    paths = []
    for place in map(Path, places):
        found = place.rglob("*") if place.is_dir() else [place]
        paths += [path for path in found if path.suffix.lower() in ENDINGS]
    paths.sort()
    generator.shuffle(paths)
    small = []
    if shutil.which("ffmpeg"):
        with tempfile.TemporaryDirectory(prefix="face-worker-small-") as folder:
            for path in paths[:40]:
                # One call for all sizes: decoding the large photo is what takes time.
                targets = [Path(folder) / f"{width}.{'png' if width == WIDTHS[1] else 'jpg'}" for width in WIDTHS]
                command = ["ffmpeg", "-loglevel", "error", "-y", "-threads", "1", "-i", path]
                for width, target in zip(WIDTHS, targets):
                    command += ["-vf", f"scale={width}:-2", "-q:v", "4", "-threads", "1", target]
                if subprocess.run(command, stdin=subprocess.DEVNULL).returncode == 0:
                    small += [target.read_bytes() for target in targets]
    generator.shuffle(small)
    return small, [path.read_bytes() for path in paths]


def memory(pid, field):
    """A field of /proc/PID/status, in MB; 0 when there is no such process."""
    try:
        with open(f"/proc/{pid}/status") as status:
            return next((int(line.split()[1]) for line in status if line.startswith(field + ":")), 0) / 1024
    except OSError:
        return 0


def descriptors(pid):
    """How many descriptors a process has open."""
    return len(os.listdir(f"/proc/{pid}/fd"))
