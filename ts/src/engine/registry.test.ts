import { beforeEach, describe, expect, it, vi } from "vitest";
import type { Engine } from "./engine.ts";

const engine = (name: string): Engine => ({
  name,
  description: name,
  open: () => {
    throw new Error("not needed here");
  },
});

let registry: typeof import("./registry.ts");
beforeEach(async () => {
  vi.resetModules();
  registry = await import("./registry.ts");
});

const unavailable = expect.objectContaining({ code: "ENGINE_UNAVAILABLE" });

describe("the registry of engines", () => {
  it("is of no use while it is empty", () => {
    expect(() => registry.getEngine()).toThrow(unavailable);
  });

  it("takes the first one by default and makes it once", () => {
    const make = vi.fn(() => engine("a"));
    registry.registerEngine("a", make);
    registry.registerEngine("b", () => engine("b"));
    expect(registry.getEngine()).toBe(registry.getEngine());
    expect(registry.getEngine().name).toBe("a");
    expect(make).toHaveBeenCalledTimes(1);
  });

  it("asks at each use which one is the default, where a platform says so", () => {
    let name = "a";
    registry.registerDefault(() => name);
    registry.registerEngine("b", () => engine("b"));
    registry.registerEngine("a", () => engine("a"));
    expect(registry.getEngine().name).toBe("a");
    name = "b";
    expect(registry.getEngine().name).toBe("b");
  });

  it("gives the one that is asked for, or fails: never another", () => {
    registry.registerEngine("a", () => engine("a"));
    registry.registerEngine("b", () => {
      throw new Error("b is broken");
    });
    expect(() => registry.resolveEngine("c")).toThrow(unavailable);
    expect(() => registry.resolveEngine("b")).toThrow("b is broken");
    expect(() => registry.setEngine("b")).toThrow("b is broken");
    expect(registry.getEngine().name).toBe("a");
  });

  it("can be given an engine of the caller's own", () => {
    const own = engine("own");
    expect(registry.resolveEngine(own)).toBe(own);
    registry.setEngine(own);
    expect(registry.getEngine()).toBe(own);
  });

  it("runs some code on another one, and then uses the first again whatever happens", () => {
    registry.registerEngine("a", () => engine("a"));
    const [own, other] = [engine("own"), engine("other")];
    const names = registry.onEngine(own, () => {
      const inside = registry.onEngine(other, () => registry.getEngine().name);
      return [inside, registry.getEngine().name, registry.resolveEngine("a").name];
    });
    expect(names).toEqual(["other", "own", "a"]);
    const failing = () => {
      throw new Error("no");
    };
    expect(() => registry.onEngine(own, failing)).toThrow("no");
    expect(registry.getEngine().name).toBe("a");
  });
});
