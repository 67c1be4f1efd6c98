import Testing

@testable import ToolServer

@Suite("JSON is read without decoding it")
struct JSONSliceTests {
    private func parse(_ text: String) throws -> JSONSlice {
        try JSONSlice(parsing: Array(text.utf8))
    }

    @Test(
        "Well-formed texts are taken",
        arguments: [
            "{}", "[]", "0", "-12.0",
            " {\"a\" : [1, -0, 2.5e+10, 1E-2, true, false, null, {\"b\":[]}]}\r\n",
            "\"\\u00e9\\\\\\\"\\/\\b\\f\\n\\r\\t\"",
        ]
    )
    func wellFormed(text: String) throws {
        _ = try self.parse(text)
    }

    @Test(
        "Other texts are refused",
        arguments: [
            "", " ", "{", "}", "{\"a\"}", "{\"a\":}", "{\"a\":1,}", "{a:1}", "[1,]", "[1 2]", "[",
            "\"", "\"\u{1}\"", "\"\\x\"", "\"\\u12g4\"",
            "01", "-", "1.", ".5", "1e", "+1", "tru", "nul", "{} {}", "{\"a\":1}x", "'a'",
        ]
    )
    func malformed(text: String) {
        #expect(throws: JSONError.self) { try self.parse(text) }
    }

    @Test("A text nested too deeply is refused, one at the limit is not")
    func depth() throws {
        let limit = JSONValidator.maximumDepth
        _ = try self.parse(String(repeating: "[", count: limit) + String(repeating: "]", count: limit))
        #expect(throws: JSONError.self) {
            try self.parse(String(repeating: "[", count: limit + 1) + String(repeating: "]", count: limit + 1))
        }
    }

    @Test("Members are found by name, past others that contain every delimiter")
    func members() throws {
        let slice = try self.parse(#"{"x":{"b":"}"},"y":[["],{\"b\":2"],"b"],"w":"\\" , "b" : -7 ,"c":"\u00e9\ud83d\ude00\n"}"#)
        #expect(slice.member("b")?.integer == -7)
        #expect(slice.member("c")?.string == "é😀\n")
        #expect(slice.member("w")?.string == "\\")
        #expect(slice.member("none")?.kind == nil)
        #expect(slice.member("y")?.member("b")?.kind == nil)
        #expect(slice.member("x").map { Array($0.raw) } == Array(#"{"b":"}"}"#.utf8))
    }

    @Test("A name written with escapes is found too")
    func escapedName() throws {
        #expect(try self.parse(#"{"m\u0065thod":1}"#).member("method")?.integer == 1)
    }

    @Test("Half a surrogate pair becomes the replacement character")
    func loneSurrogates() throws {
        #expect(try self.parse(#""a\ud83dz""#).string == "a\u{FFFD}z")
        #expect(try self.parse(#""\ude00""#).string == "\u{FFFD}")
        #expect(try self.parse(#""\ud83d\u0041""#).string == "\u{FFFD}A")
    }

    @Test("Numbers are integers only without fraction and overflow")
    func numbers() throws {
        #expect(try self.parse("9223372036854775807").integer == .max)
        #expect(try self.parse("9223372036854775808").integer == nil)
        #expect(try self.parse("1.0").integer == nil)
        #expect(try self.parse("1.5e1").double == 15)
        #expect(try self.parse("\"1\"").integer == nil)
    }

    @Test("What is written as a JSON string is read back the same")
    func roundTrip() throws {
        let text = "\u{0}\u{1F}\"\\/\n\r\t\u{7F}é😀"
        #expect(try self.parse(jsonText(text)).string == text)
    }
}
