"""Trains the network of mlp.ts in PyTorch: without a stop, up to the middle, and from the checkpoint of gradloom in the middle.

    python torch_cases.py FOLDER
"""

import sys

import mlp
import torch
import torch_optimizer
from safetensors.torch import load_file


class Network(torch.nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.dense1 = torch.nn.Linear(mlp.INPUTS, mlp.HIDDEN)
        self.dense2 = torch.nn.Linear(mlp.HIDDEN, mlp.OUTPUTS)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.dense2(torch.tanh(self.dense1(x)))


def make(folder, case):
    """Makes the model with its initial weights and the optimizer of the case."""
    model = Network()
    model.load_state_dict(load_file(folder.parent / "initial.safetensors"))
    named = list(model.named_parameters())
    groups = [
        {"params": [(n, p) if case["named"] else p for n, p in named if n in group["names"]], **group["options"]}
        for group in case["groups"]
    ]
    return model, getattr(torch.optim, case["optimizer"])(groups, **case["options"])


def train(model, optimizer, steps):
    x, y = torch.from_numpy(mlp.X), torch.from_numpy(mlp.Y)
    for _ in range(steps):
        optimizer.zero_grad()
        torch.nn.functional.mse_loss(model(x), y).backward()
        optimizer.step()


def main():
    for folder, case in mlp.cases(sys.argv[1]):
        model, optimizer = make(folder, case)
        train(model, optimizer, mlp.HALF)
        torch_optimizer.save(folder / "theirs", model, optimizer)
        train(model, optimizer, mlp.STEPS - mlp.HALF)
        torch_optimizer.save(folder / "whole", model, optimizer)
        model, optimizer = make(folder, case)
        torch_optimizer.load(folder / "ours", model, optimizer)
        train(model, optimizer, mlp.STEPS - mlp.HALF)
        torch_optimizer.save(folder / "continued", model, optimizer)


if __name__ == "__main__":
    main()
