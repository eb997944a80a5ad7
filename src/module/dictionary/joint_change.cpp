// SPDX-License-Identifier: Apache-2.0
#include "module/dictionary/joint_change.hpp"

#include "at/text_builder.hpp"

namespace xl::module::dictionary {
namespace {

constexpr std::string_view kChangeKey = "JointChange";  // none of table 2

std::optional<std::size_t> take_number(ByteView& rest, std::size_t bytes) {
  if (rest.size() < bytes) return std::nullopt;
  std::size_t number = 0;
  for (const Byte byte : rest.first(bytes)) number = number << 8 | byte;
  rest = rest.subspan(bytes);
  return number;
}

std::optional<std::string_view> take_text(ByteView& rest, std::size_t size_bytes) {
  const auto size = take_number(rest, size_bytes);
  if (!size || *size > rest.size()) return std::nullopt;
  const std::string_view text = as_text(rest.first(*size));
  rest = rest.subspan(*size);
  return text;
}

}  // namespace

void JointChange::load() {
  Buffer buffer;
  is_left_ = storage_.read(kChangeKey, buffer).has_value();
}

bool JointChange::commit(std::span<const Part> parts) {
  if (!finish()) return false;
  at::TextBuilder<kBytesMax> change;
  for (const Part& part : parts) {
    change.add(static_cast<char>(part.key.size())).add(part.key).add(part.value ? '\1' : '\0');
    if (!part.value) continue;
    change.add(static_cast<char>(part.value->size() >> 8)).add(static_cast<char>(part.value->size() & 0xFF));
    change.add(*part.value);
  }
  is_left_ = storage_.write(kChangeKey, as_bytes(change.view()));
  if (!is_left_) return false;
  static_cast<void>(finish());  // what is refused now is done before the next write
  return true;
}

bool JointChange::finish() {
  if (!is_left_) return true;
  bool all_done = true;
  for_each_left([&](const Part& part) {
    const bool done = part.value ? storage_.write(part.key, as_bytes(*part.value)) : storage_.erase(part.key);
    all_done = all_done && done;
  });
  if (all_done) is_left_ = !storage_.erase(kChangeKey);
  return !is_left_;
}

ByteView JointChange::left(Buffer& buffer) const {
  if (!is_left_) return {};
  const auto size = storage_.read(kChangeKey, buffer);
  return ByteView(buffer).first(size.value_or(0));
}

std::optional<JointChange::Part> JointChange::next(ByteView& rest) {
  const auto key = take_text(rest, 1);
  const auto has_value = take_number(rest, 1);
  if (!key || !has_value) return std::nullopt;
  if (*has_value == 0) return Part{*key, std::nullopt};
  const auto value = take_text(rest, 2);
  if (!value) return std::nullopt;
  return Part{*key, value};
}

}  // namespace xl::module::dictionary
