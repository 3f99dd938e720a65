/**
 * Writes std_format.json: what the `jsonnet` program of the go-jsonnet version in go.mod makes of many uses of std.format.
 *
 *   deno run -A tests/jsonnet/write_std_format.ts PATH_OF_JSONNET && deno fmt tests/jsonnet
 */

const FORMATS =
  `%d %5d %-5d| %05d %+d %_d %i %u %5.3d %ld %+05d %-05d| %x %X %#x %#X %#08x %08.3x %+x %o %#o %#08o %f %.2f %08.3f %+08.2f
   %_5.1f %.0f %#.0f %-12.4f| %012f %e %.3E %+.1e %#.0e %.0e %12.2e %-12.2e| %012.3e %g %G %#g %.3g %#.3g %.1g %.0g %+g %012g %-12g| %c %s
   %5s %-5s| %05s`.split(/\s+/).map((format) => format.replaceAll("_", " "));
/** No denormal numbers: the logarithm of the reference program is wrong for them on some processors. */
const NUMBERS = [
  "0",
  "-0",
  "1",
  "-1",
  "0.5",
  "-0.5",
  "-0.001",
  "1.5",
  "2.5",
  "7",
  "42",
  "-42",
  "255",
  "-255.7",
  "1234567",
  "1e5",
  "1e6",
]
  .concat([
    "1e10",
    "1e-5",
    "1e-4",
    "123.456",
    "-987.654321",
    "1e15",
    "1e20",
    "1e300",
    "1e-10",
    "0.1",
    "99.995",
    "9.9999999",
  ])
  .concat(["999999.5", "0.00012345", "1 / 3", "-2 / 3"]);
const VALUES = [
  "''",
  "'x'",
  "'héé'",
  "'😀'",
  "null",
  "true",
  "[]",
  "{}",
  "[1, 'a', { b: 1.5, a: [] }]",
  `{ z: 'q"\\n\\u0001\\u007f\\\\', a: null }`,
]
  .concat([
    "1e300",
    "0.1",
    "-0",
    "123456789012345680",
    "1e21",
    "[[]]",
    "{ a: { b: [null, true] } }",
    "{ a:: 1, b: 2 }",
    "['\\t/']",
  ]);
const LISTS = [
  "'%%'",
  "'100%%' % []",
  "'%5%|' % []",
  "'%-5%|' % []",
  "'%s' % 'a'",
  "'%s=%d' % ['k', 3]",
  "'%*d' % [5, 3]",
]
  .concat(["'%.*f' % [2, 3.14159]", "'%*.*f|%s' % [8, 3, 2.71828, 'x']", "'%-*d|' % [6, 42]", "'%0*d' % [6, 42]"])
  .concat(["'%(a)s-%(b)05d-%(a)s' % { a: 'x', b: 3, c: error 'lazy' }", "'%(a)s %%' % { a: self.b, b: 'v' }"])
  .concat(["{ name: 'n', full: '%(name)s.%(name)s' % self }", "'%(a b)s' % { 'a b': 1 }", "'%(h)s' % { h:: 'hidden' }"])
  .concat([
    "std.format('%s', 'a')",
    "'a%sb%sc' % [1, 2]",
    "'%s%s' % ['', '']",
    "'plain' % []",
    "'plain' % {}",
    "'é%sé' % 'ü'",
  ])
  .concat([
    "'%c%c' % [65, 'é']",
    "'%c' % 128512",
    "'%(a)s' % ({ a: 1 } + { a+: 1 })",
    "'%hd %Lf' % [1, 2]",
    "'%s' % [[1, 2]]",
  ])
  .concat([
    "'% +d' % 3",
    "'%-08d|' % 3",
    "'%s' % (function(x) x)(1)",
    "'%d' % true",
    "'%d' % 'a'",
    "'%d' % null",
    "'%x' % [[]]",
  ])
  .concat([
    "'%f' % {}",
    "'%s' % []",
    "'%s %s' % ['a']",
    "'%s' % [1, 2]",
    "'plain' % 1",
    "'%' % 1",
    "'%5' % 1",
    "'%(a' % {}",
  ])
  .concat(["'%(a)' % {}", "'%y' % 1", "'%.' % 1", "'%l' % 1", "'%s' % { a: 1 }", "'%(a)s' % {}", "'%(a)*d' % { a: 1 }"])
  .concat([
    "'%(a).*d' % { a: 1 }",
    "'%*d' % [1]",
    "'%*.*f' % [1, 2]",
    "'%c' % 'ab'",
    "'%c' % ''",
    "'%c' % null",
    "'%c' % [[1]]",
  ])
  .concat([
    "'%(a)d' % { a: 'x' }",
    "'%(a)s' % { a: error 'forced' }",
    "'%s' % [error 'forced']",
    "'%s %d' % ['a', 'b']",
    "std.format(1, 2)",
  ])
  .concat([
    "'%s' % (function(x) x)",
    "'%d' % [1, 2, 3]",
    "'%s %s %s' % [1, 2]",
    "'%' % []",
    "'%(a)s' % 1",
    "'%(a)s' % ['v']",
  ]);

const codes = [
  ...FORMATS.flatMap((format) => NUMBERS.map((number) => `'${format}' % (${number})`)).filter((code) =>
    !isBadChar(code)
  ),
  ...["%s", "%10s", "%-10s|", "%%%s%%", "a%sb"].flatMap((format) => VALUES.map((value) => `'${format}' % [${value}]`)),
  ...LISTS,
];

/** Characters below zero or above the last one are undefined behaviour of both sides. */
function isBadChar(code: string): boolean {
  return code.startsWith("'%c'") && !/\((0|1|7|42|255)\)$/.test(code);
}

async function answer(program: string, code: string): Promise<{ code: string; value?: unknown; error?: string }> {
  const { success, stdout, stderr } = await new Deno.Command(program, { args: ["-e", code] }).output();
  const text = new TextDecoder().decode(success ? stdout : stderr);
  return success
    ? { code, value: JSON.parse(text) }
    : { code, error: text.split("\n")[0]!.replace(/^RUNTIME ERROR: /, "") };
}

const lines: string[] = [];
for (const code of codes) lines.push(JSON.stringify(await answer(Deno.args[0]!, code)));
await Deno.writeTextFile(new URL("./std_format.json", import.meta.url), `[\n${lines.join(",\n")}\n]\n`);
