/** A bar chart as SVG, by hand: readable in light and dark, with nothing fetched. */
import type {Spread} from '../statistics.js'

export interface Bar {
  runner: string
  spread: Spread
}

export interface BarGroup {
  title: string
  bars: readonly Bar[]
}

export interface Chart {
  title: string
  subtitle: string
  groups: readonly BarGroup[]
  format: (value: number) => string
}

const WIDTH = 860
const LABEL_WIDTH = 230
const BAR_HEIGHT = 14
const BAR_GAP = 3
const GROUP_GAP = 16
const TOP = 88
const VALUE_WIDTH = 210
const COLORS = ['#0b7a75', '#d98324', '#8a8d91', '#5b6ee1', '#b5446e']

/** Each group is drawn to the length of its own longest bar; the thin line is the least and the most of all rounds. */
export function drawChart({title, subtitle, groups, format}: Chart): string {
  const runners = [...new Set(groups.flatMap(({bars}) => bars.map(({runner}) => runner)))]
  const colorOf = (runner: string): string => COLORS[runners.indexOf(runner) % COLORS.length]
  let top = TOP
  const drawn = groups.map((group) => {
    const text = drawGroup(group, top, {colorOf, format})
    top += group.bars.length * (BAR_HEIGHT + BAR_GAP) + GROUP_GAP
    return text
  })
  const legend = runners.map((runner, place) => drawLegend(runner, 24 + place * 150, colorOf(runner)))
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${top}" width="${WIDTH}" height="${top}" role="img" aria-label="${escapeText(title)}">`,
    STYLE,
    `<rect class="paper" width="${WIDTH}" height="${top}" rx="8"/>`,
    `<text x="24" y="30" class="title">${escapeText(title)}</text>`,
    `<text x="24" y="50" class="quiet">${escapeText(subtitle)}</text>`,
    ...legend,
    ...drawn,
    '</svg>\n',
  ].join('\n')
}

const STYLE = `<style>
  text { font: 12px system-ui, sans-serif; fill: #1f2328 }
  .title { font-size: 17px; font-weight: 600 }
  .quiet { fill: #59636e }
  .paper { fill: #ffffff }
  .spread { stroke: #1f2328; stroke-width: 1 }
  @media (prefers-color-scheme: dark) {
    text { fill: #e6edf3 }
    .quiet { fill: #9198a1 }
    .paper { fill: #0d1117 }
    .spread { stroke: #e6edf3 }
  }
</style>`

interface Drawing {
  colorOf: (runner: string) => string
  format: (value: number) => string
}

function drawGroup({title, bars}: BarGroup, top: number, {colorOf, format}: Drawing): string {
  const longest = Math.max(...bars.map(({spread}) => spread.most))
  const scale = longest > 0 ? (WIDTH - LABEL_WIDTH - VALUE_WIDTH) / longest : 0
  const middle = top + (bars.length * (BAR_HEIGHT + BAR_GAP)) / 2 + 3
  const rows = bars.map(({runner, spread}, place) => {
    const y = top + place * (BAR_HEIGHT + BAR_GAP)
    const [left, right] = [spread.least, spread.most].map((value) => round(LABEL_WIDTH + value * scale))
    return [
      `<rect x="${LABEL_WIDTH}" y="${y}" width="${round(spread.median * scale)}" height="${BAR_HEIGHT}" rx="2" fill="${colorOf(runner)}"/>`,
      `<line class="spread" x1="${left}" x2="${right}" y1="${y + BAR_HEIGHT / 2}" y2="${y + BAR_HEIGHT / 2}"/>`,
      `<text x="${right + 8}" y="${y + BAR_HEIGHT - 3}">${escapeText(format(spread.median))} <tspan class="quiet">${escapeText(runner)}</tspan></text>`,
    ].join('\n')
  })
  return [`<text x="${LABEL_WIDTH - 12}" y="${middle}" text-anchor="end">${escapeText(title)}</text>`, ...rows].join('\n')
}

function drawLegend(runner: string, x: number, color: string): string {
  return `<rect x="${x}" y="62" width="12" height="12" rx="2" fill="${color}"/>\n<text x="${x + 18}" y="72">${escapeText(runner)}</text>`
}

function round(value: number): number {
  return Math.round(value * 10) / 10
}

function escapeText(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;')
}
