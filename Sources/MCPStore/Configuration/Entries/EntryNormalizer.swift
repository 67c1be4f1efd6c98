/// Writes an entry in one form, whatever program it was written for: every name that is in use for a field becomes ours.
///
/// It decides nothing about values that are wrong; ``ServiceEntryCheck`` does, on what this leaves. Running it on its own
/// result changes nothing.
struct EntryNormalizer {
    /// What programs keep for themselves in an entry and what has no meaning for a server: left out without a word.
    private static let withoutMeaning: Set<String> = [
        "autoApprove", "alwaysAllow", "trust", "dev", "sandbox", "sandboxEnabled", "gallery", "source", "required",
        "default_tools_approval_mode", "supports_parallel_tool_calls",
    ]

    var members: [String: JSONValue]
    var problems: [String] = []
    var warnings: [String] = []
    let form: ServerForm

    init(_ members: [String: JSONValue], form: ServerForm) {
        self.members = members.filter { $0.value != .null && !Self.withoutMeaning.contains($0.key) }
        self.form = form
    }

    mutating func run() {
        nestedTransport()
        rename("cwd", ["working_dir", "workingDirectory", "working_directory"])
        rename("env", ["environment"])
        if members["httpUrl"] != nil, members["type"] == nil, members["transport"] == nil { members["type"] = "http" }
        rename("url", ["serverUrl", "server_url", "httpUrl"])
        command()
        forwardedVariables()
        headers()
        authentication()
        refused()
        switches()
        timeouts()
        rename("includeTools", ["enabledTools", "enabled_tools", "include_tools"])
        rename("excludeTools", ["disabledTools", "disabled_tools", "exclude_tools"])
        toolFilters()
        references()
    }

    /// Moves a member to its name. Two that say different things are a problem.
    mutating func rename(_ name: String, _ aliases: [String]) {
        for alias in aliases {
            guard let value = members.removeValue(forKey: alias) else { continue }
            put(name, value, saidBy: alias)
        }
    }

    mutating func put(_ name: String, _ value: JSONValue, saidBy source: String) {
        if let present = members[name], present != value {
            return problems.append("'\(name)' and '\(source)' say different things: leave one of them out")
        }
        members[name] = value
    }

    /// `"transport": {"type": "http", "url": …}`
    private mutating func nestedTransport() {
        guard let nested = members["transport"]?.objectValue else { return }
        members["transport"] = nil
        for (name, value) in nested.sorted(by: { $0.key < $1.key }) where value != .null {
            put(name, value, saidBy: "transport.\(name)")
        }
    }

    /// A list of words (opencode), or an object with `path`, `args` and `env` (older versions of Zed).
    private mutating func command() {
        if let object = members["command"]?.objectValue, let path = object["path"] {
            members["command"] = path
            for name in ["args", "env"] {
                if let value = object[name], value != .null { put(name, value, saidBy: "command.\(name)") }
            }
        }
        guard let words = members["command"]?.arrayValue, let program = words.first else { return }
        let further = members["args"] ?? []
        guard let rest = further.arrayValue else { return }
        members["command"] = program
        if words.count > 1 || !rest.isEmpty { members["args"] = .array(words.dropFirst() + rest) }
    }

    /// `env_vars` of Codex: names of variables that are passed on.
    private mutating func forwardedVariables() {
        guard let names = members.removeValue(forKey: "env_vars") else { return }
        var entries = members["env"]?.objectValue ?? [:]
        for name in names.arrayValue ?? [] {
            guard let name = name.stringValue ?? name["name"]?.stringValue else {
                return problems.append("'env_vars' must be an array of names of variables")
            }
            if entries[name] == nil { entries[name] = .string("${\(name)}") }
        }
        guard names.arrayValue != nil else { return problems.append("'env_vars' must be an array of names of variables") }
        members["env"] = .object(entries)
    }

    /// What would have to be done where the configuration was written, or by a person.
    private mutating func refused() {
        if members["headersHelper"] != nil {
            problems.append(
                "'headersHelper' runs a command to make headers, which is not done here: write 'headers' with a reference such as ${TOKEN}"
            )
        }
        if members["envFile"] != nil {
            problems.append(
                "'envFile' would be read by nobody: workers run elsewhere; write its variables into 'env', secrets as references such as ${TOKEN}, or use mcpstore import, which reads it"
            )
        }
    }

    private mutating func switches() {
        guard members["disabled"] != nil || members["enabled"] != nil else { return }
        for name in ["disabled", "enabled"] {
            if let value = members[name], value.boolValue == nil {
                return problems.append("'\(name)' must be true or false, not \(value.kind)")
            }
        }
        let enabled = members.removeValue(forKey: "enabled")?.boolValue
        let disabled = members.removeValue(forKey: "disabled")?.boolValue
        if let enabled, let disabled, enabled == disabled {
            return problems.append("'disabled' and 'enabled' contradict each other")
        }
        if disabled ?? enabled.map({ !$0 }) == true { members["disabled"] = true }
    }

    /// `timeout` is milliseconds for most programs and seconds for some.
    private mutating func timeouts() {
        seconds("startup_timeout_sec", as: "startTimeoutMs")
        rename("startTimeoutMs", ["startup_timeout_ms", "initTimeout"])
        seconds("tool_timeout_sec", as: "callTimeoutMs")
        guard let number = members["timeout"]?.numberValue else { return }
        members["timeout"] = nil
        guard members["callTimeoutMs"] == nil else { return }
        guard form != .opencode else {
            return warnings.append("'timeout' is left out: in opencode it bounds the listing of tools; write 'startTimeoutMs'")
        }
        guard number > 0, number < 1e10 else { return problems.append("'timeout' must be a number above 0") }
        let isSeconds = number < 1000
        members["callTimeoutMs"] = .integer(Int((isSeconds ? number * 1000 : number).rounded()))
        warnings.append(
            "'timeout' \(isSeconds ? "below 1000 is read as seconds" : "of 1000 and more is read as milliseconds"), as the deadline of calls: write 'callTimeoutMs' to be sure"
        )
    }

    private mutating func seconds(_ alias: String, as name: String) {
        guard let value = members.removeValue(forKey: alias) else { return }
        guard let number = value.numberValue, number > 0, number < 1e7 else {
            return problems.append("'\(alias)' must be a number of seconds above 0")
        }
        put(name, .integer(max(Int((number * 1000).rounded()), 1)), saidBy: alias)
    }

    /// `tools` is a list of names with some programs; `"*"` is all.
    private mutating func toolFilters() {
        if members["tools"]?.arrayValue != nil { rename("includeTools", ["tools"]) }
        if members["includeTools"]?.arrayValue?.contains("*") == true { members["includeTools"] = nil }
        if members["excludeTools"] == [] { members["excludeTools"] = nil }
    }
}
