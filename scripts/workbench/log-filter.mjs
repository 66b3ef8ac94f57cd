// @ts-check

/**
 * What the workbench says on every start and nobody needs to read: parts that are not compiled here,
 * services that are switched off, its own connections.
 */
const chatter = [
  /Could not locate the bindings file/,
  /Cannot find module '\.\/build\/Release\/watchdog'/,
  /\b(spdlog|sqlite3?|native-watchdog|node-pty|kerberos|deviceid|fs-copyfile)\b/i,
  /^Res(olving|olved) connection token/,
  /^Creating a socket/,
  /^\[reconnection-grace-time\]/,
  /^\[remote-connection\]/,
  /additional builtin extensions/,
  /open-vsx\.org|marketplace\.visualstudio\.com|gallery/i,
  /^\[Service Worker\] registration/,
  /^\[?Agent ?Host/i,
  /^\[AccountPolicyGate\]/,
  /^\[(chat|copilot|languageModels?|McpService|mcp)\b/i,
  /\b(language model|chat model|copilot)\b/i,
  /^\[lifecycle\]/,
  /Long running operations during shutdown/,
  /reading 'extensionHost'/,
  /^(Started|Loaded|Loading) .*extension host/i,
  /DeprecationWarning|ExperimentalWarning/,
  /node --trace-(deprecation|warnings)/,
  /^Canceled(: Canceled)*(\n|$)/,
  /telemetry/i,
  /^\[perf\]/,
  // The suite's own verdict, which is told better elsewhere.
  /^Error: \d+ tests failed\./,
  /^Creation of workbench contribution/,
  /Timed out waiting for authentication provider/,
  /SecretStorage|keyring|keytar/i,
];

/**
 * @param {string} line
 * @returns {boolean} whether it is worth showing
 */
export function worthShowing(line) {
  const text = line.trim();
  return text !== '' && !chatter.some((pattern) => pattern.test(text));
}

/** Frames of the workbench and of Node tell nothing about the extension. */
const foreignFrame = /^\s+at .*(\(node:|node:internal|\/code-server-|workbench\.js)/;

/**
 * What the page passed on as a console call, or nothing when it is chatter.
 *
 * @param {string} type
 * @param {unknown[]} args
 * @returns {string | undefined}
 */
export function consoleLine(type, args) {
  const text = args.map((arg) => (typeof arg === 'string' ? arg : JSON.stringify(arg))).join(' ');
  if (!worthShowing(text)) return undefined;
  const own = text.split('\n').filter((line) => !foreignFrame.test(line));
  const shown = own.join('\n');
  return type === 'error' || type === 'warn' ? `${type}: ${shown}` : shown;
}
