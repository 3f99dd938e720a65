/** An IPv4 address that a socket for both families tells as one of IPv6 (RFC 4291, 2.5.5.2), as itself; others as they are. */
export function unmapped(address: string): string {
  return /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(address)?.[1] ?? address;
}

/**
 * Which addresses count as one client: of IPv6 the first 64 bits, which one customer has all to itself (RFC 6177), however
 * they are spelled; an IPv4 address, a mapped one too, alone. What is no address is given back.
 */
export function networkOf(address: string): string {
  const [zoneless = ""] = address.split("%");
  const plain = unmapped(zoneless);
  if (!plain.includes(":")) return plain;
  const [before = "", after] = plain.toLowerCase().split("::", 2);
  const head = groups(before);
  const tail = after === undefined ? [] : groups(after);
  const zeros = after === undefined ? 0 : Math.max(0, 8 - head.length - tail.length);
  return [...head, ...Array<string>(zeros).fill("0"), ...tail].slice(0, 4).join(":");
}

function groups(text: string): readonly string[] {
  return text === "" ? [] : text.split(":").map((group) => group.replace(/^0+(?=.)/, ""));
}
