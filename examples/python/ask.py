#!/usr/bin/env python3
"""Sends requests from standard input, one JSON object a line, and prints an answer for each, in their order:

    echo '{"method": "identify", "files": ["party.jpg"]}' | ./ask.py -- face-worker --data faces

Members: method, params, deadlineMs, key, files (attachments), cancelAfterEvents. A blank line waits for all answers.
"""

from __future__ import annotations

import json
import os
import queue
import sys
import time
from concurrent.futures import TimeoutError as FutureTimeout
from typing import Any

from face_worker import FaceWorker, FaceWorkerError, Pending

GRACE = 1.0  # seconds after its deadline that a request waits for the worker to say so itself


def reply(pending: Pending, question: dict[str, Any]) -> dict[str, Any]:
    """What became of a request, its events in front."""
    events: list[Any] = []
    deadline = question.get("deadlineMs")
    limit = None if deadline is None else deadline / 1000 + GRACE
    try:
        for event in pending.events(limit):
            events.append(event)
            if len(events) == question.get("cancelAfterEvents"):
                pending.cancel()
        result = pending.result(limit)
    except (FutureTimeout, queue.Empty):
        pending.cancel()
        return {"events": events, "error": {"code": "deadlineExceeded", "retry": "now", "retryAfterMs": None}}
    except FaceWorkerError as error:
        members = {"code": error.code, "retry": error.retry, "retryAfterMs": error.retry_after_ms}
        return {"events": events, "error": members}
    return {"events": events, "result": result, "replayed": pending.replayed, "attachmentBytes": len(pending.attachments)}


def start(command: list[str]) -> FaceWorker:
    """A worker that is ready, or one that will answer every request with `sessionLost`."""
    for attempt in range(5):
        worker = FaceWorker(command)
        try:
            worker.ready(float(os.environ.get("FACE_WORKER_START_MS", 30_000)) / 1000)
            break
        except (FaceWorkerError, FutureTimeout):
            worker.process.kill()
            time.sleep(0.1 * 2**attempt)
    return worker


def main() -> None:
    worker = start(sys.argv[2:])
    open_requests: list[tuple[Pending, dict[str, Any]]] = []
    for line in [*sys.stdin.read().splitlines(), ""]:
        if line.strip():
            question = json.loads(line)
            pending = worker.request(
                question["method"],
                question.get("params"),
                question.get("files", []),
                deadline_ms=question.get("deadlineMs"),
                key=question.get("key"),
            )
            open_requests.append((pending, question))
            continue
        for pending, question in open_requests:
            print(json.dumps(reply(pending, question)), flush=True)
        if open_requests and worker.lost:
            worker.close()
            worker = start(sys.argv[2:])
        open_requests = []
    print(json.dumps({"exitStatus": worker.close()}))


if __name__ == "__main__":
    main()
