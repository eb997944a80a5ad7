// SPDX-License-Identifier: Apache-2.0
#include "store/sqlite_store.hpp"

#include <algorithm>
#include <chrono>
#include <condition_variable>
#include <deque>
#include <iterator>
#include <mutex>
#include <thread>
#include <vector>

#include "base/log.hpp"
#include "store/migrations.hpp"
#include "store/registry_file.hpp"
#include "store/repositories.hpp"

namespace xl::store {
namespace {

/// Small: a batch shares one fsync, but its first piece of work waits for its last.
constexpr std::size_t kBatchMax = 64;
constexpr std::uint64_t kBatchesBetweenCleanings = 1000;
/// Between two commits of work that is not urgent. Pages that several pieces of work change are written once, and every
/// reader's cache lasts until the next commit.
constexpr std::chrono::milliseconds kCommitsApart{20};

class SqliteStore final : public cloud::RegistryStore {
 public:
  SqliteStore(std::filesystem::path file, std::unique_ptr<sql::Connection> writer)
      : file_(std::move(file)), registry_(std::move(writer)), thread_([this] { run(); }) {}

  ~SqliteStore() override {
    {
      const std::lock_guard lock(mutex_);
      stopping_ = true;
    }
    wake_.notify_one();
    thread_.join();
  }

  Result<std::unique_ptr<const cloud::Registry>> open_view() override {
    XL_TRY(auto connection, sql::Connection::open(file_, sql::Access::read_only));
    return std::unique_ptr<const cloud::Registry>(std::make_unique<SqlRegistry>(std::move(connection)));
  }

  void submit(Work work, Done done, Urgency urgency) override {
    bool is_news = false;
    {
      const std::lock_guard lock(mutex_);
      queue_.push_back({std::move(work), std::move(done), urgency});
      urgent_ = urgent_ || urgency == Urgency::now;
      is_news = urgent_ || queue_.size() == 1 || queue_.size() == kBatchMax;
    }
    if (is_news) wake_.notify_one();
  }

  void watch_changes(std::function<void()> watcher) override {
    const std::lock_guard lock(watcher_mutex_);
    watcher_ = std::move(watcher);
  }

 private:
  struct Item {
    Work work;
    Done done;
    Urgency urgency;
    Status status = {};
    bool has_changes = false;  ///< for readers of the change log
  };

  void run() {
    for (;;) {
      std::vector<Item> batch = next_batch();
      if (batch.empty()) return;
      if (const Status committed = write_batch(batch); !committed) {
        log::error("store", "transaction failed", {{"reason", committed.error().detail}});
        for (Item& item : batch) item.status = committed;
      }
      committed_ = std::chrono::steady_clock::now();
      tell_watcher(batch);
      for (Item& item : batch) {
        item.work = nullptr;  // what it captured may not outlive done()
        if (item.done) item.done(std::move(item.status));
        item.done = nullptr;  // nor may done()'s captures wait for the rest of the batch
      }
    }
  }

  void tell_watcher(const std::vector<Item>& batch) {
    if (std::none_of(batch.begin(), batch.end(),
                     [](const Item& item) { return item.status && item.has_changes && item.urgency == Urgency::now; }))
      return;
    const std::lock_guard lock(watcher_mutex_);
    if (watcher_) watcher_();
  }

  /// Blocks; empty only when stopping with nothing left.
  std::vector<Item> next_batch() {
    std::unique_lock lock(mutex_);
    wake_.wait(lock, [this] { return stopping_ || !queue_.empty(); });
    wake_.wait_until(lock, committed_ + kCommitsApart,
                     [this] { return stopping_ || urgent_ || queue_.size() >= kBatchMax; });
    const std::size_t count = std::min(queue_.size(), kBatchMax);
    const auto end = queue_.begin() + static_cast<std::ptrdiff_t>(count);
    std::vector<Item> batch(std::make_move_iterator(queue_.begin()), std::make_move_iterator(end));
    queue_.erase(queue_.begin(), end);
    if (queue_.empty()) urgent_ = false;
    return batch;
  }

