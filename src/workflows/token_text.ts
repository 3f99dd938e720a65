import { bad, ok, type Result } from "../domain/problem.ts";
import { TOKEN_LIMITS } from "../domain/token_limits.ts";
import { type Files, HostError, type Http, type Terminal } from "../host/host.ts";
import { pull } from "./pull.ts";

export interface TokenTextMeans {
  readonly files: Files;
  readonly http: Http;
  readonly terminal: Pick<Terminal, "readStdin">;
}

/**
 * The text of a token from a path, an http(s) URL (with the header syntax of `parseLocation`), or, for `-`, from standard
 * input. Problems `token-unreadable`.
 */
export async function readTokenText(
  where: string,
  means: TokenTextMeans,
  signal: AbortSignal,
): Promise<Result<string>> {
  const attempted = "read the token";
  if (where === "-") {
    try {
      return ok(new TextDecoder().decode(await means.terminal.readStdin(TOKEN_LIMITS.bytes)));
    } catch (error) {
      if (!(error instanceof HostError)) throw error;
      return bad({ code: "token-unreadable", attempted, found: error.message });
    }
  }
  const pulled = await pull(where, undefined, { ...means, ca: undefined }, signal);
  if (pulled.kind === "text") return ok(pulled.text);
  if (pulled.kind === "failed") return bad({ ...pulled.problem, code: "token-unreadable", attempted });
  return bad({ code: "token-unreadable", attempted, found: "the server says that it has not changed" });
}
