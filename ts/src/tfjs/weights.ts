import { type Tensor, tensor } from "@tensorflow/tfjs-core";
import { GradloomError } from "../error.ts";
import type { VariableState } from "./divided-state.ts";
import type { NamedTensor } from "./named-tensor.ts";
import { type PackedArray, pack, unpack } from "./packed-state.ts";

/** The state of an optimizer by the names of its variables. */
export interface SavedState {
  /** The number of steps taken. */
  readonly step: number;
  /** What belongs to no variable; undefined before the first step. */
  readonly frame: unknown;
  /** The paths in the state of the trees like the parameters. */
  readonly parts: readonly string[];
  readonly variables: ReadonlyMap<string, VariableState>;
}

/** The weight with the number of steps: optimizers of TensorFlow.js have it too. */
const STEP = "iter";
/** The weight with everything that is no array of floats, as JSON. */
const REST = "gradloom.json";

const tensorOf = ({ array, shape }: PackedArray): Tensor =>
  array instanceof Uint16Array
    ? tensor(Int32Array.from(array), [...shape], "int32")
    : tensor(array, [...shape], "float32");

/** Makes the weight with the number of steps. */
export const stepWeight = (step: number): NamedTensor => ({ name: STEP, tensor: tensor(step, [], "int32") });

/** Makes the weights of a state: one for each array of floats, and two for the rest. */
export const toWeights = ({ step, frame, parts, variables }: SavedState): NamedTensor[] => {
  const arrays = new Map<string, PackedArray>();
  const rest = {
    frame: pack(frame, "state", arrays),
    parts,
    variables: [...variables].map(([name, state]) => ({
      name,
      state: state.map((part, i) => pack(part, `${name}/${parts[i]}`, arrays)),
    })),
  };
  return [
    stepWeight(step),
    ...[...arrays].map(([name, packed]) => ({ name, tensor: tensorOf(packed) })),
    { name: REST, tensor: tensor([JSON.stringify(rest)], [1], "string") },
  ];
};

/** Makes the error for weights of another kind. */
const foreign = (cause?: unknown): GradloomError =>
  new GradloomError("INVALID_STATE", "these are not the weights of a gradloom optimizer.", {
    path: "setWeights",
    remedy:
      "Pass what getWeights returned, or what was saved with a model that such an optimizer trained; to begin anew, leave setWeights out.",
    cause,
  });

/** Returns the state of variables by their names. Throws a TypeError where it is malformed. */
const variablesOf = (
  listed: unknown,
  parts: number,
  arrays: Parameters<typeof unpack>[1],
): SavedState["variables"] =>
  new Map(
    (listed as { name: string; state: unknown[] }[]).map(({ name, state }) => {
      if (typeof name !== "string" || state.length !== parts)
        throw new TypeError(`the state of ${name} is incomplete`);
      return [name, state.map((part) => unpack(part, arrays))];
    }),
  );

/** Reads weights that `toWeights` has made. The tensors stay the caller's. */
export const fromWeights = async (weights: readonly NamedTensor[]): Promise<SavedState> => {
  try {
    const values = await Promise.all(weights.map(({ tensor }) => tensor.data()));
    const arrays = new Map(weights.map(({ name }, i) => [name, values[i] as ArrayLike<number>]));
    const step = arrays.get(STEP)?.[0] as number;
    const text = (arrays.get(REST) as unknown as string[])[0] as string;
    const { frame, parts, variables } = JSON.parse(text) as Record<string, unknown>;
    if (!(Number.isInteger(step) && step >= 0 && Array.isArray(parts))) throw foreign();
    return {
      step,
      frame: unpack(frame, arrays),
      parts,
      variables: variablesOf(variables, parts.length, arrays),
    };
  } catch (error) {
    throw error instanceof GradloomError ? error : foreign(error);
  }
};
