import { setEngine } from "../ts/src/engine/registry.ts";

// Set up before each suite of the project `plain`: what runs once, for all engines, must not depend on one.
setEngine({
  name: "none",
  description: "none",
  open: () => {
    throw new Error(
      "the project `plain` has no engine: import gl from tests/engine.ts to run on each of them",
    );
  },
});
