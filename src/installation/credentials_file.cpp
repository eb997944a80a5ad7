// SPDX-License-Identifier: Apache-2.0
#include "installation/credentials_file.hpp"

#include "base/text.hpp"
#include "installation/files.hpp"

namespace xl::installation {
namespace {

Result<std::string> content_of(const std::filesystem::path& file) {
  auto content = read_file(file);
  if (!content && content.error().code == Errc::not_found) return std::string{};
  return content;
}

std::string header_of(std::string_view profile) { return "[" + std::string(profile) + "]"; }

/// The profile's lines end where the next one begins.
std::string without(std::string_view content, std::string_view profile) {
  std::string out;
  bool inside = false;
  while (!content.empty()) {
    const std::string_view line =
        content.substr(0, content.find('\n') == content.npos ? content.npos : content.find('\n') + 1);
    content.remove_prefix(line.size());
    if (trim(line).starts_with('[')) inside = trim(line) == header_of(profile);
    if (!inside) out += line;
  }
  return out;
}

}  // namespace

Result<bool> has_profile(const std::filesystem::path& file, std::string_view profile) {
  XL_TRY(const std::string content, content_of(file));
  for (std::string_view line : split(content, '\n')) {
    if (trim(line) == header_of(profile)) return true;
  }
  return false;
}

Status put_profile(const std::filesystem::path& file, std::string_view profile, std::string_view access_key_id,
                   std::string_view secret_access_key, std::string_view region) {
  XL_TRY(const std::string before, content_of(file));
  std::string content = without(before, profile);
  if (!content.empty() && !content.ends_with('\n')) content += '\n';
  content += header_of(profile) + "\n";
  content += "aws_access_key_id = " + std::string(access_key_id) + "\n";
  content += "aws_secret_access_key = " + std::string(secret_access_key) + "\n";
  content += "region = " + std::string(region) + "\n";
  return write_file(file, content, Access::owner_only);
}

Status remove_profile(const std::filesystem::path& file, std::string_view profile) {
  XL_TRY(const bool known, has_profile(file, profile));
  if (!known) return {};
  XL_TRY(const std::string before, content_of(file));
  return write_file(file, without(before, profile), Access::owner_only);
}

}  // namespace xl::installation
