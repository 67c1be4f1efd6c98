import NIOCore
import Testing

@testable import MCPStoreRedis

@Suite struct RESPReplyTests {
    private func reply(_ text: String) throws -> RESPReply {
        try #require(try parse([Array(text.utf8)]).first)
    }

    @Test(arguments: [
        ("$1\r\n0\r\n", 0), ("$2\r\n-1\r\n", -1), (":42\r\n", 42), ("+7\r\n", 7), ("$19\r\n9223372036854775807\r\n", Int.max),
        ("$20\r\n-9223372036854775808\r\n", Int.min),
    ])
    func `integers are read from integers and from decimal text`(text: String, value: Int) throws {
        #expect(try self.reply(text).integer == value)
    }

    @Test(arguments: [
        "$0\r\n\r\n", "$1\r\n-\r\n", "$2\r\n1a\r\n", "$2\r\n 1\r\n", "$3\r\n1.5\r\n", "$19\r\n9223372036854775808\r\n",
        "$20\r\n-9223372036854775809\r\n", "-1\r\n", "$-1\r\n", "*1\r\n:1\r\n",
    ])
    func `what is no decimal integer is no integer`(text: String) throws {
        #expect(try self.reply(text).integer == nil)
    }

    @Test func `an error is neither string nor bytes`() throws {
        let reply = try self.reply("-ERR no\r\n")
        #expect(reply.string == nil)
        #expect(reply.bytes == nil)
        #expect(reply.withBytes { $0.count } == nil)
        #expect(reply.errorMessage == "ERR no")
    }

    @Test func `elements are found by index and by walking, over nested arrays`() throws {
        let array = try #require(try self.reply("*4\r\n*2\r\n*1\r\n:1\r\n+a\r\n$3\r\nxyz\r\n*0\r\n:9\r\n").array)
        #expect(array.count == 4)
        #expect(array[1].string == "xyz")
        #expect(array[2].array?.isEmpty == true)
        #expect(array[3].integer == 9)
        #expect(array[0].array?[1].string == "a")
        #expect(array[0].array?.first?.array?.first?.integer == 1)
        #expect(array.map(\.kind) == [.array, .string, .array, .integer])
    }

    @Test func `slices stay valid after the parser has gone on`() throws {
        var parser = RESPParser()
        var slices: [ByteBuffer] = []
        for number in 0..<100 {
            let text = "value \(number)"
            try parser.parse(ByteBuffer(string: "*1\r\n$\(text.utf8.count)\r\n\(text)\r\n")) { reply in
                if let bytes = reply.array?.first?.bytes { slices.append(bytes) }
            }
        }
        #expect(slices.map { String(buffer: $0) } == (0..<100).map { "value \($0)" })
    }

    @Test func `bytes in place are the bytes of this string only`() throws {
        let array = try #require(try self.reply("*2\r\n$3\r\nabc\r\n$2\r\nde\r\n").array)
        #expect(array[1].withBytes { Array($0) } == Array("de".utf8))
    }

    @Test func `the description shows no content`() throws {
        #expect(String(describing: try self.reply("$6\r\nsecret\r\n")) == "string of 6 bytes")
        #expect(!String(describing: try self.reply("-ERR secret\r\n")).contains("secret"))
    }
}
