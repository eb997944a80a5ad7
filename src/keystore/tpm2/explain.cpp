// SPDX-License-Identifier: Apache-2.0
#include "keystore/tpm2/explain.hpp"

#include <tss2/tss2_rc.h>
#include <tss2/tss2_tpm2_types.h>

#include <string>

namespace xl::keystore::tpm2 {
namespace {

/// A code about a handle, parameter or session without saying which one. source: TPM 2.0 Library, Part 2, 6.6
TPM2_RC without_position(TSS2_RC code) {
  constexpr TSS2_RC kErrorOfFormatOne = TPM2_RC_FMT1 | 0x3F;
  return (code & TPM2_RC_FMT1) != 0 ? code & kErrorOfFormatOne : code;
}

Errc code_of(TSS2_RC code) {
  const TSS2_RC layer = code & TSS2_RC_LAYER_MASK;
  if (layer != TSS2_TPM_RC_LAYER && layer != TSS2_RESMGR_TPM_RC_LAYER) return Errc::unavailable;
  switch (without_position(code & ~static_cast<TSS2_RC>(TSS2_RC_LAYER_MASK))) {
    case TPM2_RC_HANDLE:
      return Errc::not_found;
    case TPM2_RC_BAD_AUTH:
    case TPM2_RC_AUTH_FAIL:
    case TPM2_RC_LOCKOUT:
      return Errc::forbidden;
    case TPM2_RC_NV_DEFINED:
      return Errc::already_exists;
    case TPM2_RC_NV_SPACE:
      return Errc::io;
    case TPM2_RC_OBJECT_MEMORY:
    case TPM2_RC_SESSION_MEMORY:
    case TPM2_RC_MEMORY:
    case TPM2_RC_RETRY:
    case TPM2_RC_YIELDED:
    case TPM2_RC_TESTING:
    case TPM2_RC_INITIALIZE:
    case TPM2_RC_FAILURE:
      return Errc::unavailable;
    default:
      return Errc::internal;
  }
}

std::string_view advice_on(Errc code) {
  switch (code) {
    case Errc::unavailable:
      return " Is it there, powered, and not held by another program?";
    case Errc::forbidden:
      return " The PIN or the owner's password does not fit.";
    case Errc::io:
      return " It has no room for another persistent object: evict what is not needed (tpm2_evictcontrol).";
    default:
      return "";
  }
}

}  // namespace

Error explain(TSS2_RC code, std::string_view doing) {
  const Errc meaning = code_of(code);
  return {meaning, "The TPM cannot " + std::string(doing) + " (" + Tss2_RC_Decode(code) + ")." +
                       std::string(advice_on(meaning))};
}

}  // namespace xl::keystore::tpm2
