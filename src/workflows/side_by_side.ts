/**
 * Does something with every item, at most so many at once, begun in their order. The results are in that order too. When
 * one throws, nothing further is begun.
 */
export async function sideBySide<T, R>(
  items: Iterable<T>,
  most: number,
  act: (item: T) => Promise<R>,
): Promise<readonly R[]> {
  const results: R[] = [];
  const waiting = [...items].entries();
  let isBroken = false;
  const work = async () => {
    // The workers take from one iterator: each item is taken once.
    for (const [at, item] of waiting) {
      if (isBroken) return;
      try {
        results[at] = await act(item);
      } catch (error) {
        isBroken = true;
        throw error;
      }
    }
  };
  await Promise.all(Array.from({ length: most }, work));
  return results;
}
