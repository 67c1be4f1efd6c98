import ArgumentParser
import Logging
import MCPStoreGateway
import UnixSignals

/// The certificate of a gateway.
struct TLSArguments: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "Serve HTTPS with this certificate: a PEM file, those between it and an authority behind it. SIGHUP reads it again.",
            valueName: "file"
        )
    )
    var tlsCert: String?

    @Option(help: ArgumentHelp("The private key of --tls-cert, a PEM file.", valueName: "file"))
    var tlsKey: String?

    func validate() throws {
        guard (tlsCert == nil) == (tlsKey == nil) else { throw ValidationError("--tls-cert and --tls-key go together") }
    }

    /// `nil`: no TLS.
    func tls() throws -> GatewayTLS? {
        guard let tlsCert, let tlsKey else { return nil }
        do { return try GatewayTLS(certificate: tlsCert, key: tlsKey) } catch {
            throw CommandFailure(status: .usage, message: "\(error)")
        }
    }

    /// Reads the files again at each SIGHUP, until it is cancelled.
    static func keepReloading(_ tls: GatewayTLS, logger: Logger) async {
        for await _ in await UnixSignalsSequence(trapping: .sighup) {
            do throws(GatewayTLS.Failure) {
                try tls.reload()
                logger.info("the certificate was read again: new connections use it")
            } catch {
                logger.error("the certificate stays as it was", metadata: ["error": "\(error)"])
            }
        }
    }
}
