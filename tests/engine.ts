import * as gl from "../ts/src/entry/node.ts";

/** The engine that this run of the tests is about. */
export const engineName = process.env.GRADLOOM_TEST_ENGINE ?? "native";

gl.setEngine(engineName);

export { gl };
