// SPDX-License-Identifier: Apache-2.0
#include "platform/linux/file_digest.hpp"

#include <openssl/evp.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <memory>
#include <vector>

namespace xl::platform {
namespace {

constexpr std::size_t kChunkBytes = 64 * 1024;

struct ContextFree {
  void operator()(EVP_MD_CTX* context) const { EVP_MD_CTX_free(context); }
};

}  // namespace

bool read_at(int file, std::uint64_t offset, ByteSpan out) {
  while (!out.empty()) {
    const ssize_t count = ::pread(file, out.data(), out.size(), static_cast<off_t>(offset));
    if (count < 0 && errno == EINTR) continue;
    if (count <= 0) return false;
    offset += static_cast<std::uint64_t>(count);
    out = out.subspan(static_cast<std::size_t>(count));
  }
  return true;
}

std::optional<crypto::Sha256> file_digest(int file, std::uint64_t bytes) {
  const std::unique_ptr<EVP_MD_CTX, ContextFree> context(EVP_MD_CTX_new());
  if (EVP_DigestInit_ex(context.get(), EVP_sha256(), nullptr) != 1) return std::nullopt;
  std::vector<Byte> chunk(kChunkBytes);
  for (std::uint64_t done = 0; done < bytes;) {
    const ByteSpan next = ByteSpan(chunk).first(std::min<std::uint64_t>(kChunkBytes, bytes - done));
    if (!read_at(file, done, next)) return std::nullopt;
    if (EVP_DigestUpdate(context.get(), next.data(), next.size()) != 1) return std::nullopt;
    done += next.size();
  }
  crypto::Sha256 out{};
  if (EVP_DigestFinal_ex(context.get(), out.data(), nullptr) != 1) return std::nullopt;
  return out;
}

}  // namespace xl::platform
