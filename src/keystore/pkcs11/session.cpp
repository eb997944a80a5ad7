// SPDX-License-Identifier: Apache-2.0
#include "keystore/pkcs11/session.hpp"

#include <algorithm>
#include <array>
#include <utility>
#include <vector>

#include "keystore/pkcs11/explain.hpp"
#include "keystore/pkcs11/slots.hpp"

namespace xl::keystore::pkcs11 {
namespace {

constexpr CK_ULONG kObjectsMax = 16;  // two halves of a key and its certificate, and room to notice too many
/// The object identifier of P-256 in DER. source: RFC 5480 2.1.1.1
constexpr std::array<Byte, 10> kP256{0x06, 0x08, 0x2A, 0x86, 0x48, 0xCE, 0x3D, 0x03, 0x01, 0x07};
constexpr std::array<Byte, 2> kOctetString{0x04, 0x41};  // the point's DER wrapping
constexpr Byte kUncompressed = 0x04;

/// PKCS #11 takes what it only reads by pointers to what it may write.
CK_ATTRIBUTE attribute(CK_ATTRIBUTE_TYPE type, const void* value, std::size_t size) {
  return {type, const_cast<void*>(value), static_cast<CK_ULONG>(size)};
}

/// A template that owns its values.
class Template {
 public:
  Template& text(CK_ATTRIBUTE_TYPE type, std::string_view value) {
    values_.push_back({type, std::string(value)});
    return *this;
  }
  Template& flag(CK_ATTRIBUTE_TYPE type, bool value) { return text(type, std::string(1, value ? '\1' : '\0')); }
  Template& number(CK_ATTRIBUTE_TYPE type, CK_ULONG value) {
    return text(type, {reinterpret_cast<const char*>(&value), sizeof value});
  }
  Template& name(const KeyName& name) {
    if (!name.id.empty()) text(CKA_ID, name.id);
    if (!name.object.empty()) text(CKA_LABEL, name.object);
    return *this;
  }
  /// Valid while the template lives and is not changed.
  std::vector<CK_ATTRIBUTE> attributes() const {
    std::vector<CK_ATTRIBUTE> list;
    for (const auto& [type, value] : values_) list.push_back(attribute(type, value.data(), value.size()));
    return list;
  }

