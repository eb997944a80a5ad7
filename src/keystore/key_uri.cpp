// SPDX-License-Identifier: Apache-2.0
#include "keystore/key_uri.hpp"

#include <algorithm>

#include "base/text.hpp"

namespace xl::keystore {
namespace {

using Attributes = std::vector<std::pair<std::string, std::string>>;

/// What RFC 7512 lets stand for itself in path and query alike, besides the unreserved characters.
constexpr std::string_view kPlain = ":[]@!$'()*+,=/";

std::string joined(const Attributes& attributes, char separator) {
  std::string text;
  for (const auto& [name, value] : attributes) {
    if (!text.empty()) text += separator;
    text += name + "=" + percent_encode(value, kPlain);
  }
  return text;
}

const std::string* find_in(const Attributes& attributes, std::string_view name) {
  for (const auto& [known, value] : attributes) {
    if (known == name) return &value;
  }
  return nullptr;
}

void put_into(Attributes& attributes, std::string_view name, std::string value) {
  std::erase_if(attributes, [name](const auto& attribute) { return attribute.first == name; });
  attributes.emplace_back(name, std::move(value));
}

Status read_into(Attributes& attributes, std::string_view text, char separator) {
  if (text.empty()) return {};
  for (const std::string_view part : split(text, separator)) {
    const std::size_t equals = part.find('=');
    if (equals == std::string_view::npos || equals == 0)
      return fail(Error::invalid("A key's URI consists of NAME=VALUE; one part of this has no name or no value."));
    const std::string name(part.substr(0, equals));
    auto value = percent_decode(part.substr(equals + 1));
    if (!value) return fail(Error::invalid("In the key's URI, " + name + " has a % that no two hex digits follow."));
    if (find_in(attributes, name) != nullptr) return fail(Error::invalid("The key's URI has " + name + " twice."));
    attributes.emplace_back(name, *std::move(value));
  }
  return {};
}

}  // namespace

Result<KeyUri> KeyUri::parse(std::string_view text) {
  const std::size_t colon = text.find(':');
  if (colon == std::string_view::npos || colon == 0)
    return fail(Error::invalid("A key's URI begins with a scheme and a colon, like tpm2: or pkcs11:"));
  KeyUri uri;
  uri.scheme = std::string(text.substr(0, colon));
  const std::string_view rest = text.substr(colon + 1);
  const std::size_t question = std::min(rest.find('?'), rest.size());
  XL_CHECK(read_into(uri.path, rest.substr(0, question), ';'));
  if (question < rest.size()) {
    XL_CHECK(read_into(uri.query, rest.substr(question + 1), '&'));
  }
  return uri;
}

std::string KeyUri::text() const {
  const std::string front = scheme + ":" + joined(path, ';');
  return query.empty() ? front : front + "?" + joined(query, '&');
}

std::string KeyUri::value(std::string_view name) const {
  const std::string* found = find_in(path, name);
  if (found == nullptr) found = find_in(query, name);
  return found != nullptr ? *found : std::string();
}

bool KeyUri::has(std::string_view name) const {
  return find_in(path, name) != nullptr || find_in(query, name) != nullptr;
}

void KeyUri::set_path(std::string_view name, std::string value) { put_into(path, name, std::move(value)); }
void KeyUri::set_query(std::string_view name, std::string value) { put_into(query, name, std::move(value)); }

Status KeyUri::allow_only(std::initializer_list<std::string_view> names) const {
  std::string known;
  for (const std::string_view name : names) known += (known.empty() ? "" : ", ") + std::string(name);
  for (const Attributes* attributes : {&path, &query}) {
    for (const auto& [name, value] : *attributes) {
      if (std::ranges::find(names, name) != names.end()) continue;
      return fail(Error::invalid("The key's URI has " + name + ", which is none of " + known + "."));
    }
  }
  return {};
}

}  // namespace xl::keystore
