// SPDX-License-Identifier: Apache-2.0
#include "platform/linux/pem.hpp"

#include <string>

#include "base/text.hpp"

namespace xl::platform {
namespace {

constexpr std::string_view kBegin = "-----BEGIN CERTIFICATE-----";
constexpr std::string_view kEnd = "-----END CERTIFICATE-----";

std::string without_white_space(std::string_view text) {
  std::string kept;
  for (const char c : text) {
    if (c != ' ' && c != '\t' && c != '\r' && c != '\n') kept += c;
  }
  return kept;
}

Result<pki::Certificate> certificate_of(std::string_view base64) {
  const auto der = base64_decode(without_white_space(base64));
  if (!der) return fail(Error::invalid("A certificate is not valid base64."));
  return pki::Certificate::from_der(*der);
}

}  // namespace

Result<std::vector<pki::Certificate>> certificates_of(std::string_view pem) {
  std::vector<pki::Certificate> certificates;
  for (std::size_t begin = pem.find(kBegin); begin != std::string_view::npos; begin = pem.find(kBegin)) {
    pem.remove_prefix(begin + kBegin.size());
    const std::size_t end = pem.find(kEnd);
    if (end == std::string_view::npos) return fail(Error::invalid("A certificate has no END line."));
    XL_TRY(pki::Certificate certificate, certificate_of(pem.substr(0, end)));
    certificates.push_back(std::move(certificate));
    pem.remove_prefix(end + kEnd.size());
  }
  if (certificates.empty()) return fail(Error::invalid("There is no PEM certificate."));
  return certificates;
}

}  // namespace xl::platform
