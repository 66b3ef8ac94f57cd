/** Names come from the file, and an editor shows Markdown: a name must not become formatting or a link. */

/** A name as text. */
export function asText(name: string): string {
  return name.replace(/[\\`*_{}[\]<>()#+!|~&]/g, String.raw`\$&`);
}

/** A name in the type of code, where that is possible. */
export function asCode(name: string): string {
  return name.includes('`') || name === '' ? asText(name) : `\`${name}\``;
}
