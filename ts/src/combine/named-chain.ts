import { GradloomError } from "../error.ts";
import { asNode } from "../kernels/as-node.ts";
import { SequenceNode } from "../kernels/composite-node.ts";
import type { Transformation } from "../plan/node.ts";
import type { GradientTransformation, StateOf } from "../plan/transformation.ts";
import { fromNode } from "../run/pure.ts";
import { show } from "../show.ts";

/** A member of a named chain. */
export type NamedTransformation = readonly [name: string, transform: GradientTransformation];

/** The state of a named chain: one state per name. */
export type NamedChainState<T extends readonly NamedTransformation[]> = {
  [E in T[number] as E[0]]: StateOf<E[1]>;
};

const checkPair = (pair: unknown, i: number): void => {
  if (Array.isArray(pair) && pair.length === 2 && typeof pair[0] === "string") return;
  throw new GradloomError(
    "INVALID_HYPERPARAMETER",
    `expected a name and a transformation, got ${show(pair)}.`,
    {
      path: `namedChain[${i}]`,
      remedy: 'Write namedChain(["clip", clip(1)], ["sgd", sgd(0.1)]).',
    },
  );
};

/**
 * Like `chain`, with a name for each member: the state is an object with a state per name.
 *
 * @param transforms - pairs of a name and a transformation; names are distinct
 * @throws GradloomError `INVALID_HYPERPARAMETER` where there is no transformation or a name occurs twice
 * @example
 * const tx = gl.namedChain(["scale", gl.scale(2)], ["adam", gl.scaleByAdam()]);
 * const state = tx.init({ w: new Float32Array(2) });
 * console.log(state.adam.count); // 0
 */
export const namedChain = <const T extends readonly NamedTransformation[]>(
  ...transforms: T
): Transformation<NamedChainState<T>> => {
  transforms.forEach(checkPair);
  const names = transforms.map(([name]) => name);
  const twice = names.find((name, i) => names.indexOf(name) !== i);
  if (names.length === 0 || twice !== undefined) {
    throw new GradloomError(
      "INVALID_HYPERPARAMETER",
      twice === undefined ? "a chain needs at least one transformation." : `the name ${twice} occurs twice.`,
      { path: "namedChain", remedy: "Give each member a name of its own." },
    );
  }
  return fromNode(
    new SequenceNode(
      transforms.map(([name, tx]) => [name, asNode(tx, `namedChain.${name}`)]),
      (states) => Object.fromEntries(names.map((name, i) => [name, states[i] as (typeof states)[number]])),
    ),
  );
};
