// SPDX-License-Identifier: Apache-2.0
#include "module/commands/configuration.hpp"

#include "at/command_line.hpp"
#include "module/core.hpp"

namespace xl::module::commands {
namespace {

using dictionary::Access;
using dictionary::Kind;

bool is_word_pem(std::string_view text) {
  return text.size() == 3 && (text[0] | 0x20) == 'p' && (text[1] | 0x20) == 'e' && (text[2] | 0x20) == 'm';
}

}  // namespace

Reply set_key(Core& core, const Arguments& arguments) {
  const std::string_view text = arguments.text();
  const std::size_t equals = text.find('=');
  if (equals == std::string_view::npos) return error(AtError::parameter_error);
  const auto key = core.dictionary.find(text.substr(0, equals));
  if (!key) return error(key.error());
  const std::string_view value = text.substr(equals + 1);
  const bool is_writable = key->spec->access != Access::read;
  if (key->spec->kind == Kind::certificate && is_writable && is_word_pem(value)) {
    core.begin_certificate_entry(*key);
    return at::suspended();
  }
  const auto assigned = core.assign(*key, value);
  return assigned ? at::ok() : error(assigned.error());
}

Reply get_key(Core& core, const Arguments& arguments) {
  const std::string_view text = arguments.text();
  const std::size_t space = std::min(text.find(' '), text.size());
  const auto key = core.dictionary.find(text.substr(0, space));
  if (!key) return error(key.error());
  if (key->spec->access == Access::write) return error(AtError::key_writeonly);
  const std::string_view form = at::without_outer_spaces(text.substr(space));
  if (form.empty()) return at::ok(core.dictionary.value(*key));
  if (key->spec->kind != Kind::certificate || !is_word_pem(form)) return error(AtError::parameter_error);
  const std::string_view pem = core.dictionary.value(*key);
  return pem.empty() ? at::ok() : at::ok_with_text("pem", pem);
}

}  // namespace xl::module::commands
