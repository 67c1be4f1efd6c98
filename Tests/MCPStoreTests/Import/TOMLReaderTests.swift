import Testing

@testable import MCPStore

/// TOML 1.0, as far as a value of JSON can say it.
struct TOMLReaderTests {
    private func read(_ text: String) throws -> String { try TOMLReader.read(Array(text.utf8)).description }

    @Test(arguments: [
        ("", "{}"), ("# only this", "{}"), ("a = 1\r\nb = 2\r\n", #"{"a":1,"b":2}"#),
        ("a.b.c = true # x\na.d = false", #"{"a":{"b":{"c":true},"d":false}}"#),
        ("[a]\nb = 1\n[a.c]\nd = 2\n[e]", #"{"a":{"b":1,"c":{"d":2}},"e":{}}"#),
        ("[a.b]\nc = 1\n[a]\nd = 2", #"{"a":{"b":{"c":1},"d":2}}"#),
        ("[\"a.b\".'c d']\n\"e f\" = 1", #"{"a.b":{"c d":{"e f":1}}}"#),
        ("[[a]]\nb = 1\n[[a]]\n[a.c]\nd = 2", #"{"a":[{"b":1},{"c":{"d":2}}]}"#),
        ("a = { b = 1, c.d = 'x', e = [1, 2] }", #"{"a":{"b":1,"c":{"d":"x"},"e":[1,2]}}"#),
        ("a = {}\nb = []", #"{"a":{},"b":[]}"#),
        ("a = [ # one\n 1,\n\n 'b', # two\n]", #"{"a":[1,"b"]}"#),
        (#"a = "x\n\t\"\\\u00e9\U0001F600""#, "{\"a\":\"x\\n\\t\\\"\\\\é😀\"}"),
        (#"a = 'C:\x "y"'"#, #"{"a":"C:\\x \"y\""}"#),
        ("a = \"\"\"\nx\n  y \\\n   z\"\"\"", #"{"a":"x\n  y z"}"#), ("a = '''\nx\\n'''", #"{"a":"x\\n"}"#),
        ("a = \"\"\"\"x\"\"\"\"\"", #"{"a":"\"x\"\""}"#), ("a = \"\"", #"{"a":""}"#),
        ("a = [0xFF, 0o17, 0b101, 1_000, +5, -0]", #"{"a":[255,15,5,1000,5,0]}"#),
        ("a = [1.5, -2e3, 6.25E-1]", #"{"a":[1.5,-2000.0,0.625]}"#),
        (
            "a = 1979-05-27T07:32:00Z\nb = 1979-05-27 07:32:00\nc = 07:32:00\nd = 1979-05-27",
            #"{"a":"1979-05-27T07:32:00Z","b":"1979-05-27 07:32:00","c":"07:32:00","d":"1979-05-27"}"#
        ),
        ("1234 = 1\n-a_b- = 2", #"{"-a_b-":2,"1234":1}"#),
    ])
    func `What is TOML is read`(text: String, expected: String) throws {
        #expect(try JSONValue(parsing: try read(text).utf8) == JSONValue(parsing: expected.utf8))
    }

    @Test(arguments: [
        ("a", "expected '=' behind a key at line 1"), ("\n\na = ", "expected a value at line 3"),
        ("a = b", "a value that is no number, date, true or false: texts stand in quotes at line 1"),
        ("a = 1 b = 2", "expected the end of the line at line 1"), ("a = \"x\n\"", "a string is not closed at line 1"),
        ("a = '''x", "a string is not closed at line 1"), ("[a\n", "expected ']' behind the name of a table at line 1"),
        ("[[a]\n", "expected ']]' behind the name of a table at line 1"), ("[]", "expected a key at line 1"),
        ("= 1", "expected a key at line 1"),
        ("a = 1\na = 2", "'a' is defined a second time at line 2"), ("[a]\n[a]", "'a' is defined a second time at line 2"),
        ("[a]\n[[a]]", "'a' is defined a second time at line 2"), ("a = 1\n[a.b]", "'a' is no table at line 2"),
        ("a = {b = 1}\n[a.c]", "'a' is no table at line 2"),
        ("[a]\nb = 1\n[c]\n[a.b]", "'a.b' is defined a second time at line 4"),
        ("[a.b]\n[c]\n[a]\nb.x = 1", "'b' is defined a second time at line 4"),
        ("a = [1 2]", "expected ',' or ']' in an array at line 1"),
        ("a = {b = 1 c = 2}", "expected ',' or '}' in an inline table at line 1"),
        ("a = 012", "a value that is no number, date, true or false: texts stand in quotes at line 1"),
        ("a = 1__0", "a value that is no number, date, true or false: texts stand in quotes at line 1"),
        ("a = 0x", "a value that is no number, date, true or false: texts stand in quotes at line 1"),
        ("a = .5", "a value that is no number, date, true or false: texts stand in quotes at line 1"),
        ("a = \"\\q\"", "an unknown escape in a string at line 1"),
        ("a = \"\\uD800\"", "an escape in a string that is no character at line 1"),
        ("a = \"\u{1}\"", "a control character in a string at line 1"),
    ])
    func `What is not is an error with its line`(text: String, message: String) {
        let error = #expect(throws: TOMLError.self) { try read(text) }
        #expect(error?.description == message)
    }

    @Test func `Arrays and tables nested too deep are refused`() {
        let text = "a = " + String(repeating: "[", count: 200) + String(repeating: "]", count: 200)
        #expect(throws: TOMLError.self) { try read(text) }
        #expect(throws: TOMLError.self) { try read("a = " + String(repeating: "{a=", count: 200)) }
        let dots = String(repeating: "a.", count: 200_000) + "a"
        let many = String(repeating: "{a.a.a.a.a=", count: 50)
        for text in ["\(dots) = 1", "[\(dots)]", "[[\(dots)]]", "x = {\(dots) = 1}", "x = " + many] {
            #expect(throws: TOMLError.self) { try read(text) }
        }
    }

    @Test func `A secret whose quotes were forgotten is in no error`() {
        let error = #expect(throws: TOMLError.self) { try read("[a.env]\nTOKEN = sk-hidden") }
        #expect(error?.description.contains("hidden") == false)
    }

    @Test func `Text that is not UTF-8 is refused`() {
        #expect(throws: TOMLError.self) { try TOMLReader.read([0x61, 0x3D, 0x22, 0xFF, 0x22]) }
    }

    @Test func `No bytes make the reader trap`() {
        let seed = Array("a.b = [1, {c = \"\\u00e9\"}, '''x''', 0x1F] # y\n[[t]]\n\"k\" = 1979-05-27 07:32:00\n".utf8)
        for index in seed.indices {
            for byte in [UInt8(0), 10, 34, 39, 46, 61, 91, 92, 93, 123, 125] {
                var text = seed
                text[index] = byte
                for cut in [text[...], text[..<index]] {
                    do { _ = try TOMLReader.read(cut) } catch { #expect(error.line >= 1) }
                }
            }
        }
    }
}
