import NIOCore
import Testing

@testable import MCPStoreProtocol

@Suite struct IncomingMessageTests {
    private func parse(_ text: String) throws(JSONError) -> IncomingMessage? {
        try IncomingMessage.parse(ByteBuffer(string: text), maximumDepth: 128)
    }

    @Test func `results are taken apart in any order of members`() throws {
        let slice = ByteBuffer(string: #"{"isError":true}"#)
        let expected = IncomingMessage.result(id: 3, slice, isError: true, .complete)
        #expect(try self.parse(#"{"jsonrpc":"2.0","id":3,"result":{"isError":true}}"#) == expected)
        #expect(try self.parse(#"{"result":{"isError":true},"x":[],"id":3}"#) == expected)
    }

    @Test(arguments: [
        (#"{"resultType":"complete"}"#, ResultType.complete), (#"{}"#, .complete),
        (#"{"resultType":"input_required"}"#, .inputRequired),
        (#"{"resultType":"task"}"#, .task), (#"{"resultType":"new"}"#, .other("new")), (#"{"resultType":1}"#, .other("")),
        (#"{"a":{"resultType":"task"}}"#, .complete), ("7", .complete),
    ])
    func `the result's type is read at its top level only`(_ result: String, _ type: ResultType) throws {
        #expect(
            try self.parse("{\"id\":1,\"result\":\(result)}") == .result(id: 1, ByteBuffer(string: result), isError: false, type)
        )
    }

    @Test func `errors, requests and notifications are told apart`() throws {
        #expect(
            try self.parse(#"{"id":1,"error":{"code":-5,"message":"m"}}"#)
                == .error(id: 1, ByteBuffer(string: #"{"code":-5,"message":"m"}"#), code: -5)
        )
        #expect(try self.parse(#"{"id":null,"error":{}}"#) == .error(id: nil, ByteBuffer(string: "{}"), code: -32603))
        #expect(try self.parse(#"{"id":"a","method":"ping"}"#) == .request(id: ByteBuffer(string: "\"a\""), method: "ping"))
        #expect(
            try self.parse(#"{"method":"notifications/progress","params":{"a":1}}"#)
                == .notification(.progress, params: ByteBuffer(string: #"{"a":1}"#))
        )
        #expect(
            try self.parse(#"{"method":"notifications/tools/list_changed"}"#) == .notification(.listChanged(.tools), params: nil)
        )
        #expect(try self.parse(#"{"method":"x"}"#) == .notification(.other("x"), params: nil))
    }

    @Test func `ids that this client never sends are none`() throws {
        for id in [#""1""#, "1.5", "null", "{}"] {
            guard case .result(nil, _, _, _) = try self.parse("{\"id\":\(id),\"result\":{}}") else {
                Issue.record("\(id) was taken for one of ours")
                continue
            }
        }
    }

    @Test func `what is no message is told from what is no JSON`() throws {
        for text in ["{}", #"{"id":1}"#, #"{"result":{}}"#, #"{"method":1}"#] { #expect(try self.parse(text) == nil) }
        for text in ["", "x", "[]", "{", #"{"id":1,"result":}"#] { #expect(throws: JSONError.self) { try self.parse(text) } }
    }
}
