const ENTITIES: Readonly<Record<string, string>> = {'&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&apos;'}

/** `text` as it stands in an element or an attribute of XML. */
export function xmlText(text: string): string {
  return text.replaceAll(/[&<>"']/g, (character) => ENTITIES[character])
}
