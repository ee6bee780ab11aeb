/** Returns the module that declares the last name of a path, undefined where that lies outside of the crate. */
export const resolve = (module, segments, seen = new Set()) => {
  const [first, ...rest] = segments;
  if (first === "crate") return descend(rootOf(module), rest, seen);
  if (first === "super") return descend(module, segments, seen);
  if (first === "self") return descend(module, rest, seen);
  return module.children.has(first) || module.bound.has(first) ? descend(module, segments, seen) : undefined;
};

const rootOf = (module) => (module.parent ? rootOf(module.parent) : module);

const keyOf = (module, name) => `${module.path.join("::")} ${name}`;

/** Tells whether a module declares a name, holds a module of this name or has a `use` of it, be it through `*`. */
const has = (module, name, seen = new Set()) => {
  if ([module.declared, module.children, module.bound].some((names) => names.has(name))) return true;
  const key = keyOf(module, name);
  return !seen.has(key) && globTargets(module, new Set([...seen, key]), name).length > 0;
};

/** Lists the modules that a module's `use …::*` take a name from. */
const globTargets = (module, seen, name) =>
  module.globs
    .map((path) => resolve(module, path, seen))
    .filter((target) => target && has(target, name, seen));

/** Follows a path from a module: into children, and through `use` to where a name is declared. */
const descend = (module, [name, ...rest], seen) => {
  if (name === undefined) return module;
  if (name === "super") return descend(module.parent, rest, seen);
  if (module.children.has(name)) return descend(module.children.get(name), rest, seen);
  const key = keyOf(module, name);
  if (module.declared.has(name) || seen.has(key)) return module;
  const bound = module.bound.get(name);
  const known = new Set([...seen, key]);
  if (bound) return resolve(module, [...bound, ...rest], known);
  const [target] = globTargets(module, known, name);
  return target ? descend(target, [name, ...rest], known) : module;
};

/** Tells whether a path takes a name from lib.rs that is no module, but one of its exports. */
export const passesRoot = (module, [first, second]) => {
  const root = rootOf(module);
  const start = first === "crate" ? root : first === "super" ? module.parent : undefined;
  return start === root && module !== root && second !== undefined && !root.children.has(second);
};

const isBelow = (module, other) => other.parent === module || (other.parent && isBelow(module, other.parent));

/** Tells whether the text of a module, outside of `use`, has a word that is a name of another module, but not declared by itself. */
const mentionsAnyOf = (module, other) =>
  [...module.mentions].some((name) => !module.declared.has(name) && has(other, name));

/** Tells whether a `use` only re-exports what a descendant of the module declares: such a `use` is no import. */
const onlyReExports = (module, { name, shared }, target) => {
  if (!shared || !isBelow(module, target)) return false;
  return name === "*" ? !mentionsAnyOf(module, target) : !module.mentions.has(name);
};

/** Lists a module's imports of other files of its crate, each text once: `{ module, target, from, to, line, text, passesRoot }`. */
export const importsOf = (module) => {
  const found = new Map();
  for (const path of module.paths) {
    const target = resolve(module, path.segments);
    if (!target || target.file === module.file || onlyReExports(module, path, target)) continue;
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
