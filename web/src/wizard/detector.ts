// SPDX-License-Identifier: Apache-2.0
// QR codes in pictures: the browser's own detector where it has one, else a decoder that is loaded when it is needed.

interface Detector {
  detect(source: ImageBitmapSource): Promise<{ rawValue: string }[]>;
}
interface DetectorClass {
  new (options: { formats: string[] }): Detector;
  getSupportedFormats(): Promise<string[]>;
}

const format = "qr_code";

export async function makeDetector(): Promise<Detector> {
  const own = (window as { BarcodeDetector?: DetectorClass }).BarcodeDetector;
  if (own && (await own.getSupportedFormats().catch(() => [] as string[])).includes(format))
    return new own({ formats: [format] });
  const { decodeQR } = await import("qr/decode.js");
  return { detect: async (source) => decode(decodeQR, source as CanvasImageSource) };
}

type Decoder = typeof import("qr/decode.js").decodeQR;

/** A camera looks again by itself; a photo is looked at closely, and from afar, where its grain is gone. */
function decode(decodeQR: Decoder, source: CanvasImageSource) {
  const sides = source instanceof HTMLVideoElement ? [1280] : [1280, 3200, 640];
  for (const side of sides) {
    const text = decodeAt(side, decodeQR, source);
    if (text) return [{ rawValue: text }];
  }
  return [];
}

function decodeAt(side: number, decodeQR: Decoder, source: CanvasImageSource) {
  const [width, height] = sizeOf(source);
  const scale = Math.min(1, side / Math.max(width, height, 1));
  const canvas = document.createElement("canvas");
  canvas.width = Math.max(1, Math.round(width * scale));
  canvas.height = Math.max(1, Math.round(height * scale));
  const context = canvas.getContext("2d", { willReadFrequently: true })!;
  context.drawImage(source, 0, 0, canvas.width, canvas.height);
  try {
    return decodeQR(context.getImageData(0, 0, canvas.width, canvas.height));
  } catch {
    return ""; // its way to say that there is none
  }
}

function sizeOf(source: CanvasImageSource): [number, number] {
  if (source instanceof HTMLVideoElement) return [source.videoWidth, source.videoHeight];
  return [(source as ImageBitmap).width, (source as ImageBitmap).height];
}

/** The text of the code in a picture; "" when none can be read. */
export async function readPhoto(file: File): Promise<string> {
  try {
    const [detector, picture] = await Promise.all([makeDetector(), createImageBitmap(file)]);
    return (await detector.detect(picture))[0]?.rawValue ?? "";
  } catch {
    return ""; // no picture at all
  }
}
