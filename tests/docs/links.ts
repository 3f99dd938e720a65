/** Links of a page to other pages and files of the project. */
import { dirname, join, normalize } from "node:path/posix";

/** What is wrong with the links of the page at `path`; `read` gives the text of a file, or nothing where there is none. */
export function wrongLinks(
  path: string,
  markdown: string,
  read: (path: string) => string | undefined,
): readonly string[] {
  const prose = withoutCode(markdown);
  const wrong: string[] = [];
  for (const [, link = ""] of prose.matchAll(/\]\(([^)\s]+)\)/g)) {
    if (/^[a-z]+:/.test(link)) continue;
    const [file = "", anchor] = link.split("#");
    const target = file === "" ? path : normalize(join(dirname(path), file));
    const text = read(target);
    if (text === undefined) wrong.push(`${link}: there is no ${target}`);
    else if (anchor !== undefined && !anchors(text).includes(anchor)) wrong.push(`${link}: no such heading`);
  }
  return wrong;
}

/** As GitHub makes them of headings. */
function anchors(markdown: string): readonly string[] {
  return [...withoutCode(markdown).matchAll(/^#+ (.+)$/gm)].map(([, heading = ""]) =>
    heading.toLowerCase().replace(/[^\p{L}\p{N}\s_-]/gu, "").trim().replaceAll(" ", "-")
  );
}

function withoutCode(markdown: string): string {
  return markdown.replace(/^\s*```[\s\S]*?^\s*```$/gm, "");
}
