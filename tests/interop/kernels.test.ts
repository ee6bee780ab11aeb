import { join } from "node:path";
import { expect, it } from "vitest";
import * as gl from "../../ts/src/entry/node.ts";
import {
  fromMlx,
  fromTorch,
  mlxKernels,
  toMlx,
  toOptax,
  torchKernels,
  toTorch,
} from "../../ts/src/safetensors/interop/index.ts";
import { makeFolder, removeFolder } from "./cases.ts";
import { writeTensors } from "./files.ts";
import { numbers } from "./mlp.ts";
import { python } from "./python.ts";

const tensor = (...shape: number[]) =>
  gl.tensor(
    numbers(
      shape.reduce((a, b) => a * b, 1),
      shape.length,
    ),
    shape,
  );

const params = {
  dense: { kernel: tensor(3, 4) },
  conv1: { kernel: tensor(3, 2, 4) },
  conv2: { kernel: tensor(3, 2, 4, 5) },
  conv3: { kernel: tensor(2, 3, 1, 4, 5) },
  table: { embedding: tensor(6, 3) },
};

it("kernels have the same effect in JAX, PyTorch and MLX, and come back as they were", () => {
  const tx = gl.adam(0.1);
  const train = gl.TrainState.create({ params, tx });
  train.applyGradients(params);
  const snapshot = train.snapshot();
  const torch = toTorch(snapshot, torchKernels);
  const mlx = toMlx(snapshot, { learningRate: 0.1, ...mlxKernels });
  expect(fromTorch(torch, { params, tx, ...torchKernels })).toEqual(snapshot);
  expect(fromMlx(mlx, { params, tx, ...mlxKernels })).toEqual(snapshot);
  expect(torch.optimizer["state/2/exp_avg"]?.shape).toEqual([5, 4, 3, 2]);
  const folder = makeFolder("kernels", []);
  try {
    writeTensors(join(folder, "flax.safetensors"), toOptax(snapshot).model);
    writeTensors(join(folder, "torch.safetensors"), torch.model);
    writeTensors(join(folder, "mlx.safetensors"), mlx.model);
    python("kernels.py", folder);
  } finally {
    removeFolder(folder);
  }
});
