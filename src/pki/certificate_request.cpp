// SPDX-License-Identifier: Apache-2.0
#include "pki/certificate_request.hpp"

#include "pki/signer_key.hpp"

namespace xl::pki {

Result<X509ReqPtr> make_request(EVP_PKEY* key, std::string_view common_name) {
  X509ReqPtr request(X509_REQ_new());
  const auto* name = reinterpret_cast<const unsigned char*>(common_name.data());
  const bool is_filled = request && X509_REQ_set_version(request.get(), X509_REQ_VERSION_1) == 1 &&
                         X509_NAME_add_entry_by_txt(X509_REQ_get_subject_name(request.get()), "CN", MBSTRING_UTF8, name,
                                                    static_cast<int>(common_name.size()), -1, 0) == 1 &&
                         X509_REQ_set_pubkey(request.get(), key) == 1;
  const bool is_signed = is_filled && X509_REQ_sign(request.get(), key, EVP_sha256()) > 0 &&
                         X509_REQ_verify(request.get(), X509_REQ_get0_pubkey(request.get())) == 1;
  if (is_signed) return request;
  if (const auto why = take_signer_failure()) return fail(Error::unavailable(*why));
  return fail(Error::internal("The certificate signing request cannot be made."));
}

}  // namespace xl::pki
