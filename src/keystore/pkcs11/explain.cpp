// SPDX-License-Identifier: Apache-2.0
#include "keystore/pkcs11/explain.hpp"

#include <array>
#include <charconv>
#include <string>

namespace xl::keystore::pkcs11 {
namespace {

struct Meaning {
  CK_RV code;
  std::string_view name;
  Errc errc;
};

constexpr std::array kMeanings{
    Meaning{CKR_PIN_INCORRECT, "CKR_PIN_INCORRECT", Errc::forbidden},
    Meaning{CKR_PIN_INVALID, "CKR_PIN_INVALID", Errc::forbidden},
    Meaning{CKR_PIN_LEN_RANGE, "CKR_PIN_LEN_RANGE", Errc::forbidden},
    Meaning{CKR_PIN_EXPIRED, "CKR_PIN_EXPIRED", Errc::forbidden},
    Meaning{CKR_PIN_LOCKED, "CKR_PIN_LOCKED", Errc::forbidden},
    Meaning{CKR_USER_PIN_NOT_INITIALIZED, "CKR_USER_PIN_NOT_INITIALIZED", Errc::forbidden},
    Meaning{CKR_USER_NOT_LOGGED_IN, "CKR_USER_NOT_LOGGED_IN", Errc::forbidden},
    Meaning{CKR_TOKEN_WRITE_PROTECTED, "CKR_TOKEN_WRITE_PROTECTED", Errc::forbidden},
    Meaning{CKR_DEVICE_MEMORY, "CKR_DEVICE_MEMORY", Errc::io},
    Meaning{CKR_HOST_MEMORY, "CKR_HOST_MEMORY", Errc::io},
    Meaning{CKR_DEVICE_REMOVED, "CKR_DEVICE_REMOVED", Errc::unavailable},
    Meaning{CKR_DEVICE_ERROR, "CKR_DEVICE_ERROR", Errc::unavailable},
    Meaning{CKR_TOKEN_NOT_PRESENT, "CKR_TOKEN_NOT_PRESENT", Errc::unavailable},
    Meaning{CKR_TOKEN_NOT_RECOGNIZED, "CKR_TOKEN_NOT_RECOGNIZED", Errc::unavailable},
    Meaning{CKR_SLOT_ID_INVALID, "CKR_SLOT_ID_INVALID", Errc::unavailable},
    Meaning{CKR_SESSION_CLOSED, "CKR_SESSION_CLOSED", Errc::unavailable},
    Meaning{CKR_SESSION_COUNT, "CKR_SESSION_COUNT", Errc::unavailable},
    Meaning{CKR_SESSION_HANDLE_INVALID, "CKR_SESSION_HANDLE_INVALID", Errc::unavailable},
    Meaning{CKR_OBJECT_HANDLE_INVALID, "CKR_OBJECT_HANDLE_INVALID", Errc::unavailable},
    Meaning{CKR_KEY_HANDLE_INVALID, "CKR_KEY_HANDLE_INVALID", Errc::unavailable},
    Meaning{CKR_CRYPTOKI_NOT_INITIALIZED, "CKR_CRYPTOKI_NOT_INITIALIZED", Errc::unavailable},
    Meaning{CKR_GENERAL_ERROR, "CKR_GENERAL_ERROR", Errc::unavailable},
    Meaning{CKR_FUNCTION_FAILED, "CKR_FUNCTION_FAILED", Errc::unavailable},
    Meaning{CKR_MECHANISM_INVALID, "CKR_MECHANISM_INVALID", Errc::invalid_argument},
};

std::string in_hex(CK_RV code) {
  std::array<char, 2 * sizeof code> digits{};
  const auto end = std::to_chars(digits.data(), digits.data() + digits.size(), code, 16).ptr;
  return "0x" + std::string(digits.data(), end);
}

}  // namespace

Error explain(CK_RV code, std::string_view doing) {
  const auto sentence = [doing](std::string_view name) {
    return "The PKCS#11 token cannot " + std::string(doing) + " (" + std::string(name) + ").";
  };
  for (const Meaning& meaning : kMeanings) {
    if (meaning.code == code) return {meaning.errc, sentence(meaning.name)};
  }
  return {Errc::internal, sentence(in_hex(code))};
}

}  // namespace xl::keystore::pkcs11
