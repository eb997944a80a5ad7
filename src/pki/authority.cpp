// SPDX-License-Identifier: Apache-2.0
#include "pki/authority.hpp"

#include <openssl/x509v3.h>

#include <algorithm>

#include "pki/builder.hpp"
#include "pki/uid.hpp"

namespace xl::pki {
namespace {

constexpr std::chrono::hours kDay{24};
constexpr int kDaysAYear = 366;  // never less than the years asked for, whatever leap days they hold

/// "DNS:*.iot.localhost,IP:127.0.0.1"
std::string alternative_names(const std::vector<std::string>& names) {
  std::string out;
  for (const std::string& name : names) {
    const bool is_address = name.find(':') != std::string::npos || std::all_of(name.begin(), name.end(), [](char c) {
                              return (c >= '0' && c <= '9') || c == '.';
                            });
    out += (out.empty() ? "" : ",") + std::string(is_address ? "IP:" : "DNS:") + name;
  }
  return out;
}

bool has_only_name_characters(const std::string& name) {
  return !name.empty() && name.find_first_of(",;\n\r ") == std::string::npos;
}

}  // namespace

Result<Authority> create_root_ca(std::string_view common_name, std::string_view organization, int years,
                                 UnixMillis now) {
  PrivateKey key = PrivateKey::generate_p256();
  CertificateBuilder builder;
  builder.serial(random_uid())
      .validity(now - kDay, now + kDay * kDaysAYear * years)
      .subject("O", organization)
      .subject("CN", common_name)
      .public_key(key.pkey())
      .issuer(nullptr)
      .extension(NID_basic_constraints, "critical,CA:TRUE")
      .extension(NID_key_usage, "critical,keyCertSign,cRLSign")
      .extension(NID_subject_key_identifier, "hash");
  XL_TRY(Certificate certificate, builder.finish(key.pkey()));
  return Authority{std::move(certificate), std::move(key)};
}

Result<Authority> create_issuing_ca(const Authority& root, std::string_view common_name, std::string_view organization,
                                    std::string_view organizational_unit, int years, UnixMillis now) {
  PrivateKey key = PrivateKey::generate_p256();
  CertificateBuilder builder;
  builder.serial(random_uid())
      .validity(now - kDay, now + kDay * kDaysAYear * years)
      .subject("O", organization)
      .subject("OU", organizational_unit)
      .subject("CN", common_name)
      .public_key(key.pkey())
      .issuer(&root.certificate)
      .extension(NID_basic_constraints, "critical,CA:TRUE,pathlen:0")
      .extension(NID_key_usage, "critical,keyCertSign,cRLSign")
      .extension(NID_subject_key_identifier, "hash")
      .extension(NID_authority_key_identifier, "keyid:always");
  XL_TRY(Certificate certificate, builder.finish(root.key.pkey()));
  return Authority{std::move(certificate), std::move(key)};
}

Result<Certificate> issue_server_certificate(const Authority& ca, const PrivateKey& key,
                                             const std::vector<std::string>& names, int days, UnixMillis now) {
  if (names.empty() || !std::all_of(names.begin(), names.end(), has_only_name_characters)) {
    return fail(Error::invalid("a server certificate needs names without spaces and commas"));
  }
  CertificateBuilder builder;
  builder.serial(random_uid())
      .validity(now - kDay, now + kDay * days)
      .subject("CN", names.front().size() <= 64 ? names.front() : "Open ExpressLink server")
      .public_key(key.pkey())
      .issuer(&ca.certificate)
      .extension(NID_basic_constraints, "critical,CA:FALSE")
      .extension(NID_key_usage, "critical,digitalSignature")
      .extension(NID_ext_key_usage, "serverAuth")
      .extension(NID_subject_alt_name, alternative_names(names))
      .extension(NID_subject_key_identifier, "hash")
      .extension(NID_authority_key_identifier, "keyid:always");
  return builder.finish(ca.key.pkey());
}

}  // namespace xl::pki
