// SPDX-License-Identifier: Apache-2.0

// Okabe and Ito's colours, told apart with every kind of colour vision; the second round is dashed.
const light = ["#0072b2", "#c04a00", "#00805c", "#a8488a", "#8a6d00", "#2f7fb5"];
const dark = ["#56b4e9", "#ff8a3d", "#2ecc9a", "#e391c3", "#f0c94a", "#9ad0f5"];

/**
 * @param {number} index of the series
 * @param {boolean} onDark
 * @returns {{colour: string, dash: number[]}}
 */
export function strokeOf(index, onDark) {
  const colours = onDark ? dark : light;
  return { colour: colours[index % colours.length] ?? "#0072b2", dash: index < colours.length ? [] : [6, 4] };
}
