"""Transformations of Optax that differ from ours in what is a matter of form: containers of their trees, signs of singular vectors."""

import jax
import jax.numpy as jnp
import optax

svd = jnp.linalg.svd


def on_pairs(tx):
    """lookahead on {"fast": ..., "slow": ...}: gradients are those of the fast parameters."""

    def init(params):
        return tx.init(optax.LookaheadParams(**params))

    def update(updates, state, params):
        updates, state = tx.update(updates["fast"], state, optax.LookaheadParams(**params))
        return {"fast": updates.fast, "slow": updates.slow}, state

    return optax.GradientTransformation(init, update)


def is_pair(node):
    return isinstance(node, dict) and sorted(node) == ["imaginary", "real"]


def to_complex(tree):
    return jax.tree.map(lambda x: x["real"] + 1j * x["imaginary"] if is_pair(x) else x, tree, is_leaf=is_pair)


def to_pairs(tree):
    return jax.tree.map(lambda x: {"real": x.real, "imaginary": x.imag} if x.dtype.kind == "c" else x, tree)


def on_complex(tx):
    """A transformation of complex leaves on {"real": ..., "imaginary": ...}."""

    def update(updates, state, params):
        updates, state = tx.update(to_complex(updates), state, to_complex(params))
        return to_pairs(updates), state

    return optax.GradientTransformation(lambda params: tx.init(to_complex(params)), update)


def signed_svd(x, full_matrices=False):
    """A singular value decomposition with the signs that are ours: the largest entry of each vector of the longer side is positive."""
    u, s, vh = svd(x, full_matrices=full_matrices)
    vectors = u if x.shape[0] >= x.shape[1] else vh.T
    largest = jnp.take_along_axis(vectors, jnp.argmax(jnp.abs(vectors), axis=0)[None], axis=0)[0]
    return u * jnp.sign(largest), s, vh * jnp.sign(largest)[:, None]


def with_signed_svd(tx):
    """Singular vectors are what they are up to their signs, which LAPACK leaves open."""

    def update(updates, state, params):
        jnp.linalg.svd = signed_svd
        try:
            return tx.update(updates, state, params)
        finally:
            jnp.linalg.svd = svd

    return optax.GradientTransformation(tx.init, update)
