/** Returns the module that declares the last name of a path, undefined where that lies outside of the crate. */
export const resolve = (module, segments, seen = new Set()) => {
  const [first, ...rest] = segments;
  if (first === "crate") return descend(rootOf(module), rest, seen);
  if (first === "super") return descend(module, segments, seen);
  if (first === "self") return descend(module, rest, seen);
  return module.children.has(first) || module.bound.has(first) ? descend(module, segments, seen) : undefined;
};

const rootOf = (module) => (module.parent ? rootOf(module.parent) : module);

/** Follows a path from a module: into children, and through `use` to where a name is declared. */
const descend = (module, [name, ...rest], seen) => {
  if (name === undefined) return module;
  if (name === "super") return descend(module.parent, rest, seen);
  if (module.children.has(name)) return descend(module.children.get(name), rest, seen);
  const key = `${module.path.join("::")} ${name}`;
  if (module.declared.has(name) || seen.has(key)) return module;
  const bound = module.bound.get(name);
  if (bound) return resolve(module, [...bound, ...rest], new Set([...seen, key]));
  for (const path of module.globs) {
    const target = resolve(module, path, new Set([...seen, key]));
    if (target && (target.declared.has(name) || target.bound.has(name))) return descend(target, [name], seen);
  }
  return module;
};

/** Tells whether a path takes a name from lib.rs that is no module, but one of its exports. */
export const passesRoot = (module, [first, second]) => {
  const root = rootOf(module);
  const start = first === "crate" ? root : first === "super" ? module.parent : undefined;
  return start === root && module !== root && second !== undefined && !root.children.has(second);
};

const isBelow = (module, other) => other.parent === module || (other.parent && isBelow(module, other.parent));

/** Tells whether a `use` only re-exports what a descendant of the module declares: such a `use` is no import. */
const handsOn = (module, { name, shared }, target) =>
  shared && isBelow(module, target) && !module.mentions.has(name);

/** Lists a module's imports of other files of its crate, each text once: `{ module, target, from, to, line, text, passesRoot }`. */
export const importsOf = (module) => {
  const found = new Map();
  for (const path of module.paths) {
    const target = resolve(module, path.segments);
    if (!target || target.file === module.file || handsOn(module, path, target)) continue;
    const text = path.name === "*" ? `${path.segments.join("::")}::*` : path.segments.join("::");
    const root = passesRoot(module, path.segments);
    if (found.has(text)) continue;
    found.set(text, {
      module,
      target,
      from: module.file,
      to: target.file,
      line: path.line,
      text,
      passesRoot: root,
    });
  }
  return [...found.values()];
};
