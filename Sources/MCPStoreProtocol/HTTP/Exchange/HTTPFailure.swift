import AsyncHTTPClient
import NIOCore
import NIOHTTP1
import NIOPosix
import NIOSSL

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#else
import Darwin
#endif

/// Says in plain words why an HTTP exchange failed. Errors of the libraries are never printed: some of them hold header values.
enum HTTPFailure {
    /// The connection led to an address that the policy does not allow.
    struct ForbiddenAddress: Error {}

    /// - Parameters:
    ///   - error: What the HTTP client reported.
    ///   - origin: Whom we talked to.
    ///   - wasWritten: Whether the first byte of the request was written.
    static func describe(_ error: any Error, origin: HTTPEndpoint.Origin, wasWritten: Bool) -> MCPError {
        switch error {
        case let error as MCPError: error.written(wasWritten)
        case is ForbiddenAddress: self.forbidden(origin)
        case let error as NIOConnectionError: self.describe(error, origin: origin)
        case let error as HTTPClientError: self.describe(error, origin: origin, wasWritten: wasWritten)
        case is NIOSSLError, is BoringSSLError, is NIOSSLExtraError: self.tls(error, origin: origin, wasWritten: wasWritten)
        case HTTPParserError.invalidEOFState, HTTPParserError.closedConnection:
            MCPError(.closed, "\(origin) closed the connection in the middle of its answer", requestWasWritten: wasWritten)
        case is HTTPParserError:
            MCPError(
                .protocolViolation,
                "\(origin) does not speak HTTP as it should; is it an HTTP server?",
                requestWasWritten: wasWritten
            )
        case let error as IOError: self.describe(error, origin: origin, wasWritten: wasWritten)
        case ChannelError.connectTimeout: self.timedOut(origin)
        default:
            MCPError(
                wasWritten ? .closed : .unreachable,
                "the connection to \(origin) failed (\(Swift.type(of: error)))",
                requestWasWritten: wasWritten
            )
        }
    }

    /// The address is not allowed.
    static func forbidden(_ origin: HTTPEndpoint.Origin) -> MCPError {
        MCPError(
            .forbiddenAddress,
            "\(origin) is a private, loopback or link-local address, which this worker does not connect to; allow it in the worker's settings"
        )
    }

    private static func timedOut(_ origin: HTTPEndpoint.Origin) -> MCPError {
        MCPError(.unreachable, "\(origin) did not accept a connection in time; is the host up and the port open?")
    }

    private static func describe(_ error: NIOConnectionError, origin: HTTPEndpoint.Origin) -> MCPError {
        for failure in error.connectionErrors {
            if let failure = failure.error as? IOError { return self.describe(failure, origin: origin, wasWritten: false) }
            if case ChannelError.connectTimeout = failure.error { return self.timedOut(origin) }
        }
        if error.connectionErrors.isEmpty {
            return MCPError(.unreachable, "the host \(origin.host) is not known (DNS); check the service's url")
        }
        return MCPError(.unreachable, "\(origin) cannot be reached")
    }

    private static func describe(_ error: IOError, origin: HTTPEndpoint.Origin, wasWritten: Bool) -> MCPError {
        if error.errnoCode == ECONNREFUSED {
            return MCPError(.unreachable, "\(origin) refused the connection; is the server running, and is the port right?")
        }
        let reason = String(cString: strerror(error.errnoCode))
        let code: MCPError.Code = wasWritten ? .closed : .unreachable
        return MCPError(code, "the connection to \(origin) failed: \(reason)", requestWasWritten: wasWritten)
    }

    private static func describe(_ error: HTTPClientError, origin: HTTPEndpoint.Origin, wasWritten: Bool) -> MCPError {
        switch error {
        case .connectTimeout, .tlsHandshakeTimeout: self.timedOut(origin)
        case .getConnectionFromPoolTimeout:
            MCPError(.unreachable, "no connection to \(origin) became free in time; too many requests are waiting for it")
        case .deadlineExceeded, .readTimeout, .writeTimeout:
            MCPError(.timedOut, "\(origin) did not answer in time", requestWasWritten: wasWritten)
        case .cancelled, .requestStreamCancelled:
            MCPError(.cancelled, "the request to \(origin) was cancelled", requestWasWritten: wasWritten)
        case .remoteConnectionClosed:
            MCPError(.closed, "\(origin) closed the connection before it had answered", requestWasWritten: wasWritten)
        default: MCPError(.closed, "the request to \(origin) failed", requestWasWritten: wasWritten)
        }
    }

    private static func tls(_ error: any Error, origin: HTTPEndpoint.Origin, wasWritten: Bool) -> MCPError {
        if case NIOSSLError.uncleanShutdown = error {
            return MCPError(.closed, "\(origin) cut the connection off", requestWasWritten: wasWritten)
        }
        // These say what is wrong with a certificate or a handshake and hold nothing of the request.
        return MCPError(
            .unreachable,
            "TLS with \(origin) failed; check its certificate, and that it speaks TLS at all",
            detail: String(String(describing: error).prefix(300)),
            requestWasWritten: wasWritten
        )
    }
}
