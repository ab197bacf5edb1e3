import test from 'ava'
import {formatTable} from '../../src/cli/table.js'

test('columns are as wide as their widest cell, numbers stand to the right, lines end without spaces', (t) => {
  const lines = formatTable(
    [{title: 'ID'}, {title: 'Paths'}, {title: 'Files', align: 'right'}],
    [
      ['3fa9c2d1', '/home/文件', '12'],
      ['0', '', '1,234'],
    ],
  )
  t.deepEqual(lines, ['ID        Paths       Files', '3fa9c2d1  /home/文件     12', '0                     1,234'])
})

test('a table without rows has its titles', (t) => {
  t.deepEqual(formatTable([{title: 'ID'}, {title: 'Date'}], []), ['ID  Date'])
})
