import NIOConcurrencyHelpers
import NIOSSL

/// The certificate of a gateway, from files that may be replaced while it runs.
package final class GatewayTLS: Sendable {
    /// Why the files are of no use; one line that a person can act on.
    package struct Failure: Error, Sendable, CustomStringConvertible {
        package let description: String
    }

    private let certificate: String
    private let key: String
    private let current: NIOLockedValueBox<NIOSSLContext>

    /// - Parameters:
    ///   - certificate: A PEM file with the certificate and those between it and an authority.
    ///   - key: A PEM file with its private key.
    /// - Throws: ``Failure``
    package init(certificate: String, key: String) throws(Failure) {
        self.certificate = certificate
        self.key = key
        current = NIOLockedValueBox(try Self.read(certificate, key))
    }

    /// Reads the files again, for connections that come from now on.
    ///
    /// - Throws: ``Failure``: what was read before stays.
    package func reload() throws(Failure) {
        let context = try Self.read(certificate, key)
        current.withLockedValue { $0 = context }
    }

    /// What the next connection uses.
    var context: NIOSSLContext { current.withLockedValue { $0 } }

    private static func read(_ certificate: String, _ key: String) throws(Failure) -> NIOSSLContext {
        let chain: [NIOSSLCertificate]
        do { chain = try NIOSSLCertificate.fromPEMFile(certificate) } catch {
            throw Failure(description: "\(certificate) cannot be read as a PEM file with a certificate")
        }
        guard !chain.isEmpty else { throw Failure(description: "\(certificate) holds no certificate") }
        let privateKey: NIOSSLPrivateKey
        do { privateKey = try NIOSSLPrivateKey(file: key, format: .pem) } catch {
            throw Failure(description: "\(key) cannot be read as a PEM file with a private key without a password")
        }
        var configuration = TLSConfiguration.makeServerConfiguration(
            certificateChain: chain.map { .certificate($0) },
            privateKey: .privateKey(privateKey)
        )
        configuration.minimumTLSVersion = .tlsv12
        configuration.applicationProtocols = ["http/1.1"]
        do { return try NIOSSLContext(configuration: configuration) } catch {
            throw Failure(description: "\(key) is not the key of the certificate in \(certificate)")
        }
    }
}
