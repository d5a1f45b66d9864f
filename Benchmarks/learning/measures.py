"""What a rule's scores are worth: error rates over known people's photos and strangers' photos."""

NEVER = float("-inf")


class Scores:
    """What one rule said: for each photo of a known person (was the first name right, its score), for each stranger's the
    score of whoever came first. A photo without a face has the score NEVER."""

    def __init__(self, known, strangers):
        self.known = known
        self.strangers = strangers

    def at_fpir(self, share):
        """Misses and wrong names at the lowest threshold that names at most `share` of the strangers, and that threshold:
        a score must exceed it."""
        allowed = int(share * len(self.strangers) + 1e-9)
        ranked = sorted(self.strangers, reverse=True)
        limit = ranked[allowed] if allowed < len(ranked) else NEVER
        missed = sum(not (right and score > limit) for right, score in self.known)
        wrong = sum(not right and score > limit for right, score in self.known)
        return missed, wrong, limit


def share(count, total):
    """As a percentage with two decimals."""
    return f"{100 * count / total:.2f}" if total else "-"
