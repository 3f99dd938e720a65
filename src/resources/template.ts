import type { TemplateResource } from "../domain/resource.ts";
import { fillTemplate } from "../domain/template.ts";
import { HostError } from "../host/host.ts";
import { wantedAttributes } from "./attributes.ts";
import { bringAbout } from "./file.ts";
import type { Scene } from "./means.ts";
import { failed, type Outcome, refused, shown } from "./outcome.ts";
import { removeFile } from "./remove.ts";
import { openSource, type Source } from "./source.ts";

/** Bytes of a template. */
const SIZE_LIMIT = 16 * 1024 * 1024;

export async function template(resource: TemplateResource, scene: Scene): Promise<Outcome> {
  const { path, action } = resource;
  if (action === "remove") return await removeFile(path, scene);
  const attributes = await wantedAttributes(resource, scene);
  if (!attributes.ok) return refused(attributes.reason);
  const { wanted } = attributes;
  const source = await openSource(resource.from, scene);
  if (source === undefined) return refused(`${shown(resource.from)} is not there`);
  const text = await readText(source);
  const values = resource.values === "stdin" ? new TextDecoder().decode(scene.stdin) : resource.values.json;
  const filled = fillTemplate(text, values, resource.delimiter);
  if (!filled.ok) return failed(filled.reason);
  return await bringAbout({ path, action, contents: new TextEncoder().encode(filled.text), wanted }, scene);
}

async function readText(source: Source): Promise<string> {
  const decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });
  let size = 0;
  let text = "";
  try {
    await source.read((part) => {
      size += part.length;
      if (size > SIZE_LIMIT) throw new HostError("other", `${source.name} is larger than ${SIZE_LIMIT} bytes`);
      text += decoder.decode(part, { stream: true });
      return Promise.resolve("more");
    });
    return text + decoder.decode();
  } catch (error) {
    if (error instanceof TypeError) throw new HostError("other", `${source.name} is no text in UTF-8`);
    throw error;
  }
}
