import {padEnd, padStart, textWidth} from './text-width.js'

export interface Column {
  title: string
  align?: 'left' | 'right'
}

/** A table as lines: a line of titles, then one a row, two spaces between columns, no space at the end of a line. */
export function formatTable(columns: readonly Column[], rows: readonly (readonly string[])[]): string[] {
  const table = [columns.map((column) => column.title), ...rows]
  const widths = columns.map((_, index) => table.reduce((width, row) => Math.max(width, textWidth(row[index])), 0))
  return table.map((row) =>
    row
      .map((cell, index) => (columns[index].align === 'right' ? padStart : padEnd)(cell, widths[index]))
      .join('  ')
      .trimEnd(),
  )
}
