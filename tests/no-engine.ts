import { setEngine } from "../ts/src/engine/registry.ts";

// Loaded before each suite of the project `plain`: a suite that runs once must not depend on an engine.
setEngine({
  name: "none",
  description: "none",
  open: () => {
    throw new Error(
      "the project `plain` has no engine: import gl from tests/engine.ts to run on each of them",
    );
  },
});
