// SPDX-License-Identifier: Apache-2.0
#include "keystore/pkcs11/slots.hpp"

#include <string>
#include <string_view>
#include <vector>

#include "keystore/pkcs11/explain.hpp"

namespace xl::keystore::pkcs11 {
namespace {

/// source: PKCS #11 v2.40, 3.2: text fields are padded with blanks
template <class Octet, std::size_t N>
std::string unpadded(const Octet (&field)[N]) {
  std::string_view text(reinterpret_cast<const char*>(field), N);
  const std::size_t last = text.find_last_not_of(' ');
  return std::string(text.substr(0, last == std::string_view::npos ? 0 : last + 1));
}

bool fits(const KeyUri& uri, const char* name, const std::string& value) {
  return !uri.has(name) || uri.value(name) == value;
}

bool fits(const KeyUri& uri, const CK_TOKEN_INFO& token) {
  return (token.flags & CKF_TOKEN_INITIALIZED) != 0 && fits(uri, "token", unpadded(token.label)) &&
         fits(uri, "serial", unpadded(token.serialNumber)) &&
         fits(uri, "manufacturer", unpadded(token.manufacturerID)) && fits(uri, "model", unpadded(token.model));
}

Result<std::vector<CK_SLOT_ID>> slots_with_tokens(CK_FUNCTION_LIST& call) {
  CK_ULONG count = 0;
  if (const CK_RV code = call.C_GetSlotList(CK_TRUE, nullptr, &count); code != CKR_OK)
    return fail(explain(code, "be listed"));
  std::vector<CK_SLOT_ID> slots(count);
  if (const CK_RV code = call.C_GetSlotList(CK_TRUE, slots.data(), &count); code != CKR_OK)
    return fail(explain(code, "be listed"));
  slots.resize(count);
  return slots;
}

std::string wanted_text(const KeyUri& uri) {
  return uri.has("token") ? " named \"" + uri.value("token") + "\"" : std::string();
}

}  // namespace

Result<Slot> find_slot(CK_FUNCTION_LIST& call, const KeyUri& uri) {
  XL_TRY(const std::vector<CK_SLOT_ID> slots, slots_with_tokens(call));
  std::vector<Slot> found;
  std::string there;
  for (const CK_SLOT_ID id : slots) {
    Slot slot{id, {}};
    if (call.C_GetTokenInfo(id, &slot.token) != CKR_OK) continue;  // pulled out since
    if ((slot.token.flags & CKF_TOKEN_INITIALIZED) != 0) there += " \"" + unpadded(slot.token.label) + "\"";
    if (fits(uri, slot.token)) found.push_back(slot);
  }
  if (found.size() == 1) return found.front();
  const std::string list = there.empty() ? " There is none at all." : " There are:" + there + ".";
  if (found.empty())
    return fail(Error::unavailable("No PKCS#11 token" + wanted_text(uri) + " is there. Is it plugged in?" + list));
  return fail(Error::conflict("Several PKCS#11 tokens fit; name one by token= or serial=." + list));
}

}  // namespace xl::keystore::pkcs11
