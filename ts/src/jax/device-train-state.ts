/// <reference lib="esnext.disposable" preserve="true" />
import { numpy as np } from "@jax-js/jax";
import { GradloomError } from "../error.ts";
import { isSlice } from "../gpu/webgpu/slices.ts";
import { asNode } from "../kernels/as-node.ts";
import { flag, type OptionsOf, parse } from "../options.ts";
import type { Bind, ExtraArgs, GradientTransformation } from "../plan/transformation.ts";
import { pathIn } from "../pytree/layout.ts";
import { unflatten } from "../pytree/tree-def.ts";
import type { GpuSlice, LeavesOf, WebGpuTrainState } from "../train/device-train-state.ts";
import { madeWithNew, RESUME_OPTIONS, refuseMissing } from "../train/options.ts";
import type { Snapshot } from "../train/snapshot.ts";
import { StepGuard } from "../train/step-guard.ts";
import { TrainState } from "../train/train-state.ts";
import { Arguments } from "./arguments.ts";
import { type ArrayForm, type HostData, isFloat } from "./array.ts";
import { LentBuffers, refuseElsewhere, refuseOtherDevice } from "./device-buffers.ts";
import { copyPlaces, type Place, placesIn, placesOf, treeOfPlaces } from "./device-params.ts";
import { Extra } from "./extra.ts";
import { GradientForm } from "./gradients.ts";
import { CopiedArrays, LiveArrays, type ParamArrays } from "./param-arrays.ts";
import { Start } from "./start.ts";
import type { ArraysOf, JaxDeviceTrainStateOptions, OnHost } from "./types.ts";

const OWNER = "JaxTrainState.create";

const OPTIONS = {
  ...RESUME_OPTIONS,
  /** Write the parameters in place rather than copy them on the device. */
  adopt: flag(false),
};

/** The parts that a state is made from. */
interface DeviceStart<S> {
  readonly tx: GradientTransformation<S>;
  readonly start: Start;
  readonly train: WebGpuTrainState<unknown, S>;
  readonly arrays: ParamArrays;
  readonly transfer: "device" | "none";
}

/** Throws where half precision is to be written in place: parameters are kept in single precision. */
const refuseHalf = ({ forms, paths }: Start): void => {
  const half = forms.findIndex(({ dtype }) => dtype === np.float16);
  if (half < 0) return;
  throw new GradloomError("UNSUPPORTED", "parameters in float16 cannot be updated in place.", {
    path: pathIn("params", paths[half] as string),
    remedy: "Leave out adopt: they are kept in float32, and rounded copies are made of them.",
  });
};

/** Throws where gradients of integers would change the parameters. */
const refuseChanges = (data: HostData, path: string): void => {
  if (!Array.prototype.some.call(data, Boolean)) return;
  throw new GradloomError("DTYPE_MISMATCH", "integers cannot be optimised.", {
    path,
    remedy: "Pass null as their gradient.",
  });
};

/**
 * Parameters of jax-js and the state of their optimizer on the WebGPU device of jax-js. Nothing travels over the host: gradients are read
 * where they lie. `JaxTrainState.create` makes it where it is given the engine of that device.
 *
 * @example
 * import { getWebGPUDevice, grad, init, numpy as np, tree } from "@jax-js/jax";
 * import { JaxTrainState } from "gradloom/jax";
 * await init("webgpu");
 * const engine = await gl.gpu.webgpu({ device: getWebGPUDevice() });
 * const params = { w: np.array([3, 4], { device: "webgpu" }) };
 * const train = await JaxTrainState.create({ params, tx: gl.sgd(0.25), engine });
 * const loss = ({ w }) => np.square(w).sum();
 * await train.applyGradients(grad(loss)(tree.ref(train.params)));
 * console.log(await train.params.w.ref.data(), train.transfer); // Float32Array(2) [ 1.5, 2 ] device
 */
