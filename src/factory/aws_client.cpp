// SPDX-License-Identifier: Apache-2.0
#include "factory/aws_client.hpp"

#include <cstdlib>
#include <filesystem>

#include "base/text.hpp"
#include "factory/files.hpp"

namespace xl::factory {
namespace {

std::filesystem::path credentials_file() {
  if (const char* file = std::getenv("AWS_SHARED_CREDENTIALS_FILE")) return file;
  const char* home = std::getenv("HOME");
  return std::filesystem::path(home == nullptr ? "" : home) / ".aws" / "credentials";
}

}  // namespace

Result<Profile> load_profile(const std::string& name) {
  const auto file = credentials_file();
  const auto text = read_file(file);
  if (!text) {
    return fail(Error{Errc::not_found, "no credentials at " + file.string() +
                                           ". Point AWS_SHARED_CREDENTIALS_FILE at the cloud's DIR/credentials."});
  }
  Profile profile{name, {}, "us-east-1"};
  bool inside = false;
  for (std::string_view line : split(*text, '\n')) {
    line = trim(line);
    if (line.starts_with('[')) inside = line == "[" + name + "]";
    const auto equals = line.find('=');
    if (!inside || equals == std::string_view::npos) continue;
    const std::string_view key = trim(line.substr(0, equals));
    const std::string value(trim(line.substr(equals + 1)));
    if (key == "aws_access_key_id") profile.credentials.access_key_id = value;
    if (key == "aws_secret_access_key") profile.credentials.secret_access_key = value;
    if (key == "aws_session_token") profile.credentials.session_token = value;
    if (key == "region") profile.region = value;
  }
  if (!profile.credentials.access_key_id.empty() && !profile.credentials.secret_access_key.empty()) return profile;
  return fail(Error{Errc::not_found, "there is no profile [" + name + "] with a key in " + file.string()});
}

}  // namespace xl::factory
