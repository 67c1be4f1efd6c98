import Glibc

/// Certificates made by the `openssl` command: an authority, a server for `127.0.0.1` and `localhost`, a client, and an
/// authority that signed none of them. All are paths of PEM files.
package struct TestCertificates: Sendable {
    package let authority: String
    package let server: String
    package let serverKey: String
    package let client: String
    package let clientKey: String
    package let strangeAuthority: String

    private static let made = Task { try await TestCertificates(in: TemporaryDirectory("tls")) }

    /// The certificates of this process, made when they are first asked for.
    package static func shared() async throws -> TestCertificates {
        try await Self.made.value
    }

    private init(in directory: TemporaryDirectory) async throws {
        let path = directory.path
        self.authority = path + "/ca.pem"
        self.server = path + "/server.pem"
        self.serverKey = path + "/server.key"
        self.client = path + "/client.pem"
        self.clientKey = path + "/client.key"
        self.strangeAuthority = path + "/strange.pem"
        let new = [
            "openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2",
        ]
        for name in ["ca", "strange"] {
            try await ServerProcess.run(
                new + ["-subj", "/CN=\(name)", "-keyout", "\(path)/\(name).key", "-out", "\(path)/\(name).pem"]
            )
        }
        let signed = new + ["-CA", self.authority, "-CAkey", "\(path)/ca.key", "-addext", "basicConstraints=critical,CA:FALSE"]
        try await ServerProcess.run(
            signed + ["-subj", "/CN=server", "-addext", "subjectAltName=DNS:localhost,IP:127.0.0.1"]
                + ["-keyout", self.serverKey, "-out", self.server]
        )
        try await ServerProcess.run(signed + ["-subj", "/CN=client", "-keyout", self.clientKey, "-out", self.client])
    }
}
