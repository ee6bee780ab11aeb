"""Adapters for transformations of Optax that differ from ours in form only: in the containers of trees or the signs of singular vectors."""

import jax
import jax.numpy as jnp
import optax

svd = jnp.linalg.svd


def on_pairs(tx):
    """Lets lookahead and chains around it take parameters {"fast": ..., "slow": ...}."""

    def init(params):
        return tx.init(optax.LookaheadParams(**params))

    def update(updates, state, params):
        updates, state = tx.update(updates, state, optax.LookaheadParams(**params))
        return {"fast": updates.fast, "slow": updates.slow}, state

    return optax.GradientTransformation(init, update)


def is_pair(node):
    return isinstance(node, dict) and sorted(node) == ["imaginary", "real"]


def to_complex(tree):
    return jax.tree.map(lambda x: x["real"] + 1j * x["imaginary"] if is_pair(x) else x, tree, is_leaf=is_pair)


def to_pairs(tree):
    return jax.tree.map(lambda x: {"real": x.real, "imaginary": x.imag} if x.dtype.kind == "c" else x, tree)


def on_complex(tx):
    """Lets a transformation of complex leaves take {"real": ..., "imaginary": ...}."""

    def update(updates, state, params):
        updates, state = tx.update(to_complex(updates), state, to_complex(params))
        return to_pairs(updates), state

    return optax.GradientTransformation(lambda params: tx.init(to_complex(params)), update)


def signed_svd(x, full_matrices=False):
    """Computes the singular value decomposition with our signs: the largest entry of each vector of the longer side is positive."""
    u, s, vh = svd(x, full_matrices=full_matrices)
    vectors = u if x.shape[0] >= x.shape[1] else vh.T
    largest = jnp.take_along_axis(vectors, jnp.argmax(jnp.abs(vectors), axis=0)[None], axis=0)[0]
    return u * jnp.sign(largest), s, vh * jnp.sign(largest)[:, None]


def with_signed_svd(tx):
    """Lets a transformation use signed_svd: LAPACK leaves the signs of singular vectors open."""

    def update(updates, state, params):
        jnp.linalg.svd = signed_svd
        try:
            return tx.update(updates, state, params)
        finally:
            jnp.linalg.svd = svd

    return optax.GradientTransformation(tx.init, update)


class Total:
    """A stateful schedule whose value is the sum of the extra arguments `addendum` so far."""

    def init(self):
        return {"total": jnp.zeros([])}

    def update(self, state, *, addendum, **_):
        return {"total": state["total"] + addendum}

    def __call__(self, state, **_):
        return state["total"]
