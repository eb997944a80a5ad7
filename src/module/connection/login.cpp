// SPDX-License-Identifier: Apache-2.0
#include "module/connection/login.hpp"

#include <algorithm>

#include "module/dictionary/dictionary.hpp"

namespace xl::module::connection {
namespace {

constexpr std::size_t kFieldCharactersMax = 32;  // vendor and model share the 64 of About

bool is_allowed(char c) {
  return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || c == '-' || c == '.' || c == ' ';
}

std::string_view trimmed(std::string_view text) {
  const auto is_outer = [](char c) { return c == ' ' || c == '\t' || c == '\r' || c == '\n'; };
  while (!text.empty() && is_outer(text.front())) text.remove_prefix(1);
  while (!text.empty() && is_outer(text.back())) text.remove_suffix(1);
  return text;
}

/// Characters outside the grammar become `-`, so that no name can forge a field.
template <std::size_t kCapacity>
void add_clean(at::TextBuilder<kCapacity>& out, std::string_view text, std::size_t characters_max) {
  for (const char c : trimmed(trimmed(text).substr(0, characters_max))) out.add(is_allowed(c) ? c : '-');
}

}  // namespace

LoginString login_string(const ports::Identity& identity, std::string_view custom_name) {
  at::TextBuilder<kMetadataCharactersMax> metadata;
  add_clean(metadata.add("Vendor="), identity.vendor, kFieldCharactersMax);
  add_clean(metadata.add("; Model="), identity.model, kFieldCharactersMax);
  add_clean(metadata.add("; FWversion="), identity.firmware_version, kFieldCharactersMax);
  add_clean(metadata.add("; TechSpec="), dictionary::kTechSpec.substr(1), kFieldCharactersMax);
  metadata.add("; CustomName=");
  add_clean(metadata, custom_name, kMetadataCharactersMax - metadata.view().size());

  LoginString login;
  login.add("?SDK=OpenExpressLink&SDKVersion=");
  add_clean(login, identity.firmware_version, kFieldCharactersMax);
  login.add("&Platform=ExpressLink&Metadata=(").add(metadata.view()).add(')');
  return login;
}

}  // namespace xl::module::connection
