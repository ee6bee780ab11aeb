import { describe, expect, it } from "vitest";
import { engineName, gl } from "../../../tests/engine.ts";

const { GaLoreDimensionNumbers, MuonDimensionNumbers } = gl.contrib;
const numbers = (count: number) => new Float32Array(count).map((_, i) => (Math.sin(i + 1) * 43_758.5453) % 1);
const matrix = (rows: number, columns: number) => gl.tensor(numbers(rows * columns), [rows, columns]);
const code = (code: string) => expect.objectContaining({ code });

/** Returns the greatest difference of X*Xᵀ from the identity, which is 0 for an orthogonal X. */
const distanceFromOrthogonal = ({ data }: { data: Float32Array }, rows: number): number => {
  const columns = data.length / rows;
  const entry = (i: number, j: number) =>
    Array.from({ length: columns }, (_, k) => data[i * columns + k]! * data[j * columns + k]!).reduce(
      (a, b) => a + b,
    );
  return Math.max(
    ...Array.from({ length: rows * rows }, (_, at) => {
      const [i, j] = [Math.floor(at / rows), at % rows];
      return Math.abs(entry(i, j) - Number(i === j));
    }),
  );
};

describe("muon", () => {
  it("makes large matrices nearly orthogonal, along whichever side is shorter", () => {
    // With these coefficients the steps converge; with the default ones the singular values only come near 1.
    const tx = gl.contrib.scaleByMuon({ nsCoeffs: [1.875, -1.25, 0.375], nsSteps: 30 });
    const wide = matrix(70, 300);
    expect(distanceFromOrthogonal(tx.update(wide, tx.init(wide))[0], 70)).toBeLessThan(1e-3);
    const tall = gl.tensor(new Float32Array(wide.data.length), [300, 70]);
    wide.data.forEach((x, i) => {
      tall.data[(i % 300) * 70 + Math.floor(i / 300)] = x;
    });
    const [[ofWide], [ofTall]] = [tx.update(wide, tx.init(wide)), tx.update(tall, tx.init(tall))];
    expect(ofTall.data[1 * 70 + 2]).toBe(ofWide.data[2 * 300 + 1]);
  });

  it("refuses leaves that are no matrices", () => {
    const tx = gl.contrib.scaleByMuon();
    expect(() => tx.init(new Float32Array(3))).toThrow(code("INVALID_HYPERPARAMETER"));
    const of = (options: object) =>
      gl.contrib.scaleByMuon({ weightDimensionNumbers: new MuonDimensionNumbers(options) });
    const cube = gl.tensor(new Float32Array(8), [2, 2, 2]);
    expect(() => of({ outputAxis: 3 }).init(cube)).toThrow(/no axis 3/);
    expect(() => of({ outputAxis: [1, -3] }).init(cube)).toThrow(/overlap/);
  });

  it("refuses coefficients that are no triples or too many", () => {
    const tx = (nsCoeffs: unknown) => () =>
      gl.contrib.muon(0.1, { nsCoeffs: nsCoeffs as "dion", nsSteps: 1 });
    for (const bad of ["none", [1, 2], [], [[1, 2, Number.NaN]], Array(2).fill([1, 2, 3])]) {
      expect(tx(bad)).toThrow(code("INVALID_HYPERPARAMETER"));
    }
  });

  it("takes coefficients from the state", () => {
    const tx = gl.contrib.scaleByMuon({
      nsSteps: 1,
      preconditioning: "frobenius",
      nesterov: false,
      beta: 0,
      eps: 0,
    });
    const state = { ...tx.init(matrix(2, 2)), nsCoeffs: new Float32Array([2, 0, 0]) };
    const [{ data }] = tx.update(gl.tensor(new Float32Array([3, 0, 0, 4]), [2, 2]), state);
    expect([data[0], data[3]].map((x) => x?.toFixed(5))).toEqual(["1.20000", "1.60000"]);
  });
});

describe("galore", () => {
  it("at full rank leaves what a transformation without coordinates does", () => {
    const tx = gl.contrib.scaleByGalore({ rank: 9, baseOptimizer: gl.trace(0.5) });
    for (const [rows, columns] of [
      [7, 4],
      [4, 7],
    ] as const) {
      const grads = matrix(rows, columns);
      const [{ data }] = tx.update(grads, tx.init(grads));
      data.forEach((x, i) => {
        expect(x).toBeCloseTo(grads.data[i] as number, 5);
      });
    }
  });

  it("keeps its projectors between renewals", () => {
    const tx = gl.contrib.scaleByGalore({ rank: 1, updateProjGap: 2 });
    const [, first] = tx.update(matrix(4, 3), tx.init(matrix(4, 3)));
    const other = gl.tensor(numbers(12).reverse(), [4, 3]);
    const [, second] = tx.update(other, first);
    const [, third] = tx.update(other, second);
    expect(second.projector).toEqual(first.projector);
    expect(third.projector).not.toEqual(first.projector);
  });

  it("becomes NaN where a gradient is not finite, and survives gradients of zero", () => {
    const tx = gl.contrib.scaleByGalore({ rank: 2 });
    const grads = matrix(4, 3);
    const [zero] = tx.update(gl.tensor(new Float32Array(12), [4, 3]), tx.init(grads));
    expect(zero.data).toEqual(new Float32Array(12));
    grads.data[5] = Number.POSITIVE_INFINITY;
    expect(tx.update(grads, tx.init(grads))[0].data.every(Number.isNaN)).toBe(true);
  });

  it("runs all of it on the engine of its TrainState", () => {
    const counting = (engine: gl.Engine) => {
      const opened: number[] = [];
      const open = (plan: Uint8Array) => {
        opened.push(plan.length);
        return engine.open(plan);
      };
      return { engine: { ...engine, open }, opened };
    };
    const [current, own] = [counting(gl.getEngine()), counting(gl.getEngine())];
    gl.setEngine(current.engine);
    try {
      const tx = gl.contrib.galore(0.1, { rank: 1 });
      const train = gl.TrainState.create({ params: { w: matrix(4, 3) }, tx, engine: own.engine });
      train.applyGradients({ w: matrix(4, 3) });
      expect(own.opened.length).toBe(4);
      expect(current.opened).toEqual([]);
    } finally {
      gl.setEngine(engineName);
    }
  });

  it("refuses a base that needs parameters, and axes that leave some out", () => {
    const grads = matrix(4, 3);
    const tx = gl.contrib.scaleByGalore({ baseOptimizer: gl.adamw(0.1) });
    expect(() => tx.update(grads, tx.init(grads), grads)).toThrow(code("PARAMS_REQUIRED"));
    const weightDimensionNumbers = new GaLoreDimensionNumbers();
    const cube = gl.tensor(new Float32Array(8), [2, 2, 2]);
    expect(() => gl.contrib.scaleByGalore({ weightDimensionNumbers }).init(cube)).toThrow(/every axis/);
  });
});
