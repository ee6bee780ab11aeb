import { GradloomError } from "../../error.ts";
import { classOf, type ElementArray, type IntegerArray } from "../../pytree/dtype.ts";
import { sizeOf } from "../../pytree/shape.ts";
import { isPlainObject } from "../../pytree/tree-def.ts";
import type { Tensors } from "./tensor-source.ts";

/** The description of one weight in `weightSpecs` of TensorFlow.js. */
export interface TfjsWeightSpec {
  readonly name: string;
  readonly shape: number[];
  readonly dtype: "float32" | "int32" | "bool";
  readonly group?: "model" | "optimizer";
}

/** The part of the artifacts of `tf.io` that holds the weights of a model and of its optimizer. */
export interface TfjsWeights {
  readonly weightSpecs: TfjsWeightSpec[];
  readonly weightData: ArrayBuffer;
}

/** Artifacts of `tf.io`, such as a save handler is given: what is read of them. */
export interface TfjsArtifacts {
  readonly weightSpecs?: readonly {
    readonly name: string;
    readonly shape: readonly number[];
    readonly dtype: string;
    readonly group?: string | undefined;
    readonly quantization?: unknown;
  }[];
  readonly weightData?: ArrayBuffer | readonly ArrayBuffer[];
}

/** A weight: its name and its tensor. */
export type NamedWeight = readonly [name: string, tensor: Tensors[string]];

interface Holder {
  readonly BYTES_PER_ELEMENT: number;
  new (buffer: ArrayBuffer): ElementArray | IntegerArray;
}

const ARRAYS: ReadonlyMap<string, Holder> = new Map<string, Holder>([
  ["float32", Float32Array],
  ["int32", Int32Array],
  ["bool", Uint8Array],
]);

const DTYPES: Readonly<Record<string, TfjsWeightSpec["dtype"]>> = {
  Float32Array: "float32",
  Int32Array: "int32",
  Uint8Array: "bool",
};

const invalid = (path: string, message: string, remedy: string): GradloomError =>
  new GradloomError("INVALID_STATE", message, { path, remedy });

/** Joins the parts of the data. */
const joined = (data: TfjsArtifacts["weightData"]): Uint8Array => {
  const parts = Array.isArray(data) ? (data as readonly ArrayBuffer[]) : [data as ArrayBuffer];
  const bytes = new Uint8Array(parts.reduce((sum, part) => sum + part.byteLength, 0));
  let at = 0;
  for (const part of parts) {
    bytes.set(new Uint8Array(part), at);
    at += part.byteLength;
  }
  return bytes;
};

const isSpec = (spec: unknown): boolean =>
  isPlainObject(spec) &&
  typeof spec.name === "string" &&
  Array.isArray(spec.shape) &&
  spec.shape.every((n) => Number.isInteger(n) && n >= 0);

/** Reads the weights of the model and those of the optimizer, each in its order. */
export const decodeWeights = (
  artifacts: TfjsArtifacts,
): { readonly model: readonly NamedWeight[]; readonly optimizer: readonly NamedWeight[] } => {
  const { weightSpecs, weightData } = artifacts ?? {};
  if (!weightData || !Array.isArray(weightSpecs) || !weightSpecs.every(isSpec)) {
    throw invalid(
      "weightSpecs",
      "expected the artifacts of a model with its weights.",
      "Pass what tf.io.withSaveHandler is given by model.save(handler, { includeOptimizer: true }).",
    );
  }
  const bytes = joined(weightData);
  const weights = { model: [] as NamedWeight[], optimizer: [] as NamedWeight[] };
  let at = 0;
  for (const { name, shape, dtype, group, quantization } of weightSpecs as NonNullable<
    TfjsArtifacts["weightSpecs"]
  >) {
    const array = ARRAYS.get(dtype);
    if (!array || quantization !== undefined) {
      throw new GradloomError(
        "UNSUPPORTED",
        `weights of ${array ? "quantized " : ""}${dtype} are not read.`,
        {
          path: name,
          remedy: "Load the model in TensorFlow.js and save it without quantization.",
        },
      );
    }
    const end = at + sizeOf(shape) * array.BYTES_PER_ELEMENT;
    if (end > bytes.length)
      throw invalid(name, "weightData ends before this weight.", "Pass all of its parts, in order.");
    const tensor = { data: new array(bytes.slice(at, end).buffer), shape: [...shape] };
    weights[group === "optimizer" ? "optimizer" : "model"].push([name, tensor]);
    at = end;
  }
  if (at < bytes.length)
    throw invalid(
      "weightData",
      `${bytes.length - at} bytes are left over.`,
      "Pass the weightSpecs of the same model.",
    );
  return weights;
};

/** Writes weights as TensorFlow.js does. */
export const encodeWeights = (groups: {
  readonly model: readonly NamedWeight[];
  readonly optimizer: readonly NamedWeight[];
}): TfjsWeights => {
  const weightSpecs: TfjsWeightSpec[] = [];
  const parts: ArrayBuffer[] = [];
  for (const group of ["model", "optimizer"] as const) {
    for (const [name, { data, shape, dtype: half }] of groups[group]) {
      const dtype = half === undefined ? DTYPES[classOf(data)] : undefined;
      if (!dtype) {
        throw new GradloomError(
          "DTYPE_MISMATCH",
          `TensorFlow.js has no weights of ${half ?? classOf(data)}.`,
          {
            path: name,
            remedy: 'Use float32 parameters and states: gl.tree.cast(params, "float32").',
          },
        );
      }
      weightSpecs.push({ name, shape: [...shape], dtype, ...(group === "optimizer" && { group }) });
      parts.push(data.slice().buffer as ArrayBuffer);
    }
  }
  return { weightSpecs, weightData: joined(parts).buffer as ArrayBuffer };
};
