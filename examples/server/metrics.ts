import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from "prom-client";

/** What Prometheus reads of a server at `/metrics`. */
export class Metrics {
  readonly registry = new Registry();
  readonly #perModel = { labelNames: ["model"] as const, registers: [this.registry] };

  readonly steps = new Counter({
    name: "gradloom_steps_total",
    help: "Training steps taken since the server has started.",
    ...this.#perModel,
  });

  readonly step = new Gauge({
    name: "gradloom_step",
    help: "Training steps of a model, those before a restart among them.",
    ...this.#perModel,
  });

  readonly loss = new Gauge({
    name: "gradloom_loss",
    help: "The last loss that a client has sent with its gradients.",
    ...this.#perModel,
  });

  readonly stepSeconds = new Histogram({
    name: "gradloom_step_seconds",
    help: "The time of a training step of the optimizer, in seconds.",
    labelNames: ["model"],
    buckets: [1e-5, 1e-4, 1e-3, 1e-2, 0.1, 1],
    registers: [this.registry],
  });

  readonly checkpointSeconds = new Histogram({
    name: "gradloom_checkpoint_seconds",
    help: "The time to write a checkpoint, in seconds.",
    labelNames: ["model"],
    buckets: [1e-3, 1e-2, 0.1, 1, 10],
    registers: [this.registry],
  });

  readonly checkpointStep = new Gauge({
    name: "gradloom_checkpoint_step",
    help: "The step of the last checkpoint on the disk.",
    ...this.#perModel,
  });

  readonly refused = new Counter({
    name: "gradloom_refused_total",
    help: "Requests refused, by the code of the error.",
    labelNames: ["code"],
    registers: [this.registry],
  });

  constructor() {
    collectDefaultMetrics({ register: this.registry });
  }

  /** Removes what is there of a model. */
  forget(model: string): void {
    for (const metric of [
      this.steps,
      this.step,
      this.loss,
      this.stepSeconds,
      this.checkpointSeconds,
      this.checkpointStep,
    ])
      metric.remove(model);
  }
}
