/** The calls of the C library that make and drive a pseudoterminal (pty(7)); Linux alone, as the numbers are its own. */
const CALLS = {
  posix_openpt: { parameters: ["i32"], result: "i32" },
  grantpt: { parameters: ["i32"], result: "i32" },
  unlockpt: { parameters: ["i32"], result: "i32" },
  ptsname_r: { parameters: ["i32", "buffer", "usize"], result: "i32" },
  tcgetattr: { parameters: ["i32", "buffer"], result: "i32" },
  tcsetattr: { parameters: ["i32", "i32", "buffer"], result: "i32" },
  ioctl: { parameters: ["i32", "usize", "buffer"], result: "i32" },
  read: { parameters: ["i32", "buffer", "usize"], result: "isize" },
  write: { parameters: ["i32", "buffer", "usize"], result: "isize" },
  close: { parameters: ["i32"], result: "i32" },
  /** On a thread of its own, because it waits. */
  poll: { parameters: ["buffer", "usize", "i32"], result: "i32", nonblocking: true },
} as const satisfies Deno.ForeignLibraryInterface;

export type Libc = Deno.DynamicLibrary<typeof CALLS>;

/** The one that this program runs on already: nothing is looked for in a folder, nothing is unpacked. */
export function openLibc(): Libc {
  return Deno.dlopen("libc.so.6", CALLS);
}

// open(2), in octal as in fcntl.h.
const O_RDWR = 0o2;
const O_NOCTTY = 0o400;
const O_NONBLOCK = 0o4000;
const O_CLOEXEC = 0o2000000;
/** The other end of a terminal: not for children, and never waited for. */
export const MASTER_FLAGS = O_RDWR | O_NOCTTY | O_NONBLOCK | O_CLOEXEC;

/** ioctl_tty(2). */
export const TIOCSWINSZ = 0x5414n;

/** termios(3): a structure of 60 bytes that begins with four words of flags: input, output, control, local. */
export const TERMIOS = {
  bytes: 60,
  input: 0,
  output: 1,
  local: 3,
  IUTF8: 0o40000,
  ONLCR: 0o4,
  ECHO: 0o10,
  TCSANOW: 0,
} as const;

/** poll(2). */
export const POLLIN = 0x1;
export const POLLOUT = 0x4;
export const POLLERR = 0x8;
export const POLLHUP = 0x10;
