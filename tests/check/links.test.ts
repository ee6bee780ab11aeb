import { describe, expect, it } from "vitest";
// @ts-expect-error: a script has no types
import { checkLinks } from "../../scripts/check/links.mjs";
import { repositoryWith } from "./folder.ts";

describe("the links between pages", () => {
  it("are followed from the page they stand on", async () => {
    const page =
      "# Part\n[up](../README.md#install), [beside](b.md), [folder](.), [root](/docs/), [site](https://example.org/x.md), [here](#part)";
    const texts = {
      "README.md": "# Install\n[down](docs/a.md)",
      "docs/a.md": page,
      "docs/b.md": "`[code](none.md)`",
    };
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

  it("are refused where they lead to a file that git ignores, or out of the repository", async () => {
    const texts = { ".gitignore": "dist/\n", "a.md": "[built](dist/b.js), [out](../c.md)", "dist/b.js": "" };
    expect(await checkLinks(repositoryWith(texts))).toEqual([
      "a.md links to dist/b.js, which is not there",
      "a.md links to ../c.md, which is not there",
    ]);
  });

  it("are followed in HTML", async () => {
    const html =
      '<p align="center">\n<img src="a.png"> <a href=\'b.md\'>b</a>\n</p>\n\nin <a href="#c">c</a>';
    expect(await checkLinks(repositoryWith({ "a.md": html }))).toEqual([
      "a.md links to a.png, which is not there",
      "a.md links to b.md, which is not there",
      "a.md links to #c, but a.md has no heading for it",
    ]);
  });

  it("are refused with a wrong escape, and the page is named", async () => {
    expect(await checkLinks(repositoryWith({ "a.md": "[a](%E0%A4%A.md)" }))).toEqual([
      "a.md links to %E0%A4%A.md, which has a wrong escape",
    ]);
  });
});

describe("the anchors of links", () => {
  const headings = "# Adding a kernel\n## `gl.adam`: *what* it [keeps](b.md) & why\n## Twice\n## Twice\n";

  it.each(["adding-a-kernel", "gladam-what-it-keeps--why", "twice", "twice-1", "own"])(
    "are the headings of the target as GitHub writes them, or those in HTML: %s",
    async (anchor) => {
      const texts = { "a.md": `[b](b.md#${anchor})`, "b.md": `${headings}\n<a id="own"></a>\n` };
      expect(await checkLinks(repositoryWith(texts))).toEqual([]);
    },
  );

  it.each(["Adding-a-kernel", "adding-kernels", "twice-2"])("are refused otherwise: %s", async (anchor) => {
    const texts = { "a.md": `[b](b.md#${anchor})`, "b.md": headings };
    expect(await checkLinks(repositoryWith(texts))).toEqual([
      `a.md links to b.md#${anchor}, but b.md has no heading for it`,
    ]);
  });

  it("are not looked for in files that are no pages", async () => {
    const texts = { "a.md": "[line](b.ts#L1)", "b.ts": "" };
    expect(await checkLinks(repositoryWith(texts))).toEqual([]);
  });
});
