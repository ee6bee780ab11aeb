"""Evaluates every row of schedules.toml with real Optax and writes OUT/schedules.json.

    python make_schedules.py --out OUT

Runs with 64-bit numbers on: gradloom evaluates schedules in double precision, so the fixtures are doubles too.
"""

import argparse
import json
import pathlib
import tomllib

import jax
import optax

jax.config.update("jax_enable_x64", True)

HERE = pathlib.Path(__file__).parent


def evaluate(row):
    """Returns the values at every count of the row, or the error that Optax raises."""
    if "raises" in row:
        try:
            eval(row["optax"], {"optax": optax})
        except ValueError as error:
            return {"raises": str(error)}
        raise AssertionError(f"Optax accepts {row['optax']}")
    schedule = eval(row["optax"], {"optax": optax})
    first, last = row["counts"]
    return {"values": [float(schedule(count)) for count in range(first, last + 1)]}


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=pathlib.Path, default=HERE / "fixtures")
    out = parser.parse_args().out
    rows = tomllib.loads((HERE / "schedules.toml").read_text())
    lines = [
        f"  {json.dumps(name)}: {json.dumps({'optax': row['optax'], **evaluate(row)}, allow_nan=False)}"
        for name, row in rows.items()
    ]
    out.mkdir(parents=True, exist_ok=True)
    (out / "schedules.json").write_text("{\n" + ",\n".join(lines) + "\n}\n")


if __name__ == "__main__":
    main()
