// SPDX-License-Identifier: Apache-2.0
import { useCallback, useEffect, useState } from "preact/hooks";
import { call } from "../logic/http.js";

const askEvery = 4000;

export interface Live<T> {
  data: T | null;
  problem: string;
  refresh: () => Promise<void>;
}

/** What the address answers, asked for again every few seconds while the page is looked at. */
export function useLive<T>(url: string, onSessionEnd: () => void): Live<T> {
  const [data, setData] = useState<T | null>(null);
  const [problem, setProblem] = useState("");

  const refresh = useCallback(async () => {
    const { status, body } = await call("GET", url);
    if (status === 401) return onSessionEnd();
    if (status === 200) setData(body);
    setProblem(status === 200 ? "" : (body?.message ?? "The cloud cannot be reached; trying again."));
  }, [url]);

  useEffect(() => {
    setData(null);
    void refresh();
    const timer = setInterval(() => {
      if (!document.hidden) void refresh();
    }, askEvery);
    return () => clearInterval(timer);
  }, [refresh]);
  return { data, problem, refresh };
}
