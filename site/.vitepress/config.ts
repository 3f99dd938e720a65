/** A site of the pages in docs/, which are written to be read on their own as well: nothing in them is for this generator. */
import { copyFile, mkdir, readdir } from "node:fs/promises";
import { dirname, join } from "node:path";
import { defineConfig } from "vitepress";

/** A copy of docs/, beside the modules that pages need when they are built. */
const FOLDER = new URL("../pages/", import.meta.url).pathname;
/** Files that pages link to and that are no pages. */
const ATTACHED = /\.(json|yml)$/;

/** A file's name above the block that it is: `title="patterns/web.jsonnet"`. */
function titled(
  markdown: { renderer: { rules: Record<string, unknown> } },
): void {
  type Rule = (
    tokens: { info: string }[],
    index: number,
    ...rest: unknown[]
  ) => string;
  const fence = markdown.renderer.rules.fence as Rule;
  const rule: Rule = (tokens, index, ...rest) => {
    const token = tokens[index]!;
    const title = /\stitle="([^"]+)"/.exec(token.info)?.[1];
    token.info = token.info.split(" ")[0]!;
    const block = fence(tokens, index, ...rest);
    return title === undefined
      ? block
      : `<div class="titled"><div class="title">${title}</div>${block}</div>`;
  };
  markdown.renderer.rules.fence = rule;
}

export default defineConfig({
  title: "Etcha",
  description: "Keeps hosts the way you describe them",
  lang: "en",
  srcDir: "pages",
  outDir: "../dist/site",
  cacheDir: "../dist/site-cache",
  cleanUrls: false,
  rewrites: {
    "README.md": "index.md",
    "monitoring/README.md": "monitoring/index.md",
  },
  ignoreDeadLinks: [ATTACHED],
  head: [[
    "link",
    {
      rel: "icon",
      href:
        "data:image/svg+xml,<svg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 8 8'><path fill='%230f766e' d='M1 1h6v1.5H2.7v.8h3.6v1.4H2.7v.8H7V7H1z'/></svg>",
    },
  ]],
  markdown: {
    theme: { light: "github-light", dark: "github-dark" },
    languageAlias: { console: "shellsession" },
    config(markdown) {
      titled(markdown);
      // To the generator {{ NAME }} is a piece of program; pages mean it as it stands.
      const text = markdown.renderer.rules.text!;
      markdown.renderer.rules.text = (...args) =>
        text(...args).replaceAll("{{", "&#123;&#123;");
    },
  },
  themeConfig: {
    search: { provider: "local" },
    outline: { level: [2, 3] },
    nav: [
      { text: "Quick start", link: "/quick-start" },
      { text: "Guides", link: "/guides/patterns" },
      { text: "Library", link: "/library" },
      { text: "Reference", link: "/reference/configuration" },
    ],
    sidebar: [
      {
        text: "Begin",
        items: [
          { text: "Overview", link: "/" },
          { text: "Install", link: "/install" },
          { text: "Quick start", link: "/quick-start" },
          { text: "Tutorial: push and pull", link: "/tutorial" },
        ],
      },
      {
        text: "Guides",
        items: [
          { text: "Writing patterns", link: "/guides/patterns" },
          { text: "Building and signing", link: "/guides/signing" },
          { text: "Pushing and pulling", link: "/guides/push-and-pull" },
          { text: "Events and webhooks", link: "/guides/events-and-webhooks" },
          { text: "Shells on hosts", link: "/shell" },
          { text: "Testing and linting", link: "/guides/testing" },
          { text: "Running the agent", link: "/guides/agent" },
          { text: "Monitoring", link: "/monitoring/" },
          { text: "The security model", link: "/guides/security" },
          { text: "Coming from Ansible", link: "/guides/from-ansible" },
          {
            text: "Coming from the original",
            link: "/guides/from-the-original",
          },
        ],
      },
      {
        text: "Reference",
        items: [
          { text: "The library", link: "/library" },
          { text: "Resources", link: "/resources" },
          { text: "Texts and lists of words", link: "/words" },
          { text: "Command line", link: "/reference/commands" },
          { text: "Configuration", link: "/reference/configuration" },
          { text: "Patterns and commands", link: "/reference/patterns" },
          { text: "Native functions", link: "/reference/natives" },
          { text: "Metrics", link: "/reference/metrics" },
          { text: "Results as JSON", link: "/json" },
          { text: "Exit codes", link: "/exit-codes" },
        ],
      },
    ],
  },
  async buildEnd({ outDir }) {
    for (const path of await readdir(FOLDER, { recursive: true })) {
      if (!ATTACHED.test(path)) continue;
      await mkdir(dirname(join(outDir, path)), { recursive: true });
      await copyFile(join(FOLDER, path), join(outDir, path));
    }
  },
});
