import Foundation
import NIOCore
import Testing

@testable import MCPStoreProtocol

@Suite struct JSONSliceTests {
    @Test func `members come in order, with ranges that cut them out`() throws {
        var buffer = ByteBuffer(string: "garbage")
        buffer.moveReaderIndex(forwardBy: 7)
        buffer.writeString(#" { "a" : [1, 2] , "b":"x", "\u0063": -7 } "#)
        var found: [(String?, String)] = []
        try buffer.withJSONMembers { (key, value) throws(JSONError) in
            found.append((key.string, String(buffer: buffer.jsonSlice(value.range))))
        }
        #expect(found.map(\.0) == ["a", "b", "c"])
        #expect(found.map(\.1) == ["[1, 2]", #""x""#, "-7"])
    }

    @Test func `keys are compared by what they mean`() throws {
        try ByteBuffer(string: #"{"\u0069\u0064":1,"id ":2}"#).withJSONMembers { (key, value) throws(JSONError) in
            #expect(key.equals("id") == (value.integer == 1))
            #expect(!key.equals("i"))
            #expect(!key.equals(""))
        }
    }

    @Test(
        arguments: [
            ("0", 0), ("-0", 0), ("42", 42), ("9223372036854775807", Int.max), ("-9223372036854775808", Int.min),
            ("9223372036854775808", nil), ("-9223372036854775809", nil), ("99999999999999999999999", nil), ("1.0", nil),
            ("1e3", nil),
            ("\"1\"", nil), ("true", nil), ("null", nil), ("{}", nil),
        ] as [(String, Int?)]
    )
    func `integers are exact or none`(_ text: String, _ expected: Int?) throws {
        let value = try ByteBuffer(string: text).withJSONValue { $0.integer }
        #expect(value == expected)
    }

    @Test(arguments: [
        #""""#, #""plain""#, #""\"\\\/\b\f\n\r\t""#, #""\u0000\u001f\u00e9\u20ac""#, #""\ud83d\ude00 x""#, #""äöü😀""#,
    ])
    func `strings are unescaped as another parser does it`(_ text: String) throws {
        let ours = try ByteBuffer(string: text).withJSONValue { $0.string }
        let theirs = try JSONSerialization.jsonObject(with: Data(text.utf8), options: .fragmentsAllowed) as? String
        #expect(ours == theirs)
    }

    @Test(arguments: [
        (#""\ud83d""#, "\u{FFFD}"), (#""\ude00x""#, "\u{FFFD}x"), (#""\ud83d\ud83d\ude00""#, "\u{FFFD}😀"),
        (#""\ud83dA""#, "\u{FFFD}A"),
    ])
    func `lone surrogates become the replacement character`(_ text: String, _ expected: String) throws {
        #expect(try ByteBuffer(string: text).withJSONValue { $0.string } == expected)
    }

    @Test func `what is written as a string is read back`() throws {
        var random = SeededGenerator(seed: 7)
        for length in 0..<200 {
            let scalars = (0..<length).map { _ in
                Unicode.Scalar(
                    [UInt32.random(in: 0...0x7F, using: &random), .random(in: 0x80...0xD7FF, using: &random), 0x1F600]
                        .randomElement(using: &random) ?? 0
                ) ?? "x"
            }
            let text = String(String.UnicodeScalarView(scalars))
            var buffer = ByteBuffer()
            buffer.writeJSONString(text)
            #expect(try buffer.withJSONValue { $0.string } == text)
        }
    }

    @Test(arguments: [0, 7, -1, 10, 1234567890, Int.max, Int.min])
    func `numbers are written as they are`(_ number: Int) {
        var buffer = ByteBuffer()
        buffer.writeDecimal(number)
        #expect(String(buffer: buffer) == "\(number)")
    }

    @Test func `trailing bytes and other kinds of values are refused`() {
        for text in ["{} x", "[]", "1", ""] {
            #expect(throws: JSONError.self) { try ByteBuffer(string: text).withJSONMembers { _, _ in } }
        }
        #expect(throws: JSONError.self) { try ByteBuffer(string: "{}").withJSONElements { _ in } }
    }
}
