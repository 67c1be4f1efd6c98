import Foundation
import MCPStoreRedis

/// Whether the connection is encrypted and the server's certificate verified, and for how long it is valid.
struct TransportCheck {
    let configuration: RedisConfiguration

    func findings() async -> [Finding] {
        guard configuration.usesTLS else {
            if configuration.isLoopback { return [.ok("tls", "not encrypted, on this machine only")] }
            return [
                .warn(
                    "tls",
                    "the connection is not encrypted: passwords, arguments and results can be read on the way",
                    "use rediss:// and a tls-port of Redis"
                )
            ]
        }
        var findings: [Finding] = []
        if configuration.tls.skipsVerification {
            findings.append(
                .warn(
                    "tls",
                    "encrypted, but the server's certificate is not verified: anybody on the path can read and change everything",
                    "give the authority with ca_file instead of verify: false"
                )
            )
        }
        do throws(RedisError) {
            let end = try await RedisPeerCertificate.expiry(configuration)
            findings.append(Self.expiry(in: end - Int(Date().timeIntervalSince1970)))
        } catch {
            findings.append(Doctor.unchecked("tls", error))
        }
        return findings
    }

    /// - Parameter seconds: How long the certificate is still valid.
    static func expiry(in seconds: Int) -> Finding {
        let days = seconds / 86_400
        if seconds <= 0 { return .fail("certificate", "the server's certificate has expired", "renew it") }
        if days < 14 {
            return .warn("certificate", "the server's certificate expires in \(days) days", "renew it")
        }
        return .ok("certificate", "encrypted; the server's certificate is valid for \(days) days")
    }
}
