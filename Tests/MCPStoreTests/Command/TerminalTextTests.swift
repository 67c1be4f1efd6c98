import Testing

@testable import Command

@Suite struct TerminalTextTests {
    @Test(arguments: [
        ("plain\tand\nlines", "plain\tand\nlines"), ("\u{1b}[2J\u{1b}]0;title\u{07}", "^[[2J^[]0;title^G"),
        ("a\r\nb\rc", "a\nbc"),
        ("\u{9b}1m\u{7f}\u{0}", "\u{FFFD}1m^?^@"), ("żółw 🐢", "żółw 🐢"),
    ]) func `what tools say moves no cursor`(text: String, shown: String) {
        #expect(TerminalText.safe(text) == shown)
    }
}
