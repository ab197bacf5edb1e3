/** The settings of `pocket config show`, as a table. */
import type {ShownSetting} from '../config/show-settings.js'
import type {JsonFields, JsonValue} from '../json-output.js'
import {printable} from '../printable.js'
import {formatTable} from '../table.js'

export function settingLines(settings: readonly ShownSetting[]): string[] {
  const rows = settings.map(({name, value, from}) => [name, printable(shownValue(value)), printable(from)])
  return formatTable([{title: 'Setting'}, {title: 'Value'}, {title: 'From'}], rows)
}

export function settingJson({name, value, source, from}: ShownSetting): JsonFields {
  return {name, value, source, from}
}

function shownValue(value: JsonValue): string {
  if (Array.isArray(value)) return value.length === 0 ? '(none)' : value.map(shownValue).join(', ')
  return typeof value === 'object' && value !== null ? JSON.stringify(value) : String(value)
}
