import MCPStoreQueue
import MCPStoreWorker

/// Checks one entry of an `mcpServers` map and writes it as it is stored. All problems are found, not only the first.
struct ServiceEntryCheck {
    static let known: Set<String> = [
        "type", "command", "args", "env", "cwd", "url", "headers", "description", "placement", "replicas", "concurrency",
        "labels", "startTimeoutMs", "callTimeoutMs", "retry", "idempotentTools", "name", "disabled", "includeTools",
        "excludeTools", "isolation", "agents", "waitTimeoutMs", "runTimeoutMs", "maxQueued", "toolSettings",
        "limits", "circuit", "reuse", "signature",
    ]
    /// By their names without case, `-` and `_`; empty for one that is to be found out.
    private static let transports: [String: String] = [
        "stdio": "stdio", "local": "stdio", "http": "http", "streamablehttp": "http", "streamable": "http", "remote": "",
        "sse": "sse",
    ]

    var problems: [String] = []
    var warnings: [String] = []
    private var members: [String: JSONValue]
    private let service: String

    /// - Parameter service: Its name, after which variables for its secrets are named.
    init(_ entry: JSONValue, form: ServerForm = .common, service: String) {
        self.service = service
        guard let members = entry.objectValue else {
            self.members = [:]
            problems.append("it must be an object with 'command' or 'url', not \(entry.kind)")
            return
        }
        var normalizer = EntryNormalizer(members, form: form)
        normalizer.run()
        self.members = normalizer.members
        problems = normalizer.problems
        warnings = normalizer.warnings
        hasMembers = true
    }

    private var hasMembers = false

    /// The members to store; of no use where there are problems.
    mutating func run(placement: String?) -> [String: JSONValue] {
        guard hasMembers else { return [:] }
        transport()
        server()
        ours(placement: placement)
        let refused = ["headersHelper", "envFile", "auth", "oauth", "authProviderType", "oauth_client_id", "oauth_resource"]
        let unknown = members.keys.filter { !Self.known.contains($0) && !refused.contains($0) }.sorted()
        if !unknown.isEmpty {
            let names = unknown.map { "'\($0)'" }.joined(separator: ", ").oneLine
            warnings.append(
                "\(names) \(unknown.count == 1 ? "is" : "are") kept, but nothing here uses \(unknown.count == 1 ? "it" : "them")"
            )
        }
        secrets()
        return members
    }

    /// Names what will lie in Redis for everybody to read who may read there.
    private mutating func secrets() {
        var warnings: [String] = []
        var copy = members
        EntrySecrets.replace(in: &copy) { secret in
            let variable = secret.variable(for: service)
            warnings.append(
                "\(secret.place) is stored in Redis in clear: write ${\(variable)} and give the workers that variable"
            )
            return nil
        }
        self.warnings += warnings
    }

    private mutating func transport() {
        var kinds: Set<String> = []
        for name in ["type", "transport", "transportType"] {
            guard let value = members[name] else { continue }
            guard let text = value.stringValue else {
                problems.append("'\(name)' must be a string, not \(value.kind)")
                continue
            }
            let key = text.lowercased().filter { $0 != "-" && $0 != "_" && $0 != " " }
            if key == "ws" || key == "websocket" {
                problems.append("WebSocket is no transport of MCP: use the server's 'http' address")
            } else if let kind = Self.transports[key] {
                kinds.insert(kind)
            } else {
                let said = SecretGuess.isSecret(value: text) ? "" : "is '\(text.oneLine.prefix(40))', but "
                problems.append("'\(name)' \(said)must be stdio, http or sse")
            }
        }
        if kinds.contains("http") || kinds.contains("sse") { kinds.remove("") }
        if kinds.count > 1 { problems.append("'type' and 'transport' contradict each other") }
        guard kinds.count == 1, let kind = kinds.first else { return }
        for name in ["type", "transport", "transportType"] { members[name] = nil }
        if !kind.isEmpty { members["type"] = .string(kind) }
        if kind == "stdio", members["url"] != nil { problems.append("its type is stdio, but it has a 'url'") }
        if kind != "stdio", members["command"] != nil {
            problems.append("its type is \(kind.isEmpty ? "remote" : kind), but it has a 'command'")
        }
    }

    private mutating func server() {
        switch (members["command"], members["url"]) {
        case (nil, nil): problems.append("it has neither 'command' (a program to start) nor 'url' (a server to reach)")
        case (_?, _?): problems.append("it has both 'command' and 'url': a service is one or the other")
        case (let command?, nil): stdio(command)
        case (nil, let url?): remote(url)
        }
    }