 private:
  std::vector<std::pair<CK_ATTRIBUTE_TYPE, std::string>> values_;
};

/// DER, as the standard says, or the bare octets that some tokens give. source: PKCS #11 v2.40, 2.3.3
Result<pki::P256Point> point_of(std::string_view octets) {
  if (octets.starts_with(as_text(kOctetString)) && octets.size() == 67) octets.remove_prefix(kOctetString.size());
  if (octets.size() != 65 || static_cast<Byte>(octets.front()) != kUncompressed)
    return fail(Error::invalid("The token's key is no P-256 key."));
  pki::P256Point point;
  const ByteView bytes = as_bytes(octets);
  std::ranges::copy(bytes.subspan(1, 32), point.x.begin());
  std::ranges::copy(bytes.subspan(33, 32), point.y.begin());
  return point;
}

/// A token that locks itself is worse than a module that does not start.
Status check_tries(const CK_TOKEN_INFO& token) {
  if ((token.flags & CKF_USER_PIN_LOCKED) != 0)
    return fail(Error::forbidden("The token's PIN is locked. Unlock it with its maker's tool."));
  if ((token.flags & CKF_USER_PIN_FINAL_TRY) != 0) {
    return fail(Error::forbidden(
        "The next wrong PIN would lock the token, so it is not tried. Log in once with the token's own tool."));
  }
  return {};
}

}  // namespace

Result<std::unique_ptr<Session>> Session::open(std::shared_ptr<Library> library, const KeyUri& uri,
                                               const SecretText* pin) {
  CK_FUNCTION_LIST& call = library->functions();
  XL_TRY(const Slot slot, find_slot(call, uri));
  if (pin != nullptr) {
    XL_CHECK(check_tries(slot.token));
  }
  CK_SESSION_HANDLE handle = 0;
  const CK_RV code = call.C_OpenSession(slot.id, CKF_SERIAL_SESSION | CKF_RW_SESSION, nullptr, nullptr, &handle);
  if (code != CKR_OK) return fail(explain(code, "be opened"));
  std::unique_ptr<Session> session(new Session(std::move(library), handle));
  if (pin != nullptr) {
    XL_CHECK(session->login(pin->text));
  }
  return session;
}

Session::~Session() {
  if (is_current()) call().C_CloseSession(handle_);
}

Status Session::login(const std::string& pin) {
  auto* text = reinterpret_cast<CK_UTF8CHAR*>(const_cast<char*>(pin.data()));
  const CK_RV code = call().C_Login(handle_, CKU_USER, text, static_cast<CK_ULONG>(pin.size()));
  // One login counts for all sessions of this process.
  if (code == CKR_OK || code == CKR_USER_ALREADY_LOGGED_IN) return {};
  return fail(explain(code, "take the PIN"));
}

Result<std::vector<CK_OBJECT_HANDLE>> Session::find(std::optional<CK_OBJECT_CLASS> kind, const KeyName& name) {
  Template wanted;
  if (kind) wanted.number(CKA_CLASS, *kind);
  auto attributes = wanted.name(name).attributes();
  CK_RV code = call().C_FindObjectsInit(handle_, attributes.data(), static_cast<CK_ULONG>(attributes.size()));
  if (code != CKR_OK) return fail(explain(code, "be searched"));
  std::vector<CK_OBJECT_HANDLE> found(kObjectsMax);
  CK_ULONG count = 0;
  code = call().C_FindObjects(handle_, found.data(), kObjectsMax, &count);
  call().C_FindObjectsFinal(handle_);
  if (code != CKR_OK) return fail(explain(code, "be searched"));
  found.resize(count);
  return found;
}

Result<CK_OBJECT_HANDLE> Session::find_one(CK_OBJECT_CLASS kind, const KeyName& name) {
  XL_TRY(const auto found, find(kind, name));
  if (found.size() == 1) return found.front();
  if (found.empty()) {
    return fail(Error{Errc::not_found, "The token has no key " + (name.object.empty() ? "of that id" : name.object) +
                                           ", or shows it only to who gives its PIN (pin-source=FILE)."});
  }
  return fail(Error::conflict("The token has several keys of that name; add id= to the URI."));
}

Result<std::string> Session::bytes_of(CK_OBJECT_HANDLE object, CK_ATTRIBUTE_TYPE type) {
  CK_ATTRIBUTE asked{type, nullptr, 0};
  CK_RV code = call().C_GetAttributeValue(handle_, object, &asked, 1);
  if (code != CKR_OK || asked.ulValueLen == CK_UNAVAILABLE_INFORMATION)
    return fail(explain(code, "show its public key"));
  std::string value(asked.ulValueLen, '\0');
  asked.pValue = value.data();
  code = call().C_GetAttributeValue(handle_, object, &asked, 1);
  if (code != CKR_OK) return fail(explain(code, "show its public key"));
  value.resize(asked.ulValueLen);
  return value;
}

Result<pki::P256Point> Session::public_key(const KeyName& name) {
  XL_TRY(const CK_OBJECT_HANDLE key, find_one(CKO_PUBLIC_KEY, name));
  XL_TRY(const std::string point, bytes_of(key, CKA_EC_POINT));
  return point_of(point);
}

Result<pki::P256Signature> Session::sign(const KeyName& name, const pki::P256Number& digest) {
  XL_TRY(const CK_OBJECT_HANDLE key, find_one(CKO_PRIVATE_KEY, name));
  CK_MECHANISM mechanism{CKM_ECDSA, nullptr, 0};
  if (const CK_RV code = call().C_SignInit(handle_, &mechanism, key); code != CKR_OK)
    return fail(explain(code, "sign"));
  std::array<Byte, 64> both{};
  CK_ULONG size = both.size();
  pki::P256Number input = digest;
  const CK_RV code = call().C_Sign(handle_, input.data(), input.size(), both.data(), &size);
  if (code != CKR_OK) return fail(explain(code, "sign"));
  if (size != both.size()) return fail(Error::internal("The token's signature is not one of P-256."));
  pki::P256Signature made;
  std::copy_n(both.begin(), 32, made.r.begin());
  std::copy_n(both.begin() + 32, 32, made.s.begin());
  return made;
}

Status Session::create(const KeyName& name) {
  XL_TRY(const auto same, find(CKO_PRIVATE_KEY, KeyName{{}, name.object}));
  if (!same.empty()) return fail(Error::already_exists("The token's key", name.object));
  Template open_half, secret_half;
  open_half.flag(CKA_TOKEN, true)
      .flag(CKA_PRIVATE, false)
      .flag(CKA_VERIFY, true)
      .name(name)
      .text(CKA_EC_PARAMS, as_text(kP256));
  secret_half.flag(CKA_TOKEN, true).flag(CKA_PRIVATE, true).flag(CKA_SENSITIVE, true).flag(CKA_EXTRACTABLE, false);
  secret_half.flag(CKA_SIGN, true).name(name);
  auto open_list = open_half.attributes();
  auto secret_list = secret_half.attributes();
  CK_MECHANISM mechanism{CKM_EC_KEY_PAIR_GEN, nullptr, 0};
  CK_OBJECT_HANDLE open_key = 0, secret_key = 0;
  const CK_RV code = call().C_GenerateKeyPair(handle_, &mechanism, open_list.data(), open_list.size(),
                                              secret_list.data(), secret_list.size(), &open_key, &secret_key);
  if (code != CKR_OK) return fail(explain(code, "make a key"));
  return {};
}

Status Session::keep_certificate(const KeyName& name, ByteView der, ByteView subject) {
  Template made;
  made.number(CKA_CLASS, CKO_CERTIFICATE).number(CKA_CERTIFICATE_TYPE, CKC_X_509).flag(CKA_TOKEN, true);
  made.flag(CKA_PRIVATE, false).name(name).text(CKA_SUBJECT, as_text(subject)).text(CKA_VALUE, as_text(der));
  auto attributes = made.attributes();
  CK_OBJECT_HANDLE object = 0;
  const CK_RV code = call().C_CreateObject(handle_, attributes.data(), attributes.size(), &object);
  if (code != CKR_OK) return fail(explain(code, "keep the certificate"));
  return {};
}

Status Session::remove(const std::string& id) {
  XL_TRY(const auto found, find(std::nullopt, KeyName{id, {}}));
  if (found.empty()) return fail(Error::not_found("The token's key", "of that id"));
  for (const CK_OBJECT_HANDLE object : found) {
    if (const CK_RV code = call().C_DestroyObject(handle_, object); code != CKR_OK)
      return fail(explain(code, "remove the key"));
  }
  return {};
}

}  // namespace xl::keystore::pkcs11
