"""The data of mlp.ts, and the cases that a test has written."""

import json
import math
from pathlib import Path

import numpy as np

INPUTS, HIDDEN, OUTPUTS, EXAMPLES = 3, 4, 2, 8
STEPS, HALF = 12, 6


def numbers(shape: tuple[int, ...], seed: float) -> np.ndarray:
    return np.asarray([math.sin(seed + 7 * i) for i in range(math.prod(shape))], np.float32).reshape(shape)


X, Y = numbers((EXAMPLES, INPUTS), 3), numbers((EXAMPLES, OUTPUTS), 4)


def cases(root: str) -> list[tuple[Path, dict]]:
    return [(Path(root, case["name"]), case) for case in json.loads(Path(root, "cases.json").read_text())]
