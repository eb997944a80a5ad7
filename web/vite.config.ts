// SPDX-License-Identifier: Apache-2.0
import { defineConfig } from "vite";

export default defineConfig({
  base: "/",
  esbuild: { jsx: "automatic", jsxImportSource: "preact" },
  // The content security policy forbids what inlining and the preload helper would need.
  build: { target: "es2020", assetsInlineLimit: 0, modulePreload: false },
});
