import { backend, type DataStorage, type Tensor } from "@tensorflow/tfjs-core";
import { isShared } from "../../pytree/overlap.ts";
import type { Backend } from "./backend.ts";
import { assignCopy, copies } from "./copies.ts";
import { HostTraining } from "./host-training.ts";

/** The parts of the backend that tell where a tensor lies in the memory of its module. */
interface WasmBackend {
  readonly wasm: {
    readonly HEAPU8: Uint8Array;
    readonly tfjs: {
      registerTensor(id: number, size: number, memoryOffset: number): void;
      disposeData(id: number): void;
    };
  };
  readonly dataIdMap: Pick<DataStorage<{ readonly id: number; readonly memoryOffset: number }>, "get">;
  refCount(dataId: object): number;
}

/** The backend `wasm`: steps work on views of its memory, which are made anew when it grows. */
export const wasm: Backend = {
  open: (start) => {
    const own = backend() as unknown as WasmBackend;
    const { wasm } = own;
    // Threads of the backend could change the memory during a step.
    if (isShared(wasm.HEAPU8)) return copies.open(start);
    const offsetOf = ({ dataId }: Tensor): number => own.dataIdMap.get(dataId).memoryOffset;
    const isAlone = ({ dataId }: Tensor): boolean => own.refCount(dataId) === 1;
    return new HostTraining(
      {
        backend: "wasm",
        copies: false,
        read: (tensor) => new Float32Array(wasm.HEAPU8.buffer, offsetOf(tensor), tensor.size),
        holds: (variable, { buffer, byteOffset }) =>
          buffer === wasm.HEAPU8.buffer && byteOffset === offsetOf(variable) && isAlone(variable),
        separate: (variable) => {
          if (!isAlone(variable)) assignCopy(variable, variable.dataSync() as Float32Array);
        },
        // Kernels such as matMul keep weights in a form of their own until their tensor is forgotten; its memory stays.
        written: (variable) => {
          const { id, memoryOffset } = own.dataIdMap.get(variable.dataId);
          wasm.tfjs.disposeData(id);
          wasm.tfjs.registerTensor(id, variable.size, memoryOffset);
        },
      },
      start,
    );
  },
};
