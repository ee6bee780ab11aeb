import { describe, expect, it } from "vitest";
import {
  cloneState,
  HostValue,
  mapState,
  NONE,
  OpaqueState,
  replaceSlots,
  type StateLayout,
} from "./state.ts";

const layout: StateLayout = { count: new HostValue(0), own: new OpaqueState((params) => ({ params })) };
const noSlot = (): never => {
  throw new Error("there is no slot");
};

describe("a state", () => {
  it("starts from initial values, and from the parameters where it is the user's own", () => {
    const visit = cloneState(noSlot, () => ["p"]);
    expect(mapState(layout, NONE, "state", visit)).toEqual({ count: 0, own: { params: ["p"] } });
  });

  it("is copied value by value", () => {
    const state = { count: 3, own: { list: [new Float32Array([1])] } };
    const copy = mapState(layout, state, "state", cloneState(noSlot)) as typeof state;
    expect(copy).toEqual(state);
    expect(copy.own.list[0]).not.toBe(state.own.list[0]);
  });

  it("keeps its values where only slots are replaced", () => {
    const state = { count: 3, own: {} };
    const same = mapState(layout, state, "state", replaceSlots(noSlot)) as typeof state;
    expect(same.own).toBe(state.own);
  });

  it.each([
    [{ count: "three", own: {} }, "state.count"],
    [{ own: {} }, "state"],
    [{ count: 1, own: { next: Promise.resolve() } }, "state.own.next"],
  ])("of another kind is refused: %o", (state, path) => {
    expect(() => mapState(layout, state, "state", cloneState(noSlot))).toThrow(
      expect.objectContaining({ code: "INVALID_STATE", path }),
    );
  });
});
