/** Takes steps in Node with the native engine: checkpoints in base64 from the standard input, those afterwards to the standard output. */
import { text } from "node:stream/consumers";
import * as gl from "../../ts/src/entry/node.ts";
import { relay } from "./relay.ts";

gl.setEngine("native");
const { steps, checkpoints } = JSON.parse(await text(process.stdin)) as {
  steps: number;
  checkpoints?: string[];
};
const given = checkpoints?.map((base64) => new Uint8Array(Buffer.from(base64, "base64")));
const next = relay(gl, steps, given).map((bytes) => Buffer.from(bytes).toString("base64"));
process.stdout.write(JSON.stringify(next));
