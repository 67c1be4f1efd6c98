import NIOCore
import NIOHTTP1

/// One thing that a ``ScriptedHTTPServer`` does to a request.
enum ScriptedStep: Sendable {
    /// Status and header fields; without a length the body comes in chunks.
    case head(HTTPResponseStatus, HTTPHeaders)
    /// A piece of the body, flushed by itself.
    case text(String)
    /// Goes on when the future does.
    case wait(EventLoopFuture<Void>)
    /// The end of the response.
    case end
    /// Closes the connection at once.
    case drop

    /// A whole response of one piece.
    static func whole(_ status: HTTPResponseStatus, _ type: String?, _ body: String, _ headers: HTTPHeaders = [:])
        -> [ScriptedStep]
    {
        var headers = headers
        if let type { headers.add(name: "content-type", value: type) }
        headers.add(name: "content-length", value: "\(body.utf8.count)")
        return [.head(status, headers), .text(body), .end]
    }

    /// A JSON body with success.
    static func json(_ body: String, _ headers: HTTPHeaders = [:]) -> [ScriptedStep] {
        self.whole(.ok, "application/json", body, headers)
    }

    /// The answer to a request.
    static func answer(_ request: ScriptedRequest, _ result: String = "{}", _ headers: HTTPHeaders = [:]) -> [ScriptedStep] {
        self.json(#"{"jsonrpc":"2.0","id":\#(request.rpcID),"result":\#(result)}"#, headers)
    }

    /// The head of an event stream.
    static let events = ScriptedStep.head(.ok, ["content-type": "text/event-stream", "cache-control": "no-store"])

    /// An event of one line.
    static func event(_ data: String, type: String? = nil, id: String? = nil) -> ScriptedStep {
        .text((type.map { "event: \($0)\n" } ?? "") + (id.map { "id: \($0)\n" } ?? "") + "data: \(data)\n\n")
    }

    /// What a notification gets.
    static let accepted: [ScriptedStep] = [.head(.accepted, ["content-length": "0"]), .end]
}
