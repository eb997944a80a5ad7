// SPDX-License-Identifier: Apache-2.0
// The shared credentials file of the AWS tools.
#include "factory/aws_client.hpp"
#include "unit/factory/support.hpp"

namespace xl::factory {
namespace {

class LoadProfile : public testing::Test {
 protected:
  test::Folder folder_;
  LoadProfile() { ::setenv("AWS_SHARED_CREDENTIALS_FILE", (folder_ / "credentials").c_str(), 1); }
  ~LoadProfile() override { ::unsetenv("AWS_SHARED_CREDENTIALS_FILE"); }
  Result<Profile> load(const std::string& text, const std::string& name = "staging") {
    EXPECT_TRUE(write_file(folder_ / "credentials", text, true));
    return load_profile(name);
  }
};

TEST_F(LoadProfile, ReadsItsOwnSectionOnly) {
  const auto profile = load(
      "[default]\naws_access_key_id=D\naws_secret_access_key=d\nregion=eu-west-1\n"
      "[staging]\n  aws_access_key_id = S\r\naws_secret_access_key=s=/+\naws_session_token=t\n[other]\nregion=x\n");
  ASSERT_TRUE(profile);
  EXPECT_EQ(profile->credentials.access_key_id, "S");
  EXPECT_EQ(profile->credentials.secret_access_key, "s=/+") << "a secret may hold the separator";
  EXPECT_EQ(profile->credentials.session_token, "t");
  EXPECT_EQ(profile->region, "us-east-1") << "the regions of other profiles are not its own";
}

TEST_F(LoadProfile, IgnoresCommentsAndUnknownKeys) {
  const auto profile = load(
      "# aws_access_key_id = X\n[staging]\n#aws_access_key_id = Y\noutput=json\naws_access_key_id=S\n"
      "aws_secret_access_key=s\nregion = eu-central-1");
  ASSERT_TRUE(profile);
  EXPECT_EQ(profile->credentials.access_key_id, "S");
  EXPECT_EQ(profile->region, "eu-central-1");
}

TEST_F(LoadProfile, RefusesAProfileWithoutAWholeKeyAndTellsNoSecret) {
  for (const char* text : {"", "[staging]\n", "[staging]\naws_secret_access_key=hush\n",
                           "[staging]\naws_access_key_id=S\n", "aws_access_key_id=S\naws_secret_access_key=hush\n"}) {
    const auto profile = load(text);
    ASSERT_FALSE(profile) << text;
    EXPECT_EQ(profile.error().code, Errc::not_found);
    EXPECT_EQ(profile.error().detail.find("hush"), std::string::npos);
  }
}

TEST_F(LoadProfile, AMissingFileIsNamed) {
  const auto profile = load_profile("staging");
  ASSERT_FALSE(profile);
  EXPECT_NE(profile.error().detail.find((folder_ / "credentials").string()), std::string::npos);
}

TEST_F(LoadProfile, AFileWithoutEndIsNotReadWhole) {
  EXPECT_FALSE(load(std::string((1 << 20) + 1, 'x')));
  EXPECT_EQ(read_file(folder_ / "credentials").error().code, Errc::invalid_argument);
}

}  // namespace
}  // namespace xl::factory
