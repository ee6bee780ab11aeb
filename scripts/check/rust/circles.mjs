/** Returns the imports of a shortest circle through a file, undefined where there is none. */
const wayBack = (start, importsFrom) => {
  const ways = new Map([[start, []]]);
  for (const [file, way] of ways) {
    for (const step of importsFrom.get(file) ?? []) {
      if (step.to === start) return [...way, step];
      if (!ways.has(step.to)) ways.set(step.to, [...way, step]);
    }
  }
  return undefined;
};

/**
 * Lists circles so that every file that is on any circle appears in at least one. The imports are `{ from, to, … }`, and a circle is
 * the list of its imports.
 */
export const circlesIn = (imports) => {
  const importsFrom = new Map();
  for (const step of imports) importsFrom.set(step.from, [...(importsFrom.get(step.from) ?? []), step]);
  const circles = [];
  const listed = new Set();
  for (const file of importsFrom.keys()) {
    const circle = listed.has(file) ? undefined : wayBack(file, importsFrom);
    if (!circle) continue;
    circles.push(circle);
    for (const { from } of circle) listed.add(from);
  }
  return circles;
};
