"""Connectionist temporal classification: frames of probabilities → the likeliest strings."""

from collections import defaultdict

import numpy as np
from numpy.typing import NDArray

from models.types import Candidate

# Characters less probable than this in a frame cannot lift a string among the best.
_PRUNE = 1e-3
_BEAM = 12


def best_strings(
    frames: NDArray[np.float32], alphabet: tuple[str, ...], count: int
) -> tuple[Candidate, ...]:
    """Prefix beam search over one crop's frames.

    Args:
        frames: float32 (time, 1 + len(alphabet)): probabilities, blank first. Rows may sum
            to less than 1: what is missing went to characters outside the alphabet.
        alphabet: The characters of the columns after the blank.
        count: How many strings at most.

    Returns:
        Best first; probabilities sum to at most 1.

    Source: Hannun et al., First-Pass Large Vocabulary Continuous Speech Recognition
        using Bi-Directional Recurrent DNNs, 2014, algorithm 1, without a language model.
    """
    beams: dict[tuple[int, ...], tuple[float, float]] = {(): (1.0, 0.0)}
    for frame in frames.astype(np.float64):
        blank = float(frame[0])
        likely = [(int(c), float(frame[c])) for c in np.flatnonzero(frame > _PRUNE) if c]
        grown: defaultdict[tuple[int, ...], list[float]] = defaultdict(lambda: [0.0, 0.0])
        for prefix, (ending_blank, ending_character) in beams.items():
            total = ending_blank + ending_character
            same = grown[prefix]
            same[0] += total * blank
            if prefix:
                same[1] += ending_character * float(frame[prefix[-1]])
            for character, probability in likely:
                repeats = bool(prefix) and prefix[-1] == character
                reaching = ending_blank if repeats else total
                if reaching > 0:
                    grown[*prefix, character][1] += probability * reaching
        ranked = sorted(grown.items(), key=lambda item: -sum(item[1]))
        beams = {prefix: (mass[0], mass[1]) for prefix, mass in ranked[:_BEAM]}
    best = sorted(beams.items(), key=lambda item: -sum(item[1]))[:count]
    return tuple(
        Candidate("".join(alphabet[character - 1] for character in prefix), min(sum(mass), 1.0))
        for prefix, mass in best
    )
