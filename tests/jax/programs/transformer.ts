import { nn, numpy as np, random } from "@jax-js/jax";
import { crossEntropy } from "./digits.ts";
import type { Program } from "./program.ts";

const TEXT =
  "the loom weaves the thread, the thread holds the cloth, the cloth keeps the weaver warm. ".repeat(4);
const LETTERS = [...new Set(TEXT)].sort();
const CODES = [...TEXT].map((letter) => LETTERS.indexOf(letter));

const [WIDTH, HEADS, LENGTH, BATCH] = [32, 2, 24, 6];

type Params = {
  embed: np.Array;
  places: np.Array;
  attention: { query: np.Array; key: np.Array; value: np.Array; out: np.Array };
  mlp: { up: np.Array; down: np.Array };
  scale: { attention: np.Array; mlp: np.Array; head: np.Array };
};

const normal = (seed: number, shape: number[]): np.Array =>
  random.normal(random.key(seed), shape).mul(1 / Math.sqrt(shape[0] as number));

const rows = (starts: readonly number[], shift: number): np.Array => {
  const codes = starts.flatMap((start) => CODES.slice(start + shift, start + shift + LENGTH));
  return np.array(Int32Array.from(codes), { shape: [starts.length, LENGTH] });
};

/** Causal attention with several heads, from products of matrices: `nn.dotProductAttention` asks for a newer JavaScript than Node 20's. */
const attend = (query: np.Array, key: np.Array, value: np.Array): np.Array => {
  const heads = (x: np.Array) => x.reshape([BATCH, LENGTH, HEADS, WIDTH / HEADS]).transpose([0, 2, 1, 3]);
  const scores = np.matmul(heads(query), heads(key).transpose([0, 1, 3, 2])).mul(Math.sqrt(HEADS / WIDTH));
  const hidden = np.tri(LENGTH).sub(1).mul(1e9);
  const mixed = np.matmul(nn.softmax(scores.add(hidden)), heads(value));
  return mixed.transpose([0, 2, 1, 3]).reshape([BATCH, LENGTH, WIDTH]);
};

/** One block of attention and a perceptron that predicts the next letter. */
export const transformer: Program<Params> = {
  name: "a transformer on letters",
  init: () => ({
    embed: normal(0, [LETTERS.length, WIDTH]),
    places: normal(1, [LENGTH, WIDTH]),
    attention: {
      query: normal(2, [WIDTH, WIDTH]),
      key: normal(3, [WIDTH, WIDTH]),
      value: normal(4, [WIDTH, WIDTH]),
      out: normal(5, [WIDTH, WIDTH]),
    },
    mlp: { up: normal(6, [WIDTH, 2 * WIDTH]), down: normal(7, [2 * WIDTH, WIDTH]) },
    scale: { attention: np.ones([WIDTH]), mlp: np.ones([WIDTH]), head: np.ones([WIDTH]) },
  }),
  loss: ({ embed, places, attention, mlp, scale }, inputs, targets) => {
    let x = np.dot(nn.oneHot(inputs, LETTERS.length), embed.ref).add(places);
    const h = nn.standardize(x.ref).mul(scale.attention);
    const attended = attend(
      np.dot(h.ref, attention.query),
      np.dot(h.ref, attention.key),
      np.dot(h, attention.value),
    );
    x = x.add(np.dot(attended, attention.out));
    const g = nn.standardize(x.ref).mul(scale.mlp);
    x = x.add(np.dot(nn.gelu(np.dot(g, mlp.up)), mlp.down));
    const logits = np.dot(nn.standardize(x).mul(scale.head), embed.transpose());
    return crossEntropy(logits, targets);
  },
  batch: (step) => {
    const starts = Array.from(
      { length: BATCH },
      (_, i) => (37 * (step * BATCH + i)) % (CODES.length - LENGTH),
    );
    return [rows(starts, 0), rows(starts, 1)];
  },
  steps: 40,
  falls: 3,
};
