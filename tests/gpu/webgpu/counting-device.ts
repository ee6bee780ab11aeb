/** The number of calls of each method of a device, its queue and its encoders. */
export type Counts = Record<string, number>;

/** Wraps a device so that the calls of its methods are counted. */
export const countingDevice = (device: GPUDevice): { device: GPUDevice; counts: Counts } => {
  const counts: Counts = {};
  const watch = <T extends object>(target: T, inside: (name: string, result: unknown) => unknown): T =>
    new Proxy(target, {
      get(_, name) {
        const value = Reflect.get(target, name, target) as unknown;
        if (typeof value !== "function") return inside(String(name), value);
        return (...args: unknown[]) => {
          counts[String(name)] = (counts[String(name)] ?? 0) + 1;
          return inside(String(name), value.apply(target, args));
        };
      },
    });
  const plain = (_: string, result: unknown) => result;
  const queue = watch(device.queue, plain);
  const watched = watch(device, (name, result) => {
    if (name === "queue") return queue;
    return name === "createCommandEncoder" ? watch(result as GPUCommandEncoder, plain) : result;
  });
  const prototype = Object.getPrototypeOf(device.createBuffer({ size: 4, usage: 8 })) as GPUBuffer;
  const { mapAsync } = prototype;
  prototype.mapAsync = function (this: GPUBuffer, ...args: Parameters<GPUBuffer["mapAsync"]>) {
    counts.mapAsync = (counts.mapAsync ?? 0) + 1;
    return mapAsync.apply(this, args);
  };
  return { device: watched, counts };
};
