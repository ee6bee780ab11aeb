/**
 * Makes `instanceof` of a class hold for the instances of its namesake in another copy of the library: a program can have two, of
 * two versions, or one that is part of a bundle.
 */
export const recognizeNamesakes = (named: { readonly prototype: object }, name: string): void => {
  const brand = Symbol.for(`gradloom.${name}`);
  Object.defineProperty(named.prototype, brand, { value: true });
  Object.defineProperty(named, Symbol.hasInstance, {
    value(this: unknown, value: unknown): boolean {
      return this === named
        ? (value as { readonly [brand]?: true } | null | undefined)?.[brand] === true
        : Function.prototype[Symbol.hasInstance].call(this, value);
    },
  });
};
