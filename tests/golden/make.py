"""Runs every row of cases.toml and cases/*.toml through real Optax, eagerly in f32, and writes the results.

    python make.py --out OUT

OUT/inputs.json holds the parameters and gradients; OUT/<name>.<variant>.json holds, for a transformation, the updates of
every step, the parameters after the last, the state after the last as numbers by path, the types of its parts by path, and the paths
of its trees like the parameters; for a function, its results.
"""

import argparse
import json
import pathlib
import re
import tomllib

import jax
import jax.numpy as jnp
import numpy as np
import optax
from optax.tree_utils import _state_utils

import adapters
import inputs
import objectives

HERE = pathlib.Path(__file__).parent


def path_mask(pattern):
    """Makes the mask function of gl.pathMask(/pattern/): true where the leaf's path matches."""
    return lambda tree: jax.tree_util.tree_map_with_path(
        lambda path, _: re.search(pattern, ".".join(map(key_name, path))) is not None, tree
    )


def stack(*trees):
    """Stacks trees: each leaf of the result has theirs along a new first axis."""
    return jax.tree.map(lambda *leaves: jnp.stack(leaves), *trees)


SCOPE = {"optax": optax, "jax": jax, "jnp": jnp, "np": np, "path_mask": path_mask, "stack": stack, "adapters": adapters, "objectives": objectives}


def camel(name):
    return re.sub(r"_([a-z0-9])", lambda m: m[1].upper(), name)


def key_name(entry):
    for field in ("name", "key", "idx"):
        if hasattr(entry, field):
            return camel(str(getattr(entry, field)))
    raise TypeError(f"a path entry of unknown kind: {entry!r}")


def number(x):
    """Returns the number that JSON writes in the fewest digits that read back as the same f32; NaN and infinity become strings."""
    x = np.asarray(x)
    if x.dtype == np.bool_ or np.issubdtype(x.dtype, np.integer):
        return int(x)
    value = float(str(np.float32(x)))
    if not np.isfinite(value):
        return {"nan": "NaN", "inf": "Infinity", "-inf": "-Infinity"}[str(value)]
    return 0 if value == 0 else int(value) if value.is_integer() and abs(value) < 1e9 else value


def numbers(leaf):
    if jnp.issubdtype(getattr(leaf, "dtype", None), jax.dtypes.prng_key):
        leaf = jax.random.key_data(leaf)
    leaf = np.asarray(leaf)
    return [number(x) for x in leaf.ravel()] if leaf.ndim else number(leaf)


def by_path(tree):
    return {".".join(map(key_name, path)): numbers(leaf) for path, leaf in jax.tree_util.tree_leaves_with_path(tree)}


def type_names(tree, path=()):
    """Maps the path of every named tuple in a state to the name of its type."""
    fields = getattr(tree, "_fields", None)
    own = {} if fields is None else {".".join(path): type(tree).__name__}
    if fields is not None:
        children = zip(fields, tree)
    elif isinstance(tree, dict):
        children = tree.items()
    elif isinstance(tree, (list, tuple)):
        children = enumerate(tree)
    else:
        return own
    for key, child in children:
        own |= type_names(child, (*path, camel(str(key))))
    return own


def params_like(tx):
    """Lists the paths that tree_map_params takes for trees like the parameters; None where it fails."""
    placeholder = _state_utils._ParamsPlaceholder
    is_placeholder = lambda node: isinstance(node, placeholder)
    try:
        state = tx.init(placeholder())
    except Exception:
        return None
    leaves = jax.tree_util.tree_leaves_with_path(state, is_leaf=is_placeholder)
    return [".".join(map(key_name, path)) for path, leaf in leaves if is_placeholder(leaf)]


def flat(tree):
    """Lists all numbers of a tree, leaves ordered by path."""
    leaves = jax.tree_util.tree_leaves_with_path(tree)
    ordered = sorted(leaves, key=lambda item: ".".join(map(key_name, item[0])))
    return [number(x) for _, leaf in ordered for x in np.asarray(leaf).ravel()]


def as_jax(tree):
    return jax.tree.map(lambda x: jnp.asarray(x, jnp.result_type(float)), tree)


def write_hyperparameters(state, row, step):
    for change in row.get("set", []):
        if change["before"] == step:
            state.hyperparams[change["name"]] = jnp.asarray(change["value"], jnp.float32)


def objective_step(tx, row):
    """Makes a step that takes the gradients of the row's objective, compiled because line searches are slow otherwise."""
    function = getattr(objectives, row["objective"])

    @jax.jit
    def step(state, params):
        value, grad = jax.value_and_grad(function)(params)
        extra = {"value": value, "grad": grad, "value_fn": function, "obj_fn": function}
        passed = {name: extra[name] for name in row.get("passes", ["value", "grad", "value_fn"])}
        return tx.update(grad, state, params, **passed)

    return step


def training_steps(tx, row, params, state, grads, steps):
    """Takes the given steps one by one; yields the updates, the parameters and the state after each."""
    own_step = objective_step(tx, row) if "objective" in row else None
    for step in steps:
        write_hyperparameters(state, row, step)
        extra = {name: jnp.float32(values[step]) for name, values in row.get("extra", {}).items()}
        if "objective" in row:
            updates, state = own_step(state, params)
        else:
            updates, state = tx.update(grads[step], state, params, **extra)
        params = optax.apply_updates(params, updates)
        yield updates, params, state


def run_transformation(tx, row, params, grads):
    state = tx.init(params)
    updates_of_steps = []
    for updates, params, state in training_steps(tx, row, params, state, grads, range(row["steps"])):
        updates_of_steps.append(flat(updates))
    result = {"updates": updates_of_steps, "params": flat(params), "state": by_path(state)}
    return result | {"types": type_names(state), "paramsLike": params_like(tx)}


def run_function(row, params, grads):
    code = compile(row["optax"], row["file"], "eval")
    return {"results": [flat(eval(code, SCOPE | {"params": params, "grads": g})) for g in grads[: row["steps"]]]}


def run(row, data):
    with jax.enable_x64(bool(row.get("double"))):
        return run_in_precision(row, data)


def run_in_precision(row, data):
    chosen = data[row["tree"]]
    params, grads = as_jax(chosen["params"]), [as_jax(g) for g in chosen["grads"][row["grads"]]]
    if row["kind"] == "function":
        return run_function(row, params, grads)
    return run_transformation(eval(row["optax"], SCOPE), row, params, grads)


def read_rows():
    defaults = {"kind": "transformation", "steps": 6, "tree": "default", "grads": "normal"}
    for file in [HERE / "cases.toml", *sorted((HERE / "cases").glob("*.toml"))]:
        for name, variants in tomllib.loads(file.read_text()).items():
            for variant, row in variants.items():
                yield {**defaults, **row, "file": f"{name}.{variant}.json"}


def leaf_json(leaf):
    return {"shape": list(leaf.shape), "data": [number(x) for x in leaf.ravel()]}


def write(path, value):
    path.write_text(json.dumps(value, separators=(",", ":"), default=leaf_json) + "\n")


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=pathlib.Path, default=HERE / "fixtures")
    out = parser.parse_args().out
    jax.config.update("jax_platforms", "cpu")
    data = inputs.everything()
    write(out / "inputs.json", data)
    for row in read_rows():
        try:
            write(out / row["file"], run(row, data))
        except Exception as error:
            raise SystemExit(f"{row['file']}: {row['optax']}\n  {type(error).__name__}: {error}") from error


if __name__ == "__main__":
    main()
