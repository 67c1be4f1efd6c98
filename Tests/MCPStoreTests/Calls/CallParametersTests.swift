import NIOCore
import Testing

@testable import MCPStore

struct CallParametersTests {
    private func make(_ arguments: String, tool: String = "t") throws -> String {
        String(buffer: try CallParameters.make(tool: tool, arguments: ByteBuffer(string: arguments)))
    }

    @Test func `I14 arguments are passed on as the bytes that they are`() throws {
        let arguments = #"{ "b":1.50, "a" : "\u00e9", "n":12345678901234567890 }"#
        #expect(try make(arguments) == #"{"name":"t","arguments":\#(arguments)}"#)
    }

    @Test func `Line breaks between values are left out, so that a message is one line`() throws {
        #expect(try make("{\n\t\"a\":\r\n 1}\n") == "{\"name\":\"t\",\"arguments\":{\t\"a\": 1}}")
    }

    @Test(arguments: ["", " ", "\n"])
    func `No arguments are an empty object`(text: String) throws {
        #expect(try make(text) == #"{"name":"t","arguments":{}}"#)
    }

    @Test func `The name is escaped`() throws {
        #expect(try make("{}", tool: "a\"b\n\\") == #"{"name":"a\"b\n\\","arguments":{}}"#)
    }

    @Test(arguments: ["[1]", "1", "\"x\"", "null", "{", "{}x", "{'a':1}", "{\"a\":}"])
    func `What is no object is refused`(text: String) {
        let error = #expect(throws: MCPStoreError.self) { try make(text) }
        #expect(error?.code == .invalidArguments)
        #expect(error?.message.contains("line 1, column") == true)
    }

    @Test func `Arguments that are not UTF-8 are refused`() {
        var bytes = ByteBuffer(string: "{\"a\":\"")
        bytes.writeBytes([0xC3, 0x28])
        bytes.writeString("\"}")
        #expect(throws: MCPStoreError.self) { try CallParameters.make(tool: "t", arguments: bytes) }
    }

    @Test func `A slice of a larger buffer is read from where it begins`() throws {
        var bytes = ByteBuffer(string: "xx{\"a\":1}")
        bytes.moveReaderIndex(forwardBy: 2)
        #expect(String(buffer: try CallParameters.make(tool: "t", arguments: bytes)) == #"{"name":"t","arguments":{"a":1}}"#)
    }
}
