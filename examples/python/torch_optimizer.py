"""Carries a PyTorch model and the state of its optimizer to gradloom and back, in the files that LeRobot writes.

`fromTorch` and `toTorch` of `gradloom/safetensors` read and write the same tensors:

    torch_optimizer.save("checkpoint", model, optimizer)
    torch_optimizer.load("checkpoint", model, optimizer)

Make the optimizer with `model.named_parameters()`: then the file has the names of the parameters too. Needs torch and safetensors.
"""

import json
from pathlib import Path
from typing import Any

import torch
from safetensors.torch import load_file, save_file

MODEL = "model.safetensors"
OPTIMIZER = "optimizer_state.safetensors"
PARAM_GROUPS = "optimizer_param_groups.json"


def save(folder: str | Path, model: torch.nn.Module, optimizer: torch.optim.Optimizer) -> None:
    """Writes the weights of the model, the state of the optimizer as `state/<number>/<name>`, and its groups."""
    Path(folder).mkdir(parents=True, exist_ok=True)
    state_dict = optimizer.state_dict()
    tensors = {
        f"state/{number}/{name}": torch.as_tensor(value).contiguous()
        for number, state in state_dict["state"].items()
        for name, value in state.items()
        if value is not None
    }
    save_file({name: tensor.contiguous() for name, tensor in model.state_dict().items()}, Path(folder, MODEL))
    save_file(tensors, Path(folder, OPTIMIZER))
    Path(folder, PARAM_GROUPS).write_text(json.dumps(state_dict["param_groups"], indent=2))


def load(folder: str | Path, model: torch.nn.Module, optimizer: torch.optim.Optimizer) -> None:
    """Reads them into a model and an optimizer of the same kind. Hyperparameters that the file lacks stay as they are."""
    state: dict[int, dict[str, Any]] = {}
    for key, tensor in load_file(Path(folder, OPTIMIZER)).items():
        _, number, name = key.split("/")
        state.setdefault(int(number), {})[name] = tensor
    own = optimizer.state_dict()["param_groups"]
    given = json.loads(Path(folder, PARAM_GROUPS).read_text())
    if [group["params"] for group in given] != [group["params"] for group in own]:
        raise ValueError("the file has other groups of parameters than the optimizer")
    for mine, theirs in zip(own, given):
        if "param_names" in mine and mine["param_names"] != theirs.get("param_names", mine["param_names"]):
            raise ValueError("the file has other names of parameters, or another order, than the optimizer")
    groups = [{**mine, **_with_tuples(theirs, mine)} for mine, theirs in zip(own, given)]
    model.load_state_dict(load_file(Path(folder, MODEL)))
    optimizer.load_state_dict({"state": state, "param_groups": groups})


def _with_tuples(group: dict[str, Any], like: dict[str, Any]) -> dict[str, Any]:
    """Turns the lists that JSON makes of tuples, such as `betas`, back into tuples."""
    return {key: tuple(value) if isinstance(like.get(key), tuple) else value for key, value in group.items()}
