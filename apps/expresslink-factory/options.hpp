// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <string>
#include <tl/expected.hpp>
#include <utility>
#include <vector>

#include "factory/enroll.hpp"
#include "factory/issue.hpp"
#include "factory/register.hpp"

namespace xl::app {

enum class Command {
  ca_create,
  ca_new_lot,
  ca_enroll,
  issue,
  verify,
  label,
  register_modules,
  image_key,
  image_sign,
  image_send
};

/// Modules become things of an account; `verify` uses its port and account.
struct RegisterCommand {
  factory::RegisterOptions options;
  std::vector<std::string> folders;  ///< identities, or lots of them
  std::string port;                  ///< instead: a module on this serial port
  bool set_endpoint = false;         ///< and it is sent there
  bool bulk = false;                 ///< the one folder's modules by one task
  std::string buckets, bucket = "factory";
  std::string template_file;
};

/// Firmware for modules in the field.
struct ImageCommand {
  std::string program;  ///< of sign
  std::string file;     ///< the image
  std::string port;     ///< of send
  std::size_t block_bytes = 2048;
};

struct Options {
  Command command = Command::ca_create;
  std::string ca_dir, vendor, model;
  factory::EnrollOptions enroll;
  factory::IssueOptions issue;
  RegisterCommand registration;
  ImageCommand image;
  std::string root_ca_file;                                    ///< of issue
  std::vector<std::pair<std::string, std::string>> key_place;  ///< of issue: attributes of the key store's URI
  std::string certificate_file;                                ///< of verify
  std::string ca_file;                                         ///< of verify; empty: the signature is not checked
  std::string identity_dir;                                    ///< of label
  std::string label_file;                                      ///< of label
};

/// The options, or the exit code when there is nothing to run.
tl::expected<Options, int> parse_options(int argc, char** argv);

}  // namespace xl::app
