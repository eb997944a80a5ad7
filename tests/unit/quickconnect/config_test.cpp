// SPDX-License-Identifier: Apache-2.0
#include "quickconnect/config.hpp"

#include <gtest/gtest.h>

namespace xl::quickconnect::test {

TEST(Config, ReadsTheKeysOfTheKit) {
  const auto config =
      parse_config("# my kit\r\n\r\nSerialPort = /dev/ttyUSB0\r\nSSID=a=b\r\nPassphrase= x \r\n", "config.txt");
  ASSERT_TRUE(config);
  EXPECT_EQ(config->serial_port, "/dev/ttyUSB0");
  EXPECT_EQ(config->ssid, "a=b");
  EXPECT_EQ(config->passphrase, " x ");
}

TEST(Config, NamesTheLineThatIsWrong) {
  EXPECT_EQ(parse_config("SerialPort=x\nBaud=9600\n", "c.txt").error().detail,
            "c.txt, line 2: unknown key (known: SerialPort, SSID, Passphrase)");
  EXPECT_EQ(parse_config("\n\nSerialPort\n", "c.txt").error().detail, "c.txt, line 3: expected Key=value");
  EXPECT_EQ(parse_config("SSID=" + std::string(33, 'x'), "c.txt").error().detail,
            "c.txt, line 1: SSID is longer than 32 bytes");
}

TEST(Config, ShowsAnExampleWhenThereIsNoFileOrNoPort) {
  EXPECT_NE(read_config("/no/such/config.txt").error().detail.find("SerialPort=/dev/"), std::string::npos);
  EXPECT_NE(parse_config("SSID=x\n", "c.txt").error().detail.find("SerialPort=/dev/"), std::string::npos);
}

}  // namespace xl::quickconnect::test