export class JaxDeviceTrainState<P, S> {
  readonly tx: GradientTransformation<S>;
  /** How parameters travel after each step: they are copied on the device, or written in place and do not travel. */
  readonly transfer: "device" | "none";
  readonly #train: WebGpuTrainState<unknown, S>;
  readonly #gradients: GradientForm;
  readonly #shape: Pick<Start, "def" | "forms">;
  readonly #arrays: ParamArrays;
  readonly #guard = new StepGuard(0, {
    message: "the last step is not done.",
    remedy: "Wait for the promise of applyGradients.",
  });

  private constructor({ tx, start, train, arrays, transfer }: DeviceStart<S>) {
    if (!(start instanceof Start)) throw madeWithNew("JaxTrainState");
    this.tx = tx;
    this.transfer = transfer;
    this.#train = train;
    this.#shape = { def: start.def, forms: start.forms };
    this.#gradients = new GradientForm(start, asNode(tx, `${OWNER}.tx`));
    this.#arrays = arrays;
  }

  /** @internal Makes a state; `JaxTrainState.create` calls it. */
  static async create<P, S>(
    options: JaxDeviceTrainStateOptions<P, S>,
  ): Promise<JaxDeviceTrainState<ArraysOf<P>, S>> {
    const { params, tx, engine, ...rest } = options;
    refuseMissing(params);
    const { adopt, optState, step } = parse(OWNER, OPTIONS, rest as OptionsOf<typeof OPTIONS>);
    refuseOtherDevice(engine, `${OWNER}.engine`);
    const start = new Start(params, optState, "webgpu");
    start.forms.forEach((form, i) => {
      refuseElsewhere(form, pathIn("params", start.paths[i] as string));
    });
    if (adopt) refuseHalf(start);
    const floats = new Set<unknown>(start.leaves.filter((_, i) => isFloat(start.forms[i] as ArrayForm)));
    const elements = await start.held.read((array) => !floats.has(array));
    const lent = new LentBuffers();
    const live: np.Array[] = [];
    try {
      const given = await placesOf(start, elements, lent);
      if (adopt) live.push(...copyPlaces(given, start.forms));
      const places = adopt
        ? await Promise.all(
            given.map((place, i) => (isSlice(place) ? lent.slice(live[i] as np.Array) : place)),
          )
        : given;
      const train: WebGpuTrainState<unknown, S> = await TrainState.create<unknown, S>({
        params: treeOfPlaces(start, places),
        tx,
        engine,
        adopt,
        optState: start.state(tx, elements),
        step,
      });
      start.held.consume();
      const copy = (wanted: readonly number[]) => {
        const now = placesIn(train.params);
        return copyPlaces(
          wanted.map((i) => now[i] as Place),
          wanted.map((i) => start.forms[i] as ArrayForm),
        );
      };
      const arrays = adopt
        ? new LiveArrays(start.def, live)
        : new CopiedArrays(start.def, start.forms.length, copy);
      return new JaxDeviceTrainState({ tx, start, train, arrays, transfer: adopt ? "none" : "device" });
    } catch (error) {
      for (const array of live) array.dispose();
      throw error;
    } finally {
      lent.release();
    }
  }

  /** The number of steps taken. */
  get step(): number {
    return this.#train.step;
  }

  /** A description of the engine that takes the steps. */
  get engine(): string {
    return this.#train.engine;
  }

  /** The parameters after the last step: new arrays after each, or the same ones if they are adopted. */
  get params(): P {
    this.#guard.refuseDisposed();
    return this.#arrays.tree() as P;
  }

  /** The optimizer's state over live memory of the device, in a frozen tree. Numbers in it that no schedule computes can be set. */
  get optState(): Bind<S, LeavesOf<OnHost<P>, Required<GpuSlice>>> {
    return this.#train.optState as Bind<S, LeavesOf<OnHost<P>, Required<GpuSlice>>>;
  }

  /**
   * Takes one step, and consumes the gradients. The promise resolves when the work has been submitted to the device.
   *
   * @param grads - a tree like the parameters, on the WebGPU device; in place of gradients of integers null, or zeros, which are
   *   read to the host
   * @param extra - arguments beyond the gradients that transformations need, such as `value`: arrays and trees of jax-js are converted,
   *   and their arrays consumed
   * @throws GradloomError like `JaxTrainState.applyGradients`; `INVALID_TREE` where a gradient is on another device; nothing has changed
   *   then
   */
  async applyGradients(grads: P, extra?: ExtraArgs): Promise<void> {
    this.#guard.refuseDisposed();
    this.#guard.refuseBusy();
    const held = new Arguments();
    const { def, leaves, paths } = held.take(grads, "grads");
    this.#gradients.refuseOther({ def, leaves, paths }, "grads");
    const others = new Extra(held, extra, this.#shape);
    held.refuseDisposed();
    leaves.forEach((array, i) => {
      refuseElsewhere(array, paths[i] as string);
    });
    const lent = new LentBuffers();
    const floats = new Set(leaves.filter(isFloat));
    await this.#guard.duringAsync(async () => {
      try {
        const elements = await held.read((array) => !floats.has(array));
        const dataOf = (array: np.Array) => elements.get(array) as HostData;
        const slices = await Promise.all(
          leaves.map((array, i) => {
            if (isFloat(array)) return lent.slice(array);
            refuseChanges(dataOf(array), paths[i] as string);
            return null;
          }),
        );
        const tree = unflatten(def, (i) => slices[i]);
        await this.#train.applyGradients(tree, others.toHost(dataOf, true));
      } finally {
        lent.release();
      }
    });
    this.#arrays.step();
    held.consume();
  }

  /** Reads the parameters into new typed arrays, those of float16 in single precision. */
  readParams(): Promise<OnHost<P>> {
    return this.#train.readParams() as Promise<OnHost<P>>;
  }

  /** Reads everything that is needed to resume training into new typed arrays: `JaxTrainState.create({ ...snapshot, tx })` goes on. */
  snapshot(): Promise<Snapshot<OnHost<P>, S>> {
    return this.#train.snapshot() as Promise<Snapshot<OnHost<P>, S>>;
  }

  /** Frees the memory on the device, and releases the arrays of `params`. */
  dispose(): void {
    this.#guard.dispose();
    this.#train.dispose();
    this.#arrays.dispose();
  }

  /** Calls `dispose`, for `using`. */
  [Symbol.dispose](): void {
    this.dispose();
  }
}
