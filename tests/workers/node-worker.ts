import { parentPort } from "node:worker_threads";
import * as gl from "gradloom";
import { relay, type Task } from "./relay.ts";

parentPort!.on("message", (task: Task) => {
  const snapshot = relay(gl, task);
  parentPort!.postMessage(snapshot, gl.transferList(snapshot));
});
