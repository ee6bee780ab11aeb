import { describe, it } from "vitest";
import { engineName, gl } from "../engine.ts";
import { conformance } from "./conformance.ts";
import { load, rows } from "./node-fixtures.ts";

describe(`conformance with Optax on ${engineName}`, () => conformance({ gl, rows, load, describe, it }));
