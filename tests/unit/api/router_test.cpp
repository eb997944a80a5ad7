// SPDX-License-Identifier: Apache-2.0
#include "api/router.hpp"

#include <gtest/gtest.h>

#include <algorithm>

namespace xl::api {
namespace {

TEST(Router, SplitsBeforeItDecodes) {
  EXPECT_EQ(match_path("/attached-policies/{target}", "/attached-policies/arn%3Aaws%3Acert%2Fab"),
            (Parameters{{"target", "arn:aws:cert/ab"}}));
  EXPECT_FALSE(match_path("/attached-policies/{target}", "/attached-policies/arn:aws:cert/ab"));
}

TEST(Router, LetsATopicKeepItsSlashesEitherWay) {
  EXPECT_EQ(match_path("/topics/{topic+}", "/topics/a%2Fb/c"), (Parameters{{"topic", "a/b/c"}}));
  EXPECT_EQ(match_path("/topics/{topic+}", "/topics/a"), (Parameters{{"topic", "a"}}));
  EXPECT_FALSE(match_path("/topics/{topic+}", "/topics/"));
}

TEST(Router, RefusesBrokenEscapesAndEmptyLabels) {
  EXPECT_FALSE(match_path("/things/{thingName}", "/things/%"));
  EXPECT_FALSE(match_path("/things/{thingName}", "/things/%zz"));
  EXPECT_FALSE(match_path("/things/{thingName}", "/things/"));
  EXPECT_FALSE(match_path("/things", "/things/"));
}

bool is_our_own(const Operation& operation) {
  constexpr std::array<std::string_view, 7> ours{"/expresslink/", "/claims",      "/claim-grants", "/claim-things",
                                                 "/findings",     "/reset-rules", "/voucher-keys"};
  return std::ranges::any_of(ours, [&](std::string_view start) { return operation.path.starts_with(start); });
}

TEST(Router, KnowsEveryServedOperationFromTheServiceModel) {
  for (const Operation& served : served_operations()) {
    EXPECT_NE(served.read == nullptr, served.plan == nullptr) << served.name;
    if (is_our_own(served)) continue;
    const auto known = std::ranges::find(known_operations(), served.name, &KnownOperation::name);
    ASSERT_NE(known, known_operations().end()) << served.name;
    std::string path(served.path);
    std::erase(path, '+');  // Publish takes raw slashes too
    EXPECT_EQ(path, known->path);
    EXPECT_EQ(served.method, known->method);
  }
  EXPECT_TRUE(std::ranges::is_sorted(known_operations(), {}, &KnownOperation::name));
}

TEST(Router, KeepsOurOwnOperationsApartFromThoseOfAws) {
  for (const Operation& own : served_operations()) {
    if (!is_our_own(own)) continue;
    for (const KnownOperation& known : known_operations()) {
      EXPECT_NE(own.name, known.name);
      EXPECT_FALSE(match_path(known.path, own.path)) << own.name << " would be " << known.name;
    }
  }
}

}  // namespace
}  // namespace xl::api
