import { GradloomError } from "../../error.ts";
import { transformation } from "../../kernels/as-node.ts";
import { func, maybe, type OptionsOf, unchecked } from "../../options.ts";
import type { GradientTransformation } from "../../plan/transformation.ts";
import type { Tree } from "../../pytree/tree-type.ts";
import { show } from "../../show.ts";
import type { Naming } from "./naming.ts";

/** The options of both directions: the names and axes of parameters. */
export const NAMING_OPTIONS = {
  /** Returns the name of a parameter there, given its keys; by default they are joined by the library's separator. */
  name: maybe(func<NonNullable<Naming["name"]>>("a function of the keys of a parameter")),
  /** Returns for each axis there the axis here, given the keys and the shape; by default, or for undefined, axes are in the same order. */
  axes: maybe(func<NonNullable<Naming["axes"]>>("a function of the keys and the shape of a parameter")),
};

/** The options of reading. */
export const READ_OPTIONS = {
  ...NAMING_OPTIONS,
  /** A tree like the parameters, such as the model's initial ones. */
  params: unchecked<unknown>(undefined),
  /** The optimizer with which training goes on. */
  tx: unchecked<unknown>(undefined),
};

/** The option `order`: names of parameters. */
export const ORDER = maybe<readonly string[]>({
  check: (value, path) => {
    if (Array.isArray(value) && value.every((name) => typeof name === "string")) return value;
    throw new GradloomError("INVALID_HYPERPARAMETER", `expected a list of names, got ${show(value)}.`, {
      path,
      remedy: "Pass the other library's names of the parameters, in its order.",
    });
  },
});

/** What reading takes besides options: the parameters and the optimizer that the checkpoint is for. */
export interface Into<P, S> {
  /** A tree like the parameters, such as the model's initial ones: it gives the structure, the shapes and the types. It stays as it is. */
  readonly params: P & Tree<P>;
  /** The optimizer with which training goes on. */
  readonly tx: GradientTransformation<S>;
}

/** Returns the naming in parsed options. */
export const namingOf = ({
  name,
  axes,
}: {
  readonly name: Naming["name"] | null;
  readonly axes: Naming["axes"] | null;
}): Naming => ({ ...(name && { name }), ...(axes && { axes }) });

/** Checks the optimizer and returns its state before the first step. */
export const freshState = (owner: string, params: unknown, tx: unknown): unknown => {
  if (params === undefined) {
    throw new GradloomError("INVALID_TREE", "there are no parameters.", {
      path: `${owner}.params`,
      remedy: "Pass a tree like the parameters, such as the model's initial ones: { params, tx }.",
    });
  }
  return transformation.check(tx, `${owner}.tx`).init(params as Tree<object>);
};

export type NamingOptions = OptionsOf<typeof NAMING_OPTIONS>;
