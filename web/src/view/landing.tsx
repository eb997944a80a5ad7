// SPDX-License-Identifier: Apache-2.0

export function Landing() {
  return (
    <main class="landing">
      <h1>ExpressLink Quick Connect</h1>
      <p>Watch the data of your evaluation kit as live graphs, and send commands back to it. No account is needed.</p>
      <ol>
        <li>
          Close any terminal application that uses the kit’s serial port.
        </li>
        <li>
          Open <code>config.txt</code> and enter the serial port of the kit. For Wi-Fi kits, enter the network too:
          <pre>{"SerialPort=/dev/ttyUSB0\nSSID=my network\nPassphrase=its secret"}</pre>
        </li>
        <li>
          Start Quick Connect:
          <pre>quick-connect --config config.txt</pre>
        </li>
        <li>Open the address that it prints, or scan its QR code with a phone.</li>
      </ol>
      <p class="quiet">
        Do you look after an account of this cloud? <a href="/console">Sign in to its console.</a>
      </p>
      <p class="quiet">
        The address holds a secret for your kit’s page. Whoever has it can watch the data and send commands, for 24 hours.
      </p>
    </main>
  );
}
