/** What a plain scalar is, by the core schema of YAML 1.2. */

const nothing = /^(?:~|[Nn]ull|NULL)$/;
const truth = /^(?:[Tt]rue|TRUE|[Ff]alse|FALSE)$/;
const octal = /^0o[0-7]+$/;
const decimal = /^[-+]?[0-9]+$/;
const hexadecimal = /^0x[0-9a-fA-F]+$/;
const infinite = /^[-+]?\.(?:inf|Inf|INF)$/;
const notANumber = /^(?:\.nan|\.NaN|\.NAN)$/;
const floating = /^[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?$/;

/** The value of what stands in the text without quotes; never empty. */
export function valueOfPlain(source: string): string | number | boolean | null {
  switch (source.charCodeAt(0)) {
    case 0x7e: // ~
    case 0x4e: // N
    case 0x6e: // n
      return nothing.test(source) ? null : source;
    case 0x46: // F
    case 0x54: // T
    case 0x66: // f
    case 0x74: // t
      return truth.test(source) ? source.toLowerCase() === 'true' : source;
    case 0x2b: // +
    case 0x2d: // -
    case 0x2e: // .
    case 0x30:
    case 0x31:
    case 0x32:
    case 0x33:
    case 0x34:
    case 0x35:
    case 0x36:
    case 0x37:
    case 0x38:
    case 0x39:
      return numberOrText(source);
    default:
      return source;
  }
}

function numberOrText(source: string): string | number {
  if (decimal.test(source)) return parseInt(source, 10);
  if (floating.test(source)) return parseFloat(source);
  if (octal.test(source)) return parseInt(source.slice(2), 8);
  if (hexadecimal.test(source)) return parseInt(source.slice(2), 16);
  if (infinite.test(source)) return source.startsWith('-') ? -Infinity : Infinity;
  return notANumber.test(source) ? NaN : source;
}
