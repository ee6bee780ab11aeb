"""Writes cases/random-chains.toml: chains of transformations drawn at random, with a fixed seed, from the rows of the other cases.

    python random_chains.py

Members are rows as they stand there, of everything but optimizers: kernels by element, norms by leaf and by tree, matrices, and wrappers
around some of them. Rows of an objective, of extra arguments, or with a tolerance of their own are no members; nor are those that store
16 bits or are run for one step, because a difference in the last digit of 32 bits grows in them.
"""

import inspect
import random
import re
import tomllib

import optax

import make

SEED = 1
CHAINS = 12
TARGET = make.HERE / "cases" / "random-chains.toml"
OWN_TERMS = {"extra", "objective", "set", "tolerance", "double", "kind", "tree"}
LOOSE = {"contrib.mechanize": "tolerance = 1e-4, why = 'mechanize divides by x0 - p, which is small against p and rounded in f32'"}
NOTHING_LEFT = {"chain", "identity", "setToZero"}  # no members: chains of chains, and updates that are unchanged or zero

HEAD = f"""\
# Chains of 3 to 5 transformations, drawn by ../random_chains.py with seed {SEED} from the rows of the other cases; the columns are
# explained in ../cases.toml.

[chain]
"""


def is_optimizer(name):
    """Tells whether Optax's function takes a learning rate: a chain of several would end in steps too small to compare."""
    module, _, function = name.rpartition(".")
    snake = re.sub(r"(?<!^)([A-Z])", r"_\1", function).lower()
    found = getattr(optax.contrib if module else optax, snake, None) or getattr(optax.transforms, snake, None)
    return found is not None and "learning_rate" in inspect.signature(found).parameters


def may_join(row):
    return not OWN_TERMS & row.keys() and "bfloat16" not in row["optax"] and row.get("steps") != 1


def members():
    """Returns the rows that may be members of chains, by the name that they cover."""
    files = [make.HERE / "cases.toml", *sorted((make.HERE / "cases").glob("*.toml"))]
    tables = [tomllib.loads(file.read_text()) for file in files if file != TARGET]
    pool = {}
    for name, variants in ((name, variants) for table in tables for name, variants in table.items()):
        if name in NOTHING_LEFT or is_optimizer(name):
            continue
        rows = [row for row in variants.values() if may_join(row)]
        if rows:
            pool.setdefault(name, []).extend(rows)
    return pool


def draw(rng, pool):
    """Draws one chain: its two expressions, and a tolerance where a member needs one."""
    names = rng.sample(sorted(pool), rng.randint(3, 5))
    rows = [rng.choice(pool[name]) for name in names]
    optax_members = ", ".join(row["optax"] for row in rows)
    own_members = ", ".join(row["gradloom"] for row in rows)
    columns = [
        f"optax = '''optax.chain({optax_members}, optax.scale(-0.1))'''",
        f"gradloom = '''gl.chain({own_members}, gl.scale(-0.1))'''",
        *(LOOSE[name] for name in names if name in LOOSE),
    ]
    return f"{{ {', '.join(columns)} }}"


def main():
    rng = random.Random(SEED)
    pool = members()
    TARGET.write_text(HEAD + "".join(f"mixed-{i + 1} = {draw(rng, pool)}\n" for i in range(CHAINS)))


if __name__ == "__main__":
    main()
