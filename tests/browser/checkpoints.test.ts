/** A run that goes from Node into a page and back gives the same bytes as one that stays. */
import { beforeAll, describe, expect, it } from "vitest";
import { commands } from "vitest/browser";
import * as gl from "../../ts/src/entry/browser.ts";
import { loadFile, save, saveFile } from "../../ts/src/safetensors/index.ts";
import { relay } from "./relay.ts";

declare module "vitest/browser" {
  interface BrowserCommands {
    relayInNode(steps: number, checkpoints?: string[]): Promise<string[]>;
  }
}

const toText = (bytes: Uint8Array): string =>
  btoa(Array.from(bytes, (byte) => String.fromCharCode(byte)).join(""));
const toBytes = (text: string): Uint8Array =>
  Uint8Array.from(atob(text), (character) => character.charCodeAt(0));

const inNode = (steps: number, checkpoints?: readonly string[]): Promise<string[]> =>
  commands.relayInNode(steps, checkpoints && [...checkpoints]);

const inPage = (steps: number, checkpoints?: readonly string[]): string[] =>
  relay(gl, steps, checkpoints?.map(toBytes)).map(toText);

beforeAll(() => gl.init());

describe("a checkpoint in a page", () => {
  it("goes on with the same bits from Node to the page and back, and from the page to Node", async () => {
    const whole = await inNode(9);
    expect(inPage(9)).toEqual(whole);
    expect(await inNode(3, inPage(3, await inNode(3)))).toEqual(whole);
    expect(inPage(4, await inNode(5))).toEqual(whole);
  });

  it("is bytes: there are no files, and the error says so", async () => {
    const train = gl.TrainState.create({ params: { w: Float32Array.of(1) }, tx: gl.sgd(0.1) });
    for (const body of [
      save("x.safetensors", train),
      saveFile("x.safetensors", {}),
      loadFile("x.safetensors"),
    ]) {
      await expect(body).rejects.toMatchObject({
        code: "UNSUPPORTED",
        remedy: expect.stringContaining("load(bytes)"),
      });
    }
  });
});
