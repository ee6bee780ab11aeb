"""Carries an MLX model and the state of its optimizer to gradloom and back, as two safetensors files.

`fromMlx` and `toMlx` of `gradloom/safetensors` read and write the same tensors:

    mlx_state.save("checkpoint", model, optimizer)
    mlx_state.load("checkpoint", model, optimizer)

Needs mlx alone, which reads and writes safetensors itself.
"""

from pathlib import Path

import mlx.core as mx
import mlx.nn as nn
from mlx.optimizers import Optimizer
from mlx.utils import tree_flatten, tree_unflatten

MODEL = "model.safetensors"
OPTIMIZER = "optimizer.safetensors"


def save(folder: str | Path, model: nn.Module, optimizer: Optimizer) -> None:
    """Writes the parameters of the model, and the state of the optimizer as `layers.0.weight.m`, `step` and `learning_rate`."""
    Path(folder).mkdir(parents=True, exist_ok=True)
    mx.save_safetensors(str(Path(folder, MODEL)), dict(tree_flatten(model.parameters())))
    mx.save_safetensors(str(Path(folder, OPTIMIZER)), dict(tree_flatten(optimizer.state)))


def load(folder: str | Path, model: nn.Module, optimizer: Optimizer) -> None:
    """Reads them into a model and an optimizer of the same kind. The learning rate is that of the file."""
    model.load_weights(str(Path(folder, MODEL)))
    optimizer.init(model.trainable_parameters())
    own = dict(tree_flatten(optimizer.state))
    given = mx.load(str(Path(folder, OPTIMIZER)))
    unknown = set(given) - set(own)
    missing = {name for name in own if name.endswith((".m", ".v", ".u"))} - set(given)
    if unknown or missing:
        raise ValueError(f"missing {sorted(missing)}, left over {sorted(unknown)}")
    for name, array in given.items():
        if array.shape != own[name].shape:
            raise ValueError(f"{name}: expected shape {own[name].shape}, got {array.shape}")
    optimizer.state = tree_unflatten([(name, array.astype(own[name].dtype)) for name, array in given.items()])
    mx.eval(model.parameters(), optimizer.state)