    private mutating func stdio(_ command: JSONValue) {
        if let text = command.stringValue {
            if text.isEmpty || text.utf8.contains(0) { problems.append("'command' must name a program") }
        } else {
            problems.append("'command' must be a string, not \(command.kind); further words go into 'args'")
        }
        if let args = members["args"] {
            let words = args.arrayValue?.map(\.scalarText)
            if let words, words.allSatisfy({ $0?.utf8.contains(0) == false }) {
                members["args"] = .array(words.compactMap { $0.map(JSONValue.string) })
            } else {
                problems.append("'args' must be an array of strings")
            }
        }
        texts("env") { name in name.isEmpty || name.utf8.contains(UInt8(ascii: "=")) || name.utf8.contains(0) }
        if let cwd = members["cwd"], cwd.stringValue?.isEmpty != false {
            problems.append("'cwd' must be the path of a directory")
        }
        if members["headers"] != nil { warnings.append("'headers' is of no use with a 'command'") }
    }

    private mutating func remote(_ url: JSONValue) {
        if let text = url.stringValue {
            if let problem = Self.problem(ofURL: text) { problems.append(problem) }
        } else {
            problems.append("'url' must be a string, not \(url.kind)")
        }
        texts("headers") { name in name.isEmpty || !name.utf8.allSatisfy(Self.isTokenByte) }
        for name in ["args", "env", "cwd"] where members[name] != nil { warnings.append("'\(name)' is of no use with a 'url'") }
    }

    /// An object of texts; numbers and booleans are written as text.
    private mutating func texts(_ name: String, isWrongName: (String) -> Bool) {
        guard let value = members[name] else { return }
        guard let entries = value.objectValue else { return problems.append("'\(name)' must be an object, not \(value.kind)") }
        var result: [String: JSONValue] = [:]
        for (key, value) in entries.sorted(by: { $0.key < $1.key }) where value != .null {
            if isWrongName(key) { problems.append("'\(key.oneLine.prefix(60))' in '\(name)' is not a valid name") }
            guard let text = value.scalarText else {
                problems.append("'\(key.oneLine.prefix(60))' in '\(name)' must be a string, not \(value.kind)")
                continue
            }
            let isBroken = name == "headers" ? text.utf8.contains { $0 < 0x20 && $0 != 9 || $0 == 0x7F } : text.utf8.contains(0)
            if isBroken { problems.append("the value of '\(key)' in '\(name)' holds a line break or another control character") }
            result[key] = .string(text)
        }
        members[name] = .object(result)
    }

    private mutating func ours(placement: String?) {
        if members["placement"] == nil, let placement { members["placement"] = .string(placement) }
        choice("placement", ["cluster", "embedded"])
        choice("retry", ["annotations", "always", "never"])
        choice("isolation", ["shared", "perAgent", "perCall"])
        if members["agents"] != nil {
            problems.append("'agents' is written by the agents' own contexts: leave it out, and add the service for an agent")
        }
        if let signature = members["signature"] {
            let names = ["key", "spaces", "value"]
            if signature.objectValue?.count != names.count || !names.allSatisfy({ signature[$0]?.stringValue != nil }) {
                problems.append("'signature' must be as mcpstore service sign writes it")
            }
        }
        number("replicas", ServiceConfiguration.allowedReplicas)
        number("concurrency", ServiceConfiguration.allowedConcurrency)
        number("startTimeoutMs", ServiceConfiguration.allowedStartTimeouts)
        for name in ["callTimeoutMs", "waitTimeoutMs", "runTimeoutMs"] { number(name, ServiceConfiguration.allowedCallTimeouts) }
        number("maxQueued", 1...1_000_000_000)
        var check = LimitCheck()
        if let limits = members["limits"] { check.limits(limits, of: "'limits'") }
        if let circuit = members["circuit"] { check.circuit(circuit) }
        problems += check.problems
        toolSettings()
        if let value = members["reuse"] { reuse(value, "'reuse'") }
        if let value = members["description"], value.stringValue == nil {
            problems.append("'description' must be a string, not \(value.kind)")
        }
        if let labels = members["labels"], labels.objectValue?.values.allSatisfy({ $0.stringValue != nil }) != true {
            problems.append("'labels' must be an object of strings")
        }
        for name in ["idempotentTools", "includeTools", "excludeTools"] {
            if let value = members[name], value.arrayValue?.allSatisfy({ $0.stringValue != nil }) != true {
                problems.append("'\(name)' must be an array of tool names")
            }
        }
    }

