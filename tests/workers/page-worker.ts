import * as gl from "../../ts/src/entry/browser.ts";
import { relay, type Task } from "./relay.ts";

const ready = gl.init();

addEventListener("message", async ({ data }: MessageEvent<Task>) => {
  await ready;
  const snapshot = relay(gl, data);
  postMessage(snapshot, { transfer: gl.transferList(snapshot) });
});
