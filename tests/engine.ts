import * as gl from "../ts/src/entry/node.ts";

/** The name of the engine under test. */
export const engineName = process.env.GRADLOOM_TEST_ENGINE ?? "native";

gl.setEngine(engineName);

export { gl };
