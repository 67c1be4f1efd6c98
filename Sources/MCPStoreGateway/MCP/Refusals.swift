import MCPStore
import MCPStoreProtocol
import NIOCore

/// How a client is told that nobody answered.
///
/// A name that means nothing is an error of the protocol. Everything else that keeps a call from being answered is a result with
/// `isError`, so that the model sees it and can do something else; machines find the kind in `_meta`.
enum Refusals {
    /// The code that the legacy era has for resources that are not there.
    static let resourceNotFound = -32002
    static let outcomeKey = "mcpstore/outcome"

    /// - Throws: what is an error of the protocol.
    static func reply(
        to error: MCPStoreError,
        _ subject: ForwardedSubject,
        _ request: ClientRequest,
        _ door: FrontDoor,
        era: MCPEra
    ) throws(ProtocolError) -> Reply {
        switch error.code {
        case .unknownTool: throw ProtocolError(JSONRPCCode.invalidParams, "Unknown tool: \(error.message)", data: data(error))
        case .unknownPrompt: throw ProtocolError(JSONRPCCode.invalidParams, "Unknown prompt: \(error.message)", data: data(error))
        case .unknownResource:
            // 2026-07-28 has no code of its own for it.
            let code = era == .modern ? JSONRPCCode.invalidParams : resourceNotFound
            var object = RawObject()
            if case .resource(let uri) = subject { object["uri"] = ByteBuffer(json: uri) }
            throw ProtocolError(code, "Resource not found: \(error.message)", data: object.encoded)
        case .ambiguousTool, .ambiguousPrompt, .ambiguousResource, .invalidArguments, .unknownService, .invalidName:
            throw ProtocolError(JSONRPCCode.invalidParams, error.message, data: data(error))
        default: break
        }
        guard case .tool = subject else {
            throw ProtocolError(JSONRPCCode.internalError, error.message, data: data(error))
        }
        var members = ByteBuffer(string: "\"content\":[{\"type\":\"text\",\"text\":")
        members.writeJSONString(error.message)
        members.writeStaticString("}],\"isError\":true,\"_meta\":{")
        if era == .modern {
            members.writeString("\"\(RequestMeta.serverInfoKey)\":")
            members.writeImmutableBuffer(door.serverInfo)
            members.writeStaticString(",")
        }
        members.writeString("\"\(outcomeKey)\":")
        members.writeImmutableBuffer(data(error))
        members.writeStaticString("}")
        var result = ByteBuffer(string: era == .modern ? "{\"resultType\":\"complete\"," : "{")
        result.writeImmutableBuffer(members)
        result.writeStaticString("}")
        return Reply(id: request.id, result: result)
    }

    /// What machines want to know of an error: its kind, and what there is of where, who and when.
    static func data(_ error: MCPStoreError) -> ByteBuffer { JSONValue.object(members(error)).buffer }

    /// The same as members.
    static func members(_ error: MCPStoreError) -> [String: JSONValue] {
        var members: [String: JSONValue] = ["kind": .string(error.code.description)]
        if !error.suggestions.isEmpty { members["suggestions"] = .array(error.suggestions.map { .string($0) }) }
        if let call = error.call {
            members["service"] = .string(call.service)
            members["job"] = .string(call.job)
            members["attempt"] = .integer(call.attempt)
            if let worker = call.worker { members["worker"] = .string(worker) }
        }
        if let wait = error.retryAfter { members["retryAfterMs"] = .integer(Int(wait / .milliseconds(1))) }
        return members
    }
}
