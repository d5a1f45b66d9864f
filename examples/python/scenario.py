#!/usr/bin/env python3
"""The scenario that every host example passes: scenario.py PHOTOS -- WORKER OPTIONS...

Enrols two people, identifies, sends what must fail, kills the worker in the middle of a request, and goes on with the next
one. Each step prints one line; ../test_hosts.py compares them with those of the other languages.
"""

from __future__ import annotations

import os
import signal
import sys
from concurrent.futures import wait
from pathlib import Path
from typing import Any, Callable

from face_worker import FaceWorker, FaceWorkerError, RawImage

NO_IMAGE = b"This is no image."
MAX_IN_FLIGHT = 64


def outcome(ask: Callable[[], Any]) -> str:
    """The code and the retry of the error that `ask` must end in."""
    try:
        ask()
    except FaceWorkerError as error:
        return f"{error.code}, retry {error.retry}"
    return "no error"


def names(answer: Any) -> str:
    """Whom an answer or event names, the largest face first."""
    if "error" in answer:
        return answer["error"]["code"]
    return " and ".join((face["identity"] or {}).get("subject", "unknown") for face in answer["faces"])


def main() -> None:
    divider = sys.argv.index("--")
    photos, command = Path(sys.argv[1]), sys.argv[divider + 1 :]
    obama3, hopper = photos / "obama3.jpg", photos / "grace_hopper.jpg"
    worker = FaceWorker(command)

    def enroll(subject: str, files: list[str], key: str) -> Any:
        pending = worker.request("enroll", {"subject": subject}, [photos / file for file in files], key=key)
        return pending.result(), pending.replayed

    def identify(photo: Any) -> str:
        return names(worker.call("identify", images=[photo], deadline_ms=60_000))

    ready = worker.ready(30)
    print(f"ready: protocol {ready['protocol']},", ", ".join(model["id"] for model in ready["models"]))
    for subject, files in (("obama", ["obama.jpg", "obama2.jpg"]), ("hopper", ["grace_hopper.jpg"])):
        answer, _ = enroll(subject, files, f"scenario-{subject}")
        print(f"enrolled {subject}: {answer['added']} added, {answer['templates']} templates")
    answer, replayed = enroll("obama", ["obama.jpg", "obama2.jpg"], "scenario-obama")
    print(f"the same key again: replayed {str(replayed).lower()}, {answer['templates']} templates")
    print("identified obama3.jpg:", identify(obama3))
    print("identified biden.jpg:", identify(photos / "biden.jpg"))
    print("a bad photo:", outcome(lambda: identify(NO_IMAGE)))

    pending = worker.request("identify", images=[obama3, NO_IMAGE, hopper])
    events = sorted(pending.events(60), key=lambda event: event["index"])
    print("three photos:", ", ".join(names(event) for event in events) + f"; {pending.result()['failed']} failed")
    print("an unknown method:", outcome(lambda: worker.call("guess")))
    print("a deadline of 1 ms:", outcome(lambda: worker.call("identify", images=[obama3], deadline_ms=1)))

    pending = worker.request("identify", images=[hopper] * 24)
    next(pending.events(60))
    pending.cancel()
    print("cancelled after the first event:", outcome(pending.result))

    gray = RawImage(bytes(10_000), 100, 100, gray=True)
    in_flight, answers = set(), 0
    for _ in range(300):
        while len(in_flight) >= MAX_IN_FLIGHT:
            done, in_flight = wait(in_flight, return_when="FIRST_COMPLETED")
            answers += sum(1 for each in done if each.result()["faces"] == [])
        in_flight.add(worker.request("detect", images=[gray]))
    answers += sum(1 for each in in_flight if each.result()["faces"] == [])
    print(f"300 requests at once: {answers} answers")

    pending = worker.request("identify", images=[hopper] * 24)
    next(pending.events(60))
    worker.process.send_signal(signal.SIGKILL)
    print("killed in the middle:", outcome(pending.result))
    worker.close()
    worker = FaceWorker(command)
    boot_id = worker.ready(30)["bootID"]
    print(f"a new worker: {str(boot_id != ready['bootID']).lower()}")
    print("identified obama3.jpg:", identify(obama3))
    answer, replayed = enroll("hopper", ["grace_hopper.jpg"], "scenario-hopper")
    print(f"the same key again: replayed {str(replayed).lower()}, {answer['templates']} templates")
    print("a bad photo:", outcome(lambda: identify(NO_IMAGE)))
    print("identified grace_hopper.jpg:", identify(hopper))
    print(f"closed: exit status {worker.close()}")


if __name__ == "__main__":
    try:
        main()
    except FaceWorkerError as error:
        sys.exit(f"scenario: {error}")
    except BrokenPipeError:
        os._exit(1)
