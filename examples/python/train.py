#!/usr/bin/env python3
"""Enrol a folder of people, then teach the worker to tell them apart.

    train.py --data GALLERY PEOPLE

PEOPLE holds one sub-folder per person, named after them, with their photos inside. Shows how the training goes, how well
faces that it has not seen are recognised before and after, and whether the result is in use. Ctrl-C stops the training;
what is in use stays, and the same command goes on from there.

The exit status is 0 when the result is in use (or would be, with --dry-run), 2 when it is not since it is no better, 1 when
something failed, and 130 after Ctrl-C.
"""

from __future__ import annotations

import argparse
import shutil
import sys
import time
from pathlib import Path
from typing import Optional

from enroll_and_identify import enroll, find_people, find_worker, photos_in, print_enrolments, print_table
from face_worker import FaceWorker, FaceWorkerError

UNKNOWN = "unknown"  # the subject that stands for everybody who is nobody


def main() -> int:
    options = parse_options()
    people = find_people(options.people) if options.people else {}
    if UNKNOWN in people and options.strangers:
        sys.exit(f"A person cannot be called {UNKNOWN} when there are --strangers: that is what they are.")
    if options.strangers:
        people[UNKNOWN] = photos_in(options.strangers) or sys.exit(f"{options.strangers} has no JPEG or PNG photos.")

    command = [find_worker(options.worker), "--data", options.data]
    for option, value in (("--models", options.models), ("--media", options.media)):
        command += [option, value] if value else []
    with FaceWorker(command) as worker:
        ready = worker.ready()
        print("Models:", ", ".join(model["id"] for model in ready.get("models", [])))
        if people:
            print_enrolments(enroll(worker, people))
        result = train(worker, settings(options))
    if result is None:
        print("Stopped. What was in use still is.")
        return 130
    print_result(result, options.dry_run)
    if result["state"] == "interrupted":
        return 1
    return 0 if result["accepted"] else 2


def settings(options: argparse.Namespace) -> dict:
    """The parameters of `train`; what was not chosen is left to the worker."""
    epochs = {"clean": options.clean, "augmented": options.augmented}
    chosen = {
        "scope": options.scope,
        "seed": options.seed,
        "epochs": {phase: count for phase, count in epochs.items() if count is not None} or None,
        "learningRate": options.learning_rate,
        "batch": options.batch,
        "threads": options.threads,
        "contactSheet": True if options.contact_sheet else None,
        "dryRun": True if options.dry_run else None,
        "resume": False if options.anew else None,
    }
    return {name: value for name, value in chosen.items() if value is not None}


# -- Training ----------------------------------------------------------------------------------------------------------


def train(worker: FaceWorker, params: dict) -> Optional[dict]:
    """Trains and waits for the result; None when it was stopped by Ctrl-C."""
    pending = worker.request("train", params)
    display = Display()
    try:
        for event in pending.events():
            if event.get("event") == "train":
                display.show(event)
        return pending.result()
    except KeyboardInterrupt:
        display.end()
        print("Stopping...", file=sys.stderr, flush=True)
        pending.cancel()  # a second Ctrl-C ends this program at once
        try:
            return pending.result()  # it may have been done already
        except FaceWorkerError as error:
            if error.code != "cancelled":
                raise
            return None
    finally:
        display.end()


class Display:
    """Shows on standard error how a training goes: a bar for the phase on a terminal, otherwise a line for each phase and epoch."""

    REFRESH = 0.1  # seconds between two drawings of the bar

    def __init__(self) -> None:
        self.in_place = sys.stderr.isatty()
        self.drawn_at = 0.0
        self.is_drawn = False
        self.said: tuple = ()

    def show(self, event: dict) -> None:
        is_new = (event.get("phase"), event.get("epoch")) != self.said
        if self.in_place:
            if is_new or time.monotonic() - self.drawn_at >= self.REFRESH:
                self.draw(event)
        elif is_new:
            print(describe(event), file=sys.stderr, flush=True)
        self.said = (event.get("phase"), event.get("epoch"))

    def draw(self, event: dict) -> None:
        width = shutil.get_terminal_size().columns - 1
        text = describe(event)
        share = progress(event)
        if share is not None:
            text = f"{bar(share, max(8, min(30, width - len(text) - 2)))}  {text}"
        sys.stderr.write("\r\x1b[K" + text[:width])
        sys.stderr.flush()
        self.drawn_at, self.is_drawn = time.monotonic(), True

    def end(self) -> None:
        """Leaves the bar as it is and goes to the next line."""
        if self.is_drawn:
            print(file=sys.stderr, flush=True)
        self.is_drawn = False


