// SPDX-License-Identifier: Apache-2.0
#include "keystore/tpm2/templates.hpp"

namespace xl::keystore::tpm2 {
namespace {

constexpr TPMA_OBJECT kStaysHere = TPMA_OBJECT_FIXEDTPM | TPMA_OBJECT_FIXEDPARENT | TPMA_OBJECT_SENSITIVEDATAORIGIN |
                                   TPMA_OBJECT_USERWITHAUTH | TPMA_OBJECT_NODA;

TPM2B_PUBLIC p256_template(TPMA_OBJECT use) {
  TPM2B_PUBLIC made{};
  TPMT_PUBLIC& area = made.publicArea;
  area.type = TPM2_ALG_ECC;
  area.nameAlg = TPM2_ALG_SHA256;
  area.objectAttributes = kStaysHere | use;
  area.parameters.eccDetail.symmetric.algorithm = TPM2_ALG_NULL;
  area.parameters.eccDetail.scheme.scheme = TPM2_ALG_NULL;
  area.parameters.eccDetail.curveID = TPM2_ECC_NIST_P256;
  area.parameters.eccDetail.kdf.scheme = TPM2_ALG_NULL;
  return made;
}

}  // namespace

TPM2B_PUBLIC storage_key_template() {
  TPM2B_PUBLIC made = p256_template(TPMA_OBJECT_RESTRICTED | TPMA_OBJECT_DECRYPT);
  TPMT_SYM_DEF_OBJECT& cipher = made.publicArea.parameters.eccDetail.symmetric;
  cipher.algorithm = TPM2_ALG_AES;
  cipher.keyBits.aes = 128;
  cipher.mode.aes = TPM2_ALG_CFB;
  return made;
}

TPM2B_PUBLIC device_key_template() { return p256_template(TPMA_OBJECT_SIGN_ENCRYPT); }

TPMT_SIG_SCHEME signature_scheme() {
  TPMT_SIG_SCHEME scheme{};
  scheme.scheme = TPM2_ALG_ECDSA;
  scheme.details.ecdsa.hashAlg = TPM2_ALG_SHA256;
  return scheme;
}

}  // namespace xl::keystore::tpm2
