/** Every argument and option of every exported function, given a value that makes no sense. */
import { describe, expect, it } from "vitest";
import { type Signature, signatureOf } from "../../ts/src/define.ts";
import * as gl from "../../ts/src/entry/node.ts";
import type { AnyTree } from "../conformance/trees.ts";
import { exportedValues } from "../docs/exports.ts";

const at = (name: string): AnyTree => name.split(".").reduce((object: AnyTree, key) => object[key], gl);

const HOSTILE: [shown: string, value: unknown][] = [
  ["NaN", Number.NaN],
  ['"x"', "x"],
  ["{}", {}],
];

/** Valid values for arguments: a function is called with the first of these that the argument accepts. */
const SAMPLES: unknown[] = [0.5, 2, gl.sgd(0.1), () => 0.5, { a: gl.sgd(0.1) }, [1, 2], true, "w"];

const sampleOf = (argument: Signature["positional"][string], path: string): unknown =>
  SAMPLES.find((sample) => {
    try {
      argument.check(sample, path);
      return true;
    } catch {
      return false;
    }
  });

/** The arguments that are refused under another name, or not at all, with the reason. */
const EXCEPTIONS: Record<string, string> = {
  "adafactor.weightDecayMask": "without a weight decay, its default, no mask is compared with the parameters",
  "contrib.dog.mask": "without a weight decay, its default, no mask is compared with the parameters",
  "contrib.dowg.mask": "without a weight decay, its default, no mask is compared with the parameters",
};

const params = () => ({ w: new Float32Array([1, 2, 3, 4]) });

/** Returns the error that a call throws or, if it returns a transformation, the error of that transformation's first step. */
const thrownBy = (call: () => AnyTree): unknown => {
  try {
    const tx = call();
    if (typeof tx?.init === "function") tx.update(params(), tx.init(params()), params());
  } catch (error) {
    return error;
  }
};

const complaint = (error: unknown, path: string): string | null => {
  if (!(error instanceof gl.GradloomError)) return error === undefined ? "accepted" : `threw ${error}`;
  return error.path === path || error.path?.startsWith(`${path}.`) ? null : `blames ${error.path}`;
};

/** Lists the hostile calls of a function that are not refused as they should be, by the argument concerned. */
const complaintsOf = (name: string, { name: owner, positional, fields }: Signature): [string, string][] => {
  const make = at(name);
  const good = Object.entries(positional).map(([argument, field]) => sampleOf(field, argument));
  const positions = Object.keys(positional);
  return [...positions, ...Object.keys(fields)].flatMap((argument, i) =>
    HOSTILE.flatMap(([shown, value]): [string, string][] => {
      const given = good.map((sample, at) => (at === i ? value : sample));
      const options = i < positions.length ? {} : { [argument]: value };
      const found = complaint(
        thrownBy(() => make(...given, options)),
        `${owner}.${argument}`,
      );
      return found ? [[`${name}.${argument}`, `${shown}: ${found}`]] : [];
    }),
  );
};

const signatures = exportedValues().flatMap(({ name }) => {
  const signature = signatureOf(at(name));
  return signature ? [{ name, signature }] : [];
});

describe("invalid options", () => {
  it("there are functions to call", () => {
    expect(signatures.map(({ name }) => name)).toEqual(
      expect.arrayContaining(["adamw", "contrib.dpsgd", "clip"]),
    );
  });

  for (const { name, signature } of signatures) {
    const { positional, fields } = signature;
    it(`${name}(${[...Object.keys(positional), ...Object.keys(fields)].join(", ")})`, () => {
      expect(complaintsOf(name, signature).filter(([argument]) => !(argument in EXCEPTIONS))).toEqual([]);
    });

    it(`${name} is called by its own name in errors`, () => {
      expect(signature.name).toBe(name.replace(/^contrib\./, ""));
    });
  }

  it("every exception is needed", () => {
    const found = new Set(
      signatures
        .flatMap(({ name, signature }) => complaintsOf(name, signature))
        .map(([argument]) => argument),
    );
    expect(Object.keys(EXCEPTIONS).filter((argument) => !found.has(argument))).toEqual([]);
  });
});
