// SPDX-License-Identifier: Apache-2.0
#include "at/reply_writer.hpp"

#include <algorithm>
#include <array>

#include "at/escape.hpp"
#include "at/text_builder.hpp"

namespace xl::at {
namespace {

/// Gathers small pieces, so that the sink sees few writes.
class Writer {
 public:
  explicit Writer(Sink& sink) : sink_(sink) {}

  void raw(std::string_view text) {
    for (const char c : text) put(static_cast<Byte>(c));
  }
  void escaped(ByteView bytes) {
    for (const Byte byte : bytes) {
      const auto escape = escape_of(byte);
      escape.empty() ? put(byte) : raw(escape);
    }
  }
  void number(std::uint64_t value) { raw(TextBuilder<20>().add_number(value).view()); }
  void end_of_line() { raw("\r\n"); }
  void flush() {
    if (size_ != 0) sink_.write({buffer_.data(), size_});
    size_ = 0;
  }

 private:
  void put(Byte byte) {
    if (size_ == buffer_.size()) flush();
    buffer_[size_++] = byte;
  }

  Sink& sink_;
  std::size_t size_ = 0;
  std::array<Byte, 256> buffer_;
};

std::string_view next_line(std::string_view& text) {
  const std::size_t end = std::min(text.find('\n'), text.size());
  std::string_view line = text.substr(0, end);
  text.remove_prefix(std::min(end + 1, text.size()));
  if (line.ends_with('\r')) line.remove_suffix(1);
  return line;
}

std::uint64_t count_lines(std::string_view text) {
  std::uint64_t lines = 0;
  for (; !text.empty(); ++lines) next_line(text);
  return lines;
}

void write_detail(Writer& writer, std::string_view detail) {
  if (!detail.empty()) {
    writer.raw(" ");
    writer.escaped(as_bytes(detail));
  }
  writer.end_of_line();
}

void write_lines(Writer& writer, const Reply& reply) {
  const bool many = !reply.text_lines.empty();
  writer.raw("OK");
  writer.number(many ? count_lines(reply.text_lines) : 1);
  write_detail(writer, reply.detail);
  for (std::string_view rest = reply.text_lines; !rest.empty();) {
    writer.raw(next_line(rest));
    writer.end_of_line();
  }
  if (many) return;
  writer.escaped(reply.line);
  writer.end_of_line();
}

void write_error(Writer& writer, const Reply& reply) {
  writer.raw("ERR");
  writer.number(number(reply.error));
  writer.raw(" ");
  if (reply.hint) {
    writer.number(*reply.hint);
    writer.raw(" ");
  }
  writer.raw(text(reply.error));
  write_detail(writer, reply.detail);
}

}  // namespace

void write_reply(const Reply& reply, Sink& sink) {
  Writer writer(sink);
  switch (reply.kind) {
    case Reply::Kind::ok:
      writer.raw("OK");
      write_detail(writer, reply.detail);
      break;
    case Reply::Kind::lines:
      write_lines(writer, reply);
      break;
    case Reply::Kind::error:
      write_error(writer, reply);
      break;
    case Reply::Kind::suspended:
      break;
  }
  writer.flush();
}

}  // namespace xl::at
