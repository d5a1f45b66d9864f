#!/usr/bin/env python3
"""Enrol a folder of people, then say who is on some photos.

    enroll_and_identify.py PEOPLE PHOTO...

PEOPLE holds one sub-folder per person, named after them, with their photos inside. Each PHOTO is a file or a folder.
Prints who was enrolled and who was recognised, and writes annotated pictures to the output folder.
"""

from __future__ import annotations

import argparse
import os
import shutil
import sys
import uuid
from collections import Counter
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import dataclass, field
from pathlib import Path
from typing import Callable, Iterator, Optional

from face_worker import FaceWorker, FaceWorkerError

PHOTO_SUFFIXES = {".jpg", ".jpeg", ".png"}
REQUESTS_IN_FLIGHT = 4
PHOTOS_PER_REQUEST, BYTES_PER_REQUEST = 16, 32 << 20


def main() -> int:
    options = parse_options()
    people = find_people(options.people)
    photos = list(find_photos(options.photos)) or sys.exit("There are no JPEG or PNG photos to identify.")
    media = options.out.resolve() / ".media"
    media.mkdir(mode=0o700, parents=True, exist_ok=True)

    command = [find_worker(options.worker), "--data", options.data, "--media", media]
    if options.models:
        command += ["--models", options.models]
    with FaceWorker(command) as worker:
        ready = worker.ready()
        print("Models:", ", ".join(model["id"] for model in ready.get("models", [])))

        enrolments = enroll(worker, people)
        print_enrolments(enrolments)
        answers = identify(worker, photos, options.threshold)
        pictures = collect_pictures(answers, options.out)
    print_answers(answers)
    shutil.rmtree(media, ignore_errors=True)

    if pictures:
        print(f"\nAnnotated pictures in {options.out}:")
        for picture in pictures:
            print(f"  {picture.name}")
    failed = any(answer.error for answer in answers) or not any(person.added + person.known for person in enrolments)
    return 1 if failed else 0


# -- Enrolling ---------------------------------------------------------------------------------------------------------


@dataclass
class Enrolment:
    """What became of one person's photos."""

    subject: str
    photos: int
    added: int = 0
    known: int = 0  # already enrolled by an earlier run
    rejected: list[tuple[str, str]] = field(default_factory=list)  # the photo and the reason
    lookalikes: set[str] = field(default_factory=set)  # other subjects whose faces are suspiciously similar


def enroll(worker: FaceWorker, people: dict[str, list[Path]]) -> list[Enrolment]:
    """Enrols everybody, in requests of a few photos each and several requests at a time."""

    def enroll_batch(subject: str, batch: list[Path]) -> dict:
        # The key makes the request safe to repeat: a supervisor may do so if the worker dies half-way.
        return worker.call("enroll", {"subject": subject, "name": subject}, batch, key=str(uuid.uuid4()))

    enrolments = {subject: Enrolment(subject, len(photos)) for subject, photos in people.items()}
    batches = [(subject, batch) for subject, photos in people.items() for batch in batches_of(photos)]
    progress = Progress("Enrolling", sum(len(photos) for photos in people.values()))
    for (subject, batch), result, error in in_parallel(enroll_batch, batches):
        person = enrolments[subject]
        refused = rejections(error.details if isinstance(error, FaceWorkerError) else result)
        person.rejected += [(batch[index].name, reason) for index, reason in refused]
        if error and not refused:
            person.rejected += [(photo.name, str(error)) for photo in batch]
        person.added += result.get("added", 0)
        person.known += result.get("alreadyEnrolled", 0)
        person.lookalikes |= {other["subject"] for other in result.get("duplicates", [])}
        progress.advance(len(batch))
    return list(enrolments.values())


def rejections(answer: dict) -> list[tuple[int, str]]:
    """The refused photos of an answer to `enroll`: their index, and why."""
    return [
        (photo["index"], f"{photo['code']}: {', '.join(photo.get('reasons', [])) or photo['message']}")
        for photo in answer.get("rejected", [])
    ]


