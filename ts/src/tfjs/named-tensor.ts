import type { Tensor } from "@tensorflow/tfjs-core";

/** A tensor with the name of a variable or of a weight. */
export interface NamedTensor {
  name: string;
  tensor: Tensor;
}
