/** The import paths with libraries of others as optional peers, such as `gradloom/tfjs`; each is a folder of ts/src. */
export const adapters = ["safetensors", "tfjs", "jax", "jax/optax"];

/** The peers that adapters import. */
export const peers = ["@tensorflow/tfjs-core", "@jax-js/jax"];
