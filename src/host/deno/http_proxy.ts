import { BlockList, isIP } from "node:net";

/** Finds the proxy of an address; nothing: connect directly. */
type ProxyRule = (url: URL) => URL | undefined;

/**
 * The usual variables: HTTPS_PROXY, HTTP_PROXY, ALL_PROXY and NO_PROXY, in small letters or capitals. NO_PROXY is a list
 * of names (with everything below them), addresses, networks (`10.0.0.0/8`), `host:port`, or `*`. HTTP_PROXY in capitals is ignored where a CGI
 * request could have set it.
 */
export function proxyRule(environment: { readonly [name: string]: string }): ProxyRule {
  const value = (name: string) => environment[name.toLowerCase()] || environment[name] || "";
  const exceptions = value("NO_PROXY").split(/[\s,]+/).filter((entry) => entry !== "");
  const proxies: Readonly<Record<string, URL | undefined>> = {
    "https:": proxyUrl(value("HTTPS_PROXY") || value("ALL_PROXY")),
    "http:": proxyUrl(
      environment["REQUEST_METHOD"] === undefined
        ? value("HTTP_PROXY") || value("ALL_PROXY")
        : environment["http_proxy"] ?? "",
    ),
  };
  return (url) => exceptions.some((entry) => isExcepted(url, entry)) ? undefined : proxies[url.protocol];
}

/** Addresses of SOCKS proxies are left to what understands them: here they count as none. */
function proxyUrl(text: string): URL | undefined {
  if (text === "") return undefined;
  const url = URL.parse(/^[a-z][a-z0-9+.-]*:\/\//i.test(text) ? text : `http://${text}`);
  return url?.protocol === "http:" || url?.protocol === "https:" ? url : undefined;
}

function isExcepted(url: URL, entry: string): boolean {
  if (entry === "*") return true;
  const network = /^\[?([0-9A-Fa-f.:]+)\]?\/(\d{1,3})$/.exec(entry);
  if (network !== null) return isWithin(url, network[1]!, Number(network[2]));
  const port = url.port || (url.protocol === "https:" ? "443" : "80");
  const named = entry.toLowerCase().replace(/^\*?\./, "");
  const [host, wantedPort] = /^(.*[^:]|\[.*\]):(\d+)$/.exec(named)?.slice(1) ?? [named, port];
  if (wantedPort !== port) return false;
  const hostname = url.hostname.replace(/^\[|\]$/g, "");
  const plain = (host ?? "").replace(/^\[|\]$/g, "");
  return hostname === plain || hostname.endsWith(`.${plain}`);
}

function isWithin(url: URL, network: string, bits: number): boolean {
  const address = url.hostname.replace(/^\[|\]$/g, "");
  const family = isIP(network);
  if (family === 0 || isIP(address) !== family || bits > (family === 4 ? 32 : 128)) return false;
  const name = family === 4 ? "ipv4" : "ipv6";
  const networks = new BlockList();
  networks.addSubnet(network, bits, name);
  return networks.check(address, name);
}
