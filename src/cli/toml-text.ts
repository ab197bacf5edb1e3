/** `text` in quotes, as a TOML file has it. */
export function tomlText(text: string): string {
  // JSON's escapes are all TOML's too, but it leaves this one character as it is.
  return JSON.stringify(text).replaceAll('\u007f', '\\u007f')
}
