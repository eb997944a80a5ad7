// SPDX-License-Identifier: Apache-2.0
#include "pki/certificate.hpp"

#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>

#include <algorithm>
#include <array>

#include "base/text.hpp"
#include "crypto/digest.hpp"

namespace xl::pki {
namespace {

constexpr std::size_t kDerBytesMax = 64 << 10;
constexpr std::size_t kNameBytesMax = 8 << 10;
constexpr int kNameEntriesMax = 64;

std::string der_of(const X509* certificate) {
  unsigned char* der = nullptr;
  const int size = i2d_X509(certificate, &der);
  if (size <= 0) return {};
  std::string out(reinterpret_cast<char*>(der), static_cast<std::size_t>(size));
  OPENSSL_free(der);
  return out;
}

std::string public_key_der_of(const X509* certificate) {
  unsigned char* der = nullptr;
  const int size = i2d_X509_PUBKEY(X509_get_X509_PUBKEY(certificate), &der);
  if (size <= 0) return {};
  std::string out(reinterpret_cast<char*>(der), static_cast<std::size_t>(size));
  OPENSSL_free(der);
  return out;
}

std::string der_of(const X509_NAME* name) {
  const unsigned char* der = nullptr;
  std::size_t size = 0;
  if (X509_NAME_get0_der(name, &der, &size) != 1) return {};
  return {reinterpret_cast<const char*>(der), size};
}

std::string memory_text(BIO* bio) {
  char* data = nullptr;
  const long size = BIO_get_mem_data(bio, &data);
  return size > 0 ? std::string(data, static_cast<std::size_t>(size)) : std::string{};
}

std::string text_of(const X509_NAME* name) {
  const BioPtr bio(BIO_new(BIO_s_mem()));
  X509_NAME_print_ex(bio.get(), name, 0, XN_FLAG_RFC2253);
  return memory_text(bio.get());
}

std::string pem_of(X509* certificate) {
  const BioPtr bio(BIO_new(BIO_s_mem()));
  PEM_write_bio_X509(bio.get(), certificate);
  return memory_text(bio.get());
}

using Attributes = std::vector<std::pair<std::string, std::string>>;

/// Attributes of a name with their short names; values are converted to UTF-8, unconvertible ones are left out.
Attributes attributes_of(const X509_NAME* name) {
  Attributes out;
  for (int i = 0; i < X509_NAME_entry_count(name); ++i) {
    const X509_NAME_ENTRY* entry = X509_NAME_get_entry(name, i);
    const int nid = OBJ_obj2nid(X509_NAME_ENTRY_get_object(entry));
    unsigned char* utf8 = nullptr;
    const int size = ASN1_STRING_to_UTF8(&utf8, X509_NAME_ENTRY_get_data(entry));
    if (nid != NID_undef && size >= 0) {
      out.emplace_back(OBJ_nid2sn(nid), std::string(reinterpret_cast<char*>(utf8), static_cast<std::size_t>(size)));
    }
    if (size >= 0) OPENSSL_free(utf8);
  }
  return out;
}

/// A NUL ends the text for C programs: the same name would read differently in two places.
bool holds_nul(const Attributes& attributes) {
  return std::any_of(attributes.begin(), attributes.end(),
                     [](const auto& attribute) { return attribute.second.find('\0') != std::string::npos; });
}

Status read_name(const X509_NAME* name, std::string& der, std::string& text, Attributes& attributes) {
  der = der_of(name);
  if (der.size() > kNameBytesMax || X509_NAME_entry_count(name) > kNameEntriesMax) {
    return fail(Error::invalid("a name in the certificate is longer than 8 KiB or has over 64 attributes"));
  }
  text = text_of(name);
  attributes = attributes_of(name);
  if (holds_nul(attributes)) return fail(Error::invalid("a name in the certificate holds a NUL character"));
  return {};
}

Result<UnixMillis> time_of(const ASN1_TIME* time) {
  std::tm parts{};
  if (time == nullptr || ASN1_TIME_to_tm(time, &parts) != 1) {
    return fail(Error::invalid("the certificate has a date that cannot be read"));
  }
  return from_millis(static_cast<std::int64_t>(timegm(&parts)) * 1000);
}

std::string hex_of(const ASN1_OCTET_STRING* octets) {
  if (octets == nullptr) return {};
  return hex_encode({ASN1_STRING_get0_data(octets), static_cast<std::size_t>(ASN1_STRING_length(octets))});
}

/// OpenSSL keeps the magnitude; an octet 00 that the DER needs in front of a high bit is put back.
std::string serial_hex_of(const ASN1_INTEGER* serial) {
  const std::string magnitude = hex_of(serial);
  const bool high_bit = !magnitude.empty() && magnitude[0] >= '8';
  return high_bit ? "00" + magnitude : magnitude;
}

void read_key(X509* certificate, CertificateFacts& facts) {
  EVP_PKEY* key = X509_get0_pubkey(certificate);
  if (key == nullptr) return;
  facts.key_bits = EVP_PKEY_get_bits(key);
  if (EVP_PKEY_is_a(key, "RSA")) facts.key_kind = KeyKind::rsa;
  if (!EVP_PKEY_is_a(key, "EC")) return;
  std::array<char, 64> group{};
  std::size_t size = 0;
  if (EVP_PKEY_get_group_name(key, group.data(), group.size(), &size) != 1) return;
  const std::string_view name(group.data(), size);
  if (name == "prime256v1") facts.key_kind = KeyKind::ec_p256;
  if (name == "secp384r1") facts.key_kind = KeyKind::ec_p384;
  if (name == "secp521r1") facts.key_kind = KeyKind::ec_p521;
}

void read_extensions(X509* certificate, CertificateFacts& facts) {
  const std::uint32_t flags = X509_get_extension_flags(certificate);
  const std::uint32_t usage = X509_get_key_usage(certificate);
  facts.is_ca = (flags & EXFLAG_CA) != 0;
  facts.has_key_usage = (flags & EXFLAG_KUSAGE) != 0;
  facts.usage_digital_signature = facts.has_key_usage && (usage & KU_DIGITAL_SIGNATURE) != 0;
  facts.usage_key_cert_sign = facts.has_key_usage && (usage & KU_KEY_CERT_SIGN) != 0;
  facts.usage_client_auth =
      (flags & EXFLAG_XKUSAGE) != 0 && (X509_get_extended_key_usage(certificate) & XKU_SSL_CLIENT) != 0;
  facts.has_unusable_extension = (flags & (EXFLAG_CRITICAL | EXFLAG_INVALID)) != 0;
  facts.subject_key_id_hex = hex_of(X509_get0_subject_key_id(certificate));
  facts.authority_key_id_hex = hex_of(X509_get0_authority_key_id(certificate));
}

bool is_sha2_signature(X509* certificate) {
  int digest = NID_undef;  // of RSASSA-PSS too, whose digest is in its parameters
  if (X509_get_signature_info(certificate, &digest, nullptr, nullptr, nullptr) != 1) return false;
  return digest == NID_sha256 || digest == NID_sha384 || digest == NID_sha512;
}

/// A PEM block may say that it is encrypted; OpenSSL would then ask on the terminal and wait for a person.
int no_passphrase(char*, int, int, void*) { return -1; }

bool only_certificates_follow(std::string_view pem) {
  const auto end = pem.find("-----END ");
  const auto line_end = end == std::string_view::npos ? end : pem.find('\n', end);
  const std::string_view rest = line_end == std::string_view::npos ? std::string_view{} : trim(pem.substr(line_end));
  return rest.empty() || rest.starts_with("-----BEGIN CERTIFICATE-----");
}

Result<CertificateFacts> facts_of(X509* certificate) {
  CertificateFacts facts;
  const std::string der = der_of(certificate);
  if (der.empty() || der.size() > kDerBytesMax) return fail(Error::invalid("the certificate is empty or over 64 KiB"));
  facts.fingerprint = crypto::sha256_hex(der);
  facts.pem = pem_of(certificate);
  facts.public_key = crypto::sha256_hex(public_key_der_of(certificate));
  const ASN1_INTEGER* serial = X509_get0_serialNumber(certificate);
  facts.serial_hex = serial_hex_of(serial);
  facts.serial_negative = ASN1_STRING_type(serial) == V_ASN1_NEG_INTEGER;
  XL_CHECK(read_name(X509_get_subject_name(certificate), facts.subject_der, facts.subject_text, facts.subject));
  XL_CHECK(read_name(X509_get_issuer_name(certificate), facts.issuer_der, facts.issuer_text, facts.issuer));
  XL_TRY(facts.not_before, time_of(X509_get0_notBefore(certificate)));
  XL_TRY(facts.not_after, time_of(X509_get0_notAfter(certificate)));
  facts.version = static_cast<int>(X509_get_version(certificate)) + 1;
  read_extensions(certificate, facts);
  read_key(certificate, facts);
  facts.signed_with_sha2 = is_sha2_signature(certificate);
  ERR_clear_error();
  return facts;
}

}  // namespace

Result<Certificate> make_certificate(X509Ptr x509) {
  XL_TRY(CertificateFacts facts, facts_of(x509.get()));
  auto shared = std::make_shared<Certificate::Shared>();
  shared->x509 = std::move(x509);
  shared->facts = std::move(facts);
  return Certificate(std::move(shared));
}

std::optional<std::string> CertificateFacts::subject_attribute(std::string_view short_name) const {
  for (const auto& [name, value] : subject) {
    if (name == short_name) return value;
  }
  return std::nullopt;
}

Result<Certificate> Certificate::from_pem(std::string_view pem) {
  XL_TRY(auto bundle, bundle_from_pem(pem));
  if (!only_certificates_follow(pem)) {
    return fail(Error::invalid("something other than a certificate follows the certificate's END line"));
  }
  return std::move(bundle.front());
}

Result<Certificate> Certificate::from_der(std::string_view der) {
  const auto* data = reinterpret_cast<const unsigned char*>(der.data());
  const auto* end = data + der.size();
  X509Ptr x509(der.size() <= kDerBytesMax ? d2i_X509(nullptr, &data, static_cast<long>(der.size())) : nullptr);
  ERR_clear_error();
  if (!x509 || data != end) return fail(Error::invalid("not an X.509 certificate in DER"));
  return make_certificate(std::move(x509));
}

Result<Certificate> Certificate::from_x509(X509* certificate) {
  if (certificate == nullptr || X509_up_ref(certificate) != 1) return fail(Error::invalid("there is no certificate"));
  return make_certificate(X509Ptr(certificate));
}

Result<std::vector<Certificate>> Certificate::bundle_from_pem(std::string_view pem) {
  const BioPtr bio(BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size())));
  std::vector<Certificate> out;
  while (X509Ptr x509{PEM_read_bio_X509(bio.get(), nullptr, &no_passphrase, nullptr)}) {
    XL_TRY(Certificate certificate, make_certificate(std::move(x509)));
    out.push_back(std::move(certificate));
  }
  const bool ended = ERR_GET_REASON(ERR_peek_last_error()) == PEM_R_NO_START_LINE;
  ERR_clear_error();
  if (out.empty() || !ended)
    return fail(Error::invalid("not a certificate: expected PEM, BEGIN CERTIFICATE to END CERTIFICATE"));
  return out;
}

std::string Certificate::public_key_pem() const {
  const BioPtr bio(BIO_new(BIO_s_mem()));
  PEM_write_bio_PUBKEY(bio.get(), X509_get0_pubkey(x509()));
  return memory_text(bio.get());
}

bool Certificate::has_signed(const Certificate& other) const {
  EVP_PKEY* key = X509_get0_pubkey(x509());
  const bool good = key != nullptr && X509_verify(other.x509(), key) == 1;
  ERR_clear_error();
  return good;
}

}  // namespace xl::pki
