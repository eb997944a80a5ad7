// SPDX-License-Identifier: Apache-2.0
#include "quickconnect/at_client.hpp"

#include <array>
#include <charconv>
#include <optional>

namespace xl::quickconnect {
namespace {

using std::chrono::milliseconds;
using Clock = std::chrono::steady_clock;

constexpr std::size_t kLineBytesMax = 32 << 10;  // 9 KiB, every byte escaped, and a topic
constexpr unsigned kLinesMax = 1000;
constexpr int kAttempts = 6;
constexpr milliseconds kAttemptTimeout{1'500};
constexpr milliseconds kQuiet{100};
constexpr milliseconds kDrainMax{2'000};

struct FirstLine {
  AtReply reply;
  unsigned lines = 0;
};

/// The number at the start of `text`, which must be followed by a space or nothing; it is removed with that space.
std::optional<unsigned> take_number(std::string_view& text) {
  unsigned number = 0;
  const char* begin = text.data();
  const char* end = begin + text.size();
  const auto [stop, error] = std::from_chars(begin, end, number);
  if (error != std::errc() || (stop != end && *stop != ' ')) return std::nullopt;
  text.remove_prefix(static_cast<std::size_t>(stop - begin) + (stop == end ? 0 : 1));
  return number;
}

/// OK[#] [detail] or ERR# [detail]; nothing for any other line. source: guide 4.6.1
std::optional<FirstLine> parse_first_line(std::string_view line) {
  FirstLine first;
  if (line.starts_with("OK")) {
    line.remove_prefix(2);
    if (line.starts_with(' ')) {
      line.remove_prefix(1);
    } else if (!line.empty()) {
      const auto lines = take_number(line);
      if (!lines || *lines > kLinesMax) return std::nullopt;
      first.lines = *lines;
    }
  } else if (line.starts_with("ERR")) {
    line.remove_prefix(3);
    const auto number = take_number(line);
    if (!number || *number == 0 || *number > 9999) return std::nullopt;
    first.reply.error = static_cast<int>(*number);
  } else {
    return std::nullopt;
  }
  first.reply.detail = line;
  return first;
}

Error silence() { return Error::unavailable("The module does not answer."); }

}  // namespace

std::string AtReply::text() const {
  std::string out = is_ok() ? "OK" : "ERR" + std::to_string(error);
  if (is_ok() && !lines.empty()) out += std::to_string(lines.size());
  if (!detail.empty()) out += " " + detail;
  for (const std::string& line : lines) out += "\n" + line;
  return out;
}

std::string escape(std::string_view text) {
  std::string out;
  for (const char c : text) {
    switch (c) {
      case '\n':
        out += "\\A";
        break;
      case '\r':
        out += "\\D";
        break;
      case '\\':
        out += "\\\\";
        break;
      default:
        out += c;
    }
  }
  return out;
}

std::string unescape(std::string_view text) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char next = text[i] == '\\' && i + 1 < text.size() ? text[i + 1] : '\0';
    if (next == 'A' || next == 'D' || next == '\\') {
      out += next == 'A' ? '\n' : next == 'D' ? '\r' : '\\';
      ++i;
    } else {
      out += text[i];
    }
  }
  return out;
}

Status AtClient::drain() {
  received_.clear();
  const Deadline deadline = Clock::now() + kDrainMax;
  std::array<char, 1024> bytes;
  while (Clock::now() < deadline) {
    XL_TRY(const std::size_t count, port_.read(bytes, kQuiet));
    if (count == 0) break;
  }
  is_in_step_ = true;
  return {};
}

Status AtClient::find() {
  for (int attempt = 0; attempt < kAttempts; ++attempt) {
    XL_CHECK(port_.write("\r"));  // ends a command that another program left unfinished
    XL_CHECK(drain());
    const auto reply = run("AT", kAttemptTimeout);
    if (reply && reply->is_ok()) return drain();  // answers to our earlier attempts may follow
    if (!reply && reply.error().code != Errc::unavailable) return fail(reply.error());
  }
  return fail(silence());
}

Result<AtReply> AtClient::run(std::string_view command, milliseconds timeout) {
  if (!is_in_step_) XL_CHECK(drain());
  return run_raw(std::string(command) + "\r", timeout);
}

Result<AtReply> AtClient::run_raw(std::string_view bytes, milliseconds timeout) {
  if (!bytes.empty()) XL_CHECK(port_.write(bytes));
  auto reply = read_reply(Clock::now() + timeout);
  is_in_step_ = reply.has_value();
  return reply;
}

Result<AtReply> AtClient::read_reply(Deadline deadline) {
  while (true) {
    XL_TRY(const std::string line, read_line(deadline));
    auto first = parse_first_line(line);
    if (!first) continue;
    for (unsigned i = 0; i < first->lines; ++i) {
      XL_TRY(auto more, read_line(deadline));
      first->reply.lines.push_back(std::move(more));
    }
    return std::move(first->reply);
  }
}

Result<std::string> AtClient::read_line(Deadline deadline) {
  std::array<char, 1024> bytes;
  while (true) {
    if (const auto end = received_.find('\n'); end != std::string::npos) {
      std::string line = received_.substr(0, end);
      received_.erase(0, end + 1);
      if (line.ends_with('\r')) line.pop_back();
      return line;
    }
    if (received_.size() > kLineBytesMax) received_.clear();
    const auto left = std::chrono::ceil<milliseconds>(deadline - Clock::now());
    if (left <= milliseconds::zero()) return fail(silence());
    XL_TRY(const std::size_t count, port_.read(bytes, left));
    if (count == 0 && Clock::now() < deadline && left < kQuiet) continue;
    if (count == 0) return fail(silence());
    received_.append(bytes.data(), count);
  }
}

}  // namespace xl::quickconnect
