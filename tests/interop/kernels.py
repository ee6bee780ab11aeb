"""Applies the same kernels in JAX, PyTorch and MLX, each in the order of axes that it wants, and expects the same outputs.

    python kernels.py FOLDER
"""

import sys
from pathlib import Path

import jax.numpy as jnp
import mlx.core as mx
import numpy as np
import torch
from jax import lax
from safetensors.numpy import load_file

ROOT = Path(sys.argv[1])
FLAX, TORCH, MLX = (load_file(ROOT / f"{name}.safetensors") for name in ("flax", "torch", "mlx"))


def expect_same(name, expected, *others):
    for other in others:
        np.testing.assert_allclose(np.asarray(other), np.asarray(expected), rtol=1e-5, atol=1e-5, err_msg=name)


def convolution(axes):
    """Applies a convolution with this number of axes: channels are last in JAX and MLX, second in PyTorch."""
    name = f"conv{axes}"
    kernel = FLAX[f"{name}/kernel"]
    letters = "DHW"[-axes:]
    x = np.random.default_rng(axes).normal(size=(2, *([5] * axes), kernel.shape[-2])).astype(np.float32)
    numbers = lax.conv_dimension_numbers(x.shape, kernel.shape, (f"N{letters}C", f"{letters}IO", f"N{letters}C"))
    expected = lax.conv_general_dilated(jnp.asarray(x), kernel, [1] * axes, "VALID", dimension_numbers=numbers)
    apply = getattr(torch.nn.functional, f"conv{axes}d")
    theirs = apply(torch.from_numpy(np.moveaxis(x, -1, 1).copy()), torch.from_numpy(TORCH[f"{name}.weight"]))
    mlx = mx.conv_general(mx.array(x), mx.array(MLX[f"{name}.weight"]))
    expect_same(name, expected, np.moveaxis(theirs.numpy(), 1, -1), mlx)


x = np.random.default_rng(0).normal(size=(2, 3)).astype(np.float32)
linear = torch.nn.functional.linear(torch.from_numpy(x), torch.from_numpy(TORCH["dense.weight"])).numpy()
expect_same("dense", x @ FLAX["dense/kernel"], linear, mx.array(x) @ mx.array(MLX["dense.weight"]).T)
expect_same("embedding", FLAX["table/embedding"], TORCH["table.weight"], MLX["table.weight"])
for axes in (1, 2, 3):
    convolution(axes)
