"""Carries parameters and the state of an Optax optimizer to gradloom and back, as two safetensors files.

`fromOptax` and `toOptax` of `gradloom/safetensors` read and write the same tensors:

    optax_state.save("checkpoint", params, opt_state)
    params, opt_state = optax_state.load("checkpoint", params, optimizer.init(params))

Needs jax, flax and safetensors.
"""

from collections import OrderedDict
from pathlib import Path
from typing import Any

import jax
import numpy as np
from flax.serialization import from_state_dict, register_serialization_state, to_state_dict
from flax.traverse_util import empty_node, flatten_dict, unflatten_dict
from safetensors.numpy import load_file, save_file

MODEL = "model.safetensors"
OPTIMIZER = "optimizer.safetensors"

# The state of named_chain, which Flax does not look into.
register_serialization_state(
    OrderedDict,
    lambda tree: {key: to_state_dict(child) for key, child in tree.items()},
    lambda tree, state: OrderedDict((key, from_state_dict(child, state[key])) for key, child in tree.items()),
)


def _is_key(leaf: Any) -> bool:
    return jax.numpy.issubdtype(getattr(leaf, "dtype", None), jax.dtypes.prng_key)


def _flat(tree: Any) -> dict[str, Any]:
    """Flattens a tree as Flax names it: `0/mu/dense1/kernel`. Nodes without leaves are `empty_node`."""
    state = to_state_dict(tree)
    if not isinstance(state, dict):
        return {"": state}
    return flatten_dict(state, keep_empty_nodes=True, sep="/")


def tensors(tree: Any) -> dict[str, np.ndarray]:
    """Returns the arrays of a tree by their names. Keys of random numbers become their integers."""
    leaves = {name: leaf for name, leaf in _flat(tree).items() if leaf is not empty_node and leaf is not None}
    arrays = {name: np.asarray(jax.random.key_data(leaf) if _is_key(leaf) else leaf) for name, leaf in leaves.items()}
    return {name: np.ascontiguousarray(array).reshape(array.shape) for name, array in arrays.items()}


def fill(tree: Any, given: dict[str, np.ndarray]) -> Any:
    """Returns the tree with the given arrays in place of its own, in the types that these have."""
    flat = _flat(tree)
    own = {name for name, leaf in flat.items() if leaf is not empty_node and leaf is not None}
    if own != set(given):
        raise ValueError(f"missing {sorted(own - set(given))}, left over {sorted(set(given) - own)}")
    for name in own:
        leaf = flat[name]
        if _is_key(leaf):
            flat[name] = jax.random.wrap_key_data(given[name], impl=jax.random.key_impl(leaf))
            continue
        if np.shape(leaf) != given[name].shape:
            raise ValueError(f"{name}: expected shape {np.shape(leaf)}, got {given[name].shape}")
        flat[name] = jax.numpy.asarray(given[name], dtype=jax.numpy.result_type(leaf))
    if "" in flat:
        return from_state_dict(tree, flat[""])
    return from_state_dict(tree, unflatten_dict(flat, sep="/"))


def save(folder: str | Path, params: Any, opt_state: Any) -> None:
    """Writes the parameters and the state of the optimizer."""
    Path(folder).mkdir(parents=True, exist_ok=True)
    save_file(tensors(params), Path(folder, MODEL))
    save_file(tensors(opt_state), Path(folder, OPTIMIZER))


def load(folder: str | Path, params: Any, opt_state: Any) -> tuple[Any, Any]:
    """Reads them into trees like the given ones, such as those before the first step."""
    return fill(params, load_file(Path(folder, MODEL))), fill(opt_state, load_file(Path(folder, OPTIMIZER)))
