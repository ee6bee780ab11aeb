import { type Tensor, tensor } from "@tensorflow/tfjs-core";
import { GradloomError } from "../error.ts";
import { type FileTensor, tensorOf, type Written, written } from "../safetensors/elements.ts";
import { putTogether, takeApart } from "../safetensors/structure.ts";
import type { VariableState } from "./divided-state.ts";
import type { NamedTensor } from "./named-tensor.ts";

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
/** The weight with everything that is no array, as JSON. */
const REST = "gradloom.json";

/** An array of the state beside the JSON: its type by the name of safetensors, its shape, and the number of its bytes. */
interface Described {
  readonly name: string;
  readonly dtype: string;
  readonly shape: readonly number[];
  readonly bytes: number;
}

/** Makes a tensor of an array. What is not in single precision goes as words of 16 bits, which every backend keeps exactly. */
const weightOf = ({ dtype, shape, bytes }: Written): Tensor => {
  const even = new Uint8Array(bytes.length + (bytes.length % 2));
  even.set(bytes);
  return dtype === "F32"
    ? tensor(new Float32Array(even.buffer), [...shape], "float32")
    : tensor(Int32Array.from(new Uint16Array(even.buffer)), undefined, "int32");
};

/** Returns the array of which `weightOf` made a tensor with these values. */
const arrayOf = ({ bytes, ...entry }: Described, values: Float32Array | Int32Array): FileTensor => {
  const words = entry.dtype === "F32" ? Float32Array.from(values) : Uint16Array.from(values);
  return tensorOf({ ...entry, begin: 0, end: bytes }, new Uint8Array(words.buffer, 0, bytes));
};

/** Makes the weight with the number of steps. */
export const stepWeight = (step: number): NamedTensor => ({ name: STEP, tensor: tensor(step, [], "int32") });

/** Makes the weights of a state: one for each array, and two for the rest. */
export const toWeights = ({ step, frame, parts, variables }: SavedState): NamedTensor[] => {
  const arrays: Written[] = [];
  const pack = (value: unknown, name: string) =>
    takeApart(value, name, name, (tensorName, leaf, path) => {
      arrays.push(written(tensorName, leaf, path));
    });
  const rest = {
    frame: pack(frame, "state"),
    parts,
    variables: [...variables].map(([name, state]) => ({
      name,
      state: state.map((part, i) => pack(part, `${name}/${parts[i]}`)),
    })),
    arrays: arrays.map(({ bytes, ...entry }): Described => ({ ...entry, bytes: bytes.length })),
  };
  return [
    stepWeight(step),
    ...arrays.map((array) => ({ name: array.name, tensor: weightOf(array) })),
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

/** Reads weights that `toWeights` has made. The tensors stay the caller's. */
export const fromWeights = async (weights: readonly NamedTensor[]): Promise<SavedState> => {
  try {
    const all = await Promise.all(weights.map(({ tensor }) => tensor.data()));
    const values = new Map(weights.map(({ name }, i) => [name, all[i]]));
    const step = values.get(STEP)?.[0] as number;
    const [text] = values.get(REST) as unknown as [string];
    const { frame, parts, variables, arrays } = JSON.parse(text) as {
      readonly frame: unknown;
      readonly parts: readonly string[];
      readonly variables: readonly { readonly name: string; readonly state: readonly unknown[] }[];
      readonly arrays: readonly Described[];
    };
    if (!(Number.isInteger(step) && step >= 0 && Array.isArray(parts))) throw foreign();
    const described = new Map(arrays.map((array) => [array.name, array]));
    const unpack = (structure: unknown, root: string) =>
      putTogether(structure, root, (name) =>
        arrayOf(described.get(name) as Described, values.get(name) as Float32Array | Int32Array),
      );
    const stateOf = ({ name, state }: (typeof variables)[number]) => {
      if (typeof name !== "string" || state.length !== parts.length) throw foreign();
      return [name, state.map((part, i) => unpack(part, `${name}/${parts[i]}`))] as const;
    };
    return { step, frame: unpack(frame, "state"), parts, variables: new Map(variables.map(stateOf)) };
  } catch (cause) {
    throw foreign(cause);
  }
};
