import Foundation
import NIOSSL

/// A certificate for localhost, made by the `openssl` command, that no authority signed.
struct SelfSignedCertificate {
    private let directory: URL

    init() throws {
        self.directory = FileManager.default.temporaryDirectory.appendingPathComponent("mcpstore-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: self.directory, withIntermediateDirectories: true)
        let openssl = Process()
        openssl.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        openssl.arguments =
            ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2"]
            + ["-subj", "/CN=test", "-addext", "subjectAltName=DNS:localhost", "-keyout", self.keyPath, "-out", self.path]
        openssl.standardError = FileHandle.nullDevice
        try openssl.run()
        openssl.waitUntilExit()
    }

    /// The certificate's file.
    var path: String { self.directory.appendingPathComponent("certificate.pem").path }

    private var keyPath: String { self.directory.appendingPathComponent("key.pem").path }

    /// What a server needs to show the certificate.
    var serverContext: NIOSSLContext {
        get throws {
            let chain = try NIOSSLCertificate.fromPEMFile(self.path).map { NIOSSLCertificateSource.certificate($0) }
            let key = try NIOSSLPrivateKey(file: self.keyPath, format: .pem)
            return try NIOSSLContext(
                configuration: .makeServerConfiguration(certificateChain: chain, privateKey: .privateKey(key))
            )
        }
    }

    func remove() throws {
        try FileManager.default.removeItem(at: self.directory)
    }
}
