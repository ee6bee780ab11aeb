import { backend, type DataStorage, tensor } from "@tensorflow/tfjs-core";
import type { Backend } from "./backend.ts";
import { HostTraining } from "./host-training.ts";

/** The parts of the backend that keep arrays: its kernels read those of the optimizer as well as their own. */
interface CpuBackend {
  readonly data: Pick<DataStorage<{ values: unknown }>, "get" | "has">;
  refCount(dataId: object): number;
}

/** The backend `cpu`, whose tensors are typed arrays: variables get those of the optimizer, on every engine. */
export const cpu: Backend = {
  open: (start) => {
    const own = backend() as unknown as CpuBackend;
    /** The data that each array of the optimizer has become. */
    const lent = new Map<Float32Array, object>();
    /** Gives the tensors that have an array of the optimizer a copy of it. */
    const withdraw = (array: Float32Array): void => {
      const id = lent.get(array);
      if (!id || !own.data.has(id)) return;
      const stored = own.data.get(id);
      if (stored.values === array) stored.values = array.slice();
    };
    return new HostTraining(
      {
        backend: "cpu",
        copies: false,
        read: (tensor) => tensor.dataSync() as Float32Array,
        holds: ({ dataId }, array) => own.data.get(dataId).values === array && own.refCount(dataId) === 1,
        load: (variable, array) => {
          const values = variable.dataSync();
          withdraw(array);
          if (values !== array) array.set(values);
          const value = tensor(array, variable.shape, "float32");
          variable.assign(value);
          value.dispose();
          lent.set(array, variable.dataId);
        },
        withdraw,
      },
      start,
    );
  },
};
