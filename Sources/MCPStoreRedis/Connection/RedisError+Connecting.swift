import Glibc
import NIOCore
import NIOPosix
import NIOSSL

extension RedisError {
    /// One clear line for what the transport says when a connection cannot be opened, or ends.
    static func connecting(to endpoint: String, _ error: any Error, duringHandshake: Bool = true) -> RedisError {
        switch error {
        case let error as RedisError:
            return error
        case let error as NIOConnectionError:
            return Self.connection(endpoint, error)
        case let error as IOError:
            return Self.system(endpoint, error, duringHandshake: duringHandshake)
        case ChannelError.connectTimeout:
            return RedisError(.unreachable, "\(endpoint) did not accept the connection in time")
        case let error as NIOSSLError:
            return Self.tls(endpoint, error, duringHandshake: duringHandshake)
        case is NIOSSLExtraError:
            return RedisError(
                .tlsFailed,
                "the certificate of \(endpoint) is for another name; set the TLS server name to the one in the certificate"
            )
        default:
            return Self.tlsOrOther(endpoint, error, duringHandshake: duringHandshake)
        }
    }

    private static func connection(_ endpoint: String, _ error: NIOConnectionError) -> RedisError {
        // A name may resolve to several addresses: a refusal says more than the others.
        let errors = error.connectionErrors.map { Self.connecting(to: endpoint, $0.error) }
        if let refused = errors.first(where: { $0.code == .connectionRefused }) { return refused }
        if let first = errors.first { return first }
        if error.dnsAError != nil || error.dnsAAAAError != nil {
            return RedisError(.unknownHost, "the host name of \(endpoint) cannot be resolved; is it spelled right?")
        }
        return RedisError(.unreachable, "\(endpoint) cannot be reached")
    }

    private static func system(_ endpoint: String, _ error: IOError, duringHandshake: Bool) -> RedisError {
        switch error.errnoCode {
        case ECONNREFUSED:
            return RedisError(.connectionRefused, "\(endpoint) refused the connection; is Redis running there?")
        case ENOENT:
            return RedisError(.connectionRefused, "there is no Unix socket at \(endpoint); is Redis running?")
        case EACCES, EPERM:
            return RedisError(.unreachable, "no permission to connect to \(endpoint)")
        case ECONNRESET, EPIPE:
            return RedisError(
                duringHandshake ? .unreachable : .connectionLost,
                "\(endpoint) closed the connection",
                mayHaveExecuted: !duringHandshake
            )
        default:
            let reason = String(cString: strerror(error.errnoCode))
            return RedisError(
                duringHandshake ? .unreachable : .connectionLost,
                "\(endpoint): \(reason)",
                mayHaveExecuted: !duringHandshake
            )
        }
    }

    private static func tls(_ endpoint: String, _ error: NIOSSLError, duringHandshake: Bool) -> RedisError {
        switch error {
        case .uncleanShutdown:
            return RedisError(
                duringHandshake ? .unreachable : .connectionLost,
                "\(endpoint) closed the connection" + (duringHandshake ? " during the TLS handshake" : ""),
                mayHaveExecuted: !duringHandshake
            )
        default:
            return Self.tlsOrOther(endpoint, error, duringHandshake: duringHandshake)
        }
    }

    /// BoringSSL's errors are told apart by their text only.
    private static func tlsOrOther(_ endpoint: String, _ error: any Error, duringHandshake: Bool) -> RedisError {
        let text = String(describing: error)
        let explanations = [
            ("CERTIFICATE_VERIFY_FAILED", "its certificate is not trusted; give the authority's certificate (CA file)"),
            ("WRONG_VERSION_NUMBER", "it does not speak TLS; is it a plain Redis port (use redis://)?"),
            ("CERTIFICATE_REQUIRED", "it requires a client certificate"),
            ("ALERT_BAD_CERTIFICATE", "it refused the client certificate"),
            ("HANDSHAKE_FAILURE", "no common TLS version or cipher, or it requires a client certificate"),
            ("ALERT_UNKNOWN_CA", "it does not trust the client certificate"),
            ("PROTOCOL_VERSION", "no common TLS version (1.2 is the oldest accepted)"),
            ("INVALID_HOSTNAME", "its certificate is for another name"),
        ]
        if duringHandshake, let (_, explanation) = explanations.first(where: { text.contains($0.0) }) {
            return RedisError(.tlsFailed, "TLS with \(endpoint) failed: \(explanation)")
        }
        if error is NIOSSLError || error is BoringSSLError {
            return RedisError(
                duringHandshake ? .tlsFailed : .connectionLost,
                "TLS with \(endpoint) failed: \(text.prefix(200))",
                mayHaveExecuted: !duringHandshake
            )
        }
        return RedisError(
            duringHandshake ? .unreachable : .connectionLost,
            "\(endpoint): \(text.prefix(200))",
            mayHaveExecuted: !duringHandshake
        )
    }
}
