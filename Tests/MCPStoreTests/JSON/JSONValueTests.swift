import Foundation
import NIOCore
import Testing

@testable import MCPStore

struct JSONValueTests {
    private func parse(_ text: String) throws -> JSONValue { try JSONValue(parsing: text.utf8) }

    @Test func `Every kind of value is read`() throws {
        let value = try parse(#" {"a":[1,-2.5,1e3,true,false,null],"b":"x","c":{}} "#)
        #expect(value == ["a": [1, -2.5, 1000.0, true, false, nil], "b": "x", "c": [:]])
    }

    @Test(arguments: [
        (#""\u00e9\n\t\\\/\"\b\f\r""#, "é\n\t\\/\"\u{8}\u{c}\r"),
        (#""\ud83d\ude00""#, "😀"), (#""\ud83d""#, "\u{FFFD}"), (#""\ud83dx""#, "\u{FFFD}x"), (#""\ude00""#, "\u{FFFD}"),
        (#""\ud83d\u0041""#, "\u{FFFD}A"), (#""北京""#, "北京"),
    ])
    func `Strings are unescaped`(json: String, text: String) throws {
        #expect(try parse(json) == .string(text))
    }

    @Test(arguments: [
        ("", "the text ends where a value is expected at line 1, column 1"),
        ("{\"a\":\n  nope}", "expected a value at line 2, column 3"),
        ("[1,]", "expected a value at line 1, column 4"),
        ("[1 2]", "expected ',' or ']' at line 1, column 4"),
        ("{\"a\" 1}", "expected ':' at line 1, column 6"),
        ("{\"a\":1,}", "expected a member name in double quotes at line 1, column 8"),
        ("{\"a\":1", "expected ',' or '}' at line 1, column 7"),
        ("\"abc", "a string is not closed at line 1, column 1"),
        ("\"a\nb\"", "a control character in a string must be escaped at line 1, column 3"),
        ("\"\\x\"", "an unknown escape in a string at line 1, column 2"),
        ("\"\\u12g4\"", "expected four hexadecimal digits after \\u at line 1, column 2"),
        ("01", "there is something behind the end of the value at line 1, column 2"),
        ("-", "expected a digit at line 1, column 2"),
        ("1.", "expected a digit at line 1, column 3"),
        ("1e+", "expected a digit at line 1, column 4"),
        ("{} {}", "there is something behind the end of the value at line 1, column 4"),
        (#"{"a":1,"a":2}"#, "a second member 'a' in one object at line 1, column 8"),
    ])
    func `What is no JSON is refused with its place`(text: String, problem: String) {
        let error = #expect(throws: JSONSyntaxError.self) { try parse(text) }
        #expect(error?.description(in: text.utf8) == problem)
    }

    @Test func `Bytes that are not UTF-8 are refused`() {
        #expect(throws: JSONSyntaxError.self) { try JSONValue(parsing: [UInt8(ascii: "\""), 0xFF, UInt8(ascii: "\"")]) }
    }

    @Test func `Nesting is bounded`() throws {
        let deep = { (depth: Int) in String(repeating: "[", count: depth) + String(repeating: "]", count: depth) }
        #expect(throws: Never.self) { try parse(deep(JSONScanner.maximumDepth)) }
        #expect(throws: JSONSyntaxError.self) { try parse(deep(JSONScanner.maximumDepth + 1)) }
        #expect(throws: JSONSyntaxError.self) { try parse(String(repeating: "{\"a\":", count: 1_000_000)) }
    }

    @Test func `Objects are written in the order of their names and read back as they were`() throws {
        let value: JSONValue = ["b": [1, 2.5, nil], "a": ["z": "\u{1}\u{2028}\"\\é", "y": true]]
        #expect(value.description == #"{"a":{"y":true,"z":"\u0001\u2028\"\\é"},"b":[1,2.5,null]}"#)
        #expect(try parse(value.description) == value)
        #expect(try parse(value.indented) == value)
    }

    /// Foundation's parser is the oracle: what ours takes, its takes too, and both find the same.
    @Test func `What is taken after random damage is JSON to others too`() throws {
        let seeds = [#"{"a":[1,-2.5e3,"x\u00e9\n"],"b":{"c":null,"d":[true,false,{}]}}"#, #"[[],{},"",0,-0.1,1E2]"#]
        let alphabet = Array("{}[]\",:\\u0123eE+-.truefalsn \n\t".utf8)
        var generator = SystemRandomNumberGenerator()
        var taken = 0
        for round in 0..<20_000 {
            var bytes = Array(seeds[round % seeds.count].utf8)
            for _ in 0..<Int.random(in: 1...3, using: &generator) {
                let position = Int.random(in: 0..<bytes.count, using: &generator)
                switch Int.random(in: 0..<3, using: &generator) {
                case 0: bytes.remove(at: position)
                case 1: bytes.insert(alphabet[Int.random(in: 0..<alphabet.count, using: &generator)], at: position)
                default: bytes[position] = alphabet[Int.random(in: 0..<alphabet.count, using: &generator)]
                }
            }
            guard let value = try? JSONValue(parsing: bytes) else { continue }
            taken += 1
            let other = try? JSONSerialization.jsonObject(with: Data(bytes), options: .fragmentsAllowed)
            #expect(other != nil, "\(String(decoding: bytes, as: UTF8.self))")
            #expect(try JSONValue(parsing: value.buffer.readableBytesView) == value)
        }
        #expect(taken > 100)
    }

    @Test func `Members are found as the bytes that they are`() throws {
        let members = try #require(JSONMembers(ByteBuffer(string: #" { "a" : [ 1 , {"x": 2} ] , "b":"c" } "#)))
        #expect(members["a"] == ByteBuffer(string: #"[ 1 , {"x": 2} ]"#))
        #expect(members.elements("a") == [ByteBuffer(string: "1"), ByteBuffer(string: #"{"x": 2}"#)])
        #expect(members.value("b") == "c")
        #expect(members["c"] == nil)
        #expect(JSONMembers(ByteBuffer(string: "[1]")) == nil)
        #expect(JSONMembers(ByteBuffer(string: "{\"a\":1} x")) == nil)
    }
}
