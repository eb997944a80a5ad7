// SPDX-License-Identifier: Apache-2.0
#include "net/wire.hpp"

#include <algorithm>
#include <array>
#include <ctime>

#include "base/text.hpp"

namespace xl::net {
namespace {

void append_header(std::string& out, std::string_view name, std::string_view value) {
  const auto safe = [](char c) { return c == '\r' || c == '\n' || c == '\0' ? ' ' : c; };
  std::ranges::transform(name, std::back_inserter(out), safe);
  out += ": ";
  std::ranges::transform(value, std::back_inserter(out), safe);
  out += "\r\n";
}

/// The framing is ours: what a handler says about it would only contradict the bytes.
bool is_framing(std::string_view name) {
  constexpr std::array<std::string_view, 4> kFraming{"content-length", "transfer-encoding", "connection", "date"};
  return std::ranges::any_of(kFraming, [&](std::string_view ours) { return equals_ignoring_case(ours, name); });
}

std::string head(int status, const HttpHeaders& headers) {
  std::string out = "HTTP/1.1 " + std::to_string(status) + " " + std::string(reason_phrase(status)) + "\r\n";
  append_header(out, "Date", http_date(wall_now()));
  for (const auto& [name, value] : headers)
    if (!is_framing(name)) append_header(out, name, value);
  return out;
}

}  // namespace

std::string http_date(UnixMillis t) {
  constexpr std::array kDays{"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
  constexpr std::array kMonths{"Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
  const std::time_t seconds = std::chrono::system_clock::to_time_t(t);
  std::tm utc{};
  ::gmtime_r(&seconds, &utc);
  std::array<char, 64> text{};
  // Not strftime's %a and %b: those follow the locale.
  std::snprintf(text.data(), text.size(), "%s, %02d %s %04d %02d:%02d:%02d GMT",
                kDays[static_cast<std::size_t>(utc.tm_wday)], utc.tm_mday,
                kMonths[static_cast<std::size_t>(utc.tm_mon)], utc.tm_year + 1900, utc.tm_hour, utc.tm_min, utc.tm_sec);
  return text.data();
}

std::string_view reason_phrase(int status) {
  switch (status) {
    case 101:
      return "Switching Protocols";
    case 200:
      return "OK";
    case 201:
      return "Created";
    case 202:
      return "Accepted";
    case 204:
      return "No Content";
    case 301:
      return "Moved Permanently";
    case 302:
      return "Found";
    case 303:
      return "See Other";
    case 304:
      return "Not Modified";
    case 400:
      return "Bad Request";
    case 401:
      return "Unauthorized";
    case 403:
      return "Forbidden";
    case 404:
      return "Not Found";
    case 405:
      return "Method Not Allowed";
    case 408:
      return "Request Timeout";
    case 409:
      return "Conflict";
    case 410:
      return "Gone";
    case 413:
      return "Content Too Large";
    case 415:
      return "Unsupported Media Type";
    case 417:
      return "Expectation Failed";
    case 421:
      return "Misdirected Request";
    case 426:
      return "Upgrade Required";
    case 429:
      return "Too Many Requests";
    case 431:
      return "Request Header Fields Too Large";
    case 500:
      return "Internal Server Error";
    case 501:
      return "Not Implemented";
    case 503:
      return "Service Unavailable";
    case 505:
      return "HTTP Version Not Supported";
    default:
      return "Status";
  }
}

std::string response_text(const HttpResponse& response, bool keep_alive, bool without_body) {
  std::string out = head(response.status, response.headers);
  const bool bodiless = response.status == 204 || response.status == 304;
  if (!bodiless) append_header(out, "Content-Length", std::to_string(response.body.size()));
  append_header(out, "Connection", keep_alive ? "keep-alive" : "close");
  out += "\r\n";
  if (!bodiless && !without_body) out += response.body;
  return out;
}

std::string event_stream_head(const HttpHeaders& extra_headers) {
  std::string out = head(200, extra_headers);
  append_header(out, "Content-Type", "text/event-stream");
  append_header(out, "Cache-Control", "no-store");
  append_header(out, "X-Accel-Buffering", "no");  // a reverse proxy must not hold events back
  append_header(out, "Connection", "close");
  return out + "\r\n";
}

std::string switching_head(const HttpHeaders& headers) {
  std::string out = head(101, headers);
  append_header(out, "Connection", "Upgrade");
  return out + "\r\n";
}

std::string request_text(const HttpRequest& request, std::string_view host) {
  std::string out = request.method + " " + request.target + " HTTP/1.1\r\n";
  if (!request.header("host")) append_header(out, "Host", host);
  for (const auto& [name, value] : request.headers)
    if (!is_framing(name) || equals_ignoring_case(name, "date")) append_header(out, name, value);
  const bool has_body =
      !request.body.empty() || request.method == "POST" || request.method == "PUT" || request.method == "PATCH";
  if (has_body) append_header(out, "Content-Length", std::to_string(request.body.size()));
  append_header(out, "Connection", "close");
  return out + "\r\n" + request.body;
}

}  // namespace xl::net
