import NIOCore
import Testing

@testable import MCPStoreProtocol

@Suite struct ParameterSpliceTests {
    private func splice(
        _ params: String?,
        members: String = #""x":1"#,
        fallback: Bool = false,
        drops: @escaping (String?) -> Bool = { _ in false }
    ) throws -> String? {
        let splice = ParameterSplice(
            members: ByteBuffer(string: members),
            fallback: fallback ? ("f", #""f":0"#) : nil,
            drops: { drops($0.string) }
        )
        var buffer = ByteBuffer(string: "before ")
        guard try splice.write(params.map { ByteBuffer(string: $0) }, maximumDepth: 16, into: &buffer) else { return nil }
        let text = String(buffer: buffer)
        #expect(text.hasPrefix("before "))
        return String(text.dropFirst(7))
    }

    @Test func `members are put into parameters of every shape`() throws {
        #expect(try self.splice(nil) == #"{"_meta":{"x":1}}"#)
        #expect(try self.splice("") == #"{"_meta":{"x":1}}"#)
        #expect(try self.splice("{}") == #"{"_meta":{"x":1}}"#)
        #expect(try self.splice(" { } ") == #"{"_meta":{"x":1}}"#)
        #expect(try self.splice(#"{"a":1.50, "b" : [1 ]}"#) == #"{"_meta":{"x":1},"a":1.50, "b" : [1 ]}"#)
        #expect(try self.splice(#"{"_meta":{}}"#) == #"{"_meta":{"x":1}}"#)
        #expect(try self.splice(#"{"_meta":null,"a":1}"#) == #"{"_meta":{"x":1},"a":1}"#)
        #expect(try self.splice(#"{"a":1,"_meta":{"k" : "v"},"b":2}"#) == #"{"a":1,"_meta":{"x":1,"k" : "v"},"b":2}"#)
    }

    @Test func `what is dropped is gone, and nothing else`() throws {
        let text = #"{"_meta":{"p":1,"q":{"p":2},"r":3},"p":4}"#
        #expect(try self.splice(text, drops: { $0 == "p" }) == #"{"_meta":{"x":1,"q":{"p":2},"r":3},"p":4}"#)
        #expect(try self.splice(text, members: "", drops: { $0 == "p" }) == #"{"_meta":{"q":{"p":2},"r":3},"p":4}"#)
        #expect(try self.splice(text, members: "", drops: { _ in true }) == #"{"_meta":{},"p":4}"#)
    }

    @Test func `without anything to do the bytes are the same`() throws {
        #expect(try self.splice(nil, members: "") == nil)
        for text in [#"{"_meta":{"k" : 1 } , "a":"\u00e9"}"#, "{ }", #"{"a":{"_meta":1}}"#] {
            #expect(try self.splice(text, members: "") == text)
        }
    }

    @Test func `a fallback stands back behind the caller's own`() throws {
        #expect(try self.splice(nil, fallback: true) == #"{"_meta":{"x":1,"f":0}}"#)
        #expect(try self.splice(#"{"_meta":{"f":9}}"#, fallback: true) == #"{"_meta":{"x":1,"f":9}}"#)
        #expect(try self.splice(#"{"f":9}"#, members: "", fallback: true) == #"{"_meta":{"f":0},"f":9}"#)
    }

    @Test func `line breaks between values become spaces`() throws {
        #expect(
            try self.splice("{\r\n  \"a\": \"x\\n\",\n\"_meta\":{\n\"k\":\n1}\n}")
                == #"{    "a": "x\n", "_meta":{"x":1,"k": 1} }"#
        )
    }

    @Test func `what is no object is refused`() {
        for text in ["[]", "1", "{", "{}{}", #"{"_meta":{},"_meta":{}}"#, "\"\"", "{\"a\":\u{01}}"] {
            #expect(throws: JSONError.self) { try self.splice(text) }
        }
        #expect(throws: JSONError.self) {
            try self.splice(String(repeating: "{\"a\":", count: 17) + "1" + String(repeating: "}", count: 17))
        }
    }
}
