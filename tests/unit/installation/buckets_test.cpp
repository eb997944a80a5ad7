// SPDX-License-Identifier: Apache-2.0
#include "installation/buckets.hpp"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include <fstream>

namespace xl::installation {
namespace {

class BucketsTest : public testing::Test {
 protected:
  void SetUp() override {
    std::string pattern = (std::filesystem::temp_directory_path() / "xl-buckets-XXXXXX").string();
    ASSERT_NE(mkdtemp(pattern.data()), nullptr);
    folder_ = pattern;
    std::filesystem::create_directories(folder_ / "buckets/111/factory/lots");
    put("buckets/111/factory/lots/1.json", "0123456789");
    put("secret", "secret");
  }
  void TearDown() override { std::filesystem::remove_all(folder_); }

  void put(const std::string& path, const std::string& text) const { std::ofstream(folder_ / path) << text; }
  auto open(const std::string& bucket, const std::string& key) const {
    return buckets_in(folder_)->open("111", bucket, key);
  }

  std::filesystem::path folder_;
};

TEST_F(BucketsTest, AFileIsReadInPieces) {
  const auto file = open("factory", "lots/1.json");
  ASSERT_TRUE(file) << file.error().detail;
  EXPECT_EQ((*file)->size(), 10);
  std::array<Byte, 4> piece{};
  EXPECT_EQ(*(*file)->read(8, piece), 2u);
  EXPECT_EQ(piece[1], '9');
  EXPECT_EQ(*(*file)->read(10, piece), 0u);
}

TEST_F(BucketsTest, AChangedFileHasAnotherVersion) {
  const std::string before = (*open("factory", "lots/1.json"))->version();
  EXPECT_EQ((*open("factory", "lots/1.json"))->version(), before);
  put("buckets/111/factory/lots/1.json", "0123456789A");
  EXPECT_NE((*open("factory", "lots/1.json"))->version(), before);
}

TEST_F(BucketsTest, AMissingFileIsToldWithThePlaceWhereItWasExpected) {
  for (const char* key : {"lots/2.json", "lots/1.json/x", "absent/1.json"}) {
    const auto file = open("factory", key);
    ASSERT_FALSE(file) << key;
    EXPECT_EQ(file.error().code, Errc::not_found);
    EXPECT_NE(file.error().detail.find("buckets/111/factory/" + std::string(key)), std::string::npos)
        << file.error().detail;
    EXPECT_EQ(file.error().detail.find(folder_.string()), std::string::npos);
  }
  EXPECT_EQ(buckets_in(folder_ / "absent")->open("111", "factory", "x").error().code, Errc::not_found);
  EXPECT_EQ(buckets_in(folder_)->open("222", "factory", "lots/1.json").error().code, Errc::not_found)
      << "another account's bucket";
}

TEST_F(BucketsTest, NoKeyLeadsOutOfTheBucket) {
  for (const char* key : {"../../../secret", "lots/../../factory/lots/1.json", "/secret", "lots//1.json", ".", "lots/"})
    EXPECT_EQ(open("factory", key).error().code, Errc::invalid_argument) << key;
  EXPECT_EQ(open("..", "factory/lots/1.json").error().code, Errc::invalid_argument);
  EXPECT_EQ(open("factory", "lots").error().code, Errc::invalid_argument) << "a folder";
}

TEST_F(BucketsTest, NoSymbolicLinkIsFollowed) {
  std::filesystem::create_symlink(folder_ / "secret", folder_ / "buckets/111/factory/link");
  std::filesystem::create_directory_symlink(folder_, folder_ / "buckets/111/factory/out");
  std::filesystem::create_directory_symlink(folder_, folder_ / "buckets/111/elsewhere");
  EXPECT_FALSE(open("factory", "link"));
  EXPECT_FALSE(open("factory", "out/secret"));
  EXPECT_FALSE(open("elsewhere", "secret"));
}

TEST_F(BucketsTest, APipeIsRefusedAndBlocksNobody) {
  ASSERT_EQ(::mkfifo((folder_ / "buckets/111/factory/pipe").c_str(), 0600), 0);
  EXPECT_EQ(open("factory", "pipe").error().code, Errc::invalid_argument);
}

}  // namespace
}  // namespace xl::installation
