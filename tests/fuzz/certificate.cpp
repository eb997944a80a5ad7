// SPDX-License-Identifier: Apache-2.0
// A stranger's certificate, in DER or PEM: an error or plain facts. Only what the CA signed is ever accepted.
#include <openssl/x509.h>

#include <fstream>
#include <iterator>

#include "fuzz/fuzz.hpp"
#include "pki/birth_certificate.hpp"

namespace xl::fuzz {
namespace {

pki::Certificate read(const char* name) {
  std::ifstream file(std::string(XL_FUZZ_CERTIFICATES "/") + name);
  const std::string pem{std::istreambuf_iterator<char>(file), {}};
  const auto certificate = pki::Certificate::from_pem(pem);
  require(certificate.has_value(), "tests/fuzz/certificates holds the CA and its leaf");
  return *certificate;
}

std::string der_of(const pki::Certificate& certificate) {
  unsigned char* der = nullptr;
  const int size = i2d_X509(certificate.x509(), &der);
  std::string out(reinterpret_cast<char*>(der), static_cast<std::size_t>(size));
  OPENSSL_free(der);
  return out;
}

/// The part that is signed: with both lengths in two bytes, it begins at the fourth.
std::string_view signed_part(std::string_view der) {
  const auto byte = [&](std::size_t at) { return static_cast<std::size_t>(static_cast<Byte>(der[at])); };
  require(der.size() > 8 && der.substr(0, 2) == "\x30\x82" && der.substr(4, 2) == "\x30\x82",
          "an accepted leaf is DER");
  return der.substr(4, 4 + (byte(6) << 8) + byte(7));
}

struct Genuine {
  pki::Certificate ca = read("ca.pem");
  pki::Certificate leaf = read("leaf.pem");
  UnixMillis now = leaf.facts().not_before + std::chrono::hours(48);
  std::string leaf_der = der_of(leaf);
};

void judge(const Result<pki::Certificate>& certificate) {
  static const Genuine genuine;
  if (!certificate) return;
  (void)pki::check_registrable_ca(*certificate, genuine.now);
  const auto broken = pki::broken_birth_certificate_rules(*certificate, &genuine.ca);
  (void)pki::broken_birth_certificate_rules(*certificate, nullptr);
  const bool accepted = pki::check_unknown_leaf(*certificate, genuine.ca, genuine.now).has_value();
  if (!accepted && !broken.empty()) return;
  require(accepted && broken.empty(), "whoever breaks no rule is accepted");
  require(signed_part(der_of(*certificate)) == signed_part(genuine.leaf_der), "only what the CA signed is accepted");
}

/// What was read once reads the same when it is written again: a registry keeps the PEM.
void require_stable(const Result<pki::Certificate>& certificate) {
  if (!certificate) return;
  const auto again = pki::Certificate::from_pem(certificate->facts().pem);
  require(again.has_value(), "a certificate's own PEM can be read");
  require(again->facts().fingerprint == certificate->facts().fingerprint, "PEM keeps the fingerprint");
}

}  // namespace

void run(ByteView input) {
  for (const auto& certificate :
       {pki::Certificate::from_der(as_text(input)), pki::Certificate::from_pem(as_text(input))}) {
    judge(certificate);
    require_stable(certificate);
  }
}

}  // namespace xl::fuzz
