// SPDX-License-Identifier: Apache-2.0
// Bulk registrations.
#include "contract/registry_suite.hpp"

namespace xl::contract {
namespace {

cloud::RegistrationTask make_task(const std::string& account, const std::string& id) {
  return {.account_id = account,
          .id = id,
          .template_body = "{}",
          .bucket = "factory",
          .key = "lots/1.json",
          .role_arn = "arn:aws:iam::1:role/r",
          .message = "",
          .file_bytes = 1000,
          .file_version = "1000-1",
          .created = kNow,
          .modified = kNow};
}

cloud::RegistrationTask ended(cloud::RegistrationTask task, cloud::TaskStatus status) {
  task.status = status;
  return task;
}

TEST_P(RegistryContract, AnAccountHasOneTaskThatHasNotEnded) {
  write([](cloud::Registry& registry) { return registry.registration_tasks().insert(make_task(kVendor, "a")); });
  write([](cloud::Registry& registry) { return registry.registration_tasks().insert(make_task(kCustomer, "b")); });
  const auto second = [](cloud::Registry& registry) {
    return registry.registration_tasks().insert(make_task(kVendor, "c"));
  };
  EXPECT_EQ(store_->write(second).error().code, Errc::already_exists);
  write([](cloud::Registry& registry) {
    return registry.registration_tasks().update(ended(make_task(kVendor, "a"), cloud::TaskStatus::cancelling));
  });
  EXPECT_EQ(store_->write(second).error().code, Errc::already_exists) << "it has still to end";
  EXPECT_EQ(view().registration_tasks().unfinished()->size(), 2u);
  write([](cloud::Registry& registry) {
    return registry.registration_tasks().update(ended(make_task(kVendor, "a"), cloud::TaskStatus::cancelled));
  });
  write(second);
  const auto cancelled =
      view().registration_tasks().list(kVendor, cloud::TaskStatus::cancelled, {.after = "", .limit = 9});
  ASSERT_EQ(cancelled->items.size(), 1u);
  EXPECT_EQ(cancelled->items.front().id, "a");
  EXPECT_EQ(view().registration_tasks().list(kVendor, std::nullopt, {.after = "a", .limit = 9})->items.size(), 1u);
  EXPECT_EQ(view().registration_tasks().find(kCustomer, "a").error().code, Errc::not_found);
}

TEST_P(RegistryContract, ATasksProgressAndReportsAreKept) {
  auto task = make_task(kVendor, "a");
  task.succeeded = 3;
  task.failed = 2;
  task.lines = 5;
  task.position = 500;
  task.message = "why";
  write([&](cloud::Registry& registry) -> Status {
    auto& tasks = registry.registration_tasks();
    XL_CHECK(tasks.insert(make_task(kVendor, "a")));
    XL_CHECK(tasks.update(task));
    XL_CHECK(tasks.add_report(task, cloud::ReportType::results, 1, "one\n"));
    XL_CHECK(tasks.add_report(task, cloud::ReportType::errors, 1, "bad\n"));
    return tasks.add_report(task, cloud::ReportType::results, 101, "two\n");
  });
  reopen();
  const auto& tasks = view().registration_tasks();
  const auto found = tasks.find(kVendor, "a");
  ASSERT_TRUE(found);
  EXPECT_EQ(std::tuple(found->succeeded, found->failed, found->lines, found->position, found->message),
            std::tuple(3, 2, 5, 500, "why"));
  EXPECT_EQ(std::tuple(found->bucket, found->key, found->file_bytes, found->file_version),
            std::tuple("factory", "lots/1.json", 1000, "1000-1"));
  EXPECT_EQ(tasks.reports(kVendor, "a", cloud::ReportType::results, 0, 9)->items, (std::vector<std::int64_t>{1, 101}));
  EXPECT_TRUE(tasks.reports(kVendor, "a", cloud::ReportType::results, 0, 1)->more);
  EXPECT_EQ(tasks.reports(kVendor, "a", cloud::ReportType::results, 1, 9)->items, (std::vector<std::int64_t>{101}));
  EXPECT_EQ(*tasks.report(kVendor, "a", cloud::ReportType::results, 101), "two\n");
  EXPECT_EQ(*tasks.report(kVendor, "a", cloud::ReportType::errors, 1), "bad\n");
  EXPECT_EQ(tasks.report(kVendor, "a", cloud::ReportType::errors, 101).error().code, Errc::not_found);
}

TEST_P(RegistryContract, ReportsOfTasksThatEndedLongAgoAreRemovedPieceByPiece) {
  const auto later = kNow + std::chrono::hours(1);
  write([&](cloud::Registry& registry) -> Status {
    auto& tasks = registry.registration_tasks();
    for (const char* id : {"old", "new"}) {
      auto task = make_task(kVendor, id);
      XL_CHECK(tasks.insert(task));
      for (const std::int64_t line : {1, 101})
        XL_CHECK(tasks.add_report(task, cloud::ReportType::results, line, "line\n"));
      XL_CHECK(tasks.add_report(task, cloud::ReportType::errors, 1, "bad\n"));
      task = ended(task, cloud::TaskStatus::completed);
      if (task.id == "new") task.modified = later;
      XL_CHECK(tasks.update(task));
    }
    const auto running = make_task(kCustomer, "running");
    XL_CHECK(tasks.insert(running));
    return tasks.add_report(running, cloud::ReportType::results, 1, "line\n");
  });
  const auto remove = [this](UnixMillis time) {
    std::size_t gone = 0;
    write([&](cloud::Registry& registry) -> Status {
      XL_TRY(gone, registry.registration_tasks().remove_reports_of_ended(time, 2));
      return {};
    });
    return gone;
  };
  EXPECT_EQ(remove(kNow), 0u) << "at this very time";
  EXPECT_EQ(remove(later), 2u);
  EXPECT_EQ(remove(later), 1u);
  EXPECT_EQ(remove(later), 0u);
  const auto pieces = [this](const std::string& account, const std::string& id) {
    return view().registration_tasks().reports(account, id, cloud::ReportType::results, 0, 9)->items.size();
  };
  EXPECT_EQ(pieces(kVendor, "old"), 0u);
  EXPECT_EQ(pieces(kVendor, "new"), 2u);
  EXPECT_EQ(pieces(kCustomer, "running"), 1u);
  EXPECT_TRUE(view().registration_tasks().find(kVendor, "old")) << "the task itself is kept";
}

}  // namespace
}  // namespace xl::contract
