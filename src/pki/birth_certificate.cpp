// SPDX-License-Identifier: Apache-2.0
#include "pki/birth_certificate.hpp"

#include <openssl/x509v3.h>

#include "base/text.hpp"
#include "pki/builder.hpp"

namespace xl::pki {
namespace {

constexpr std::chrono::hours kDay{24};
constexpr int kValidYears = 20;
constexpr int kYearsMin = 10;
constexpr std::size_t kUidOctetsMin = 16;
constexpr std::size_t kSerialOctetsMax = 20;

bool is_hex(std::string_view text) { return hex_decode(text).has_value(); }

/// For a sentence on a terminal: a stranger's certificate may hold escape sequences.
std::string printable(std::string_view text) {
  std::string out;
  for (char c : text) out += static_cast<Byte>(c) < 0x20 || c == 0x7f ? '?' : c;
  return out;
}

/// The unique ID is the number itself: without the octet 00 that DER puts before a high bit.
std::string without_sign_octet(const std::string& serial_hex) {
  return serial_hex.size() > 2 && serial_hex.starts_with("00") ? serial_hex.substr(2) : serial_hex;
}

/// Calendar years, so that a period without its last leap day is no shorter. notAfter is inclusive: RFC 5280 4.1.2.5.
bool spans_years(const CertificateFacts& facts, int years) {
  const auto start_day = std::chrono::floor<std::chrono::days>(facts.not_before);
  auto end_date = std::chrono::year_month_day(start_day) + std::chrono::years(years);
  if (!end_date.ok()) end_date = end_date.year() / end_date.month() / std::chrono::last;  // 29 February
  const UnixMillis end = std::chrono::sys_days(end_date) + (facts.not_before - start_day);
  return facts.not_after + std::chrono::seconds(1) >= end;
}

void check_uid(const CertificateFacts& facts, std::vector<std::string>& broken) {
  const std::string serial = without_sign_octet(facts.serial_hex);
  if (facts.serial_negative) broken.push_back("The serial number is negative (RFC 5280 4.1.2.2).");
  if (facts.serial_hex.size() > 2 * kSerialOctetsMax)
    broken.push_back("The serial number is longer than 20 octets (RFC 5280 4.1.2.2).");
  if (serial.size() < 2 * kUidOctetsMin) {
    broken.push_back("The serial number is shorter than 128 bits; it must hold the module's unique ID (guide 11.1.3).");
  }
  const auto name = facts.subject_attribute("CN");
  const auto number = facts.subject_attribute("serialNumber");
  if (!number) {
    broken.push_back("The subject has no serialNumber; provisioning takes ThingName from it.");
  } else if (!equals_ignoring_case(*number, serial)) {
    broken.push_back("The subject's serialNumber is " + printable(*number) + ", the certificate's serial number " +
                     serial + "; both must be the unique ID (guide 11.1.3).");
  }
  if (name && number && *name != *number) {
    broken.push_back("The subject's CN is " + printable(*name) + " and its serialNumber " + printable(*number) +
                     "; both must be ThingName.");
  }
  if (!name) broken.push_back("The subject has no CN; it must be ThingName.");
  if (number && !is_hex(*number)) broken.push_back("The unique ID is not written in hexadecimal digits.");
}

void check_purpose(const CertificateFacts& facts, std::vector<std::string>& broken) {
  if (facts.version != 3) broken.push_back("It is not an X.509 version 3 certificate.");
  if (facts.is_ca) broken.push_back("It is a CA certificate (CA:TRUE); a module's must not be.");
  if (facts.has_unusable_extension)
    broken.push_back("It has a critical extension that is not understood, or one that cannot be read.");
  if (!facts.usage_digital_signature) broken.push_back("keyUsage digitalSignature is missing.");
  if (!facts.usage_client_auth) broken.push_back("extendedKeyUsage clientAuth is missing.");
}

}  // namespace

Result<Certificate> issue_birth_certificate(const Authority& issuing_ca, EVP_PKEY* device_public_key, const Uid& uid,
                                            std::string_view vendor, std::string_view model, UnixMillis now) {
  const std::string thing_name = thing_name_of(uid);
  CertificateBuilder builder;
  builder.serial(uid)
      .validity(now - kDay, now + kDay * 366 * kValidYears)
      .subject("O", vendor)
      .subject("OU", model)
      .subject("CN", thing_name)
      .subject("serialNumber", thing_name)
      .public_key(device_public_key)
      .issuer(&issuing_ca.certificate)
      .extension(NID_basic_constraints, "critical,CA:FALSE")
      .extension(NID_key_usage, "critical,digitalSignature")
      .extension(NID_ext_key_usage, "clientAuth")
      .extension(NID_subject_key_identifier, "hash")
      .extension(NID_authority_key_identifier, "keyid:always");
  return builder.finish(issuing_ca.key.pkey());
}

std::vector<std::string> broken_birth_certificate_rules(const Certificate& certificate, const Certificate* issuing_ca) {
  const CertificateFacts& facts = certificate.facts();
  std::vector<std::string> broken;
  check_uid(facts, broken);
  if (!spans_years(facts, kYearsMin)) broken.push_back("It is valid for less than ten years (guide 11.1.3).");
  for (const char* attribute : {"O", "OU"}) {
    if (!facts.subject_attribute(attribute)) {
      broken.push_back("The subject has no " + std::string(attribute) + "; O is the vendor, OU the model.");
    }
  }
  check_purpose(facts, broken);
  if (facts.key_kind == KeyKind::other || (facts.key_kind == KeyKind::rsa && facts.key_bits < 2048)) {
    broken.push_back("Its key is none of P-256, P-384, P-521 or RSA of 2048 bits or more.");
  }
  if (!facts.signed_with_sha2) broken.push_back("Its signature does not use SHA-256, SHA-384 or SHA-512.");
  if (issuing_ca != nullptr && facts.issuer_der != issuing_ca->facts().subject_der) {
    broken.push_back("Its issuer is " + facts.issuer_text + ", not the CA " + issuing_ca->facts().subject_text + ".");
  } else if (issuing_ca != nullptr && !issuing_ca->has_signed(certificate)) {
    broken.push_back("The CA's key did not make its signature (guide 11.1.3).");
  }
  return broken;
}

}  // namespace xl::pki
