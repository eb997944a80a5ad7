// SPDX-License-Identifier: Apache-2.0
#include "keystore/tpm2/element.hpp"

#include <tss2/tss2_tctildr.h>

#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <utility>

#include "base/text.hpp"
#include "keystore/tpm2/explain.hpp"
#include "keystore/tpm2/templates.hpp"

namespace xl::keystore::tpm2 {
namespace {

constexpr auto kNoSession = ESYS_TR_NONE;
constexpr std::size_t kPasswordBytesMax = sizeof(TPM2B_AUTH::buffer);

struct FreeAnswer {
  void operator()(void* answer) const { Esys_Free(answer); }
};
template <class T>
using Answer = std::unique_ptr<T, FreeAnswer>;

/// The library writes to standard error by itself, past our log and in the middle of our lines.
void silence_library() {
  static const bool is_silent = ::setenv("TSS2_LOG", "all+NONE", 0) == 0;  // 0: what a person has set stays
  static_cast<void>(is_silent);
}

std::mutex& turns() {
  static std::mutex mutex;
  return mutex;
}

/// Numbers come without their leading zeros.
bool copy_number(const TPM2B_ECC_PARAMETER& from, pki::P256Number& to) {
  if (from.size > to.size()) return false;
  std::copy_n(from.buffer, from.size, to.end() - from.size);
  return true;
}

Result<TPM2B_AUTH> password(const std::string& pin) {
  TPM2B_AUTH made{};
  if (pin.size() > kPasswordBytesMax) return fail(Error::invalid("A TPM's PIN has at most 64 characters."));
  made.size = static_cast<UINT16>(pin.size());
  std::memcpy(made.buffer, pin.data(), pin.size());
  return made;
}

Error another_key() {
  return {Errc::not_found,
          "At its handle the TPM holds another key than the one this identity was issued for; use the module's own "
          "TPM, or issue the identity anew."};
}

}  // namespace

void Element::CloseContext::operator()(ESYS_CONTEXT* context) const {
  TSS2_TCTI_CONTEXT* tcti = nullptr;
  const bool has_tcti = Esys_GetTcti(context, &tcti) == TSS2_RC_SUCCESS;
  Esys_Finalize(&context);
  if (has_tcti) Tss2_TctiLdr_Finalize(&tcti);
}

Element::Loaded& Element::Loaded::operator=(Loaded&& other) noexcept {
  std::swap(context_, other.context_);
  std::swap(object_, other.object_);
  return *this;
}

void Element::Loaded::flush() {
  if (context_ != nullptr) Esys_FlushContext(context_, object_);
  context_ = nullptr;
}

Result<Element> Element::open(const std::string& tcti) {
  std::unique_lock<std::mutex> turn(turns());
  silence_library();
  TSS2_TCTI_CONTEXT* path = nullptr;
  if (const TSS2_RC code = Tss2_TctiLdr_Initialize(tcti.c_str(), &path); code != TSS2_RC_SUCCESS)
    return fail(explain(code, "be reached at " + tcti));
  ESYS_CONTEXT* context = nullptr;
  if (const TSS2_RC code = Esys_Initialize(&context, path, nullptr); code != TSS2_RC_SUCCESS) {
    Tss2_TctiLdr_Finalize(&path);
    return fail(explain(code, "be reached at " + tcti));
  }
  return Element(std::move(turn), Context(context));
}

Result<ESYS_TR> Element::at(std::uint32_t handle, const std::string& name_hex) {
  ESYS_TR object = ESYS_TR_NONE;
  const TSS2_RC code = Esys_TR_FromTPMPublic(context_.get(), handle, kNoSession, kNoSession, kNoSession, &object);
  if (code != TSS2_RC_SUCCESS) return fail(explain(code, "find the key at its handle"));
  if (name_hex.empty()) return object;
  TPM2B_NAME* raw = nullptr;
  if (const TSS2_RC got = Esys_TR_GetName(context_.get(), object, &raw); got != TSS2_RC_SUCCESS)
    return fail(explain(got, "name its key"));
  const Answer<TPM2B_NAME> name(raw);
  if (hex_encode({name->name, name->size}) != name_hex) return fail(another_key());
  return object;
}

Result<PublicKey> Element::public_of(ESYS_TR object) {
  TPM2B_PUBLIC* raw_area = nullptr;
  TPM2B_NAME* raw_name = nullptr;
  const TSS2_RC code =
      Esys_ReadPublic(context_.get(), object, kNoSession, kNoSession, kNoSession, &raw_area, &raw_name, nullptr);
  if (code != TSS2_RC_SUCCESS) return fail(explain(code, "read its public key"));
  const Answer<TPM2B_PUBLIC> area(raw_area);
  const Answer<TPM2B_NAME> name(raw_name);
  const TPMT_PUBLIC& key = area->publicArea;
  PublicKey found;
  found.name_hex = hex_encode({name->name, name->size});
  const bool is_ours = key.type == TPM2_ALG_ECC && key.parameters.eccDetail.curveID == TPM2_ECC_NIST_P256 &&
                       (key.objectAttributes & TPMA_OBJECT_SIGN_ENCRYPT) != 0 &&
                       copy_number(key.unique.ecc.x, found.point.x) && copy_number(key.unique.ecc.y, found.point.y);
  if (!is_ours) return fail(Error::invalid("The TPM's object at the key's handle is no P-256 key that signs."));
  return found;
}

Result<PublicKey> Element::read_public(std::uint32_t handle) {
  XL_TRY(const ESYS_TR object, at(handle, {}));
  return public_of(object);
}

Result<pki::P256Signature> Element::sign(std::uint32_t handle, const std::string& name_hex, const std::string& pin,
                                         const pki::P256Number& digest) {
  XL_TRY(const ESYS_TR object, at(handle, name_hex));
  XL_TRY(const TPM2B_AUTH auth, password(pin));
  Esys_TR_SetAuth(context_.get(), object, &auth);
  TPM2B_DIGEST input{};
  input.size = static_cast<UINT16>(digest.size());
  std::ranges::copy(digest, input.buffer);
  const TPMT_SIG_SCHEME scheme = signature_scheme();
  // source: TPM 2.0 Library, Part 3, 20.2: a key that is not restricted needs no ticket
  const TPMT_TK_HASHCHECK no_ticket{TPM2_ST_HASHCHECK, TPM2_RH_NULL, {}};
  TPMT_SIGNATURE* raw = nullptr;
  const TSS2_RC code =
      Esys_Sign(context_.get(), object, ESYS_TR_PASSWORD, kNoSession, kNoSession, &input, &scheme, &no_ticket, &raw);
  if (code != TSS2_RC_SUCCESS) return fail(explain(code, "sign"));
  const Answer<TPMT_SIGNATURE> signature(raw);
  pki::P256Signature made;
  const TPMS_SIGNATURE_ECDSA& ecdsa = signature->signature.ecdsa;
  if (!copy_number(ecdsa.signatureR, made.r) || !copy_number(ecdsa.signatureS, made.s))
    return fail(Error::internal("The TPM's signature is too long for P-256."));
  return made;
}

Result<ESYS_TR> Element::create_storage_key() {
  const TPM2B_SENSITIVE_CREATE no_secret{};
  const TPM2B_PUBLIC area = storage_key_template();
  const TPM2B_DATA no_data{};
  const TPML_PCR_SELECTION no_pcrs{};
  ESYS_TR parent = ESYS_TR_NONE;
  const TSS2_RC code =
      Esys_CreatePrimary(context_.get(), ESYS_TR_RH_OWNER, ESYS_TR_PASSWORD, kNoSession, kNoSession, &no_secret, &area,
                         &no_data, &no_pcrs, &parent, nullptr, nullptr, nullptr, nullptr);
  if (code != TSS2_RC_SUCCESS) return fail(explain(code, "make its owner's storage key"));
  return parent;
}

Result<PublicKey> Element::create_below(ESYS_TR parent, const std::string& pin) {
  TPM2B_SENSITIVE_CREATE secret{};
  XL_TRY(secret.sensitive.userAuth, password(pin));
  const TPM2B_PUBLIC area = device_key_template();
  const TPM2B_DATA no_data{};
  const TPML_PCR_SELECTION no_pcrs{};
  TPM2B_PRIVATE* raw_private = nullptr;
  TPM2B_PUBLIC* raw_public = nullptr;
  const TSS2_RC created = Esys_Create(context_.get(), parent, ESYS_TR_PASSWORD, kNoSession, kNoSession, &secret, &area,
                                      &no_data, &no_pcrs, &raw_private, &raw_public, nullptr, nullptr, nullptr);
  if (created != TSS2_RC_SUCCESS) return fail(explain(created, "make a key"));
  const Answer<TPM2B_PRIVATE> wrapped(raw_private);  // encrypted by the TPM for itself
  const Answer<TPM2B_PUBLIC> open(raw_public);
  ESYS_TR key = ESYS_TR_NONE;
  const TSS2_RC loaded =
      Esys_Load(context_.get(), parent, ESYS_TR_PASSWORD, kNoSession, kNoSession, wrapped.get(), open.get(), &key);
  if (loaded != TSS2_RC_SUCCESS) return fail(explain(loaded, "load its new key"));
  created_ = Loaded(context_.get(), key);
  return public_of(key);
}

Result<PublicKey> Element::create(const std::string& pin) {
  XL_TRY(const ESYS_TR parent, create_storage_key());
  const Loaded storage_key(context_.get(), parent);
  return create_below(parent, pin);
}

Status Element::persist(std::uint32_t handle) {
  ESYS_TR kept = ESYS_TR_NONE;
  const TSS2_RC code = Esys_EvictControl(context_.get(), ESYS_TR_RH_OWNER, created_.get(), ESYS_TR_PASSWORD, kNoSession,
                                         kNoSession, handle, &kept);
  if (code != TSS2_RC_SUCCESS) return fail(explain(code, "keep its new key"));
  return {};
}

Status Element::evict(std::uint32_t handle, const std::string& name_hex) {
  XL_TRY(const ESYS_TR object, at(handle, name_hex));
  ESYS_TR gone = ESYS_TR_NONE;
  const TSS2_RC code = Esys_EvictControl(context_.get(), ESYS_TR_RH_OWNER, object, ESYS_TR_PASSWORD, kNoSession,
                                         kNoSession, handle, &gone);
  if (code != TSS2_RC_SUCCESS) return fail(explain(code, "remove the key"));
  return {};
}

Result<std::uint32_t> Element::free_handle(std::uint32_t first, std::uint32_t last) {
  TPMI_YES_NO more = TPM2_NO;
  TPMS_CAPABILITY_DATA* raw = nullptr;
  const TSS2_RC code = Esys_GetCapability(context_.get(), kNoSession, kNoSession, kNoSession, TPM2_CAP_HANDLES, first,
                                          TPM2_MAX_CAP_HANDLES, &more, &raw);
  if (code != TSS2_RC_SUCCESS) return fail(explain(code, "list its keys"));
  const Answer<TPMS_CAPABILITY_DATA> answer(raw);
  const TPML_HANDLE& taken = answer->data.handles;  // in ascending order
  std::uint32_t handle = first;
  for (UINT32 i = 0; i < taken.count && taken.handle[i] == handle; ++i) ++handle;
  if (handle > last || (handle == first + TPM2_MAX_CAP_HANDLES && more == TPM2_YES))
    return fail(Error{Errc::io, "The TPM has no free handle for another key."});
  return handle;
}

}  // namespace xl::keystore::tpm2
