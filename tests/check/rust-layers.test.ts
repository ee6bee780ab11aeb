import { describe, expect, it } from "vitest";
// @ts-expect-error: a script has no types
import { checkRustLayers } from "../../scripts/check/rust-layers.mjs";
import { folderWith } from "./folder.ts";

const ORDER = ["low", "middle", "high", "lib"];

/** Checks a crate of three modules, empty where no text is given. */
const check = (texts: Readonly<Record<string, string>>): string[] => {
  const lib = "mod high;\nmod low;\nmod middle;\n\npub use low::Low;\n";
  const empty = {
    "lib.rs": lib,
    "low.rs": "pub struct Low;",
    "middle.rs": "",
    "high.rs": "pub struct High;",
  };
  const files = Object.entries({ ...empty, ...texts }).map(([path, text]) => [`crates/c/src/${path}`, text]);
  return checkRustLayers(folderWith(Object.fromEntries(files)), { "crates/c": ORDER });
};

describe("the layers of a crate", () => {
  it("allow imports of lower layers, however they are written", () => {
    const middle = "use crate::low::{self, Low};\nfn f() -> low::Low { crate::low::Low }\n";
    expect(check({ "middle.rs": middle, "high.rs": "use super::middle;\npub struct High;" })).toEqual([]);
  });

  it.each([
    ["use crate::high::High;", "crate::high::High"],
    ["use crate::{low::Low, high::{High, other as another}};", "crate::high::High"],
    ["pub(crate) use super::high::High;", "super::high::High"],
    ["use crate::high::*;", "crate::high::*"],
    ["fn f() { crate::high::High::new() }", "crate::high::High::new"],
    ["mod inner { use super::super::high::High; }", "super::super::high::High"],
    ["macro_rules! m { () => { $crate::high::High }; }", "crate::high::High"],
    ['const A: char = \'"\'; /* " */ const B: &str = r#"""#; use crate::high::High;', "crate::high::High"],
  ])("refuse an import of a higher one: %s", (text, path) => {
    const [problem] = check({ "middle.rs": `\n${text}\n` });
    expect(problem).toBe(`crates/c/src/middle.rs:2 may not import ${path}: high is a layer above middle`);
  });

  it("follow names to where they are declared", () => {
    const middle = "use crate::low::High;";
    const [problem] = check({ "low.rs": "pub use crate::high::High;\npub struct Low;", "middle.rs": middle });
    expect(problem).toBe("crates/c/src/low.rs:1 may not import crate::high::High: high is a layer above low");
    const others = check({ "low/mod.rs": "mod deep;\npub use deep::*;", "low.rs": "", "middle.rs": "" });
    expect(others).toEqual([]);
  });

  it("end at a name that is declared nowhere, where `*` leads in a circle", () => {
    const middle = "mod a;\nmod b;\npub use a::*;\nfn f() { crate::middle::unknown::g() }";
    const texts = { "middle/a.rs": "pub use super::b::*;", "middle/b.rs": "pub use super::unknown::*;" };
    expect(check({ "middle.rs": middle, ...texts })).toEqual([]);
  });

  it("look at no comment, string, attribute or test", () => {
    const text = [
      '// crate::high::High\n/* use crate::high::High; */\nconst A: &str = "crate::high::High";',
      "#[doc(alias = crate::high::High)]\n#[cfg(test)]\nmod tests {\n  use crate::high::High;\n}",
      "#[cfg(test)]\nmod more_tests;",
      "pub(in crate::middle) struct B<'a>(&'a u8);",
    ].join("\n");
    expect(check({ "middle.rs": text, "middle/more_tests.rs": "use crate::high::High;" })).toEqual([]);
  });

  it.each([
    "enum E { #[cfg(test)] A, B(crate::high::High) }",
    "enum E { #[cfg(test)] A }\nuse crate::high::High;\nfn f() {}",
    "struct S { #[cfg(test)] pub(crate) a: u8 }\nuse crate::high::High;\nfn f() {}",
    "fn f(#[cfg(test)] a: u8, b: crate::high::High) {}",
    "fn f() { match x { #[cfg(test)] 1 => a(), _ => crate::high::High } }",
  ])("look at what follows a variant, field, parameter or arm for tests: %s", (text) => {
    const [problem] = check({ "middle.rs": text });
    expect(problem).toMatch(/middle.rs:[12] may not import crate::high::High: high is a layer above middle/);
  });

  it.each([
    "fn f<A, B>() -> A where A: C, B: C { crate::high::High }",
    "#[inline]\npub(crate) const fn f(a: A, b: B) { crate::high::High }",
    "impl A<B, C> for D { fn e() { crate::high::High } }",
    "use crate::{low, high::High};",
  ])("look at nothing of an item for tests: %s", (text) => {
    expect(check({ "middle.rs": `#[cfg(test)]\n${text}` })).toEqual([]);
  });

  it("follow a module inside of a module of the same file", () => {
    const [problem] = check({
      "middle.rs": "mod a { mod b; }",
      "middle/a/b.rs": "use crate::high::High;",
    });
    expect(problem).toMatch("crates/c/src/middle/a/b.rs:1 may not import crate::high::High");
  });

  it.each(["mod iner;", '#[path = "zz.rs"]mod iner;', "mod a { mod iner; }"])(
    "refuse a module whose file is not found: %s",
    (text) => {
      const files = { "middle.rs": `\n${text}`, "middle/inner.rs": "", "middle/zz.rs": "" };
      expect(check(files)).toEqual(["crates/c/src/middle.rs:2: the module iner has no file"]);
    },
  );

  it("refuse what lib.rs exports, and say where it is declared", () => {
    const message = "from lib.rs: import it from its module, crate::low::Low";
    expect(check({ "high.rs": "use crate::Low;" })).toEqual([
      `crates/c/src/high.rs:1 may not import crate::Low ${message}`,
    ]);
    expect(check({ "high.rs": "use super::Low;" })).toEqual([
      `crates/c/src/high.rs:1 may not import super::Low ${message}`,
    ]);
  });

  it("refuse a module without a layer, and a layer without a module", () => {
    const lib = "mod low;\nmod middle;\nmod new;\n";
    expect(check({ "lib.rs": lib, "new.rs": "" })).toEqual([
      "crates/c: new has no layer in scripts/check/rust-layers.mjs",
      "crates/c: scripts/check/rust-layers.mjs has a layer high, the crate has not",
    ]);
  });
});

