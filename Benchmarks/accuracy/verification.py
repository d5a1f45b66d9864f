"""Verification on Labeled Faces in the Wild: accuracy, false match rates, thresholds, calibration."""
from __future__ import annotations

import math
from pathlib import Path

import numpy as np

PROTOCOL = (
    "1,000 pairs of LFW's development test list (View 1), original 250x250 photos; of the faces found, the one whose middle is "
    "nearest to the middle of the photo; cosine of the embeddings. A pair with a photo without a face scores -1. The best "
    "threshold is fitted to all the pairs; 10-fold: the threshold of nine tenths (50 pairs of each kind a tenth, in the list's "
    "order) is tried on the tenth left out, and the mean of the ten is given.")


def pairs(folder: Path) -> list[tuple[str, str, bool]]:
    """The pairs of `pairs.txt`: two files, and whether they show one person."""
    result = []
    for line in (folder / "pairs.txt").read_text().splitlines():
        fields = line.split("\t")
        if len(fields) == 3:
            result.append((photo(fields[0], fields[1]), photo(fields[0], fields[2]), True))
        elif len(fields) == 4:
            result.append((photo(fields[0], fields[1]), photo(fields[2], fields[3]), False))
    return result


def photo(name: str, number: str) -> str:
    return f"{name}/{name}_{int(number):04d}.jpg"


def central(faces: np.ndarray, width: int, height: int) -> int:
    """Which face (x1 y1 x2 y2 ...) has its middle nearest to the middle of the photo."""
    x = (faces[:, 0] + faces[:, 2]) / 2 - width / 2
    y = (faces[:, 1] + faces[:, 3]) / 2 - height / 2
    return int(np.argmin(np.hypot(x, y)))


def best_threshold(scores: np.ndarray, same: np.ndarray) -> tuple[float, float]:
    """The threshold that is right most often, and how often: a pair at or above it counts as the same person."""
    order = np.argsort(-scores, kind="stable")
    sorted_scores, hits = scores[order], same[order]
    right = np.concatenate([[np.sum(~same)], np.sum(~same) + np.cumsum(np.where(hits, 1, -1))])
    # A cut is possible only between two different scores.
    possible = np.concatenate([[True], sorted_scores[1:] != sorted_scores[:-1], [True]])
    best = int(np.argmax(np.where(possible, right, -1)))
    upper = sorted_scores[best - 1] if best > 0 else 1.0
    lower = sorted_scores[best] if best < len(scores) else -1.0
    return float((upper + lower) / 2), float(right[best] / len(scores))


def accuracy(embeddings: dict[str, np.ndarray], listed: list[tuple[str, str, bool]]) -> dict:
    """Accuracy at the best threshold, 10-fold accuracy (mean and standard error), photos without a face."""
    same = np.array([pair[2] for pair in listed])
    scores = np.array([
        float(embeddings[a] @ embeddings[b]) if a in embeddings and b in embeddings else -1.0 for a, b, _ in listed])
    threshold, best = best_threshold(scores, same)
    fold = np.empty(len(listed), int)
    for kind in (same, ~same):
        fold[kind] = np.arange(kind.sum()) * 10 // kind.sum()
    folds = []
    for number in range(10):
        left_out = fold == number
        cut, _ = best_threshold(scores[~left_out], same[~left_out])
        folds.append(np.mean((scores[left_out] >= cut) == same[left_out]))
    missing = sorted({name for pair in listed for name in pair[:2]} - embeddings.keys())
    return {
        "best": best, "threshold": threshold, "tenfold": float(np.mean(folds)),
        "standardError": float(np.std(folds, ddof=1) / math.sqrt(10)), "missing": missing}


class Comparisons:
    """All comparisons of two photos each, among the photos with a face; the person is the folder's name."""

    def __init__(self, embeddings: dict[str, np.ndarray]):
        names = sorted(embeddings)
        people = np.array([name.split("/")[0] for name in names])
        matrix = np.stack([embeddings[name] for name in names])
        self.people, index = np.unique(people, return_inverse=True)
        scores = matrix @ matrix.T
        a, b = np.triu_indices(len(names), 1)
        same = index[a] == index[b]
        self.photos = len(names)
        self.genuine = scores[a[same], b[same]].astype(np.float64)
        self.owners = index[a[same]]
        order = np.argsort(-scores[a[~same], b[~same]], kind="stable")
        self.impostors = scores[a[~same], b[~same]][order].astype(np.float64)
        self.first, self.second = index[a[~same]][order], index[b[~same]][order]
        self.counts = np.bincount(index)

    def threshold(self, rate: float) -> float:
        """The lowest score at and above which no more than this share of the impostor comparisons lies."""
        allowed = int(math.floor(rate * len(self.impostors)))
        # Just above the first score that would be one too many.
        return float(np.nextafter(np.float32(self.impostors[allowed]), np.float32(2)))

    def rates(self, threshold: float) -> tuple[float, float]:
        """False match rate and false non-match rate at a threshold."""
        return float(np.mean(self.impostors >= threshold)), float(np.mean(self.genuine < threshold))

    def resampled(self, rate: float, rounds: int = 400, seed: int = 1) -> dict[str, list[float]]:
        """Draws the people anew, with replacement: `score` is each draw's threshold for the rate, `fmr` and `fnmr` its rates
        at the threshold of all. People are drawn and not comparisons, as those of one photo are not independent.
        """
        random = np.random.default_rng(seed)
        score = self.threshold(rate)
        accepted = int(np.sum(self.impostors >= score))
        head = min(len(self.impostors), int(len(self.impostors) * min(rate * 8, 1)) + 2_000)
        draws: dict[str, list[float]] = {"score": [], "fmr": [], "fnmr": []}
        for _ in range(rounds):
            weight = np.bincount(random.integers(0, len(self.people), len(self.people)), minlength=len(self.people))
            photos = weight * self.counts
            total = (photos.sum() ** 2 - (photos ** 2).sum()) / 2
            above = np.cumsum(weight[self.first[:head]] * weight[self.second[:head]])
            cut = min(int(np.searchsorted(above, rate * total, side="right")), head - 1)
            draws["score"].append(float(self.impostors[cut]))
            draws["fmr"].append(float(above[accepted - 1] / total) if accepted else 0.0)
            genuine = weight[self.owners]
            draws["fnmr"].append(float((genuine * (self.genuine < score)).sum() / max(genuine.sum(), 1)))
        return draws

    def calibration(self, seed: int = 1) -> tuple[float, float]:
        """Slope and midpoint of the logistic curve from score to probability, genuine and as many impostors alike."""
        random = np.random.default_rng(seed)
        chosen = random.choice(len(self.impostors), len(self.genuine), replace=False)
        scores = np.concatenate([self.genuine, self.impostors[chosen]])
        target = np.concatenate([np.ones(len(self.genuine)), np.zeros(len(chosen))])
        center, spread = scores.mean(), scores.std()
        x = np.stack([(scores - center) / spread, np.ones(len(scores))], axis=1)
        weights = np.zeros(2)
        for _ in range(100):  # Newton's method
            guess = 1 / (1 + np.exp(-x @ weights))
            gradient = x.T @ (guess - target)
            hessian = x.T @ (x * (guess * (1 - guess))[:, None]) + 1e-9 * np.eye(2)
            step = np.linalg.solve(hessian, gradient)
            weights -= step
            if np.abs(step).max() < 1e-10:
                break
        return float(weights[0] / spread), float(center - weights[1] / weights[0] * spread)


def interval(values: list[float]) -> tuple[float, float]:
    return float(np.percentile(values, 2.5)), float(np.percentile(values, 97.5))
