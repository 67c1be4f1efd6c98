import Testing

@testable import MCPStoreQueue

struct NamePatternTests {
    @Test(arguments: [
        ("get_*", "get_x", true), ("get_*", "get_", true), ("get_*", "xget_", false), ("*", "", true), ("*", "anything", true),
        ("", "", true), ("", "x", false), ("a*b*c", "aXbYc", true), ("a*b*c", "abcx", false), ("*_x", "a_x_x", true),
        ("wörter*", "wörter-1", true), ("a.c", "abc", false),
    ])
    func `A star stands for any run of characters, and nothing else has a meaning`(
        _ pattern: String,
        _ text: String,
        _ matches: Bool
    ) {
        #expect(NamePattern(pattern).matches(text) == matches)
    }

    @Test func `No pattern takes long`() {
        let pattern = NamePattern(String(repeating: "a*", count: 100) + "b")
        #expect(!pattern.matches(String(repeating: "a", count: 20_000)))
    }
}
