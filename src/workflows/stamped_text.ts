/**
 * Texts that tell whether a person has changed them: a comment near their top holds the digest of all the rest. So nothing
 * has to be remembered elsewhere, and what an older version wrote is known as well as what this one does.
 */
const MARK =
  /^(?:#|\/\/) Written by etcha service install, sha256 ([0-9a-f]{64}): once it is changed, it is never overwritten\n/m;

/** `comment`: what begins one in the language of the text. A first line `#!…` stays the first one. */
export async function stamped(text: string, comment: "#" | "//"): Promise<string> {
  const line = `${comment} Written by etcha service install, sha256 ${await digest(text)}: once it is changed, it is ` +
    "never overwritten\n";
  const start = text.startsWith("#!") ? text.indexOf("\n") + 1 : 0;
  return text.slice(0, start) + line + text.slice(start);
}

/** Whether the text is as some version of this program has written it. */
export async function isUntouched(text: string): Promise<boolean> {
  const mark = MARK.exec(text);
  return mark !== null && await digest(text.replace(mark[0], "")) === mark[1];
}

async function digest(text: string): Promise<string> {
  return new Uint8Array(await crypto.subtle.digest("SHA-256", new TextEncoder().encode(text))).toHex();
}
