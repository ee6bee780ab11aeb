import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { expect, it } from "vitest";
import { engineName, gl } from "../../../tests/engine.ts";

const collectGarbage = async () => {
  setFlagsFromString("--expose-gc");
  const gc = runInNewContext("gc") as () => void;
  for (let i = 0; i < 5; i++) {
    gc();
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
};

it(`live views on ${engineName} keep their memory when their TrainState is gone`, async () => {
  const create = (size: number, value: number) =>
    gl.TrainState.create({ params: { w: new Float32Array(size).fill(value) }, tx: gl.sgd(0.1) });
  create(1_000_000, 0).dispose(); // Enough room for the states below: WebAssembly memory then need not grow, which would detach all views.
  const kept = Array.from({ length: 20 }, () => create(1000, 7).params.w);
  await collectGarbage();
  const later = Array.from({ length: 20 }, () => create(1000, 9));
  for (const view of kept) expect(view).toEqual(new Float32Array(1000).fill(7));
  for (const { params } of later) expect(params.w).toEqual(new Float32Array(1000).fill(9));
});
