"""Writes the public names of Optax with their parameters to optax-api.json."""

import argparse
import functools
import importlib
import inspect
import json
import pathlib
import re
import types
import warnings

MODULES = [
    "optax",
    "optax.assignment",
    "optax.contrib",
    "optax.losses",
    "optax.perturbations",
    "optax.projections",
    "optax.schedules",
    "optax.transforms",
    "optax.tree",
    "optax.tree_utils",
]


def text(default):
  """Returns the text of a default without addresses, which differ from run to run."""
  return re.sub(r" at 0x[0-9a-f]+", "", repr(default))


def described(value):
  if inspect.isclass(value):
    return {"kind": "type" if hasattr(value, "_fields") or not value.__module__.startswith("optax") else "class"}
  if not isinstance(value, (types.FunctionType, functools.partial)) and not hasattr(value, "__wrapped__"):
    return {"kind": "type"}
  parameters = inspect.signature(value).parameters.values()
  kinds = inspect.Parameter.VAR_POSITIONAL, inspect.Parameter.VAR_KEYWORD
  plain = [p for p in parameters if p.kind not in kinds]
  return {
      "kind": "function",
      "parameters": {p.name: None if p.default is p.empty else text(p.default) for p in plain},
      "variadic": any(p.kind in kinds for p in parameters),
  }


def public(module):
  names = getattr(module, "__all__", None) or dir(module)
  deprecated = {name for name, (_, value) in getattr(module, "_deprecations", {}).items() if value is not None}
  found = {name: getattr(module, name) for name in set(names) | set(dir(module)) | deprecated if not name.startswith("_")}
  return {name: value for name, value in found.items() if not isinstance(value, types.ModuleType)}


def main():
  parser = argparse.ArgumentParser()
  parser.add_argument("--out", type=pathlib.Path, required=True)
  out = parser.parse_args().out
  warnings.simplefilter("ignore")
  api = {}
  for name in MODULES:
    module = importlib.import_module(name)
    ours = {
        key: value
        for key, value in public(module).items()
        if getattr(value, "__module__", "optax").startswith(("optax", "typing", "collections", "jax", "functools"))
    }
    api[name] = {key: described(ours[key]) for key in sorted(ours)}
  lines = {module: [f"  {json.dumps(key)}: {json.dumps(value)}" for key, value in names.items()] for module, names in api.items()}
  blocks = [f" {json.dumps(module)}: {{\n" + ",\n".join(names) + "\n }" for module, names in lines.items()]
  (out / "optax-api.json").write_text("{\n" + ",\n".join(blocks) + "\n}\n")


if __name__ == "__main__":
  main()
