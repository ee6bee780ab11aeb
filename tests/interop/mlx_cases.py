"""Trains the network of mlp.ts in MLX: without a stop, up to the middle, and from the checkpoint of gradloom in the middle.

    python mlx_cases.py FOLDER
"""

import sys

import mlp
import mlx.core as mx
import mlx.nn as nn
import mlx.optimizers as optim
import mlx_state


class Network(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.dense1 = nn.Linear(mlp.INPUTS, mlp.HIDDEN)
        self.dense2 = nn.Linear(mlp.HIDDEN, mlp.OUTPUTS)

    def __call__(self, x: mx.array) -> mx.array:
        return self.dense2(mx.tanh(self.dense1(x)))


def make(folder, case):
    """Makes the model with its initial weights and the optimizer of the case."""
    model = Network()
    model.load_weights(str(folder.parent / "initial.safetensors"))
    if case["frozen"]:
        model[case["frozen"]].freeze()
    return model, getattr(optim, case["optimizer"])(**case["options"])


def train(model, optimizer, steps):
    x, y = mx.array(mlp.X), mx.array(mlp.Y)
    step = nn.value_and_grad(model, lambda: nn.losses.mse_loss(model(x), y))
    for _ in range(steps):
        _, grads = step()
        optimizer.update(model, grads)
        mx.eval(model.parameters(), optimizer.state)


def main():
    for folder, case in mlp.cases(sys.argv[1]):
        model, optimizer = make(folder, case)
        train(model, optimizer, mlp.HALF)
        mlx_state.save(folder / "theirs", model, optimizer)
        train(model, optimizer, mlp.STEPS - mlp.HALF)
        mlx_state.save(folder / "whole", model, optimizer)
        model, optimizer = make(folder, case)
        mlx_state.load(folder / "ours", model, optimizer)
        train(model, optimizer, mlp.STEPS - mlp.HALF)
        mlx_state.save(folder / "continued", model, optimizer)


if __name__ == "__main__":
    main()