describe("the table of layers", () => {
  it("has every crate, and no other", () => {
    const folder = folderWith({ "crates/new/src/lib.rs": "" });
    expect(checkRustLayers(folder, { "crates/old": ["lib"] })).toEqual([
      "scripts/check/rust-layers.mjs has layers of crates/old, which is not there",
      "crates/new has no layers in scripts/check/rust-layers.mjs",
    ]);
  });
});

describe("circles of files in a crate", () => {
  const a = "use super::b::B;\npub struct A;";
  const b = "use crate::middle::a::A;\npub struct B;";

  it("are refused, and every import on the way is named", () => {
    expect(check({ "middle.rs": "mod a;\nmod b;", "middle/a.rs": a, "middle/b.rs": b })).toEqual([
      "circle: crates/c/src/middle/a.rs:1 imports super::b::B, crates/c/src/middle/b.rs:1 imports crate::middle::a::A",
    ]);
  });

  it("go through a module that uses what its child declares", () => {
    const child = "use super::M;\npub struct A;";
    const used = "mod a;\nuse a::A;\npub struct M(A);";
    expect(check({ "middle.rs": used, "middle/a.rs": child })).toEqual([
      "circle: crates/c/src/middle.rs:2 imports a::A, crates/c/src/middle/a.rs:1 imports super::M",
    ]);
  });

  it.each(["a::A", "a::*"])("go through a module that re-exports and uses names of its child: %s", (path) => {
    const child = "use super::M;\npub struct A;";
    const used = `mod a;\npub use ${path};\npub struct M(A);`;
    expect(check({ "middle.rs": used, "middle/a.rs": child })).toEqual([
      `circle: crates/c/src/middle.rs:2 imports ${path}, crates/c/src/middle/a.rs:1 imports super::M`,
    ]);
  });

  it("go through a module that uses what its child re-exports in turn", () => {
    const texts = {
      "middle.rs": "mod a;\npub use a::*;\npub struct M(A);",
      "middle/a.rs": "mod b;\npub use b::*;\nuse super::M;",
      "middle/a/b.rs": "pub struct A;",
    };
    expect(check(texts)).toEqual([
      "circle: crates/c/src/middle.rs:2 imports a::*, crates/c/src/middle/a.rs:3 imports super::M",
    ]);
  });

  it.each(["a::A", "a::*"])(
    "do not go through a module that only re-exports names of its child: %s",
    (path) => {
      const child = "use super::M;\npub struct A;";
      const middle = `mod a;\npub use ${path};\npub struct M;`;
      expect(check({ "middle.rs": middle, "middle/a.rs": child })).toEqual([]);
    },
  );
});
