"""Evaluates every row of functions.toml with real Optax and JAX and writes OUT/functions.json.

    python make_functions.py --out OUT

A result is its leaves in tree order, each with its path, storage type, shape and elements.
"""

import argparse
import json
import pathlib
import tomllib

import jax
import jax.numpy as jnp
import numpy as np
import optax

import inputs
import make

HERE = pathlib.Path(__file__).parent


def array(dtype):
    def of(data, shape=None):
        x = jnp.asarray(data, dtype)
        return x if shape is None else x.reshape(shape)

    return of


def scope():
    data = inputs.everything()["default"]
    trees = {"params": data["params"], "grads": data["grads"]["normal"][0], "others": data["grads"]["normal"][1]}
    functions = {"f32": array(jnp.float32), "f64": array(jnp.float64), "tree_map": jax.tree.map}
    with jax.enable_x64(False):
        trees = {name: make.as_jax(tree) for name, tree in trees.items()}
    return {**make.SCOPE, **functions, **trees}


def number(x):
    if x.dtype == np.float64:
        value = float(x)
        return value if np.isfinite(value) else str(value).replace("inf", "Infinity").replace("nan", "NaN")
    return make.number(x)


def leaf(x):
    if isinstance(x, (str, np.dtype)):
        return {"text": str(x)}
    if jnp.issubdtype(getattr(x, "dtype", None), jax.dtypes.prng_key):
        x = jax.random.key_data(x)
    x = np.asarray(x)
    values = x.astype(np.float32) if x.dtype.name in ("bfloat16", "float16") else x
    return {"dtype": x.dtype.name, "shape": list(x.shape), "data": [number(e) for e in values.ravel()]}


def is_leaf(x):
    return isinstance(x, np.dtype)


def evaluate(row, name):
    with jax.enable_x64(row.get("x64", False)):
        result = eval(compile(row["optax"], name, "eval"), scope())
        leaves = jax.tree_util.tree_leaves_with_path(result, is_leaf=is_leaf)
        return [{"path": ".".join(map(make.key_name, path)), **leaf(x)} for path, x in leaves]


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=pathlib.Path, default=HERE / "fixtures")
    out = parser.parse_args().out
    jax.config.update("jax_platforms", "cpu")
    lines = []
    for covers, rows in tomllib.loads((HERE / "functions.toml").read_text()).items():
        for variant, row in rows.items():
            name = f"{covers}.{variant}"
            try:
                result = {"optax": row["optax"], "leaves": evaluate(row, name)}
            except Exception as error:
                raise SystemExit(f"{name}: {row['optax']}\n  {type(error).__name__}: {error}") from error
            lines.append(f"  {json.dumps(name)}: {json.dumps(result, allow_nan=False, separators=(',', ':'))}")
    out.mkdir(parents=True, exist_ok=True)
    (out / "functions.json").write_text("{\n" + ",\n".join(lines) + "\n}\n")


if __name__ == "__main__":
    main()
