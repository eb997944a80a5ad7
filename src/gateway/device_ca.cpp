// SPDX-License-Identifier: Apache-2.0
#include "gateway/device_ca.hpp"

#include "pki/authority.hpp"

namespace xl::gateway {
namespace {

class DeviceCa final : public cloud::CertificateIssuer {
 public:
  explicit DeviceCa(pki::Authority authority) : authority_(std::move(authority)) {}

  Result<Issued> issue_with_key(UnixMillis now) const override {
    const auto key = pki::PrivateKey::generate_rsa2048();
    XL_TRY(const auto certificate, pki::issue_device_certificate(authority_, key, now));
    return Issued{cloud::DeviceCertificate::of(certificate.facts()), key.to_traditional_pem()};
  }
  Result<Issued> sign_request(std::string_view request_pem, UnixMillis now) const override {
    XL_TRY(const auto certificate, pki::sign_request(authority_, request_pem, now));
    return Issued{cloud::DeviceCertificate::of(certificate.facts()), {}};
  }

 private:
  const pki::Authority authority_;
};

}  // namespace

Result<std::unique_ptr<cloud::CertificateIssuer>> make_device_ca(const std::string& certificate_pem,
                                                                 const std::string& private_key_pem) {
  XL_TRY(auto certificate, pki::Certificate::from_pem(certificate_pem));
  XL_TRY(auto key, pki::PrivateKey::from_pem(private_key_pem));
  return std::make_unique<DeviceCa>(pki::Authority{std::move(certificate), std::move(key)});
}

}  // namespace xl::gateway
