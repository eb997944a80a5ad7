// SPDX-License-Identifier: Apache-2.0
// What the keys are that a TPM makes for us.
#pragma once
#include <tss2/tss2_tpm2_types.h>

namespace xl::keystore::tpm2 {

/// The owner's storage key: the same template gives the same key again, so it need not be kept.
/// source: TCG EK Credential Profile and TCG TPM v2.0 Provisioning Guidance 7.5.1 (SRK, ECC P-256)
TPM2B_PUBLIC storage_key_template();
/// Signs any digest, cannot leave this TPM, and a wrong PIN does not lock the TPM for others.
TPM2B_PUBLIC device_key_template();
/// ECDSA over a digest of 32 octets.
TPMT_SIG_SCHEME signature_scheme();

}  // namespace xl::keystore::tpm2
