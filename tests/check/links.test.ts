import { describe, expect, it } from "vitest";
// @ts-expect-error: a script has no types
import { checkLinks } from "../../scripts/check/links.mjs";
import { repositoryWith } from "./folder.ts";

describe("the links between pages", () => {
  it("are followed from the page they stand on", async () => {
    const page =
      "[up](../README.md#install), [beside](b.md), [folder](.), [site](https://example.org/x.md), [here](#part)";
    const texts = { "README.md": "[down](docs/a.md)", "docs/a.md": page, "docs/b.md": "`[code](none.md)`" };
    expect(await checkLinks(repositoryWith(texts))).toEqual([]);
  });

  it("are refused where they lead nowhere", async () => {
    const page =
      "| a | b |\n| --- | --- |\n| [gone](gone.md#part) | ![image](img.png) |\n\n[named][1]\n\n[1]: b.md\n";
    expect(await checkLinks(repositoryWith({ "docs/a.md": page, "b.md": "" }))).toEqual([
      "docs/a.md links to gone.md#part, which is not there",
      "docs/a.md links to img.png, which is not there",
      "docs/a.md links to b.md, which is not there",
    ]);
  });
});
