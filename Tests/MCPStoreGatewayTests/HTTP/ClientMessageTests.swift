import NIOCore
import Testing

@testable import MCPStoreGateway

struct ClientMessageTests {
    private func refusal(_ text: String) -> (id: String?, code: Int)? {
        do {
            _ = try ClientMessage(ByteBuffer(string: text))
            return nil
        } catch {
            return (error.id.map { String(buffer: $0) }, error.error.code)
        }
    }

    @Test func `Requests, notifications and answers are told apart`() throws {
        guard case .request(let request) = try ClientMessage(ByteBuffer(string: #"{"jsonrpc":"2.0","id":"a","method":"m"}"#))
        else {
            Issue.record("no request")
            return
        }
        #expect(String(buffer: request.id) == "\"a\"" && request.method == "m" && request.params == nil)
        guard case .notification("n", nil) = try ClientMessage(ByteBuffer(string: #"{"jsonrpc":"2.0","method":"n"}"#)) else {
            Issue.record("no notification")
            return
        }
        guard case .response = try ClientMessage(ByteBuffer(string: #"{"jsonrpc":"2.0","id":1,"result":{}}"#)) else {
            Issue.record("no answer")
            return
        }
    }

    @Test(arguments: ["", "{", "nonsense", #"{"jsonrpc":"2.0","id":1,"method":"m"} x"#])
    func `What is no JSON is a parse error`(_ text: String) {
        let refusal = refusal(text)
        #expect(refusal?.code == -32700 || (text != "{" && refusal?.code == -32600), "\(text): \(String(describing: refusal))")
        #expect(refusal?.id == nil)
    }

    @Test(arguments: [
        "[]", #"[{"jsonrpc":"2.0","id":1,"method":"m"}]"#, "1", #"{"id":1,"method":"m"}"#,
        #"{"jsonrpc":"2.0","id":null,"method":"m"}"#,
        #"{"jsonrpc":"2.0","id":1.5,"method":"m"}"#, #"{"jsonrpc":"2.0","id":1}"#, #"{"jsonrpc":"2.0","id":1,"method":2}"#,
    ])
    func `What is no request is an invalid request`(_ text: String) {
        #expect(refusal(text)?.code == -32600)
    }

    @Test func `An error names the id of its request where there is one`() {
        #expect(refusal(#"{"jsonrpc":"2.0","id":5,"method":"m","params":[]}"#)?.id == "5")
        #expect(refusal(#"{"jsonrpc":"2.0","id":5,"method":"m","params":[]}"#)?.code == -32602)
    }

    @Test func `Deep nesting is refused and not followed`() {
        let deep = String(repeating: "[", count: 100_000) + String(repeating: "]", count: 100_000)
        #expect(refusal(#"{"jsonrpc":"2.0","id":1,"method":"m","params":{"a":\#(deep)}}"#)?.code == -32600)
    }
}