def describe(event: dict) -> str:
    """An event in words, without what is not known yet."""
    parts = [event.get("phase", "")]
    if event.get("epochs"):
        parts.append(f"epoch {event.get('epoch', 0)}/{event['epochs']}")
    if (loss := event.get("loss")) is not None:
        parts.append(f"loss {loss:.3f}")
    if (accuracy := event.get("accuracy")) is not None:
        parts.append(f"accuracy {percent(accuracy)}")
    if (speed := event.get("imagesPerSecond")) is not None:
        parts.append(f"{speed:.0f} images/s")
    if (left := event.get("secondsLeft")) is not None:
        parts.append(f"{duration(left)} left")
    return "  ".join(parts)


def progress(event: dict) -> Optional[float]:
    """How much of the phase is done, 0 to 1; None while that says nothing."""
    epoch, epochs, step, steps = (event.get(name) or 0 for name in ("epoch", "epochs", "step", "steps"))
    if not epochs:
        return None
    within = step / steps if steps else 0
    return min(1.0, max(0.0, (max(epoch - 1, 0) + within) / epochs))


def bar(share: float, width: int) -> str:
    eighths = round(share * width * 8)
    full, rest = divmod(eighths, 8)
    return ("█" * full + (" ▏▎▍▌▋▊▉"[rest] if rest else "")).ljust(width, "·")


# -- The result --------------------------------------------------------------------------------------------------------


def print_result(result: dict, dry_run: bool) -> None:
    print(
        f"\nTrained on {result['samples']} crops of {result['subjects']} subjects in {duration(result['seconds'])}"
        + (", going on from an earlier run" if result.get("resumed") else "")
    )
    if result.get("skipped"):
        print(f"  {result['skipped']} enrolled faces could not take part: no crop of them was kept")
    before, after = result.get("before") or {}, result.get("after") or {}
    if after:
        rows = [("on faces kept back", "before", "after")]
        for name, meaning in [
            ("accuracy", "right names"),
            ("fnir", "known people missed, 1 % of strangers named"),
            ("calibrationError", "error of probabilities"),
        ]:
            if name in before or name in after:
                rows.append((meaning, percent(before.get(name)), percent(after.get(name))))
        print_table(rows)
    print()
    if result["state"] == "swapped":
        print(f"The result is in use: {result.get('head', '')} with {result['model']}")
    elif result["state"] == "interrupted":
        print("The training did not come to its end. The same command goes on from where it stopped.")
    elif dry_run and result["accepted"]:
        print("The result would have been put to use.")
    else:
        print("The result is not in use; what was in use before still is.")
    for reason in result.get("reasons", []):
        print(f"  {reason}")
    if media := result.get("media"):
        print(f"Distorted crops: {media['path']}")


def percent(share: Optional[float]) -> str:
    return "-" if share is None else f"{share * 100:.1f} %"


def duration(seconds: float) -> str:
    minutes, seconds = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    if hours:
        return f"{hours} h {minutes:02} min"
    return f"{minutes} min {seconds:02} s" if minutes else f"{seconds} s"


# -- Options -----------------------------------------------------------------------------------------------------------


def parse_options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument(
        "people", metavar="PEOPLE", type=Path, nargs="?", help="a folder with one sub-folder per person (who is enrolled already)"
    )
    parser.add_argument(
        "--strangers", metavar="DIR", type=Path, help="photos of people who are nobody: enrolled as the subject unknown"
    )
    parser.add_argument("--scope", choices=["head", "tail", "full"], help="how much of the network changes (head)")
    parser.add_argument("--clean", metavar="N", type=int, help="epochs on the crops as they are")
    parser.add_argument("--augmented", metavar="N", type=int, help="epochs on distorted crops")
    parser.add_argument("--learning-rate", metavar="X", type=float, help="the first step size")
    parser.add_argument("--batch", metavar="N", type=int, help="crops of a step")
    parser.add_argument("--seed", metavar="N", type=int, help="the same seed and gallery give the same result (0)")
    parser.add_argument("--threads", metavar="N", type=int, help="threads of the training process (half of the worker's)")
    parser.add_argument("--contact-sheet", action="store_true", help="also write a picture of distorted crops")
    parser.add_argument("--anew", action="store_true", help="do not go on from an earlier training that was stopped")
    parser.add_argument("--dry-run", action="store_true", help="train and judge, but change nothing")
    parser.add_argument("--worker", metavar="PATH", help="the face-worker program (this checkout's, else PATH's)")
    parser.add_argument("--models", metavar="DIR", help="the folder of models (default: the worker's own)")
    parser.add_argument("--media", metavar="DIR", help="where the picture of crops goes (default: the worker's own)")
    parser.add_argument(
        "--data", metavar="DIR", default=":memory:", help="where the gallery lives (default: %(default)s, kept nowhere)"
    )
    return parser.parse_args()


if __name__ == "__main__":
    try:
        sys.exit(main())
    except FaceWorkerError as error:
        sys.exit(f"The worker gave up: {error}")
    except KeyboardInterrupt:
        sys.exit(130)
