// SPDX-License-Identifier: Apache-2.0
import { useEffect, useRef } from "preact/hooks";
import uPlot from "uplot";
import { formatNumber } from "../logic/numbers.js";
import { strokeOf } from "../logic/palette.js";
import { windowSeconds, type Series } from "../logic/series.js";

const height = 150;
const windowSecondsMin = 20;
const darkScheme = matchMedia("(prefers-color-scheme: dark)");

function axisStyle(onDark: boolean) {
  const line = onDark ? "#2c3949" : "#e3e8ee";
  return {
    stroke: onDark ? "#9fb0c3" : "#55657a",
    grid: { stroke: line, width: 1 },
    ticks: { stroke: line, width: 1 },
    font: "11px system-ui, sans-serif",
  };
}

/** Room around the values, also when they are all the same. */
function valueRange(_: uPlot, min: number | null, max: number | null): [number, number] {
  if (min === null || max === null) return [0, 1];
  const margin = max > min ? (max - min) * 0.12 : Math.max(Math.abs(max) * 0.1, 0.5);
  return [min - margin, max + margin];
}

/** The last two minutes; less as long as there is less, so that the first points are not a line at the edge. */
function timeRange(plot: uPlot): [number, number] {
  const now = Date.now() / 1000;
  const first = plot.data[0]?.[0] ?? now;
  return [Math.max(now - windowSeconds, Math.min(first, now - windowSecondsMin)), now];
}

const linear = uPlot.paths.linear!();
const stepped = uPlot.paths.stepped!({ align: 1 });

/** A switch has nothing between off and on. */
function pathOf(...[plot, ...range]: Parameters<uPlot.Series.PathBuilder>) {
  const isSwitch = (plot.data[1] as number[]).every((value) => value === 0 || value === 1);
  return (isSwitch ? stepped : linear)(plot, ...range);
}

function makePlot(target: HTMLElement, index: number): uPlot {
  const onDark = darkScheme.matches;
  const { colour, dash } = strokeOf(index, onDark);
  const options: uPlot.Options = {
    width: Math.max(target.clientWidth, 100),
    height,
    padding: [10, null, 0, 0],
    legend: { show: false },
    cursor: { drag: { x: false, y: false }, points: { size: 7 } },
    scales: {
      x: { time: true, range: timeRange },
      y: { range: valueRange },
    },
    axes: [
      { ...axisStyle(onDark), space: 90, size: 28, values: "{HH}:{mm}:{ss}" },
      { ...axisStyle(onDark), size: 56, space: 34, values: (_, ticks) => ticks.map(formatNumber) },
    ],
    series: [{}, { stroke: colour, width: 2, dash, fill: `${colour}1f`, fillTo: (_, __, min) => min, paths: pathOf, points: { show: false } }],
  };
  return new uPlot(options, [[], []], target);
}

export function Graph({ series, index, beat }: { series: Series; index: number; beat: number }) {
  const target = useRef<HTMLDivElement>(null);
  const plot = useRef<uPlot | null>(null);

  useEffect(() => {
    const element = target.current!;
    const remake = () => {
      plot.current?.destroy();
      plot.current = makePlot(element, index);
      plot.current.setData([series.times, series.values]);
    };
    remake();
    const observer = new ResizeObserver(() => plot.current?.setSize({ width: Math.max(element.clientWidth, 100), height }));
    observer.observe(element);
    darkScheme.addEventListener("change", remake);
    return () => {
      darkScheme.removeEventListener("change", remake);
      observer.disconnect();
      plot.current?.destroy();
    };
  }, []);

  useEffect(() => plot.current?.setData([series.times, series.values]), [beat]);

  const last = series.values[series.values.length - 1];
  const shown = last === undefined ? "–" : formatNumber(last);
  return (
    <figure class="card graph" data-series={series.name} data-points={series.times.length}>
      <figcaption>
        <Swatch index={index} />
        <span class="name">{series.name}</span>
        <output aria-label={`${series.name} now`}>{shown}</output>
      </figcaption>
      <div ref={target} role="img" aria-label={`${series.name} over the last two minutes, now ${shown}`} />
    </figure>
  );
}

function Swatch({ index }: { index: number }) {
  const { colour, dash } = strokeOf(index, darkScheme.matches);
  return (
    <svg class="swatch" viewBox="0 0 20 6" aria-hidden="true">
      <line x1="0" y1="3" x2="20" y2="3" stroke={colour} stroke-width="3" stroke-dasharray={dash.join(" ")} />
    </svg>
  );
}
