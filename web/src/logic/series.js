// SPDX-License-Identifier: Apache-2.0
import { numbersOf, seriesMax } from "./numbers.js";

/** Seconds that a graph shows. */
export const windowSeconds = 120;
/** A module that sends as fast as it can must not fill the browser's memory. */
const pointsMax = 6000;

/**
 * @typedef {object} Series
 * @property {string} name
 * @property {number[]} times   seconds since 1970, rising
 * @property {number[]} values
 */

/** The live series of one module, in the order of their first appearance. */
export class SeriesStore {
  constructor() {
    /** @type {Series[]} */
    this.all = [];
    /** @type {Set<string>} names that found no room */
    this.ignored = new Set();
  }

  /**
   * @param {string} payload
   * @param {number} time seconds since 1970
   */
  add(payload, time) {
    for (const [name, value] of numbersOf(payload)) {
      const series = this.find(name);
      if (series) append(series, time, value);
    }
  }

  /**
   * @param {string} name
   * @returns {Series | undefined}
   */
  find(name) {
    const known = this.all.find((series) => series.name === name);
    if (known) return known;
    if (this.all.length >= seriesMax) {
      if (this.ignored.size < 100) this.ignored.add(name);
      return undefined;
    }
    const series = { name, times: [], values: [] };
    this.all.push(series);
    return series;
  }
}

/**
 * @param {Series} series
 * @param {number} time
 * @param {number} value
 */
function append(series, time, value) {
  const last = series.times[series.times.length - 1];
  series.times.push(last !== undefined && last >= time ? last + 0.001 : time);
  series.values.push(value);
  const oldest = time - windowSeconds - 5;
  let gone = Math.max(0, series.times.length - pointsMax);
  while (gone < series.times.length && (series.times[gone] ?? time) < oldest) ++gone;
  series.times.splice(0, gone);
  series.values.splice(0, gone);
}
