// SPDX-License-Identifier: Apache-2.0
#include <unistd.h>

#include <chrono>
#include <csignal>
#include <cstdio>
#include <filesystem>

#include "factory/files.hpp"
#include "factory/label.hpp"
#include "image_commands.hpp"
#include "keystore/key_uri.hpp"
#include "options.hpp"
#include "register_commands.hpp"
#include "verify_commands.hpp"

namespace xl::app {
namespace {

Status create(const Options& options) {
  XL_TRY(const auto made, factory::create_ca(options.ca_dir, options.vendor, options.model));
  std::printf("%s %s\nnext        expresslink-factory ca enroll --ca %s --endpoint-url URL --profile staging\n",
              made.existed ? "CA exists   " : "CA made     ", made.ca.issuing.certificate.facts().subject_text.c_str(),
              options.ca_dir.c_str());
  return {};
}

Status begin_lot(const Options& options) {
  XL_TRY(const auto key, factory::begin_lot(options.ca_dir));
  std::printf(
      "lot         %s\nnext        expresslink-factory ca enroll --ca %s --endpoint-url URL --profile staging\n",
      key.id.c_str(), options.ca_dir.c_str());
  return {};
}

Status enroll(const Options& options) {
  XL_TRY(const factory::VendorCa ca, factory::open_ca(options.ca_dir));
  XL_CHECK(factory::enroll_ca(ca, options.enroll, [](const std::string& step) { std::printf("%s\n", step.c_str()); }));
  if (options.enroll.enrolment == factory::Enrolment::customer) {
    std::printf("next        on the host of each module: AT+CONF Endpoint=(the endpoint above), then AT+CONNECT\n");
  } else {
    std::printf("next        expresslink-factory issue --ca %s --count 1 --out modules\n", options.ca_dir.c_str());
  }
  return {};
}

/// A bar on a terminal, a line every tenth otherwise.
class Progress {
 public:
  void operator()(std::size_t done, std::size_t count) {
    const auto now = std::chrono::steady_clock::now();
    const bool is_last = done >= count;
    if (first_ == std::size_t(-1)) first_ = done;
    if (is_terminal_ && (is_last || now - shown_ > std::chrono::milliseconds(100))) {
      shown_ = now;
      const double seconds = std::chrono::duration<double>(now - started_).count();
      const double rate = seconds > 0 ? static_cast<double>(done - first_) / seconds : 0;
      const double left = rate > 0 ? static_cast<double>(count - std::min(done, count)) / rate : 0;
      std::fprintf(stderr, "\rissuing  %zu of %zu  %.0f/s  %.0f s left   %s", std::min(done, count), count, rate, left,
                   is_last ? "\n" : "");
    } else if (!is_terminal_ && (is_last || done >= next_line_)) {
      next_line_ = done + std::max<std::size_t>(count / 10, 1000);
      std::fprintf(stderr, "issuing  %zu of %zu\n", std::min(done, count), count);
    }
  }

 private:
  const bool is_terminal_ = ::isatty(STDERR_FILENO) == 1;
  const std::chrono::steady_clock::time_point started_ = std::chrono::steady_clock::now();
  std::chrono::steady_clock::time_point shown_{};
  std::size_t first_ = std::size_t(-1), next_line_ = 0;
};

/// The key store with what the options say of it. A PIN's path is kept in the identity, so it must not depend on where
/// this program was started.
Result<std::string> key_store_of(const Options& options) {
  const std::string& given = options.issue.key_store;
  if (options.key_place.empty()) return given;
  XL_TRY(auto uri, keystore::KeyUri::parse(given.find(':') == std::string::npos ? given + ":" : given));
  for (const auto& [name, value] : options.key_place) {
    if (name == "pin-source") {
      std::error_code ignored;
      uri.set_query(name, std::filesystem::absolute(value, ignored).lexically_normal().string());
    } else if (name == "module-path") {
      uri.set_query(name, value);
    } else {
      uri.set_path(name, value);
    }
  }
  return uri.text();
}

Status issue(Options options) {
  XL_TRY(options.issue.key_store, key_store_of(options));
  XL_TRY(const factory::VendorCa ca, factory::open_ca(options.ca_dir));
  if (!options.root_ca_file.empty()) {
    XL_TRY(options.issue.root_ca, factory::read_file(options.root_ca_file));
  }
  Progress progress;
  XL_TRY(const std::size_t issued,
         factory::issue_batch(ca, options.issue, [&](std::size_t done, std::size_t count) { progress(done, count); }));
  std::printf("issued      %zu identities into %s%s\n", issued, options.issue.out.c_str(),
              issued == 0 ? " (the batch is complete; use a new --out for another)" : "");
  return {};
}

Status label(const Options& options) {
  XL_CHECK(factory::write_label(options.identity_dir, options.label_file));
  std::printf("label       %s\n", options.label_file.c_str());
  return {};
}

Status run(const Options& options) {
  switch (options.command) {
    case Command::ca_create:
      return create(options);
    case Command::ca_new_lot:
      return begin_lot(options);
    case Command::ca_enroll:
      return enroll(options);
    case Command::issue:
      return issue(options);
    case Command::verify:
      return verify(options);
    case Command::label:
      return label(options);
    case Command::register_modules:
      return register_modules(options);
    case Command::image_key:
      return make_image_key(options);
    case Command::image_sign:
      return sign_image(options);
    case Command::image_send:
      return send_image(options);
  }
  return {};
}

}  // namespace
}  // namespace xl::app

int main(int argc, char** argv) {
  std::signal(SIGPIPE, SIG_IGN);
  const auto options = xl::app::parse_options(argc, argv);
  if (!options) return options.error();
  const auto status = xl::app::run(*options);
  if (!status) {
    std::fprintf(stderr, "expresslink-factory: %s\n", status.error().detail.c_str());
    return 1;
  }
  return 0;
}