  void add_waiting(std::vector<Item>& batch) {
    const std::lock_guard lock(mutex_);
    std::move(queue_.begin(), queue_.end(), std::back_inserter(batch));
    queue_.clear();
  }

  Status write_batch(std::vector<Item>& batch) {
    sql::Connection& connection = registry_.connection();
    if (const auto begun = connection.query("begin immediate").run(); !begun) {
      add_waiting(batch);  // for the same lock: one batch after another they would wait as long again, each
      return fail(begun.error());
    }
    Status status;
    for (Item& item : batch) {
      status = run_in_savepoint(connection, item);
      if (!status) break;
    }
    if (status && ++batches_ % kBatchesBetweenCleanings == 0) status = forget_old_changes(connection);
    if (status) status = connection.query("commit").run().map([](auto) {});
    if (!status && connection.in_transaction()) (void)connection.execute("rollback");
    return status;
  }

  /// One tenant's failed work is undone alone. errors: the whole batch is lost: the savepoint cannot be handled, or the
  /// disk failed and the database undid everything
  Status run_in_savepoint(sql::Connection& connection, Item& item) {
    XL_CHECK(connection.query("savepoint work").run());
    item.status = run_guarded(item.work);
    item.has_changes = !registry_.changes().is_empty();
    if (!connection.in_transaction())
      return item.status ? Status(fail(Error::io("registry: the database undid the transaction"))) : item.status;
    if (!item.status) XL_CHECK(connection.query("rollback to work").run());
    XL_CHECK(connection.query("release work").run());
    return {};
  }

  Status run_guarded(const Work& work) {
    try {
      registry_.changes().clear();
      XL_CHECK(work(registry_));
      return registry_.changes().write();
    } catch (const std::exception& thrown) {
      return fail(Error::internal(std::string("registry work threw: ") + thrown.what()));
    } catch (...) {
      return fail(Error::internal("registry work threw"));
    }
  }

  const std::filesystem::path file_;
  SqlRegistry registry_;  // the writer thread's alone once it runs
  std::uint64_t batches_ = 0;
  std::chrono::steady_clock::time_point committed_;
  std::mutex mutex_;
  std::condition_variable wake_;
  std::deque<Item> queue_;
  bool urgent_ = false;  ///< something in the queue is
  bool stopping_ = false;
  std::mutex watcher_mutex_;
  std::function<void()> watcher_;
  std::thread thread_;
};

/// A full disk is better met now, by a person who has just typed a command, than by the first module that connects.
Status prove_writable(sql::Connection& connection) {
  return connection.execute("update schema_version set version = version");
}

Result<std::unique_ptr<sql::Connection>> open_writer(const std::filesystem::path& file, Opener opener) {
  if (opener == Opener::another_of_server) return sql::Connection::open(file, sql::Access::read_write);
  XL_CHECK(refuse_damage(file));
  XL_TRY(auto writer, sql::Connection::open(file, sql::Access::read_write));
  XL_CHECK(migrate(*writer));
  XL_CHECK(prove_writable(*writer));
  return writer;
}

}  // namespace

Status SqlRegistry::attempt(const std::function<Status()>& work) {
  XL_CHECK(connection_->query("savepoint part").run());
  const ChangeNotes::Mark before = changes_.mark();
  Status status = work();
  if (!connection_->in_transaction())
    return status ? Status(fail(Error::io("registry: the database undid the transaction"))) : status;
  if (!status) {
    XL_CHECK(connection_->query("rollback to part").run());
    changes_.go_back_to(before);
  }
  XL_CHECK(connection_->query("release part").run());
  return status;
}

Result<std::unique_ptr<cloud::RegistryStore>> open_sqlite(const std::filesystem::path& file, Opener opener) {
  auto writer = open_writer(file, opener);
  if (!writer) return fail(Error{writer.error().code, file.string() + ": " + writer.error().detail});
  return std::unique_ptr<cloud::RegistryStore>(std::make_unique<SqliteStore>(file, *std::move(writer)));
}

}  // namespace xl::store
