/** The plan on the architecture page: every engine accepts it and runs it. */
import { readFileSync } from "node:fs";
import { expect, it } from "vitest";
import { engineName, gl } from "../engine.ts";

const page = readFileSync(new URL("../../ARCHITECTURE.md", import.meta.url), "utf8");
const [, example = ""] = /```jsonc\n(.*?)```/s.exec(page) ?? [];
const plan = JSON.parse(example.replace(/\/\/.*$/gm, ""));

it(`runs on ${engineName}`, () => {
  const session = gl.getEngine().open(new TextEncoder().encode(JSON.stringify(plan)));
  expect(session.scalars()).toHaveLength(plan.scalars);
  session.run(0);
  expect(session.registers()).toHaveLength(plan.registers * plan.leaves.length);
  session.close();
});
