// SPDX-License-Identifier: Apache-2.0
#include <unistd.h>

#include <chrono>
#include <csignal>
#include <cstdio>

#include "factory/files.hpp"
#include "factory/label.hpp"
#include "options.hpp"
#include "pki/birth_certificate.hpp"
#include "register_commands.hpp"

namespace xl::app {
namespace {

Status create(const Options& options) {
  XL_TRY(const auto made, factory::create_ca(options.ca_dir, options.vendor, options.model));
  std::printf("%s %s\nnext        expresslink-factory ca enroll --ca %s --endpoint-url URL --profile staging\n",
              made.existed ? "CA exists   " : "CA made     ", made.ca.issuing.certificate.facts().subject_text.c_str(),
              options.ca_dir.c_str());
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

Status issue(Options options) {
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

/// errors: forbidden when a rule is broken; the rules go to standard output.
Status verify(const Options& options) {
  XL_TRY(const std::string pem, factory::read_file(options.certificate_file));
  XL_TRY(const pki::Certificate certificate, pki::Certificate::from_pem(pem));
  std::vector<std::string> broken;
  if (options.ca_file.empty()) {
    broken = pki::broken_birth_certificate_rules(certificate, nullptr);
    std::printf("note        the signature is not checked without --ca\n");
  } else {
    XL_TRY(const std::string ca_pem, factory::read_file(options.ca_file));
    XL_TRY(const pki::Certificate ca, pki::Certificate::from_pem(ca_pem));
    broken = pki::broken_birth_certificate_rules(certificate, &ca);
  }
  for (const std::string& rule : broken) std::printf("broken      %s\n", rule.c_str());
  if (!broken.empty()) return fail(Error::forbidden(std::to_string(broken.size()) + " rules are broken"));
  std::printf("good        %s\n", certificate.facts().subject_text.c_str());
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
