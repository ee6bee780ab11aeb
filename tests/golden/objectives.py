"""Objectives of trees, for rows of transformations that call the objective; tests/conformance/objectives.ts has the same ones."""

import jax
import jax.numpy as jnp


def quadratic(params):
    """Returns the sum of c * (x - 0.3)^2 / 2 with curvatures c of 1 to 5 along each leaf."""
    leaf = lambda x: jnp.sum((1 + jnp.arange(x.size) % 5) * (x.ravel() - 0.3) ** 2) / 2
    return sum(map(leaf, jax.tree.leaves(params)))


def rosenbrock(params):
    """Returns the sum of 5 (y - x^2)^2 + (1 - x)^2 over neighbours x, y in each leaf."""
    leaf = lambda x: jnp.sum(5 * (x[1:] - x[:-1] ** 2) ** 2 + (1 - x[:-1]) ** 2)
    return sum(leaf(x.ravel()) for x in jax.tree.leaves(params))


def zakharov(params):
    """Returns the sum of x^2, plus s^2 + s^4 with s the sum of 0.1 k x, k from 1 along each leaf."""
    leaves = [x.ravel() for x in jax.tree.leaves(params)]
    s = sum(jnp.sum(0.1 * (1 + jnp.arange(x.size)) * x) for x in leaves)
    return sum(jnp.sum(x**2) for x in leaves) + s**2 + s**4
