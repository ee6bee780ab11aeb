import { createRequire } from "node:module";
import { dirname, sep } from "node:path";
import * as tf from "@tensorflow/tfjs";
import "@tensorflow/tfjs-backend-cpu";
import { setWasmPaths } from "@tensorflow/tfjs-backend-wasm";

/** The backends of TensorFlow.js whose memory the adapter works in. */
export const backends = ["cpu", "wasm"] as const;

/** Makes a backend the current one. */
export const useBackend = async (name: (typeof backends)[number]): Promise<void> => {
  const { resolve } = createRequire(import.meta.url);
  setWasmPaths(dirname(resolve("@tensorflow/tfjs-backend-wasm")) + sep);
  await tf.setBackend(name);
  // In Node the first tensor would recommend another package; this flag checks every kernel for leaks too.
  tf.env().set("IS_TEST", true);
  tf.scalar(0).dispose();
  tf.env().set("IS_TEST", false);
};

export { tf };
