// SPDX-License-Identifier: Apache-2.0
import { useEffect, useRef, useState } from "preact/hooks";
import { makeDetector } from "./detector";

/** Browsers give the camera to pages that came by HTTPS, or from this machine. */
export const hasCamera = Boolean(navigator.mediaDevices?.getUserMedia);

const lookEvery = 150;

export function Scanner({ onFound, onCancel }: { onFound: (text: string) => void; onCancel: () => void }) {
  const video = useRef<HTMLVideoElement>(null);
  const [problem, setProblem] = useState("");

  useEffect(() => {
    let stream: MediaStream | undefined;
    let timer: ReturnType<typeof setTimeout> | undefined;
    let closed = false;

    async function start() {
      const [detector, camera] = await Promise.all([
        makeDetector(),
        navigator.mediaDevices.getUserMedia({ video: { facingMode: "environment", width: { ideal: 1280 } } }),
      ]);
      stream = camera;
      const screen = video.current;
      if (closed || !screen) return stop();
      screen.srcObject = camera;
      await screen.play();
      const look = async () => {
        const found = await detector.detect(screen).catch(() => []);
        if (closed) return;
        const text = found[0]?.rawValue;
        if (text?.toUpperCase().startsWith("XL1:")) return onFound(text);
        if (text) setProblem("This code is not the label of a device. It begins with XL1.");
        timer = setTimeout(look, lookEvery);
      };
      void look();
    }
    function stop() {
      stream?.getTracks().forEach((track) => track.stop());
    }

    start().catch((error: DOMException) => {
      if (closed) return;
      setProblem(
        error.name === "NotAllowedError"
          ? "The camera may not be used. Allow it in the browser’s settings, or go back and use a photo."
          : "There is no camera that can be used. Go back and use a photo, or type the label.",
      );
    });
    return () => {
      closed = true;
      clearTimeout(timer);
      stop();
    };
  }, []);

  return (
    <section class="scanner" aria-labelledby="scan-title">
      <h1 id="scan-title">Hold the label into the frame</h1>
      <div class="frame">
        <video ref={video} playsInline muted aria-label="What the camera sees" />
        <span class="corners" aria-hidden="true" />
      </div>
      <p role="status" class={problem ? "problem" : "quiet"}>{problem || "The code is read by itself."}</p>
      <button type="button" onClick={onCancel}>Back</button>
    </section>
  );
}
