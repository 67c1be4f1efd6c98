/// The programs whose configuration files are known.
package enum ImportSource: String, CaseIterable, Sendable {
    case claudeDesktop = "claude-desktop"
    case claudeCode = "claude-code"
    case cursor
    case vscode
    case windsurf
    case gemini
    case codex
    case opencode

    /// The files that may hold its servers: first those of the folder, then those of the user.
    package func places(home: String, folder: String, environment: [String: String]) -> [String] {
        let config = environment["XDG_CONFIG_HOME"].flatMap { $0.hasPrefix("/") ? $0 : nil } ?? home + "/.config"
        let library = home + "/Library/Application Support"
        switch self {
        case .claudeDesktop: return [config, library].map { $0 + "/Claude/claude_desktop_config.json" }
        case .claudeCode: return [folder + "/.mcp.json", home + "/.claude.json"]
        case .cursor: return [folder, home].map { $0 + "/.cursor/mcp.json" }
        case .vscode:
            return [folder + "/.vscode", config + "/Code/User", library + "/Code/User"].flatMap {
                [$0 + "/mcp.json", $0 + "/settings.json"]
            }
        case .windsurf: return [home + "/.codeium/windsurf/mcp_config.json"]
        case .gemini: return [folder, home].map { $0 + "/.gemini/settings.json" }
        case .codex:
            let codex = environment["CODEX_HOME"].flatMap { $0.hasPrefix("/") ? $0 : nil } ?? home + "/.codex"
            return [folder + "/.codex/config.toml", codex + "/config.toml"]
        case .opencode:
            return [folder, folder + "/.opencode", config + "/opencode"].flatMap {
                [$0 + "/opencode.json", $0 + "/opencode.jsonc"]
            }
        }
    }

    /// The program that has a file of this path, as far as the path tells.
    package init?(path: String) {
        let known: [(String, ImportSource)] = [
            ("/claude_desktop_config.json", .claudeDesktop), ("/.mcp.json", .claudeCode), ("/.claude.json", .claudeCode),
            ("/.cursor/mcp.json", .cursor), ("/.vscode/mcp.json", .vscode), ("/.vscode/settings.json", .vscode),
            ("/Code/User/mcp.json", .vscode), ("/Code/User/settings.json", .vscode), ("/mcp_config.json", .windsurf),
            ("/.gemini/settings.json", .gemini), ("/.codex/config.toml", .codex), ("/opencode.json", .opencode),
            ("/opencode.jsonc", .opencode),
        ]
        guard let found = known.first(where: { "/\(path)".hasSuffix($0.0) }) else { return nil }
        self = found.1
    }
}
