// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <string>
#include <tl/expected.hpp>

#include "factory/enroll.hpp"
#include "factory/issue.hpp"

namespace xl::app {

enum class Command { ca_create, ca_enroll, issue, verify, label };

struct Options {
  Command command = Command::ca_create;
  std::string ca_dir, vendor, model;
  factory::EnrollOptions enroll;
  factory::IssueOptions issue;
  std::string root_ca_file;      ///< of issue
  std::string certificate_file;  ///< of verify
  std::string ca_file;           ///< of verify; empty: the signature is not checked
  std::string identity_dir;      ///< of label
  std::string label_file;        ///< of label
};

/// The options, or the exit code when there is nothing to run.
tl::expected<Options, int> parse_options(int argc, char** argv);

}  // namespace xl::app
