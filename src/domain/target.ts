import * as v from "valibot";
import { key, keyOr } from "./config_key.ts";
import { fingerprint, flag, freeObject, port, text, urlPath } from "./config_values.ts";

/** The keys below `targets.NAME`. */
export const targetSchema = v.strictObject({
  hostname: key(text, { doc: "Name or address of the host; else the target's name with build.pushDomainSuffix." }),
  insecure: keyOr(flag, false, { doc: "Plain HTTP." }),
  pathPush: keyOr(urlPath, "/etcha/v1/push", { doc: "Where pushes go." }),
  pathShell: keyOr(urlPath, "/etcha/v1/shell", { doc: "Where shells are opened." }),
  port: keyOr(port, 4000, { doc: "Port of the listener." }),
  sourcePatterns: keyOr(v.record(v.string(), v.string()), {}, {
    doc: "Sources of the host, each with the only pattern or command it takes; an empty text is any.",
  }),
  tlsCA: key(text, { doc: "PEM file of a private certificate authority, instead of build.pushTLSCA." }),
  tlsFingerprint: key(fingerprint, { doc: "SHA-256 of the only certificate that is accepted." }),
  vars: keyOr(freeObject, {}, { doc: "Values that join a token's run vars.", secret: "by-name" }),
});

/** A host that can be pushed to. */
export type Target = Omit<Readonly<v.InferOutput<typeof targetSchema>>, "hostname"> & {
  readonly name: string;
  readonly hostname: string;
};

/** A target of which nothing is configured but its name, which is its host name as well. */
export function bareTarget(name: string): Target {
  return { ...v.parse(targetSchema, {}), name, hostname: name };
}
