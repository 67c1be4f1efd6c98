import MCPStoreWorker
import Testing

@testable import MCPStore

/// I11: what is shown of a configuration holds no secret.
struct RedactionTests {
    private func target(_ command: String, _ args: String...) -> String {
        var configuration = ServiceConfiguration()
        configuration.command = command
        configuration.args = args
        return Redaction.target(configuration)
    }

    @Test func `Commands are shown without what looks like a secret`() {
        #expect(target("uvx", "mcp-server-time") == "uvx mcp-server-time")
        #expect(target("x", "--api-key", "abc", "y") == "x --api-key *** y")
        #expect(target("x", "--token=abc", "y") == "x --token=*** y")
        #expect(target("x", "--token", "${TOKEN}") == "x --token ${TOKEN}")
        #expect(target("x", "--token=${TOKEN}") == "x --token=${TOKEN}")
    }

    @Test func `URLs are shown without user, password and query`() {
        #expect(Redaction.url("https://h/mcp") == "https://h/mcp")
        #expect(Redaction.url("https://u:p@h/mcp?key=abc") == "https://***@h/mcp?***")
        #expect(Redaction.url("https://h/a@b") == "https://h/a@b")
        #expect(Redaction.url("https://h/?k=${KEY}") == "https://h/?k=${KEY}")
    }

    @Test func `Values of env and headers are hidden where their name says secret`() {
        let shown = Redaction.configuration([
            "env": ["TOKEN": "abc", "HOME": "/x", "OTHER_KEY": "${KEY}"], "headers": ["Authorization": "Bearer x"],
            "command": "c",
        ])
        #expect(
            shown == [
                "env": ["TOKEN": "***", "HOME": "/x", "OTHER_KEY": "${KEY}"], "headers": ["Authorization": "***"], "command": "c",
            ]
        )
    }
}
