// SPDX-License-Identifier: Apache-2.0
#include "console/static_files.hpp"

#include <algorithm>
#include <array>
#include <fstream>
#include <iterator>
#include <optional>
#include <string>

#include "base/text.hpp"

namespace xl::console {
namespace fs = std::filesystem;
namespace {

constexpr std::uintmax_t kFileBytesMax = 16 << 20;
constexpr std::string_view kForever = "public, max-age=31536000, immutable";  // the build puts a hash in every name
constexpr std::string_view kAskAgain = "no-cache";

constexpr std::array<std::pair<std::string_view, std::string_view>, 13> kTypes{{
    {".css", "text/css; charset=utf-8"},
    {".html", "text/html; charset=utf-8"},
    {".ico", "image/x-icon"},
    {".jpg", "image/jpeg"},
    {".js", "text/javascript; charset=utf-8"},
    {".json", "application/json"},
    {".map", "application/json"},
    {".mjs", "text/javascript; charset=utf-8"},
    {".png", "image/png"},
    {".svg", "image/svg+xml"},
    {".txt", "text/plain; charset=utf-8"},
    {".webmanifest", "application/manifest+json"},
    {".woff2", "font/woff2"},
}};

std::string_view type_of(const std::string& extension) {
  for (const auto& [known, type] : kTypes)
    if (known == extension) return type;
  return "application/octet-stream";
}

bool is_plain(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.' || c == '_' || c == '-';
}

/// Neither "..", nor hidden files, nor anything that would have to be escaped.
bool is_safe_segment(std::string_view segment) {
  return !segment.empty() && segment.front() != '.' && std::ranges::all_of(segment, is_plain);
}

/// nullopt unless it is a plain file inside `root`, symbolic links resolved.
std::optional<fs::path> locate(const fs::path& root, std::string_view raw_path) {
  fs::path path = root;
  for (const std::string_view segment : split(raw_path.substr(1), '/')) {
    if (!is_safe_segment(segment)) return std::nullopt;
    path /= segment;
  }
  std::error_code error;
  const fs::path real_root = fs::canonical(root, error);
  if (error) return std::nullopt;
  const fs::path real = fs::canonical(path, error);
  if (error || !fs::is_regular_file(real, error) || fs::file_size(real, error) > kFileBytesMax) return std::nullopt;
  const bool inside =
      std::mismatch(real_root.begin(), real_root.end(), real.begin(), real.end()).first == real_root.end();
  return inside ? std::optional(real) : std::nullopt;
}

net::HttpResponse page(int status, std::string_view type, std::string_view cache, std::string body) {
  net::HttpResponse response{status, security_headers(), std::move(body)};
  response.headers.emplace_back("Content-Type", type);
  response.headers.emplace_back("Cache-Control", cache);
  return response;
}

std::optional<std::string> content_of(const fs::path& path) {
  std::ifstream in(path, std::ios::binary);
  if (!in) return std::nullopt;
  std::string content{std::istreambuf_iterator<char>(in), {}};
  return in.bad() ? std::nullopt : std::optional(std::move(content));
}

}  // namespace

net::HttpHeaders security_headers() {
  return {{"Content-Security-Policy",
           "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; "
           "connect-src 'self'; manifest-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"},
          {"Permissions-Policy", "camera=(self), microphone=(), geolocation=()"},
          {"X-Content-Type-Options", "nosniff"},
          {"Referrer-Policy", "no-referrer"},
          {"Cross-Origin-Opener-Policy", "same-origin"},
          {"Cross-Origin-Resource-Policy", "same-origin"},
          {"X-Frame-Options", "DENY"}};
}

net::HttpResponse StaticFiles::file(std::string_view raw_path) const {
  const auto path = locate(root_, raw_path);
  auto content = path ? content_of(*path) : std::nullopt;
  if (!content) return page(404, "text/plain; charset=utf-8", "no-store", "There is no such page.\n");
  const std::string_view cache = raw_path.starts_with("/assets/") ? kForever : kAskAgain;
  return page(200, type_of(path->extension().string()), cache, *std::move(content));
}

net::HttpResponse StaticFiles::index() const {
  auto content = content_of(root_ / "index.html");
  if (!content) {
    return page(503, "text/plain; charset=utf-8", "no-store",
                "The web pages are not installed: build them (web/) or name their folder with --web-root.\n");
  }
  return page(200, "text/html; charset=utf-8", kAskAgain, *std::move(content));
}

}  // namespace xl::console
