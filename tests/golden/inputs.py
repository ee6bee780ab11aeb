"""Parameters and gradients that every row of cases.toml runs on: trees of f32 with few digits, from fixed seeds."""

import numpy as np

STEPS = 12

SHAPES = {
    "default": {
        "embed": (3, 4),
        "dense1": {"kernel": (4, 6), "bias": (6,)},
        "blocks": [{"kernel": (3, 5), "bias": (5,)}, {"scale": (1,)}],
    },
    "ranks": {"one": (5,), "row": (1, 4), "two": (3, 4), "three": (2, 3, 2), "four": (2, 2, 2, 3), "five": (2, 1, 2, 1, 2)},
    "pair": {"fast": {"kernel": (2, 3), "bias": (3,)}, "slow": {"kernel": (2, 3), "bias": (3,)}},
    "complex": {"wave": {"real": (2, 3), "imaginary": (2, 3)}, "bias": (3,)},
}


def map_shapes(make, shapes):
    if isinstance(shapes, dict):
        return {key: map_shapes(make, value) for key, value in shapes.items()}
    if isinstance(shapes, list):
        return [map_shapes(make, value) for value in shapes]
    return np.asarray(make(shapes), np.float32)


def params(tree):
    rng = np.random.default_rng(7)
    return map_shapes(lambda shape: np.round(rng.normal(0, 0.6, shape), 3), SHAPES[tree])


def correlated(rng, digits, size):
    """Returns a function that draws gradients correlated from step to step, so that momentum and its decay matter."""
    previous = {}

    def make(shape, key):
        previous[key] = 0.6 * previous.get(key, 0) + rng.normal(0, size, shape)
        return np.round(previous[key], digits)

    return make


def gradients(tree, name):
    shapes = SHAPES[tree]["fast"] if tree == "pair" else SHAPES[tree]  # lookahead takes gradients of the fast parameters
    rng = np.random.default_rng(11)
    make = correlated(rng, **{"large": {"digits": 1, "size": 40.0}, "tiny": {"digits": 6, "size": 1e-4}}.get(
        name, {"digits": 3, "size": 1.0}))
    steps = []
    for step in range(STEPS):
        keys = iter(range(99))
        grads = map_shapes(lambda shape: make(shape, next(keys)), shapes)
        if name == "zero":
            grads = map_shapes(np.zeros, shapes)
        if name == "sparse":  # most elements are zero, the third step is zero throughout
            keep = lambda shape: (rng.random(shape) < 0.2) * (step != 2)
            masks = map_shapes(keep, shapes)
            grads = multiply(grads, masks)
        if name == "five":  # a 3-4-5 triangle: the global norm is exactly 5
            grads = map_shapes(np.zeros, shapes)
            grads["embed"][0, :2] = 3, 4
        if name == "broken":  # one NaN in the second step, one infinity in the fourth
            grads["embed"][1, 2] = {1: np.nan, 3: np.inf}.get(step, grads["embed"][1, 2])
        steps.append(grads)
    return steps


def multiply(a, b):
    if isinstance(a, dict):
        return {key: multiply(a[key], b[key]) for key in a}
    if isinstance(a, list):
        return [multiply(x, y) for x, y in zip(a, b)]
    return a * b + 0  # no negative zeros


GRADIENTS = {
    "default": ["normal", "large", "sparse", "tiny", "zero", "five", "broken"],
    "ranks": ["normal", "sparse"],
    "pair": ["normal"],
    "complex": ["normal"],
}


def everything():
    return {
        tree: {"params": params(tree), "grads": {name: gradients(tree, name) for name in names}}
        for tree, names in GRADIENTS.items()
    }
