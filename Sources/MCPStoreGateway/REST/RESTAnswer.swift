import HTTPTypes
import Hummingbird
import HummingbirdCore
import MCPStore
import NIOCore

/// What an operation answers.
struct RESTAnswer: Sendable {
    var status = 200
    var headers: HTTPFields = [:]
    var body: ResponseBody
    var type = "application/json"

    /// Raw JSON, as a server sent it.
    init(raw: ByteBuffer) { body = ResponseBody(byteBuffer: raw) }

    init(_ value: JSONValue, status: Int = 200) {
        self.init(raw: value.buffer)
        self.status = status
    }

    /// An event stream.
    init(events: ResponseBody) {
        body = events
        type = "text/event-stream"
        headers = [.cacheControl: "no-cache, no-transform", .accelBuffering: "no"]
    }

    var response: Response {
        var headers = headers
        headers[.contentType] = type
        headers[.contentTypeOptions] = "nosniff"
        return Response(status: HTTPResponse.Status(code: status), headers: headers, body: body)
    }
}
