// SPDX-License-Identifier: Apache-2.0
// A registry in a folder of its own, and what tests do to its files behind its back.
#pragma once
#include <gtest/gtest.h>
#include <sqlite3.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <functional>
#include <iterator>
#include <map>
#include <string>

#include "base/text.hpp"
#include "crypto/digest.hpp"
#include "store/sqlite_store.hpp"

namespace xl::store {

namespace fs = std::filesystem;

inline const UnixMillis kNow = from_millis(1'800'000'000'000);
inline const std::string kAccount = "111111111111";

class StoreTest : public testing::Test {
 protected:
  void SetUp() override {
    std::string pattern = (fs::temp_directory_path() / "xl-store-XXXXXX").string();
    ASSERT_NE(::mkdtemp(pattern.data()), nullptr);
    folder_ = pattern;
  }
  void TearDown() override {
    std::error_code ignored;
    fs::remove_all(folder_, ignored);
  }
  fs::path file() const { return folder_ / "registry.sqlite"; }

  void run_sql(const char* sql) const {
    sqlite3* database = nullptr;
    ASSERT_EQ(sqlite3_open(file().c_str(), &database), SQLITE_OK);
    EXPECT_EQ(sqlite3_exec(database, sql, nullptr, nullptr, nullptr), SQLITE_OK) << sqlite3_errmsg(database);
    sqlite3_close(database);
  }
  std::string text_of(const char* sql) const { return text_of(file(), sql); }
  static std::string text_of(const fs::path& database_file, const char* sql) {
    sqlite3* database = nullptr;
    sqlite3_stmt* statement = nullptr;
    sqlite3_open(database_file.c_str(), &database);
    sqlite3_prepare_v2(database, sql, -1, &statement, nullptr);
    std::string out;
    while (sqlite3_step(statement) == SQLITE_ROW)
      out += reinterpret_cast<const char*>(sqlite3_column_text(statement, 0));
    sqlite3_finalize(statement);
    sqlite3_close(database);
    return out;
  }

  static std::string bytes_of(const fs::path& path) {
    std::ifstream in(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()};
  }
  /// Every file of the folder with its content, but for SQLite's scratch memory.
  std::map<std::string, std::string> snapshot() const {
    std::map<std::string, std::string> out;
    for (const auto& entry : fs::directory_iterator(folder_)) {
      const std::string name = entry.path().filename().string();
      if (name.ends_with("-shm") || (name.ends_with("-wal") && entry.file_size() == 0)) continue;
      if (entry.is_regular_file()) out[name] = bytes_of(entry.path());
    }
    return out;
  }
  static void overwrite(const fs::path& path, std::streamoff at, const std::string& with) {
    std::fstream out(path, std::ios::in | std::ios::out | std::ios::binary);
    out.seekp(at);
    out << with;
  }
  /// Every page but the first.
  static void damage(const fs::path& path) {
    overwrite(path, 4096, std::string(static_cast<std::size_t>(fs::file_size(path)) - 4096, '\x5a'));
  }

  fs::path folder_;
};

inline Status insert_account(cloud::Registry& registry) {
  return registry.accounts().insert({kAccount, "staging", cloud::AccountKind::staging, "aaaaaa", kNow});
}

inline cloud::Thing make_thing(const std::string& name, std::size_t bytes = 10) {
  return {kAccount, name, "id", {{"filler", std::string(bytes, 'x')}}, 1, kNow};
}

/// A certificate whose id is that of its contents, which are any bytes.
inline cloud::Certificate make_certificate(const std::string& contents) {
  cloud::Certificate certificate;
  certificate.account_id = kAccount;
  certificate.id = crypto::sha256_hex(contents);
  certificate.pem =
      "-----BEGIN CERTIFICATE-----\n" + base64_encode(as_bytes(contents)) + "\n-----END CERTIFICATE-----\n";
  certificate.status = cloud::CertificateStatus::active;
  return certificate;
}

/// A thing, its certificate and their link in one transaction.
inline Status insert_trio(cloud::Registry& registry, const std::string& name) {
  const cloud::Certificate certificate = make_certificate(name + std::string(600, 'p'));
  XL_CHECK(registry.certificates().insert(certificate));
  XL_CHECK(registry.things().insert(make_thing(name)));
  return registry.things().attach(kAccount, name, certificate.id);
}

/// The account and `count` trios.
inline void fill(const fs::path& file, int count) {
  auto store = open_sqlite(file);
  ASSERT_TRUE(store) << store.error().detail;
  ASSERT_TRUE((*store)->write(insert_account));
  ASSERT_TRUE((*store)->write([count](cloud::Registry& r) -> Status {
    for (int i = 0; i < count; ++i) XL_CHECK(insert_trio(r, "t" + std::to_string(i)));
    return {};
  }));
}

/// The exit code of `body` in a process of its own, whose limits and user it may change; -1: it was killed.
inline int in_child(const std::function<int()>& body) {
  const pid_t child = ::fork();
  if (child == 0) ::_exit(body());
  int status = 0;
  if (::waitpid(child, &status, 0) != child || !WIFEXITED(status)) return -1;
  return WEXITSTATUS(status);
}

}  // namespace xl::store
