import MCPStore
import MCPStoreProtocol
import NIOCore

/// What clients hear of their requests while these run: progress and log messages.
extension FrontDoor {
    /// The level of a client that cannot say one for a single request: there is no session that could remember another.
    static let usualLogLevel = LogLevel.info

    /// What takes what a server tells of a request; `nil` where the client wants to hear of nothing.
    static func listener(of request: ClientRequest, era: MCPEra, notify: @escaping Notify) -> CallListener? {
        let level = era == .modern ? request.meta.logLevel : usualLogLevel
        let token = request.meta.progressToken
        guard level != nil || token != nil else { return nil }
        return CallListener(wantsProgress: token != nil, logLevel: level?.name) { params in
            if let message = message(params, token: token, level: level) { notify(message) }
        }
    }

    /// The server's notification as its client gets it: progress under the client's own token.
    private static func message(_ params: ByteBuffer, token: ByteBuffer?, level: LogLevel?) -> ByteBuffer? {
        do {
            var object = try RawObject(params)
            if object["progressToken"] != nil {
                guard let token else { return nil }
                object["progressToken"] = token
                return Notification.message("notifications/progress", params: object.encoded)
            }
            guard let level, object["data"] != nil, let given = object.string("level").flatMap({ LogLevel(name: $0) }),
                given.rawValue >= level.rawValue
            else { return nil }
            return Notification.message("notifications/message", params: params)
        } catch {
            return nil
        }
    }

    /// `logging/setLevel`: checked and acknowledged. Where there is no session nothing can remember it.
    func setLogLevel(_ request: ClientRequest) throws(ProtocolError) -> Reply {
        guard let name = try request.parameters().string("level"), LogLevel(name: name) != nil else {
            throw .invalidParams("level must be one of " + LogLevel.allCases.map(\.name).joined(separator: ", "))
        }
        return Reply(id: request.id, result: ByteBuffer(string: "{}"))
    }

    /// `resources/subscribe` and its opposite: acknowledged for what is listed. Without a session there is no stream on which anything
    /// could be told, and the capability is not declared.
    func subscribe(_ request: ClientRequest) throws(ProtocolError) -> Reply {
        guard let uri = try request.parameters().string("uri") else { throw .invalidParams("uri is missing or no string") }
        guard space.catalog().resources.contains(where: { $0.name == uri }) else {
            throw ProtocolError(Refusals.resourceNotFound, "Resource not found: there is no resource '\(uri.prefix(200))'")
        }
        return Reply(id: request.id, result: ByteBuffer(string: "{}"))
    }
}
