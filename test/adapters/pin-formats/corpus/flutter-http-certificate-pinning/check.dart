Future<bool> isPinned(String url) async {
  final secure = await HttpCertificatePinning.check(
    serverURL: url,
    headerHttp: {},
    sha: SHA.SHA256,
    allowedSHAFingerprints: ['CA:97:81:12:CA:1B:BD:CA:FA:C2:31:B3:9A:23:DC:4D:A7:86:EF:F8:14:7C:4E:72:B9:80:77:85:AF:EE:48:BB'],
    timeout: 50,
  );
  return ['CONNECTION_SECURE'].contains(secure);
}
