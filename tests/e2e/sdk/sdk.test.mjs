// SPDX-License-Identifier: Apache-2.0
// Amazon's own JavaScript clients, as npm has them, against a running cloud: test_sdk.py starts it and says where it is.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";

import * as control from "@aws-sdk/client-iot";
import * as data from "@aws-sdk/client-iot-data-plane";
import deviceSdk from "aws-iot-device-sdk-v2";

const { BASE_URL, AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY, IDENTITY, MQTT_PORT } = process.env;
const options = {
  endpoint: BASE_URL,
  region: "us-east-1",
  maxAttempts: 1,
  credentials: { accessKeyId: AWS_ACCESS_KEY_ID, secretAccessKey: AWS_SECRET_ACCESS_KEY },
};
const iot = new control.IoTClient(options);
const plane = new data.IoTDataPlaneClient(options);
const identity = (file) => readFileSync(`${IDENTITY}/${file}`, "utf8").trim();

function device() {
  const { iot: builders, mqtt } = deviceSdk;
  const config = builders.AwsIotMqttConnectionConfigBuilder
    .new_mtls_builder_from_path(`${IDENTITY}/certificate.pem`, `${IDENTITY}/key.pem`)
    .with_certificate_authority_from_path(undefined, `${IDENTITY}/root-ca.pem`)
    .with_endpoint(identity("endpoint"))
    .with_port(Number(MQTT_PORT))
    .with_client_id(identity("thing-name"))
    .with_clean_session(true)
    .build();
  return { connection: new mqtt.MqttClient().new_connection(config), qos: mqtt.QoS.AtLeastOnce };
}

test("a device of the device SDK is provisioned, hears itself and the data plane's client", async () => {
  const thing = identity("thing-name");
  const { connection, qos } = device();
  await connection.connect();
  try {
    const heard = [];
    let wake = () => {};
    await connection.subscribe(`${thing}/talk`, qos, (topic, payload) => {
      heard.push(Buffer.from(payload).toString());
      wake();
    });
    const hears = async (text) => {
      while (!heard.includes(text)) await new Promise((resolve) => { wake = resolve; });
    };
    await connection.publish(`${thing}/talk`, "from the device", qos);
    await hears("from the device");
    await plane.send(new data.PublishCommand({ topic: `${thing}/talk`, qos: 1, payload: Buffer.from("from the cloud") }));
    await hears("from the cloud");
  } finally {
    await connection.disconnect();
  }
});

test("the control plane's client sees what was provisioned", async () => {
  const thing = identity("thing-name");
  const { endpointAddress } = await iot.send(new control.DescribeEndpointCommand({ endpointType: "iot:Data-ATS" }));
  assert.equal(endpointAddress, identity("endpoint"));
  const found = await iot.send(new control.DescribeThingCommand({ thingName: thing }));
  assert.equal(found.thingName, thing);
  assert.equal(found.version, 1);
  const { principals } = await iot.send(new control.ListThingPrincipalsCommand({ thingName: thing }));
  const certificateId = principals[0].split("/")[1];
  const { certificateDescription } = await iot.send(new control.DescribeCertificateCommand({ certificateId }));
  assert.equal(certificateDescription.status, "ACTIVE");
  assert.equal(certificateDescription.certificatePem.trim(), identity("certificate.pem"));
  assert.ok(certificateDescription.creationDate instanceof Date);
  assert.ok(Math.abs(Date.now() - certificateDescription.creationDate) < 3_600_000);
});

test("a device of the device SDK gets a certificate of its own by a claim", async () => {
  const { iot: builders, iotidentity, mqtt } = deviceSdk;
  const templateName = "sdk", number = "sdk-1", qos = mqtt.QoS.AtLeastOnce;
  const id = "AWS::IoT::Certificate::Id";
  await iot.send(new control.CreateProvisioningTemplateCommand({
    templateName, enabled: true, provisioningRoleArn: "arn:aws:iam::000000000000:role/any",
    templateBody: JSON.stringify({
      Parameters: { Number: { Type: "String" }, [id]: { Type: "String" } },
      Resources: {
        thing: { Type: "AWS::IoT::Thing", Properties: { ThingName: { Ref: "Number" } } },
        certificate: { Type: "AWS::IoT::Certificate", Properties: { CertificateId: { Ref: id }, Status: "Active" } },
      },
      DeviceConfiguration: { interval: "60" },
    }),
  }));
  const claim = await iot.send(new control.CreateProvisioningClaimCommand({ templateName }));
  const connection = new mqtt.MqttClient().new_connection(builders.AwsIotMqttConnectionConfigBuilder
    .new_mtls_builder(claim.certificatePem, claim.keyPair.PrivateKey)
    .with_certificate_authority_from_path(undefined, `${IDENTITY}/root-ca.pem`)
    .with_endpoint(identity("endpoint")).with_port(Number(MQTT_PORT))
    .with_client_id("unprovisioned").with_clean_session(true).build());
  await connection.connect();
  try {
    const client = new iotidentity.IotIdentityClient(connection);
    /** What `publish` is answered with. */
    const answerOf = (subscribe, publish) => new Promise((resolve, reject) => {
      const settle = (error, answer) => (error ? reject(error) : resolve(answer));
      subscribe(settle).then(publish).catch(reject);
    });
    const made = await answerOf(async (settle) => {
      await client.subscribeToCreateKeysAndCertificateAccepted({}, qos, settle);
      await client.subscribeToCreateKeysAndCertificateRejected({}, qos, settle);
    }, () => client.publishCreateKeysAndCertificate({}, qos));
    assert.match(made.privateKey, /^-----BEGIN RSA PRIVATE KEY-----/);
    const { certificateOwnershipToken } = made;
    const done = await answerOf(async (settle) => {
      await client.subscribeToRegisterThingAccepted({ templateName }, qos, settle);
      await client.subscribeToRegisterThingRejected({ templateName }, qos, settle);
    }, () => client.publishRegisterThing({ templateName, certificateOwnershipToken, parameters: { Number: number } }, qos));
    assert.equal(done.thingName, number);
    assert.deepEqual({ ...done.deviceConfiguration }, { interval: "60" });
    const { certificateDescription } = await iot.send(
      new control.DescribeCertificateCommand({ certificateId: made.certificateId }));
    assert.equal(certificateDescription.status, "ACTIVE");
  } finally {
    await connection.disconnect();
  }
});

test("paginators walk through everything once", async () => {
  const names = [];
  for await (const page of control.paginateListThings({ client: iot, pageSize: 1 }, {}))
    names.push(...page.things.map((thing) => thing.thingName));
  assert.ok(names.includes(identity("thing-name")));
  assert.equal(new Set(names).size, names.length);
});

test("errors are the SDK's own classes", async () => {
  await assert.rejects(iot.send(new control.DescribeThingCommand({ thingName: "nobody" })), (error) => {
    assert.ok(error instanceof control.ResourceNotFoundException);
    assert.equal(error.$metadata.httpStatusCode, 404);
    return true;
  });
  await assert.rejects(iot.send(new control.DescribeThingCommand({ thingName: "a b" })),
    (error) => error instanceof control.InvalidRequestException);
  const stranger = new control.IoTClient({ ...options, credentials: { accessKeyId: "AKIANOBODY", secretAccessKey: "x" } });
  await assert.rejects(stranger.send(new control.ListThingsCommand({})), (error) => error.$metadata.httpStatusCode === 403);
});
