import { describe, expect, it } from "vitest";
import { expectSameBits } from "../../conformance/compare.ts";
import { flat } from "../../conformance/trees.ts";
import { engine } from "./engine.ts";
import { differences, gl, INPUTS, inputs, optimizer, replay, SAMPLES } from "./regression.ts";

const { device } = engine;

const ENCODERS = 4;
const STEPS = 8;

/** The alignment in bytes of slices that a shader binds. */
const ALIGNMENT = 256;

/**
 * A shader of the mean squared error of a linear model: thread i < INPUTS computes the gradient of weight i, the last thread the loss
 * and the gradient of the bias.
 */
const FORWARD_AND_BACKWARD = /* wgsl */ `
  @group(0) @binding(0) var<storage, read> inputs: array<f32>;
  @group(0) @binding(1) var<storage, read> targets: array<f32>;
  @group(0) @binding(2) var<storage, read> weights: array<f32>;
  @group(0) @binding(3) var<storage, read> bias: array<f32>;
  @group(0) @binding(4) var<storage, read_write> weightGradients: array<f32>;
  @group(0) @binding(5) var<storage, read_write> biasGradient: array<f32>;
  @group(0) @binding(6) var<storage, read_write> loss: array<f32>;

  @compute @workgroup_size(${INPUTS + 1})
  fn main(@builtin(local_invocation_index) i: u32) {
    var gradient = 0.0;
    var squares = 0.0;
    for (var sample = 0u; sample < ${SAMPLES}u; sample++) {
      var residual = bias[0] - targets[sample];
      for (var k = 0u; k < ${INPUTS}u; k++) {
        residual += weights[k] * inputs[sample * ${INPUTS}u + k];
      }
      squares += residual * residual;
      gradient += residual * select(1.0, inputs[sample * ${INPUTS}u + min(i, ${INPUTS - 1}u)], i < ${INPUTS}u);
    }
    if (i < ${INPUTS}u) {
      weightGradients[i] = 2.0 / ${SAMPLES} * gradient;
    } else {
      biasGradient[0] = 2.0 / ${SAMPLES} * gradient;
      loss[0] = squares / ${SAMPLES};
    }
  }`;

const usage = GPUBufferUsage.STORAGE | GPUBufferUsage.COPY_SRC | GPUBufferUsage.COPY_DST;

const bufferOf = (size: number, data?: Float32Array<ArrayBuffer>): GPUBuffer => {
  const buffer = device.createBuffer({ size, usage });
  if (data) device.queue.writeBuffer(buffer, 0, data);
  return buffer;
};

const read = async (buffer: GPUBuffer): Promise<Float32Array> => {
  const target = device.createBuffer({
    size: buffer.size,
    usage: GPUBufferUsage.MAP_READ | GPUBufferUsage.COPY_DST,
  });
  const encoder = device.createCommandEncoder();
  encoder.copyBufferToBuffer(buffer, 0, target, 0, buffer.size);
  device.queue.submit([encoder.finish()]);
  await target.mapAsync(GPUMapMode.READ);
  const numbers = new Float32Array(target.getMappedRange().slice(0));
  target.destroy();
  return numbers;
};

type Model<T> = { weights: T; bias: T };
type Slice = { readonly buffer: GPUBuffer; readonly offset: number; readonly size: number };
const PARTS = ["weights", "bias"] as const;

const start: Model<Float32Array<ArrayBuffer>> = {
  weights: Float32Array.of(0.5, -0.5, 0.25, -0.25),
  bias: Float32Array.of(0.125),
};

/** Returns slices for both leaves in one buffer. */
const inOneBuffer = (): Model<Slice & { shape: number[] }> => {
  const buffer = bufferOf(2 * ALIGNMENT);
  return {
    weights: { buffer, offset: 0, size: 4 * INPUTS, shape: [INPUTS] },
    bias: { buffer, offset: ALIGNMENT, size: 4, shape: [1] },
  };
};

/** The ways to place parameters and gradients in buffers: each makes a state and returns their slices. */
const places = {
  "buffers of the loop's own": async () => {
    const [params, grads] = [inOneBuffer(), inOneBuffer()];
    for (const part of PARTS) device.queue.writeBuffer(params[part].buffer, params[part].offset, start[part]);
    const train = await gl.TrainState.create({ params, tx: optimizer(), engine, adopt: true });
    return {
      params,
      grads,
      record: (encoder: GPUCommandEncoder) => train.record(encoder, grads),
      end: async () => flat(await train.readParams()),
    };
  },
  "memory of the state": async () => {
    const train = await gl.TrainState.create({ params: start, tx: optimizer(), engine });
    const { params, grads } = train;
    return {
      params,
      grads,
      record: (encoder: GPUCommandEncoder) => train.record(encoder),
      end: async () => flat(await train.readParams()),
    };
  },
};

const pipeline = await device.createComputePipelineAsync({
  layout: "auto",
  compute: { module: device.createShaderModule({ code: FORWARD_AND_BACKWARD }), entryPoint: "main" },
});

describe(`a loop of shaders of one's own, ${engine.description}`, () => {
  for (const [where, place] of Object.entries(places)) {
    it(`records ${STEPS} steps into each of its encoders, with ${where}`, async () => {
      const { params, grads, record, end } = await place();
      const loss = bufferOf(4);
      const bound = [
        { buffer: bufferOf(inputs.byteLength, inputs) },
        { buffer: bufferOf(differences.byteLength, differences) },
        params.weights,
        params.bias,
        grads.weights,
        grads.bias,
        { buffer: loss },
      ];
      const group = device.createBindGroup({
        layout: pipeline.getBindGroupLayout(0),
        entries: bound.map((resource, binding) => ({ binding, resource })),
      });

      /** The bytes of the loss and the gradients of one step, which the same commands copy to `history`. */
      const ROW = 4 * (1 + INPUTS + 1);
      const history = bufferOf(ENCODERS * STEPS * ROW);
      for (let e = 0; e < ENCODERS; e++) {
        const encoder = device.createCommandEncoder();
        for (let s = 0; s < STEPS; s++) {
          const pass = encoder.beginComputePass();
          pass.setPipeline(pipeline);
          pass.setBindGroup(0, group);
          pass.dispatchWorkgroups(1);
          pass.end();
          const row = (e * STEPS + s) * ROW;
          encoder.copyBufferToBuffer(loss, 0, history, row, 4);
          encoder.copyBufferToBuffer(
            grads.weights.buffer,
            grads.weights.offset,
            history,
            row + 4,
            4 * INPUTS,
          );
          encoder.copyBufferToBuffer(grads.bias.buffer, grads.bias.offset, history, row + ROW - 4, 4);
          record(encoder);
        }
        device.queue.submit([encoder.finish()]);
      }

      const rows = await read(history);
      const steps = Array.from({ length: ENCODERS * STEPS }, (_, i) => {
        const [error, ...gradient] = rows.subarray((i * ROW) / 4, ((i + 1) * ROW) / 4);
        return {
          error: error as number,
          grads: {
            weights: Float32Array.from(gradient.slice(0, -1)),
            bias: Float32Array.of(gradient.at(-1) as number),
          },
        };
      });
      expect(steps.at(-1)?.error).toBeLessThan(0.1 * (steps[0]?.error as number));
      expectSameBits(
        await end(),
        replay(
          start,
          steps.map((step) => step.grads),
        ),
        "parameters, beside the CPU engine's",
      );
    });
  }
});
