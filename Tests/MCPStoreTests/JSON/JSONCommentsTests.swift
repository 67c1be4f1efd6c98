import Testing

@testable import MCPStore

/// Configuration files of people: comments and commas behind the last element.
struct JSONCommentsTests {
    @Test(arguments: [
        ("{} // end", "{}"), ("// a\n{/* b */\"a\"/**/:/*c*/1/*d*/,//e\n}", #"{"a":1}"#), ("[1,2,]", "[1,2]"),
        ("[1, /* x */ ]", "[1]"),
        ("\u{FEFF}[\"// no comment\", \"/* nor this */\"]", #"["// no comment","/* nor this */"]"#),
        ("/***/ [{\"a\":[],},] //", #"[{"a":[]}]"#),
        ("[]//\r\n", "[]"),
    ])
    func `Comments and last commas are read where they are allowed`(text: String, expected: String) throws {
        #expect(try JSONValue(parsing: text.utf8, allowsComments: true) == JSONValue(parsing: expected.utf8))
    }

    @Test(arguments: ["{} // end", "[1,]", "{\"a\":1,}", "/**/1", "\u{FEFF}1"])
    func `Where nothing says so they are refused`(text: String) {
        #expect(throws: JSONSyntaxError.self) { try JSONValue(parsing: text.utf8) }
    }

    @Test(arguments: ["[,]", "{,}", "[1,,]", "/* open", "/", "1 /", "[1 / 2]", "{\"a\":1 /* }", "[1}", "[1,}"])
    func `What is broken stays broken`(text: String) {
        #expect(throws: JSONSyntaxError.self) { try JSONValue(parsing: text.utf8, allowsComments: true) }
    }
}
