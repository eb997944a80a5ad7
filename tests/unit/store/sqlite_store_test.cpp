// SPDX-License-Identifier: Apache-2.0
// What only the SQLite store promises: damaged and foreign files, locks, a full disk, kill -9.
#include "store/sqlite_store.hpp"

#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <csignal>
#include <set>

#include "store/migrations.hpp"
#include "unit/store/store_fixture.hpp"

namespace xl::store {
namespace {

class SqliteStore : public StoreTest {};

TEST_F(SqliteStore, KeepsAWriteAheadLog) {
  ASSERT_TRUE(open_sqlite(file()));
  EXPECT_EQ(text_of("pragma journal_mode"), "wal");
}

TEST_F(SqliteStore, RefusesAFileThatIsNoDatabase) {
  std::ofstream(file()) << std::string(5000, 'n');
  const auto opened = open_sqlite(file());
  ASSERT_FALSE(opened);
  EXPECT_EQ(opened.error().code, Errc::corrupt);
  EXPECT_NE(opened.error().detail.find(file().string()), std::string::npos) << opened.error().detail;
}

TEST_F(SqliteStore, RefusesADatabaseOfANewerProgramAndLeavesItAlone) {
  ASSERT_TRUE(open_sqlite(file()));
  run_sql("update schema_version set version = 99");
  const auto opened = open_sqlite(file());
  ASSERT_FALSE(opened);
  EXPECT_EQ(opened.error().code, Errc::corrupt);
  EXPECT_NE(opened.error().detail.find("newer version"), std::string::npos) << opened.error().detail;
  EXPECT_EQ(text_of("select version from schema_version"), "99");
}

TEST_F(SqliteStore, RefusesADevelopmentVersionsDatabaseAndLeavesItAlone) {
  ASSERT_TRUE(open_sqlite(file()));
  run_sql("update schema_version set version = 1");
  const auto opened = open_sqlite(file());
  ASSERT_FALSE(opened);
  EXPECT_NE(opened.error().detail.find("before 0.1.0"), std::string::npos) << opened.error().detail;
  EXPECT_EQ(text_of("select version from schema_version"), "1");
}

TEST_F(SqliteStore, CarriesOverWhatTheFirstVersionHasWritten) {
  {
    const auto connection = sql::Connection::open(file(), sql::Access::read_write);
    ASSERT_TRUE(connection);
    ASSERT_TRUE(migrate(**connection, 1));
  }
  run_sql(
      "insert into account values('111111111111', 'staging', 0, 'aaaaaa', null, 5);"
      "insert into policy values('111111111111', 'p', '{\"a\":1}', '1', 7, 7);"
      "insert into thing values('111111111111', 'lamp', 'id', '{}', 1, 8);"
      "insert into change_log values(1, 'abc');"
      "insert into provisioning_template values('111111111111', 't', 1, '{}', '', 'arn:role', 1, 1, 9, 9);");
  const auto store = open_sqlite(file());
  ASSERT_TRUE(store) << store.error().detail;
  const auto view = (*store)->open_view();
  const auto policies = (*view)->policies().versions(kAccount, "p");
  ASSERT_EQ(policies->size(), 1u);
  EXPECT_EQ(policies->front().id, "1");
  EXPECT_EQ(policies->front().document, "{\"a\":1}");
  EXPECT_EQ(policies->front().created, from_millis(7));
  EXPECT_EQ((*view)->templates().versions(kAccount, "t")->size(), 1u);
  EXPECT_EQ((*view)->things().find(kAccount, "lamp")->type_name, std::nullopt);
  EXPECT_EQ((*view)->changes_after(0)->certificates, std::vector<std::string>{"abc"});
  EXPECT_TRUE((*view)->changes_after(0)->accounts.empty());
  const Status added = (*store)->write([](cloud::Registry& registry) -> Status {
    XL_TRY(const auto policy, registry.policies().add_version(kAccount, "p", "{}", kNow));
    XL_TRY(const auto body, registry.templates().add_version(kAccount, "t", "{}", kNow));
    if (policy == "2" && body == 2) return {};
    return fail(Error::internal("a number was given twice"));
  });
  EXPECT_TRUE(added) << added.error().detail;
}

TEST_F(SqliteStore, BringsAnOlderDatabaseUpToDateWithWhatIsInIt) {
  {
    const auto connection = sql::Connection::open(file(), sql::Access::read_write);
    ASSERT_TRUE(connection);
    ASSERT_TRUE(migrate(**connection, 3));
  }
  run_sql(
      "insert into account values('111111111111', 'acme', 0, 'aaaa', null, 5);"
      "insert into access_key values('AKIAOLD', '111111111111', 0, '00');"
      "insert into certificate values('111111111111', 'c', 'pem', 0, 1, null, 0, 9, 6, 7);");
  const auto opened = open_sqlite(file());
  ASSERT_TRUE(opened) << opened.error().detail;
  const auto view = (*opened)->open_view();
  const auto key = (*view)->accounts().find_access_key("AKIAOLD");
  ASSERT_TRUE(key) << key.error().detail;
  EXPECT_TRUE(key->is_active);
  EXPECT_EQ((*view)->certificates().find(kAccount, "c")->version, 1);
}

/// Else modules that were away already would be away for good, or be put away at once.
TEST_F(SqliteStore, SweepsCountFromTheMomentThatTheyCameIn) {
  {
    const auto connection = sql::Connection::open(file(), sql::Access::read_write);
    ASSERT_TRUE(connection);
    ASSERT_TRUE(migrate(**connection, 18));
  }
  const auto certificate = [](const char* account, const char* id, int status, const char* ca) {
    return std::string("insert into certificate(account_id, id, pem, status, mode, ca_certificate_id, not_before, ") +
           "not_after, created, modified) values('" + account + "', '" + id + "', 'pem', " + std::to_string(status) +
           ", 1, " + ca + ", 0, 9, 6, 7);";
  };
  run_sql(("insert into account values('111111111111', 'vendor', 0, 'aaaa', null, 5);"
           "insert into account values('222222222222', 'oem', 1, 'bbbb', null, 5);"
           "update run_time set millis = 777;" +
           certificate("111111111111", "staged", 0, "'ca'") + certificate("111111111111", "off", 1, "'ca'") +
           certificate("111111111111", "by hand", 0, "null") + certificate("222222222222", "moved", 0, "'ca'"))
              .c_str());
  const auto opened = open_sqlite(file());
  ASSERT_TRUE(opened) << opened.error().detail;
  EXPECT_EQ(text_of("select group_concat(certificate_id) from sighting"), "staged");
  EXPECT_EQ(text_of("select seen from sighting"), "777");
}

TEST_F(SqliteStore, RefusesTheDatabaseOfAnotherProgram) {
  run_sql("create table bookmarks(url text)");
  const auto opened = open_sqlite(file());
  ASSERT_FALSE(opened);
  EXPECT_EQ(opened.error().code, Errc::corrupt);
  EXPECT_EQ(text_of("select name from sqlite_schema where type = 'table'"), "bookmarks");
}

/// Several gateway processes write by themselves: whoever does not have the turn waits, and is not refused.
TEST_F(SqliteStore, TwoProcessesOfAServerWriteAtTheSameTime) {
  constexpr int kEach = 150;
  const auto write_all = [](cloud::RegistryStore& store, const std::string& prefix) {
    const auto insert = [&](int i) {
      return store.write([&](cloud::Registry& r) { return r.things().insert(make_thing(prefix + std::to_string(i))); });
    };
    for (int i = 0; i < kEach; ++i) {
      if (!insert(i)) return false;
    }
    return true;
  };
  std::array<int, 2> opened{};
  ASSERT_EQ(::pipe(opened.data()), 0);
  const pid_t child = ::fork();  // before SQLite runs in this process: it does not survive a fork
  if (child == 0) {
    char go = 0;
    const bool told = ::read(opened[0], &go, 1) == 1;
    const auto second = open_sqlite(file(), Opener::another_of_server);
    ::_exit(told && second && write_all(**second, "b") ? 0 : 1);
  }
  auto first = *open_sqlite(file());
  ASSERT_TRUE(first->write(insert_account));
  ASSERT_EQ(::write(opened[1], "x", 1), 1);
  EXPECT_TRUE(write_all(*first, "a"));
  int status = 0;
  ASSERT_EQ(::waitpid(child, &status, 0), child);
  EXPECT_EQ(WEXITSTATUS(status), 0);
  EXPECT_EQ(text_of("select count(*) from thing"), std::to_string(2 * kEach));
  for (const int end : opened) ::close(end);
}

TEST_F(SqliteStore, SaysSoWhenTheFolderDoesNotExist) {
  const auto opened = open_sqlite(folder_ / "missing" / "registry.sqlite");
  ASSERT_FALSE(opened);
  EXPECT_EQ(opened.error().code, Errc::io);
}

TEST_F(SqliteStore, ADamagedPageIsAnErrorNotACrash) {
  {
    auto store = *open_sqlite(file());
    ASSERT_TRUE(store->write(insert_account));
    for (int i = 0; i < 200; ++i)
      ASSERT_TRUE(
          store->write([&](cloud::Registry& r) { return r.things().insert(make_thing(std::to_string(i), 500)); }));
  }
  {
    std::fstream damaged(file(), std::ios::in | std::ios::out | std::ios::binary);
    damaged.seekp(4096);
    damaged << std::string(static_cast<std::size_t>(fs::file_size(file())) - 4096, '\x5a');
  }
  const auto opened = open_sqlite(file());
  if (!opened) {
    EXPECT_EQ(opened.error().code, Errc::corrupt) << opened.error().detail;
    return;
  }
  const auto view = (*opened)->open_view();
  ASSERT_TRUE(view);
  EXPECT_FALSE((*view)->things().list(kAccount, {.after = "", .limit = 500}));
}

TEST_F(SqliteStore, AFullDiskIsAnErrorAndTheOldDataStaysReadable) {
  const pid_t child = ::fork();
  ASSERT_GE(child, 0);
  if (child == 0) {
    auto store = *open_sqlite(file());
    if (!store->write(insert_account)) ::_exit(2);
    std::signal(SIGXFSZ, SIG_IGN);
    const rlimit small{2 << 20, 2 << 20};  // more than making the tables has written
    ::setrlimit(RLIMIT_FSIZE, &small);
    Status last;
    for (int i = 0; last && i < 1000; ++i)
      last = store->write([&](cloud::Registry& r) { return r.things().insert(make_thing(std::to_string(i), 8000)); });
    if (last) ::_exit(3);
    if (last.error().code != Errc::io && last.error().code != Errc::unavailable) ::_exit(4);
    const auto view = store->open_view();
    ::_exit(view && (*view)->things().find(kAccount, "0") ? 0 : 5);
  }
  int status = 0;
  ASSERT_EQ(::waitpid(child, &status, 0), child);
  ASSERT_TRUE(WIFEXITED(status));
  EXPECT_EQ(WEXITSTATUS(status), 0);
  auto again = open_sqlite(file());
  ASSERT_TRUE(again) << again.error().detail;
  EXPECT_TRUE((*again)->write([](cloud::Registry& r) { return r.things().insert(make_thing("afterwards")); }));
}

/// Writes until it is killed; tells each commit on `out` once it has been answered.
[[noreturn]] void write_until_killed(const fs::path& file, int out) {
  auto store = open_sqlite(file);
  if (!store || !(*store)->write(insert_account)) ::_exit(2);
  for (int i = 0;; ++i) {
    const std::string name = "m" + std::to_string(i);
    (*store)->submit([name](cloud::Registry& r) { return insert_trio(r, name); },
                     [name, out](Status status) {
                       const std::string line = name + "\n";
                       if (status && ::write(out, line.data(), line.size()) < 0) ::_exit(3);
                     });
    if (i % 8 == 7) (void)(*store)->write([](cloud::Registry&) -> Status { return {}; });
  }
}

/// Reads at least `count` acknowledged names, kills the child, then reads what is left in the pipe.
std::set<std::string> kill_after(pid_t child, int in, std::size_t count) {
  std::string text;
  char buffer[4096];
  bool killed = false;
  for (ssize_t n; (n = ::read(in, buffer, sizeof buffer)) > 0;) {
    text.append(buffer, static_cast<std::size_t>(n));
    if (!killed && static_cast<std::size_t>(std::count(text.begin(), text.end(), '\n')) >= count) {
      ::kill(child, SIGKILL);
      killed = true;
    }
  }
  std::set<std::string> names;
  for (std::size_t at = 0, end; (end = text.find('\n', at)) != std::string::npos; at = end + 1)
    names.insert(text.substr(at, end - at));
  return names;
}

TEST_F(SqliteStore, KilledWhileWritingItKeepsWhatWasAnsweredAndNothingByHalves) {
  int pipe[2];
  ASSERT_EQ(::pipe(pipe), 0);
  const pid_t child = ::fork();
  ASSERT_GE(child, 0);
  if (child == 0) {
    ::close(pipe[0]);
    write_until_killed(file(), pipe[1]);
  }
  ::close(pipe[1]);
  const std::set<std::string> answered = kill_after(child, pipe[0], 100);
  ::close(pipe[0]);
  int status = 0;
  ASSERT_EQ(::waitpid(child, &status, 0), child);
  ASSERT_TRUE(WIFSIGNALED(status));
  ASSERT_GE(answered.size(), 100u);

  auto store = open_sqlite(file());
  ASSERT_TRUE(store) << store.error().detail;
  EXPECT_EQ(text_of("pragma integrity_check"), "ok");
  const auto view = *(*store)->open_view();
  for (const std::string& name : answered) EXPECT_TRUE(view->things().find(kAccount, name)) << name;
  const auto things = view->things().list(kAccount, {.after = "", .limit = 10'000});
  for (const cloud::Thing& thing : things->items)
    EXPECT_EQ(view->things().principals_of(kAccount, thing.name)->size(), 1u) << thing.name;
  EXPECT_EQ(things->items.size(), view->certificates().list(kAccount, {.after = "", .limit = 10'000})->items.size());
}

TEST_F(SqliteStore, TwoProgramsThatStartAtOnceBothOpen) {
  const pid_t child = ::fork();
  ASSERT_GE(child, 0);
  if (child == 0) ::_exit(open_sqlite(file()) ? 0 : 1);
  const auto mine = open_sqlite(file());
  EXPECT_TRUE(mine) << mine.error().detail;
  int status = 0;
  ASSERT_EQ(::waitpid(child, &status, 0), child);
  EXPECT_EQ(WEXITSTATUS(status), 0);
}

}  // namespace
}  // namespace xl::store
