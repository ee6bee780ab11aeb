import * as tf from "@tensorflow/tfjs";

/** Arrays with the names and shapes of variables. */
export type Arrays = Record<string, { readonly data: Float32Array; readonly shape: readonly number[] }>;

/** What an optimizer has got and made in a program. */
export interface Recording {
  /** The variables before the first step. */
  start: Arrays;
  /** The gradients of each step. */
  readonly grads: Arrays[];
  /** The variables when the program disposed of the optimizer. */
  end: Arrays;
}

const copyOf = (tensors: tf.NamedTensorMap): Arrays =>
  Object.fromEntries(
    Object.entries(tensors).map(([name, tensor]) => {
      return [name, { data: Float32Array.from(tensor.dataSync()), shape: tensor.shape }];
    }),
  );

/** Records what happens to an optimizer. */
export const record = (optimizer: tf.Optimizer): Recording => {
  const recording: Recording = { start: {}, grads: [], end: {} };
  const variables = (): Arrays => copyOf(tf.engine().registeredVariables);
  const [computeGradients, dispose] = [optimizer.computeGradients, optimizer.dispose];
  optimizer.computeGradients = (...given) => {
    if (recording.grads.length === 0) recording.start = variables();
    const made = computeGradients.apply(optimizer, given);
    recording.grads.push(copyOf(made.grads));
    return made;
  };
  optimizer.dispose = () => {
    recording.end = variables();
    dispose.apply(optimizer);
  };
  return recording;
};
