/// The one error of this module: what failed, where, what to do, and whether Redis may have acted on the command.
package struct RedisError: Error, Sendable, Hashable, CustomStringConvertible {
    /// What kind of failure it is. A struct, not an enum, so that kinds can be added without breaking callers.
    package struct Code: Sendable, Hashable, CustomStringConvertible {
        private enum Kind: String {
            case badConfiguration, unknownHost, connectionRefused, unreachable, tlsFailed, authenticationFailed, badDatabase
            case serverNotReady, protocolViolation, replyTooLarge, unexpectedReply, server
            case timedOut, notConnected, connectionLost, tooManyPending, cancelled, closed
        }

        private let kind: Kind

        package var description: String { self.kind.rawValue }

        /// The URL or an option is wrong; the message names it.
        package static let badConfiguration = Code(kind: .badConfiguration)
        /// The host name could not be resolved.
        package static let unknownHost = Code(kind: .unknownHost)
        /// Nothing listens there.
        package static let connectionRefused = Code(kind: .connectionRefused)
        /// The connection could not be opened for another reason (no route, no permission, no answer).
        package static let unreachable = Code(kind: .unreachable)
        /// The TLS handshake failed: certificate, trust, protocol version, or no TLS on that port.
        package static let tlsFailed = Code(kind: .tlsFailed)
        /// Wrong or missing user name or password.
        package static let authenticationFailed = Code(kind: .authenticationFailed)
        /// The database number of the URL does not exist.
        package static let badDatabase = Code(kind: .badDatabase)
        /// The server answers but cannot work yet (`LOADING`, `MASTERDOWN`, `READONLY` of a demoted primary).
        package static let serverNotReady = Code(kind: .serverNotReady)
        /// The peer sent something that is not RESP2, or answered what was not asked.
        package static let protocolViolation = Code(kind: .protocolViolation)
        /// One reply was larger than the configured bound; the connection was closed.
        package static let replyTooLarge = Code(kind: .replyTooLarge)
        /// A reply has another shape than the caller expects.
        package static let unexpectedReply = Code(kind: .unexpectedReply)
        /// Redis answered with an error; see ``RedisError/serverCode``.
        package static let server = Code(kind: .server)
        /// The deadline passed after the command was written or while it waited for room on the connection.
        package static let timedOut = Code(kind: .timedOut)
        /// The deadline passed while there was no connection; the message says why there is none.
        package static let notConnected = Code(kind: .notConnected)
        /// The connection ended after the command was written and before its reply came.
        package static let connectionLost = Code(kind: .connectionLost)
        /// Too many commands, or bytes of them, wait to be written.
        package static let tooManyPending = Code(kind: .tooManyPending)
        /// The awaiting task was cancelled.
        package static let cancelled = Code(kind: .cancelled)
        /// The client's `run()` has ended.
        package static let closed = Code(kind: .closed)
    }

    /// What kind of failure it is.
    package var code: Code
    /// One line for people: what, where, what to do. Never holds a password or a payload.
    package var message: String
    /// `true` where the command may have taken effect although no (good) reply came. Such a command must not be sent again
    /// unless it is idempotent.
    package var mayHaveExecuted: Bool
    /// The first word of an error that Redis answered with, such as `NOGROUP` or `WRONGTYPE`; `nil` for all other errors.
    package var serverCode: String?

    /// Makes an error.
    package init(_ code: Code, _ message: String, mayHaveExecuted: Bool = false, serverCode: String? = nil) {
        self.code = code
        self.message = message
        self.mayHaveExecuted = mayHaveExecuted
        self.serverCode = serverCode
    }

    package var description: String {
        "Redis: \(self.message) [\(self.serverCode ?? self.code.description)\(self.mayHaveExecuted ? ", may have executed" : "")]"
    }

    /// Errors that more waiting does not heal: somebody has to change a configuration. They are reported at once.
    var isPermanent: Bool {
        switch self.code {
        case .badConfiguration, .authenticationFailed, .badDatabase, .tlsFailed: true
        default: false
        }
    }
}
