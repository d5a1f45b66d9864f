"""How long head trainings and an `identify` with and without a head take."""
import statistics
import time


def training_time(worker, params):
    """Seconds of the job, of its phases by the events, and its state."""
    begun, phases = time.monotonic(), {}

    def on_event(event):
        if event.get("event") == "train":
            now = time.monotonic() - begun
            first, _ = phases.get(event["phase"], (now, now))
            phases[event["phase"]] = (first, now)

    result = worker.request("train", params, on_event=on_event).result(timeout=3600)
    spent = {phase: round(last - first, 2) for phase, (first, last) in phases.items()}
    return time.monotonic() - begun, spent, result


def report(label, seconds, phases, result):
    print(f"train, {label}: {seconds:.2f} s ({result['subjects']} subjects, {result['samples']} crops, {result['state']}, "
          f"reasons {[reason['code'] for reason in result['reasons']]}; phases {phases})", flush=True)


def identify_time(worker, photo):
    """Milliseconds, by the worker's clock."""
    pending = worker.request("identify", {"maxFaces": 1}, [photo])
    pending.result(timeout=60)
    return pending.timing["totalMs"]


def measure_speed(worker, plain, people, photos, rounds=4):
    """Enrolls everybody with both workers, trains one, and times; `photos` are those to identify, by both in turns."""
    for each in (worker, plain):
        added = sum(each.call("enroll", {"subject": name, "select": "center"}, paths)["added"]
                    for name, paths in people.items())
    print(f"{added} photos of {len(people)} people enrolled")
    report("clean epochs only", *training_time(worker, {"epochs": {"augmented": 0}, "resume": False}))
    with_head, without = [], []
    for number in range(rounds):
        for photo in photos[:100]:
            without.append(identify_time(plain, photo))
            with_head.append(identify_time(worker, photo))
    a, b = statistics.median(without), statistics.median(with_head)
    ratio = statistics.median(y / x for x, y in zip(without, with_head))
    print(f"identify, one face: median {a:.2f} ms without a head, {b:.2f} ms with one; of pairs {ratio:.3f}", flush=True)
    worker.call("models.rollback", {"role": "classifier"})
    report("as by default", *training_time(worker, {"resume": False}))
