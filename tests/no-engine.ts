// Loaded before each suite of the project `plain`: a suite that runs once must not depend on an engine.
import { vi } from "vitest";
import { setEngine } from "../ts/src/engine/registry.ts";

const fail = (): never => {
  throw new Error("the project `plain` has no engine: import gl from tests/engine.ts to run on each of them");
};

// Replaces the default engine.
setEngine({ name: "none", description: "none", open: fail });

// Replaces the engines that a suite can name or make.
vi.mock("../ts/src/engine/node.ts", async (importOriginal) => ({
  ...(await importOriginal<object>()),
  nativeObstacle: () => undefined,
  nativeEngine: fail,
  wasmEngine: fail,
}));