    private static let timeouts = 1...604_800_000

    private mutating func reuse(_ value: JSONValue, _ place: String) {
        guard let settings = value.objectValue else {
            return problems.append("\(place) must be an object with 'inFlight' or 'keepForMs', not \(value.kind)")
        }
        for (name, value) in settings.sorted(by: { $0.key < $1.key }) {
            switch name {
            case "inFlight":
                if value.boolValue == nil { problems.append("'inFlight' in \(place) must be true or false") }
            case "keepForMs":
                if value.integerValue.map(ReuseSettings.allowedKeeping.contains) != true {
                    let most = ReuseSettings.allowedKeeping.upperBound
                    problems.append("'keepForMs' in \(place) must be a whole number from 0 to \(most), a day")
                }
            default: warnings.append("'\(name.oneLine.prefix(60))' in \(place) is kept, but nothing here uses it")
            }
        }
    }

    private mutating func toolSettings() {
        guard let value = members["toolSettings"] else { return }
        guard let tools = value.objectValue else {
            return problems.append("'toolSettings' must be an object of tools, not \(value.kind)")
        }
        for (tool, settings) in tools.sorted(by: { $0.key < $1.key }) {
            let place = "'toolSettings' of '\(tool.oneLine.prefix(60))'"
            guard let settings = settings.objectValue else {
                problems.append("\(place) must be an object, not \(settings.kind)")
                continue
            }
            for (name, value) in settings.sorted(by: { $0.key < $1.key }) {
                switch name {
                case "callTimeoutMs", "waitTimeoutMs", "runTimeoutMs":
                    if value.integerValue.map(Self.timeouts.contains) != true {
                        problems.append("'\(name)' in \(place) must be a whole number from 1 to \(Self.timeouts.upperBound)")
                    }
                case "retry":
                    if value.stringValue.map(["annotations", "always", "never"].contains) != true {
                        problems.append("'retry' in \(place) must be annotations or always or never")
                    }
                case "limits":
                    var check = LimitCheck()
                    check.limits(value, of: "'limits' in \(place)")
                    problems += check.problems
                case "cost":
                    if value.integerValue.map(ServiceLimits.allowedCosts.contains) != true {
                        problems.append(
                            "'cost' in \(place) must be a whole number from 1 to \(ServiceLimits.allowedCosts.upperBound)"
                        )
                    }
                case "reuse": reuse(value, "'reuse' in \(place)")
                default: warnings.append("'\(name.oneLine.prefix(60))' in \(place) is kept, but nothing here uses it")
                }
            }
        }
    }

    private mutating func choice(_ name: String, _ allowed: [String]) {
        guard let value = members[name] else { return }
        if value.stringValue.map(allowed.contains) != true {
            problems.append("'\(name)' must be \(allowed.joined(separator: " or "))")
        }
    }

    private mutating func number(_ name: String, _ range: ClosedRange<Int>) {
        guard let value = members[name] else { return }
        if value.integerValue.map(range.contains) != true {
            problems.append("'\(name)' must be a whole number from \(range.lowerBound) to \(range.upperBound)")
        }
    }

    private static func problem(ofURL text: String) -> String? {
        // Where it begins with a reference, only the worker knows more.
        if text.hasPrefix("${") { return nil }
        let parts = text.split(separator: "://", maxSplits: 1, omittingEmptySubsequences: false)
        let host = parts.last?.prefix { $0 != "/" && $0 != "?" } ?? ""
        guard parts.count == 2, ["http", "https"].contains(parts[0].lowercased()), !host.isEmpty,
            !text.utf8.contains(where: { $0 <= 0x20 || $0 == 0x7F })
        else { return "'url' is not a web address: it must look like https://host/mcp" }
        return nil
    }

    /// What a header name may hold (RFC 9110).
    private static func isTokenByte(_ byte: UInt8) -> Bool {
        Name.isAllowedInVariable(byte) || "!#$%&'*+-.^`|~".utf8.contains(byte)
    }
}

extension Name {
    /// Whether a byte may be part of the name of an environment variable.
    static func isAllowedInVariable(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "0")...UInt8(ascii: "9"),
            UInt8(ascii: "_"):
            true
        default: false
        }
    }
}
