/** A program that saves a training state again and again until it is killed: `node --import tsx killed-program.ts DIRECTORY SHARD`. */
import { join } from "node:path";
import * as gl from "../../ts/src/entry/node.ts";
import { CheckpointManager, save } from "../../ts/src/safetensors/index.ts";

const [directory = "", maxShardSize = ""] = process.argv.slice(2);
const tx = gl.sgd(1, { momentum: 0 });
const manager = new CheckpointManager(directory, { maxToKeep: 2, maxShardSize: Number(maxShardSize) });
const params = { w: new Float32Array(20_000), v: new Float32Array(300) };
const start = manager.latestStep() === null ? { params } : await manager.restore(null, { tx });
const train = gl.TrainState.create({ ...start, tx });
const grads = { w: new Float32Array(20_000).fill(-1), v: new Float32Array(300) };
process.stdout.write("started\n");
for (;;) {
  train.applyGradients(grads);
  await Promise.all([
    manager.save(train.step, train),
    save(join(directory, "../single.safetensors"), train, { maxShardSize: train.step % 2 ? 1e9 : 1e3 }),
  ]);
  process.stdout.write(`${train.step}\n`);
}