def batches_of(photos: list[Path]) -> Iterator[list[Path]]:
    """Splits photos so that each batch fits in a frame."""
    batch: list[Path] = []
    room = BYTES_PER_REQUEST
    for photo in photos:
        size = photo.stat().st_size
        if batch and (len(batch) == PHOTOS_PER_REQUEST or size > room):
            yield batch
            batch, room = [], BYTES_PER_REQUEST
        batch.append(photo)
        room -= size
    if batch:
        yield batch


def print_enrolments(enrolments: list[Enrolment]) -> None:
    width = max(len(person.subject) for person in enrolments)
    print("\nEnrolled")
    for person in enrolments:
        known = f", {person.known} already enrolled" if person.known else ""
        print(f"  {person.subject:<{width}}  {person.added} of {count(person.photos, 'photo')}{known}")
        for photo, reason in sorted(person.rejected):
            print(f"  {'':<{width}}    rejected {photo}: {reason}")
        if person.lookalikes:
            print(f"  {'':<{width}}    looks like {', '.join(sorted(person.lookalikes))}: the same person?")


# -- Identifying -------------------------------------------------------------------------------------------------------


@dataclass
class Answer:
    """What the worker said about one photo: the result of `identify`, or an error."""

    photo: Path
    result: dict = field(default_factory=dict)
    error: Optional[str] = None


def identify(worker: FaceWorker, photos: list[Path], threshold: Optional[float]) -> list[Answer]:
    """Identifies the faces on every photo, several photos at a time. The answers are in the order of the photos."""
    params: dict = {"annotate": True}
    if threshold is not None:
        params["threshold"] = threshold

    def identify_photo(photo: Path) -> dict:
        return worker.call("identify", params, [photo])

    answers = {photo: Answer(photo) for photo in photos}
    progress = Progress("Identifying", len(photos))
    for (photo,), result, error in in_parallel(identify_photo, [(photo,) for photo in photos]):
        answers[photo] = Answer(photo, result, str(error) if error else None)
        progress.advance()
    return list(answers.values())


def collect_pictures(answers: list[Answer], out: Path) -> list[Path]:
    """Moves the annotated pictures out of the media folder, to names that say which photo they show."""
    pictures: list[Path] = []
    seen: Counter[str] = Counter()
    for answer in answers:
        if media := answer.result.get("media"):
            stem = f"{answer.photo.stem}-identified"
            seen[stem] += 1
            again = f"-{seen[stem]}" if seen[stem] > 1 else ""
            picture = out / f"{stem}{again}{Path(media['path']).suffix}"
            shutil.move(media["path"], picture)
            pictures.append(picture)
    return pictures


def print_answers(answers: list[Answer]) -> None:
    rows = [("photo", "face", "subject", "score", "threshold", "box")]
    for answer in answers:
        faces = answer.result.get("faces", [])
        for number, face in enumerate(faces, 1):
            rows.append((answer.photo.name, str(number), *describe(face)))
        if not faces:
            rows.append((answer.photo.name, "-", answer.error or "no face found", "", "", ""))
    print("\nIdentified")
    print_table(rows)


def describe(face: dict) -> tuple[str, str, str, str]:
    """Subject, score, threshold and box of a face, as text. An unknown face shows the score of the closest subject."""
    identity = face.get("identity")
    candidates = face.get("candidates") or [{}]
    box = face["box"]
    return (
        identity["subject"] if identity else "unknown",
        decimals((identity or candidates[0]).get("score")),
        decimals((identity or {}).get("threshold")),
        f"{box['width']:.0f}x{box['height']:.0f} at {box['x']:.0f},{box['y']:.0f}",
    )


# -- Small things ------------------------------------------------------------------------------------------------------


def in_parallel(work: Callable[..., dict], jobs: list[tuple]) -> Iterator[tuple[tuple, dict, Optional[Exception]]]:
    """Runs `work(*job)` for every job, a few at a time, and yields job, result and error as each is done.

    A lost worker ends it: nothing else can succeed either.
    """
    with ThreadPoolExecutor(REQUESTS_IN_FLIGHT) as pool:
        running = {pool.submit(work, *job): job for job in jobs}
        try:
            for future in as_completed(running):
                result, error = {}, None
                try:
                    result = future.result()
                except (FaceWorkerError, OSError, ValueError) as problem:
                    if isinstance(problem, FaceWorkerError) and problem.code == "sessionLost":
                        raise
                    error = problem
                yield running[future], result, error
        finally:
            for future in running:
                future.cancel()


