// SPDX-License-Identifier: Apache-2.0
#include "keystore/pkcs11/library.hpp"

#include <dlfcn.h>

#include <map>
#include <utility>

#include "keystore/pkcs11/explain.hpp"

namespace xl::keystore::pkcs11 {
namespace {

Error cannot_load(const std::string& path, const char* why) {
  return Error::unavailable("The PKCS#11 module " + path + " cannot be used: " +
                            (why != nullptr ? std::string(why) : std::string("it has no C_GetFunctionList")) + ".");
}

Result<CK_FUNCTION_LIST*> functions_of(const std::string& path) {
  void* handle = ::dlopen(path.c_str(), RTLD_NOW | RTLD_LOCAL);
  if (handle == nullptr) return fail(cannot_load(path, ::dlerror()));
  const auto get = reinterpret_cast<CK_C_GetFunctionList>(::dlsym(handle, "C_GetFunctionList"));
  CK_FUNCTION_LIST* functions = nullptr;
  if (get == nullptr || get(&functions) != CKR_OK || functions == nullptr) return fail(cannot_load(path, nullptr));
  return functions;
}

}  // namespace

Result<std::shared_ptr<Library>> Library::load(const std::string& path) {
  static std::mutex mutex;
  static std::map<std::string, std::shared_ptr<Library>> loaded;
  const std::scoped_lock lock(mutex);
  if (const auto known = loaded.find(path); known != loaded.end()) return known->second;
  XL_TRY(CK_FUNCTION_LIST* const functions, functions_of(path));
  auto library = std::make_shared<Library>(functions);
  XL_CHECK(library->start());
  loaded.emplace(path, library);
  return library;
}

Status Library::start() {
  CK_C_INITIALIZE_ARGS arguments{};
  arguments.flags = CKF_OS_LOCKING_OK;
  const CK_RV code = functions_->C_Initialize(&arguments);
  if (code != CKR_OK && code != CKR_CRYPTOKI_ALREADY_INITIALIZED) return fail(explain(code, "be started"));
  ++generation_;
  return {};
}

Status Library::restart() {
  functions_->C_Finalize(nullptr);
  return start();
}

}  // namespace xl::keystore::pkcs11
