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
        #expect(target("x", "--token=abc${TOKEN}") == "x --token=***")
        #expect(target("x", "--token", "${TOKEN:-abc}") == "x --token ***")
        #expect(target("x", "-e", "API_KEY=abc", "-H", "Authorization: Bearer abc") == "x -e API_KEY=*** -H Authorization: ***")
        #expect(target("x", "postgres://u:p@h/db") == "x postgres://***@h/db")
    }

    @Test func `URLs are shown without user, password and query`() {
        #expect(Redaction.url("https://h/mcp") == "https://h/mcp")
        #expect(Redaction.url("https://u:p@h/mcp?key=abc") == "https://***@h/mcp?***")
        #expect(Redaction.url("https://h/a@b") == "https://h/a@b")
        #expect(Redaction.url("https://h/?k=${KEY}") == "https://h/?k=${KEY}")
        #expect(Redaction.url("https://h/?k=${KEY}&l=abc") == "https://h/?***")
    }

    @Test func `Values of env and headers are hidden unless they are purely references`() {
        let shown = Redaction.configuration([
            "env": ["DATABASE_URL": "postgres://u:p@h", "GITHUB_PAT": "abc", "OTHER_KEY": "${KEY}", "TWO": "${A}${B}"],
            "headers": ["Authorization": "Bearer x", "X-A": "x${KEY}", "X-B": "${KEY:-abc}", "X-C": "${KEY}"], "command": "c",
        ])
        #expect(
            shown == [
                "env": ["DATABASE_URL": "***", "GITHUB_PAT": "***", "OTHER_KEY": "${KEY}", "TWO": "${A}${B}"],
                "headers": ["Authorization": "***", "X-A": "***", "X-B": "***", "X-C": "${KEY}"], "command": "c",
            ]
        )
    }

    @Test func `What nothing uses is shown without what may be a secret`() {
        let shown = Redaction.configuration([
            "command": "c", "args": ["sk-0123456789abcdefgh"], "apiKey": "abc", "color": "red", "callTimeoutMs": 5,
            "extra": ["token": "abc", "b": ["x", "sk-0123456789abcdefgh"], "key": 5],
        ])
        #expect(
            shown == [
                "command": "c", "args": ["***"], "apiKey": "***", "color": "red", "callTimeoutMs": 5,
                "extra": ["token": "***", "b": ["x", "***"], "key": "***"],
            ]
        )
    }

    @Test func `Arguments of a configuration are shown as in the target`() {
        let shown = Redaction.configuration(["command": "c", "args": ["--api-key", "sk-1", "--name", "n"]])
        #expect(shown == ["command": "c", "args": ["--api-key", "***", "--name", "n"]])
    }
}