class Progress:
    """A line on standard error that counts up: in place on a terminal, otherwise a new line every tenth of the way."""

    def __init__(self, title: str, total: int) -> None:
        self.title, self.total, self.done = title, total, 0
        self.in_place = sys.stderr.isatty()

    def advance(self, steps: int = 1) -> None:
        before, self.done = self.done, self.done + steps
        line = f"{self.title} {self.done}/{self.total}"
        if self.in_place:
            print(f"\r{line}", end="\n" if self.done == self.total else "", file=sys.stderr, flush=True)
        elif self.done == self.total or before * 10 // self.total < self.done * 10 // self.total:
            print(line, file=sys.stderr, flush=True)


def print_table(rows: list[tuple[str, ...]]) -> None:
    widths = [max(map(len, column)) for column in zip(*rows)]
    rows.insert(1, tuple("-" * width for width in widths))
    for row in rows:
        print("  " + "  ".join(cell.ljust(width) for cell, width in zip(row, widths)).rstrip())


def decimals(score: Optional[float]) -> str:
    return "" if score is None else f"{score:.3f}"


def count(number: int, noun: str) -> str:
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


# -- Options and files -------------------------------------------------------------------------------------------------


def parse_options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("people", metavar="PEOPLE", type=Path, help="a folder with one sub-folder per person")
    parser.add_argument("photos", metavar="PHOTO", type=Path, nargs="+", help="photos or folders of photos to identify")
    parser.add_argument("--worker", metavar="PATH", help="the face-worker program (this checkout's, else PATH's)")
    parser.add_argument("--models", metavar="DIR", help="the folder of models (default: the worker's own)")
    parser.add_argument(
        "--data", metavar="DIR", default=":memory:", help="where the gallery lives (default: %(default)s, kept nowhere)"
    )
    parser.add_argument(
        "--out", metavar="DIR", type=Path, default=Path("identified"), help="where annotated pictures go (%(default)s)"
    )
    parser.add_argument("--threshold", metavar="X", type=float, help="score that counts as a match (the model's own)")
    return parser.parse_args()


def find_worker(chosen: Optional[str]) -> str:
    """The worker to run: the one asked for, else $FACE_WORKER, else this checkout's build, else the one on PATH."""
    built = Path(__file__).resolve().parents[2] / ".build/release/face-worker"
    asked = chosen or os.environ.get("FACE_WORKER")
    found = shutil.which(asked or str(built)) or (None if asked else shutil.which("face-worker"))
    if not found:
        looked = asked or f"{built}, nor on PATH"
        sys.exit(f"There is no face-worker program at {looked}.\nRun `make build`, or use --worker or $FACE_WORKER.")
    return found


def find_people(folder: Path) -> dict[str, list[Path]]:
    """Each person's photos, by name."""
    if not folder.is_dir():
        sys.exit(f"{folder} is not a folder.")
    people = {entry.name: photos_in(entry) for entry in sorted(folder.iterdir()) if entry.is_dir()}
    people = {name: photos for name, photos in people.items() if photos}
    if not people:
        sys.exit(f"{folder} has no sub-folders with JPEG or PNG photos: there should be one for each person.")
    return people


def find_photos(arguments: list[Path]) -> Iterator[Path]:
    for path in dict.fromkeys(arguments):
        if path.is_dir():
            yield from photos_in(path)
        elif path.exists():
            yield path
        else:
            sys.exit(f"There is no photo {path}.")


def photos_in(folder: Path) -> list[Path]:
    return sorted(path for path in folder.iterdir() if path.suffix.lower() in PHOTO_SUFFIXES)


if __name__ == "__main__":
    try:
        sys.exit(main())
    except FaceWorkerError as error:
        sys.exit(f"The worker gave up: {error}")
    except KeyboardInterrupt:
        sys.exit(130)
