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

}  // namespace

Result<bool> has_profile(const std::filesystem::path& file, std::string_view profile) {
  XL_TRY(const std::string content, content_of(file));
  for (std::string_view line : split(content, '\n')) {
    if (trim(line) == header_of(profile)) return true;
  }
  return false;
}

Status add_profile(const std::filesystem::path& file, std::string_view profile, std::string_view access_key_id,
                   std::string_view secret_access_key, std::string_view region) {
  XL_TRY(std::string content, content_of(file));
  if (!content.empty() && !content.ends_with('\n')) content += '\n';
  content += header_of(profile) + "\n";
  content += "aws_access_key_id = " + std::string(access_key_id) + "\n";
  content += "aws_secret_access_key = " + std::string(secret_access_key) + "\n";
  content += "region = " + std::string(region) + "\n";
  return write_file(file, content, Access::owner_only);
}

}  // namespace xl::installation
