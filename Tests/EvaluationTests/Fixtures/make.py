"""Makes curves.json: scores, and what numpy and scikit-learn say of them. Run it again after changing a case."""
import json
from pathlib import Path

import numpy as np
from scipy.optimize import brentq
from scipy.stats import norm
from sklearn.metrics import roc_auc_score, roc_curve

random = np.random.default_rng(7)


def scores(count, mean, spread, digits):
    return np.round(random.normal(mean, spread, count), digits).astype(np.float32)


def held(genuine, impostor, rate):
    """The share of genuine scores below the lowest threshold at which no more than `rate` of the impostors match."""
    allowed = int(np.floor(rate * len(impostor) + 1e-9))
    ordered = np.sort(impostor)[::-1]
    if allowed >= len(ordered):
        return 0.0
    return float(np.mean(genuine <= ordered[allowed]))


def case(name, genuine, impostor):
    labels = np.concatenate([np.ones(len(genuine)), np.zeros(len(impostor))])
    values = np.concatenate([genuine, impostor])
    fpr, tpr, _ = roc_curve(labels, values, drop_intermediate=False)
    eer = brentq(lambda x: 1 - x - np.interp(x, fpr, tpr), 0, 1)
    return {
        "name": name, "genuine": [float(v) for v in genuine], "impostor": [float(v) for v in impostor],
        "auc": float(roc_auc_score(labels, values)), "eer": float(eer),
        "held": {str(rate): held(genuine, impostor, rate) for rate in (0.1, 0.01, 0.001)},
        "points": [[float(a), float(b)] for a, b in zip(fpr, tpr)][:400],
    }


cases = [
    case("overlapping", scores(400, 0.5, 0.2, 6), scores(700, 0.0, 0.2, 6)),
    case("many ties", scores(300, 0.4, 0.2, 1), scores(500, 0.1, 0.2, 1)),
    case("all equal", np.full(20, 0.5, np.float32), np.full(30, 0.5, np.float32)),
    case("apart", scores(50, 0.9, 0.01, 4), scores(60, 0.1, 0.01, 4)),
    case("worse than chance", scores(80, 0.0, 0.2, 4), scores(90, 0.3, 0.2, 4)),
    case("one of each", np.array([0.7], np.float32), np.array([0.3], np.float32)),
    case("few genuine", scores(3, 0.4, 0.2, 3), scores(3000, 0.0, 0.1, 5)),
]
quantiles = {str(p): float(norm.ppf(p)) for p in (1e-6, 0.001, 0.02, 0.5, 0.9, 0.999)}
Path(__file__).with_name("curves.json").write_text(json.dumps({"cases": cases, "quantiles": quantiles}))
