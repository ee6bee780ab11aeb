"""Carries rows of the golden cases over between Optax and files, in the middle of their steps.

    python optax_rows.py FOLDER

FOLDER/<row> exists for each row. FOLDER/<row>/ours has the checkpoint of gradloom after half of the steps: Optax goes on from it and writes
FOLDER/<row>/continued. From the beginning it takes half of the steps and writes FOLDER/<row>/theirs. FOLDER/dpsgd is a state before the first step.
"""

import sys
from pathlib import Path

import inputs
import jax
import make
import optax
import optax_state


def carry(row, data, folder):
    chosen = data[row["tree"]]
    params = make.as_jax(chosen["params"])
    grads = [make.as_jax(tree) for tree in chosen["grads"][row["grads"]]]
    tx = eval(row["optax"], make.SCOPE)
    if "objective" not in row:
        tx = optax.GradientTransformationExtraArgs(tx.init, jax.jit(optax.with_extra_args_support(tx).update))
    half = row["steps"] // 2
    train = lambda params, state, steps: list(make.training_steps(tx, row, params, state, grads, steps))[-1][1:]
    optax_state.save(folder / "theirs", *train(params, tx.init(params), range(half)))
    ours = optax_state.load(folder / "ours", params, tx.init(params))
    optax_state.save(folder / "continued", *train(*ours, range(half, row["steps"])))


def main():
    root = Path(sys.argv[1])
    data = inputs.everything()
    params = {"w": jax.numpy.ones(2)}
    optax_state.save(root / "dpsgd", params, optax.contrib.dpsgd(0.1, 1.0, 0.5, 7, momentum=0.9).init(params))
    for row in make.read_rows():
        folder = root / row["file"].removesuffix(".json")
        if folder.exists():
            try:
                carry(row, data, folder)
            except Exception as error:
                raise SystemExit(f"{row['file']}: {row['optax']}\n  {type(error).__name__}: {error}") from error


if __name__ == "__main__":
    main()
