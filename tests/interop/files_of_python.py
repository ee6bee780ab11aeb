"""Files of the library safetensors for Python: reads those of gradloom, and writes some for it."""

import json
import sys
from pathlib import Path

import torch
from safetensors import safe_open
from safetensors.torch import load_file, save_file


def check(folder: Path) -> None:
    """Compares what the real library reads with what was written: one.json has the elements and shapes by name."""
    expected = json.loads((folder / "expected.json").read_text())
    for shards in (["whole.safetensors"], sorted(set(index(folder)["weight_map"].values()))):
        found = {}
        for shard in shards:
            found |= load_file(folder / shard)
            with safe_open(folder / shard, "pt") as opened:
                assert opened.metadata()["note"] == "für alle", opened.metadata()
        assert sorted(found) == sorted(expected), (sorted(found), sorted(expected))
        for name, (dtype, shape, numbers) in expected.items():
            tensor = found[name]
            assert str(tensor.dtype) == f"torch.{dtype}", (name, tensor.dtype)
            assert list(tensor.shape) == shape, (name, tensor.shape)
            assert tensor.flatten().tolist() == numbers, (name, tensor)
    size = sum(tensor.numel() * tensor.element_size() for tensor in found.values())
    assert index(folder)["metadata"]["total_size"] == size


def index(folder: Path) -> dict:
    return json.loads((folder / "divided.safetensors.index.json").read_text())


def write(folder: Path) -> None:
    """Writes every type that both have, and the elements for the test to compare."""
    tensors = {
        name: torch.tensor(numbers, dtype=getattr(torch, name)).reshape(2, -1)
        for name, numbers in {
            **{name: [0.5, -1.25, 3.0, 0.0] for name in ["float64", "float32", "float16", "bfloat16"]},
            **{name: [1, 2, 3, 127] for name in ["int64", "int32", "int16", "int8", "uint8"]},
            "bool": [True, False, True, True],
        }.items()
    }
    tensors["scalar"] = torch.tensor(7.0)
    tensors["empty"] = torch.zeros((0, 3))
    save_file(tensors, folder / "python.safetensors", metadata={"format": "pt"})


def main(task: str, folder: str) -> None:
    {"check": check, "write": write}[task](Path(folder))


if __name__ == "__main__":
    main(*sys.argv[1:])
